#include "machine.hpp"

#include <cstring>
#include <string_view>

// The functions of `text`: each takes time in proportion to its text, whatever the text is.

namespace {

std::string_view check_text(lua_State *L, int place) {
    size_t length = 0;
    const char *text = luaL_checklstring(L, place, &length);
    charge(L, 1 + length / 16);
    return {text, length};
}

void push(lua_State *L, std::string_view text) { lua_pushlstring(L, text.data(), text.size()); }

/// The place of `what` from `from` on, or npos.
size_t find(std::string_view text, std::string_view what, size_t from) {
    if (from > text.size()) return std::string_view::npos;
    const void *found = memmem(text.data() + from, text.size() - from, what.data(), what.size());
    return found ? size_t(static_cast<const char *>(found) - text.data()) : std::string_view::npos;
}

/// The length of the blank that the text starts with: white space of ASCII, no-break space, zero-width space,
/// byte order mark, ideographic space.
size_t leading_blank(std::string_view text) {
    if (text.empty()) return 0;
    if (text[0] == ' ' || (text[0] >= '\t' && text[0] <= '\r')) return 1;
    if (text.substr(0, 2) == "\u00A0") return 2;
    std::string_view three = text.substr(0, 3);
    return three == "\u200B" || three == "\uFEFF" || three == "\u3000" ? 3 : 0;
}

size_t trailing_blank(std::string_view text) {
    for (size_t length = 1; length <= 3 && length <= text.size(); ++length)
        if (leading_blank(text.substr(text.size() - length)) == length) return length;
    return 0;
}

/// text.trim(s): without the blanks at both ends.
int trim(lua_State *L) {
    std::string_view text = check_text(L, 1);
    while (size_t length = leading_blank(text)) text.remove_prefix(length);
    while (size_t length = trailing_blank(text)) text.remove_suffix(length);
    push(L, text);
    return 1;
}

/// text.split(s, separator): the list of the parts between the separators, empty ones too.
int split(lua_State *L) {
    std::string_view text = check_text(L, 1), separator = check_text(L, 2);
    luaL_argcheck(L, !separator.empty(), 2, "empty separator");
    lua_createtable(L, 4, 0);
    lua_Integer count = 0;
    for (size_t start = 0;;) {
        size_t end = find(text, separator, start);
        push(L, text.substr(start, end == std::string_view::npos ? end : end - start));
        lua_rawseti(L, -2, ++count);
        if (end == std::string_view::npos) break;
        start = end + separator.size();
    }
    charge(L, uint64_t(count));
    return 1;
}

/// text.find(s, what [, from]): first and last place of a plain text, from 1; nil when it is not there.
int find_plain(lua_State *L) {
    std::string_view text = check_text(L, 1), what = check_text(L, 2);
    lua_Integer from = luaL_optinteger(L, 3, 1);
    luaL_argcheck(L, from >= 1, 3, "places count from 1");
    size_t start = find(text, what, size_t(from - 1));
    if (start == std::string_view::npos) {
        lua_pushnil(L);
        return 1;
    }
    lua_pushinteger(L, lua_Integer(start + 1));
    lua_pushinteger(L, lua_Integer(start + what.size()));
    return 2;
}

/// text.replace(s, what, by): every plain `what` replaced.
int replace(lua_State *L) {
    std::string_view text = check_text(L, 1), what = check_text(L, 2), by = check_text(L, 3);
    luaL_argcheck(L, !what.empty(), 2, "empty text");
    luaL_Buffer buffer;
    luaL_buffinit(L, &buffer);
    size_t start = 0;
    uint64_t pieces = 0;
    for (size_t end; (end = find(text, what, start)) != std::string_view::npos; start = end + what.size()) {
        luaL_addlstring(&buffer, text.data() + start, end - start);
        luaL_addlstring(&buffer, by.data(), by.size());
        if (++pieces % 64 == 0) charge(L, 64 + by.size());
    }
    luaL_addlstring(&buffer, text.data() + start, text.size() - start);
    luaL_pushresult(&buffer);
    return 1;
}

/// text.starts(s, prefix), text.ends(s, suffix).
int starts(lua_State *L) {
    std::string_view text = check_text(L, 1), prefix = check_text(L, 2);
    lua_pushboolean(L, text.substr(0, prefix.size()) == prefix);
    return 1;
}

int ends(lua_State *L) {
    std::string_view text = check_text(L, 1), suffix = check_text(L, 2);
    lua_pushboolean(L, text.size() >= suffix.size() && text.substr(text.size() - suffix.size()) == suffix);
    return 1;
}

/// text.digits(s): the digits 0 to 9 in it.
int digits(lua_State *L) {
    std::string_view text = check_text(L, 1);
    luaL_Buffer buffer;
    char *out = luaL_buffinitsize(L, &buffer, text.size());
    size_t count = 0;
    for (char byte : text)
        if (byte >= '0' && byte <= '9') out[count++] = byte;
    luaL_pushresultsize(&buffer, count);
    return 1;
}

/// text.lower(s): lower case in all scripts.
int lower(lua_State *L) {
    std::string_view text = check_text(L, 1);
    bool is_ascii = true;
    for (char byte : text) is_ascii = is_ascii && !(byte & 0x80);
    if (is_ascii) {
        luaL_Buffer buffer;
        char *out = luaL_buffinitsize(L, &buffer, text.size());
        for (size_t place = 0; place < text.size(); ++place)
            out[place] = char(text[place] >= 'A' && text[place] <= 'Z' ? text[place] + 32 : text[place]);
        luaL_pushresultsize(&buffer, text.size());
        return 1;
    }
    lg_lua *machine = machine_of(L);
    charge(L, text.size() / 2);
    machine->answer.clear();
    machine->lost = false;
    auto bytes = reinterpret_cast<const uint8_t *>(text.data());
    machine->helper(machine->context, LG_LUA_LOWER, bytes, text.size(), machine);
    if (machine->lost) refuse_memory(L);
    push(L, machine->answer);
    return 1;
}

const luaL_Reg functions[] = {
    {"trim", trim}, {"split", split}, {"find", find_plain}, {"replace", replace}, {"starts", starts},
    {"ends", ends}, {"digits", digits}, {"lower", lower}, {nullptr, nullptr},
};

}  // namespace

void add_text(lua_State *L, int table) {
    lua_pushvalue(L, table);
    luaL_setfuncs(L, functions, 0);
    lua_pop(L, 1);
}
