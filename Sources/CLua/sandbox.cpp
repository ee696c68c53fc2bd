#include "machine.hpp"

#include <cstdlib>

namespace {

const char *const base_functions[] = {
    "assert", "error", "ipairs", "next", "pairs", "select", "tonumber", "tostring", "type",
};
// Left out: dump (bytecode), pack, unpack; the four pattern functions and rep are ours.
const char *const string_functions[] = {"byte", "char", "format", "len", "lower", "reverse", "sub", "upper"};
// Left out: move, which can be told to copy nothing for ever.
const char *const table_functions[] = {"concat", "insert", "pack", "remove", "unpack"};
// Left out: random, so that the same event is mapped alike everywhere.
const char *const math_fields[] = {
    "abs", "ceil", "floor", "fmod", "huge", "max", "maxinteger", "min", "mininteger", "modf", "sqrt",
    "tointeger", "type", "ult",
};
const char *const utf8_fields[] = {"char", "charpattern", "codepoint", "codes", "len", "offset"};

/// What a C function may look at: the bytes of its strings, the places of its tables.
uint64_t work(lua_State *L) {
    uint64_t sum = 1;
    for (int place = lua_gettop(L); place > 0; --place) {
        int type = lua_type(L, place);
        if (type == LUA_TSTRING) sum += lua_rawlen(L, place) / 16;
        if (type == LUA_TTABLE) sum += lua_rawlen(L, place) / 4;
    }
    return sum;
}

/// Counts the work of a library function, which the hook does not see, and runs it in this very frame.
int metered(lua_State *L) {
    charge(L, work(L));
    return lua_tocfunction(L, lua_upvalueindex(1))(L);
}

int metered_sort(lua_State *L) {
    luaL_checktype(L, 1, LUA_TTABLE);
    uint64_t count = lua_rawlen(L, 1);
    uint64_t comparisons = count;
    for (uint64_t rest = count; rest > 1; rest /= 2) comparisons += count;
    charge(L, comparisons);
    return lua_tocfunction(L, lua_upvalueindex(1))(L);
}

/// string.rep, which in the library runs for ever on `("").rep("", 1e18)`.
int metered_repeat(lua_State *L) {
    size_t length = 0, separator = 0;
    luaL_checklstring(L, 1, &length);
    lua_Integer count = luaL_checkinteger(L, 2);
    luaL_optlstring(L, 3, "", &separator);
    size_t each = length + separator;
    if (each == 0 || count <= 0) {
        lua_pushliteral(L, "");
        return 1;
    }
    if (uint64_t(count) > machine_of(L)->limits.memory / each) refuse_memory(L);
    charge(L, uint64_t(count) / 4 + 1);
    return lua_tocfunction(L, lua_upvalueindex(1))(L);
}

/// Wraps the function on top of the stack.
void meter(lua_State *L, lua_CFunction wrapper) { lua_pushcclosure(L, wrapper, 1); }

/// Copies fields of the table at `from` to the table at `to`; functions metered.
template <size_t count>
void copy(lua_State *L, int from, int to, const char *const (&names)[count]) {
    for (const char *name : names) {
        if (lua_getfield(L, from, name) == LUA_TFUNCTION) meter(L, metered);
        lua_setfield(L, to, name);
    }
}

/// Opens a library of Lua's and pushes its table.
void open(lua_State *L, lua_CFunction opener) {
    lua_pushcfunction(L, opener);
    lua_call(L, 0, 1);
}

int refuse_change(lua_State *L) { return luaL_error(L, "library tables are read-only"); }

/// Replaces the table on top by an empty one that reads from it and refuses writes.
void make_read_only(lua_State *L) {
    lua_createtable(L, 0, 0);
    lua_createtable(L, 0, 3);
    lua_rotate(L, -3, -1);
    lua_setfield(L, -2, "__index");
    lua_pushcfunction(L, refuse_change);
    lua_setfield(L, -2, "__newindex");
    lua_pushboolean(L, false);
    lua_setfield(L, -2, "__metatable");
    lua_setmetatable(L, -2);
}

void add_string(lua_State *L, int library) {
    open(L, luaopen_string);  // also gives strings their metatable
    int from = lua_gettop(L);
    lua_createtable(L, 0, 16);
    int to = lua_gettop(L);
    copy(L, from, to, string_functions);
    lua_getfield(L, from, "rep");
    meter(L, metered_repeat);
    lua_setfield(L, to, "rep");
    add_patterns(L, to);

    lua_pushliteral(L, "");
    lua_getmetatable(L, -1);
    lua_pushvalue(L, to);
    lua_setfield(L, -2, "__index");
    lua_pushboolean(L, false);
    lua_setfield(L, -2, "__metatable");
    lua_settop(L, to);
    lua_setfield(L, library, "string");
    lua_settop(L, library);
}

/// Calls into Swift. The upvalue is the helper's number.
int call_helper(lua_State *L) {
    lg_lua *machine = machine_of(L);
    int count = lua_gettop(L);
    std::string text = "[";
    for (int place = 1; place <= count; ++place) {
        if (place > 1) text += ',';
        write_json(L, place, text, false);
    }
    text += ']';
    charge(L, 10 + text.size() / 16);
    machine->answer.clear();
    machine->lost = false;
    machine->helper(
        machine->context, int32_t(lua_tointeger(L, lua_upvalueindex(1))),
        reinterpret_cast<const uint8_t *>(text.data()), text.size(), machine);
    if (machine->lost) refuse_memory(L);
    push_json(L, machine->answer.data(), machine->answer.size(), "a helper's answer");
    if (lua_istable(L, -1)) {
        lua_pushliteral(L, "$error");
        if (lua_rawget(L, -2) == LUA_TSTRING) return luaL_error(L, "%s", lua_tostring(L, -1));
        lua_pop(L, 1);
    }
    return 1;
}

void add_helpers(lua_State *L, int library) {
    const std::vector<std::string> &names = machine_of(L)->helpers;
    for (size_t index = 0; index < names.size(); ++index) {
        const std::string &name = names[index];
        size_t point = name.find('.');
        int table = library;
        if (point != std::string::npos) {
            lua_pushlstring(L, name.data(), point);
            if (lua_rawget(L, library) != LUA_TTABLE) {
                lua_pop(L, 1);
                lua_createtable(L, 0, 4);
                lua_pushlstring(L, name.data(), point);
                lua_pushvalue(L, -2);
                lua_rawset(L, library);
            }
            table = lua_gettop(L);
        }
        lua_pushstring(L, name.c_str() + (point == std::string::npos ? 0 : point + 1));
        lua_pushinteger(L, lua_Integer(index));
        lua_pushcclosure(L, call_helper, 1);
        lua_rawset(L, table);
        lua_settop(L, library);
    }
}

/// Runs the prelude with the library itself as its globals.
void run_prelude(lua_State *L, int library) {
    const std::string &source = machine_of(L)->prelude;
    if (source.empty()) return;
    if (luaL_loadbufferx(L, source.data(), source.size(), "=prelude", "t") != LUA_OK) lua_error(L);
    lua_pushvalue(L, library);
    if (!lua_setupvalue(L, -2, 1)) lua_pop(L, 1);
    lua_call(L, 0, 0);
    lua_settop(L, library);
}

}  // namespace

