#include "machine.hpp"

// The functions of `json`.

namespace {

/// json.decode(text)
int decode(lua_State *L) {
    size_t length = 0;
    const char *text = luaL_checklstring(L, 1, &length);
    push_json(L, text, length, "json.decode");
    return 1;
}

/// json.encode(value)
int encode(lua_State *L) {
    luaL_checkany(L, 1);
    std::string text;
    write_json(L, 1, text, false);
    lua_pushlstring(L, text.data(), text.size());
    return 1;
}

/// json.array(list): the same table, which is written as [] when it is empty. A new one without an argument.
int array(lua_State *L) {
    if (lua_isnoneornil(L, 1)) {
        lua_settop(L, 0);
        lua_createtable(L, 0, 0);
    }
    luaL_checktype(L, 1, LUA_TTABLE);
    lua_settop(L, 1);
    lua_rawgeti(L, LUA_REGISTRYINDEX, machine_of(L)->array);
    if (lua_getmetatable(L, 1)) {
        luaL_argcheck(L, lua_rawequal(L, -1, -2), 1, "not a list");
        lua_pop(L, 1);
    }
    lua_setmetatable(L, 1);
    return 1;
}

const luaL_Reg functions[] = {{"decode", decode}, {"encode", encode}, {"array", array}, {nullptr, nullptr}};

}  // namespace

void add_json(lua_State *L, int table) {
    lua_createtable(L, 0, 1);
    lua_pushboolean(L, false);
    lua_setfield(L, -2, "__metatable");
    machine_of(L)->array = luaL_ref(L, LUA_REGISTRYINDEX);
    lua_pushvalue(L, table);
    luaL_setfuncs(L, functions, 0);
    lua_pop(L, 1);
}
