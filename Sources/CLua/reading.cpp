#include "machine.hpp"

#include <algorithm>
#include <charconv>
#include <cstring>
#include <string_view>

namespace {

/// Reads the tape of CRapidJSON onto the stack.
struct Decoder {
    lua_State *L;
    const uint8_t *next;

    template <class Number>
    Number take() {
        Number number;
        memcpy(&number, next, sizeof number);
        next += sizeof number;
        return number;
    }

    void push_text() {
        uint32_t length = take<uint32_t>();
        lua_pushlstring(L, reinterpret_cast<const char *>(next), length);
        next += length;
    }

    /// Whole numbers of more than 64 bits, and what a double cannot hold, stay text.
    void push_number() {
        uint32_t length = take<uint32_t>();
        const char *text = reinterpret_cast<const char *>(next), *end = text + length;
        next += length;
        double number = 0;
        bool is_whole = std::none_of(text, end, [](char c) { return c == '.' || c == 'e' || c == 'E'; });
        if (std::string_view(text, length) == "-0")
            lua_pushinteger(L, 0);
        else if (!is_whole && std::from_chars(text, end, number).ec == std::errc())
            lua_pushnumber(L, number);
        else
            lua_pushlstring(L, text, length);
    }

    void push_value() {
        switch (take<uint8_t>()) {
            case LG_JSON_FALSE: lua_pushboolean(L, false); break;
            case LG_JSON_TRUE: lua_pushboolean(L, true); break;
            case LG_JSON_INTEGER: lua_pushinteger(L, take<int64_t>()); break;
            case LG_JSON_NUMBER: push_number(); break;
            case LG_JSON_STRING: push_text(); break;
            case LG_JSON_ARRAY: push_array(take<uint32_t>()); break;
            case LG_JSON_OBJECT: push_object(take<uint32_t>()); break;
            default: lua_pushnil(L);
        }
    }

    void push_array(uint32_t count) {
        luaL_checkstack(L, 4, "JSON too deep");
        lua_createtable(L, int(count), 0);
        for (uint32_t place = 1; place <= count; ++place) {
            push_value();
            lua_rawseti(L, -2, place);
        }
        if (count > 0) return;
        lua_rawgeti(L, LUA_REGISTRYINDEX, machine_of(L)->array);
        lua_setmetatable(L, -2);
    }

    void push_object(uint32_t count) {
        luaL_checkstack(L, 4, "JSON too deep");
        lua_createtable(L, 0, int(count));
        for (; count > 0; --count) {
            push_text();
            push_value();
            lua_rawset(L, -3);
        }
    }
};

}  // namespace

void push_json(lua_State *L, const char *text, size_t length, const char *what) {
    lg_lua *machine = machine_of(L);
    charge(L, 1 + length / 8);
    auto bytes = reinterpret_cast<const uint8_t *>(text);
    if (lg_json_parse(machine->json, bytes, length, deepest_value) != LG_JSON_OK) {
        size_t reason_length = 0;
        const char *reason = lg_json_error_text(machine->json, &reason_length);
        std::string why(reason, reason_length);
        lua_Integer offset = lua_Integer(lg_json_error_offset(machine->json));
        luaL_error(L, "%s: bad JSON at byte %I: %s", what, offset, why.c_str());
    }
    size_t size = 0;
    Decoder{L, lg_json_tape(machine->json, &size)}.push_value();
}
