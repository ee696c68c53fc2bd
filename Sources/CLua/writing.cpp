#include "machine.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <string_view>

namespace {

/// Whether the float is a whole number that a double holds exactly (up to 2^53), so that it is written as
/// one.
bool is_whole(double number) {
    return std::fabs(number) <= 9007199254740992.0 && number == double(int64_t(number));
}

/// The length of the first character of valid UTF-8, or minus the length of the bad bytes that one U+FFFD
/// stands for.
int utf8_length(const unsigned char *text, const unsigned char *end) {
    unsigned char lead = text[0];
    if (lead < 0x80) return 1;
    if (lead < 0xC2 || lead > 0xF4) return -1;
    int count = lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
    unsigned char low = lead == 0xE0 ? 0xA0 : lead == 0xF0 ? 0x90 : 0x80;
    unsigned char high = lead == 0xED ? 0x9F : lead == 0xF4 ? 0x8F : 0xBF;
    for (int place = 1; place < count; ++place) {
        if (text + place >= end || text[place] < low || text[place] > high) return -place;
        low = 0x80;
        high = 0xBF;
    }
    return count;
}

/// Writes a value as JSON with the keys of each object sorted, so that equal values give equal texts.
struct Encoder {
    static constexpr const char *odd_keys = "a table with keys that are neither names nor 1, 2, 3...";

    struct Step {
        std::string_view key;
        lua_Integer place;
    };

    lua_State *L;
    std::string &out;
    bool functions;
    std::vector<std::string_view> keys;  // they live as long as the tables that hold them
    std::vector<Step> path;

    [[noreturn]] void refuse(const char *why) {
        std::string where;
        for (const Step &step : path) {
            if (where.size() > 200) break;
            if (step.place > 0) {
                where += '[' + std::to_string(step.place) + ']';
            } else {
                if (!where.empty()) where += '.';
                where += step.key;
            }
        }
        if (where.empty()) where = "the value";
        luaL_error(L, "%s is %s", where.c_str(), why);
        abort();  // luaL_error does not return
    }

    void value(int index) {
        charge(L, 1);
        switch (lua_type(L, index)) {
            case LUA_TNIL: out += "null"; break;
            case LUA_TBOOLEAN: out += lua_toboolean(L, index) ? "true" : "false"; break;
            case LUA_TNUMBER: number(index); break;
            case LUA_TSTRING: {
                size_t length = 0;
                const char *text = lua_tolstring(L, index, &length);
                string({text, length});
                break;
            }
            case LUA_TTABLE: table(lua_absindex(L, index)); break;
            case LUA_TFUNCTION:
                if (!functions) refuse("a function, which is not JSON");
                out += "{\"$function\":true}";
                break;
            default: refuse("not a JSON value");
        }
        if (out.size() > machine_of(L)->limits.memory) refuse_memory(L);
    }

    void number(int index) {
        char text[64];
        double number = lua_tonumber(L, index);
        if (lua_isinteger(L, index) || is_whole(number)) {
            int64_t whole = lua_isinteger(L, index) ? lua_tointeger(L, index) : int64_t(number);
            out.append(text, std::to_chars(text, text + sizeof text, whole).ptr);
        } else if (std::isfinite(number)) {
            out.append(text, std::to_chars(text, text + sizeof text, number).ptr);
        } else {
            refuse("a number without a JSON spelling (infinite or not a number)");
        }
    }

    void string(std::string_view text) {
        charge(L, text.size() / 32);
        out += '"';
        auto place = reinterpret_cast<const unsigned char *>(text.data()), end = place + text.size();
        auto start = place;
        auto flush = [&] { out.append(reinterpret_cast<const char *>(start), size_t(place - start)); };
        while (place < end) {
            if (*place >= 0x20 && *place < 0x80 && *place != '"' && *place != '\\') {
                ++place;
            } else if (*place < 0x80) {
                flush();
                escape(*place++);
                start = place;
            } else if (int length = utf8_length(place, end); length > 0) {
                place += length;
            } else {
                flush();
                out += "\uFFFD";
                place -= length;
                start = place;
            }
        }
        flush();
        out += '"';
    }

    void escape(unsigned char byte) {
        const char *digits = "0123456789abcdef";
        switch (byte) {
            case '"': out += "\\\""; break;
            case '\\': out += "\\\\"; break;
            case '\n': out += "\\n"; break;
            case '\r': out += "\\r"; break;
            case '\t': out += "\\t"; break;
            default:
                out += "\\u00";
                out += digits[byte >> 4];
                out += digits[byte & 15];
        }
    }

    void table(int index) {
        if (path.size() >= deepest_value) refuse("too deep (or contains itself)");
        luaL_checkstack(L, 6, "too deep");
        size_t length = lua_rawlen(L, index);
        if (length > 0)
            array(index, length);
        else
            object(index);
    }

    void array(int index, size_t length) {
        size_t count = 0;
        for (lua_pushnil(L); lua_next(L, index) != 0; lua_pop(L, 1)) ++count;
        charge(L, count);
        if (count != length) refuse("both a list and more (named fields, or holes)");
        out += '[';
        path.push_back({});
        for (size_t place = 1; place <= length; ++place) {
            if (place > 1) out += ',';
            path.back().place = lua_Integer(place);
            if (lua_rawgeti(L, index, lua_Integer(place)) == LUA_TNIL) refuse("nil within a list");
            value(-1);
            lua_pop(L, 1);
        }
        path.pop_back();
        out += ']';
    }

    void object(int index) {
        size_t first = keys.size();
        for (lua_pushnil(L); lua_next(L, index) != 0; lua_pop(L, 1)) {
            if (lua_type(L, -2) != LUA_TSTRING) refuse(odd_keys);
            size_t length = 0;
            const char *text = lua_tolstring(L, -2, &length);
            keys.emplace_back(text, length);
        }
        charge(L, (keys.size() - first) * 2);
        if (keys.size() == first && is_array(index)) {
            out += "[]";
            return;
        }
        std::sort(keys.begin() + ptrdiff_t(first), keys.end());
        out += '{';
        path.push_back({});
        for (size_t place = first; place < keys.size(); ++place) {
            if (place > first) out += ',';
            std::string_view key = keys[place];
            path.back().key = key;
            string(key);
            out += ':';
            lua_pushlstring(L, key.data(), key.size());
            lua_rawget(L, index);
            value(-1);
            lua_pop(L, 1);
        }
        path.pop_back();
        keys.resize(first);
        out += '}';
    }

    bool is_array(int index) {
        if (!lua_getmetatable(L, index)) return false;
        lua_rawgeti(L, LUA_REGISTRYINDEX, machine_of(L)->array);
        bool result = lua_rawequal(L, -1, -2);
        lua_pop(L, 2);
        return result;
    }
};

}  // namespace

void write_json(lua_State *L, int index, std::string &out, bool functions) {
    Encoder encoder{L, out, functions, {}, {}};
    encoder.value(index);
}