void push_library(lua_State *L) {
    luaL_checkstack(L, 20, nullptr);
    lua_createtable(L, 0, 24);
    int library = lua_gettop(L);

    open(L, luaopen_base);
    for (const char *name : base_functions) {
        lua_getfield(L, -1, name);
        lua_setfield(L, library, name);
    }
    lua_settop(L, library);

    add_string(L, library);

    open(L, luaopen_table);
    lua_createtable(L, 0, 6);
    copy(L, library + 1, library + 2, table_functions);
    lua_getfield(L, library + 1, "sort");
    meter(L, metered_sort);
    lua_setfield(L, library + 2, "sort");
    lua_setfield(L, library, "table");
    lua_settop(L, library);

    open(L, luaopen_math);
    lua_createtable(L, 0, 16);
    copy(L, library + 1, library + 2, math_fields);
    lua_setfield(L, library, "math");
    lua_settop(L, library);

    open(L, luaopen_utf8);
    lua_createtable(L, 0, 6);
    copy(L, library + 1, library + 2, utf8_fields);
    lua_setfield(L, library, "utf8");
    lua_settop(L, library);

    lua_createtable(L, 0, 12);
    add_text(L, library + 1);
    lua_setfield(L, library, "text");
    lua_createtable(L, 0, 3);
    add_json(L, library + 1);
    lua_setfield(L, library, "json");
    add_helpers(L, library);
    run_prelude(L, library);

    for (lua_pushnil(L); lua_next(L, library) != 0;) {
        if (lua_istable(L, -1)) {  // a field that exists may be set while walking
            make_read_only(L);
            lua_pushvalue(L, -2);
            lua_insert(L, -2);
            lua_rawset(L, library);
        } else {
            lua_pop(L, 1);
        }
    }
}
