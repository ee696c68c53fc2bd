// string.find, match, gmatch and gsub, after lstrlib.c of Lua 5.4.4; the licence is in patterns.cpp.

#include "matcher.hpp"

#include <cctype>
#include <cstring>
#include <string_view>

namespace {

constexpr size_t longest_pattern = 2'048;

struct Arguments {
    const char *subject;
    size_t length;
    const char *pattern;
    size_t pattern_length;
};

Arguments check_arguments(lua_State *L) {
    Arguments a{};
    a.subject = luaL_checklstring(L, 1, &a.length);
    a.pattern = luaL_checklstring(L, 2, &a.pattern_length);
    return a;
}

/// Time grows with a power of the subject's length, so long texts are for the functions that are linear.
void check_lengths(lua_State *L, const Arguments &a, const char *function) {
    size_t limit = machine_of(L)->limits.pattern_subject;
    if (a.length > limit)
        luaL_error(
            L,
            "string.%s takes at most %d bytes, this text has %d: "
            "text.find, text.split, text.replace and text.trim take any length",
            function, int(limit), int(a.length));
    if (a.pattern_length > longest_pattern)
        luaL_error(L, "string.%s: pattern longer than %d bytes", function, int(longest_pattern));
}

Matcher prepare(lua_State *L, const Arguments &a) {
    Matcher matcher{};
    matcher.L = L;
    matcher.subject = a.subject;
    matcher.subject_end = a.subject + a.length;
    matcher.pattern_end = a.pattern + a.pattern_length;
    return matcher;
}

const char *match_from(Matcher &matcher, const char *s, const char *pattern) {
    matcher.level = 0;
    matcher.depth = Matcher::deepest_match;
    return matcher.match(s, pattern);
}

void settle(Matcher &matcher) {
    charge(matcher.L, matcher.steps + 1);
    matcher.steps = 0;
}

/// Pushes capture `index`; without any captures number 0 is the whole match from `s` to `e`.
void push_capture(Matcher &matcher, int index, const char *s, const char *e) {
    lua_State *L = matcher.L;
    if (index >= matcher.level) {
        if (index != 0) luaL_error(L, "invalid capture index %%%d", index + 1);
        lua_pushlstring(L, s, size_t(e - s));
        return;
    }
    const Matcher::Capture &capture = matcher.capture[index];
    if (capture.length == Matcher::unfinished) luaL_error(L, "unfinished capture");
    if (capture.length == Matcher::position)
        lua_pushinteger(L, capture.start - matcher.subject + 1);
    else
        lua_pushlstring(L, capture.start, size_t(capture.length));
}

int push_captures(Matcher &matcher, const char *s, const char *e) {
    int count = matcher.level == 0 && s ? 1 : matcher.level;
    luaL_checkstack(matcher.L, count, "too many captures");
    for (int index = 0; index < count; ++index) push_capture(matcher, index, s, e);
    return count;
}

/// The place to start at, from 0; negative ones count from the end.
size_t start_place(lua_State *L, size_t length) {
    lua_Integer place = luaL_optinteger(L, 3, 1);
    if (place > 0) return size_t(place) - 1;
    if (place == 0 || place < -lua_Integer(length)) return 0;
    return length + size_t(place + 1) - 1;
}

int find_plain(lua_State *L, const Arguments &a, size_t start) {
    charge(L, 1 + a.length / 8);
    const void *found = memmem(a.subject + start, a.length - start, a.pattern, a.pattern_length);
    if (!found) {
        lua_pushnil(L);
        return 1;
    }
    lua_Integer place = static_cast<const char *>(found) - a.subject;
    lua_pushinteger(L, place + 1);
    lua_pushinteger(L, place + lua_Integer(a.pattern_length));
    return 2;
}

int find_or_match(lua_State *L, bool find) {
    Arguments a = check_arguments(L);
    size_t start = start_place(L, a.length);
    if (start > a.length) {
        lua_pushnil(L);
        return 1;
    }
    std::string_view text(a.pattern, a.pattern_length);
    bool is_plain = lua_toboolean(L, 4) || text.find_first_of("^$*+?.([%-") == std::string_view::npos;
    if (find && is_plain) return find_plain(L, a, start);
    check_lengths(L, a, find ? "find" : "match");
    Matcher matcher = prepare(L, a);
    bool is_anchored = *a.pattern == '^';
    const char *pattern = a.pattern + (is_anchored ? 1 : 0);
    for (const char *s = a.subject + start; s <= matcher.subject_end; ++s) {
        if (const char *end = match_from(matcher, s, pattern)) {
            settle(matcher);
            if (!find) return push_captures(matcher, s, end);
            lua_pushinteger(L, s - a.subject + 1);
            lua_pushinteger(L, end - a.subject);
            return push_captures(matcher, nullptr, nullptr) + 2;
        }
        if (is_anchored) break;
    }
    settle(matcher);
    lua_pushnil(L);
    return 1;
}

int find(lua_State *L) { return find_or_match(L, true); }
int match(lua_State *L) { return find_or_match(L, false); }

struct Walk {
    Matcher matcher;
    const char *next;
    const char *pattern;
    const char *last;  // end of the last match
};

int walk_on(lua_State *L) {
    auto *walk = static_cast<Walk *>(lua_touserdata(L, lua_upvalueindex(3)));
    walk->matcher.L = L;
    for (const char *s = walk->next; s <= walk->matcher.subject_end; ++s) {
        const char *end = match_from(walk->matcher, s, walk->pattern);
        if (!end || end == walk->last) continue;
        walk->next = walk->last = end;
        settle(walk->matcher);
        return push_captures(walk->matcher, s, end);
    }
    walk->next = walk->matcher.subject_end + 1;
    settle(walk->matcher);
    return 0;
}

int gmatch(lua_State *L) {
    Arguments a = check_arguments(L);
    size_t start = start_place(L, a.length);
    check_lengths(L, a, "gmatch");
    lua_settop(L, 2);  // the closure keeps the strings alive
    auto *walk = static_cast<Walk *>(lua_newuserdatauv(L, sizeof(Walk), 0));
    *walk = {prepare(L, a), a.subject + (start > a.length ? a.length + 1 : start), a.pattern, nullptr};
    lua_pushcclosure(L, walk_on, 3);
    return 1;
}

/// Adds the replacement text with its %0 to %9 and %%.
void add_text_replacement(Matcher &matcher, luaL_Buffer *buffer, const char *s, const char *e) {
    lua_State *L = matcher.L;
    size_t length = 0;
    const char *text = lua_tolstring(L, 3, &length), *end = text + length;
    while (const auto *mark = static_cast<const char *>(memchr(text, '%', size_t(end - text)))) {
        luaL_addlstring(buffer, text, size_t(mark - text));
        unsigned char kind = static_cast<unsigned char>(mark[1]);
        if (kind == '%') {
            luaL_addchar(buffer, '%');
        } else if (kind == '0') {
            luaL_addlstring(buffer, s, size_t(e - s));
        } else if (isdigit(kind)) {
            push_capture(matcher, kind - '1', s, e);
            luaL_tolstring(L, -1, nullptr);
            lua_remove(L, -2);
            luaL_addvalue(buffer);
        } else {
            luaL_error(L, "invalid use of '%%' in replacement string");
        }
        text = mark + 2;
    }
    luaL_addlstring(buffer, text, size_t(end - text));
    charge(L, length / 16);
}

/// Adds what stands for the match; false when the text stays as it was.
bool add_replacement(Matcher &matcher, luaL_Buffer *buffer, const char *s, const char *e, int type) {
    lua_State *L = matcher.L;
    if (type == LUA_TFUNCTION) {
        lua_pushvalue(L, 3);
        int count = push_captures(matcher, s, e);
        lua_call(L, count, 1);
    } else if (type == LUA_TTABLE) {
        push_capture(matcher, 0, s, e);
        lua_gettable(L, 3);
    } else {
        add_text_replacement(matcher, buffer, s, e);
        return true;
    }
    if (!lua_toboolean(L, -1)) {
        lua_pop(L, 1);
        luaL_addlstring(buffer, s, size_t(e - s));
        return false;
    }
    if (!lua_isstring(L, -1)) luaL_error(L, "invalid replacement value (a %s)", luaL_typename(L, -1));
    luaL_addvalue(buffer);
    return true;
}

int gsub(lua_State *L) {
    Arguments a = check_arguments(L);
    int type = lua_type(L, 3);
    lua_Integer most = luaL_optinteger(L, 4, lua_Integer(a.length) + 1);
    luaL_argexpected(
        L, type == LUA_TNUMBER || type == LUA_TSTRING || type == LUA_TFUNCTION || type == LUA_TTABLE, 3,
        "string/function/table");
    check_lengths(L, a, "gsub");
    bool is_anchored = *a.pattern == '^';
    const char *pattern = a.pattern + (is_anchored ? 1 : 0), *s = a.subject, *last = nullptr;
    Matcher matcher = prepare(L, a);
    luaL_Buffer buffer;
    luaL_buffinit(L, &buffer);
    lua_Integer count = 0;
    bool is_changed = false;
    while (count < most) {
        const char *end = match_from(matcher, s, pattern);
        if (end && end != last) {
            ++count;
            is_changed = add_replacement(matcher, &buffer, s, end, type) || is_changed;
            s = last = end;
        } else if (s < matcher.subject_end) {
            luaL_addchar(&buffer, *s++);
        } else {
            break;
        }
        if (is_anchored) break;
    }
    settle(matcher);
    if (is_changed) {
        luaL_addlstring(&buffer, s, size_t(matcher.subject_end - s));
        luaL_pushresult(&buffer);
    } else {
        lua_pushvalue(L, 1);
    }
    lua_pushinteger(L, count);
    return 2;
}

const luaL_Reg functions[] = {
    {"find", find}, {"match", match}, {"gmatch", gmatch}, {"gsub", gsub}, {nullptr, nullptr},
};

}  // namespace

void add_patterns(lua_State *L, int table) {
    lua_pushvalue(L, table);
    luaL_setfuncs(L, functions, 0);
    lua_pop(L, 1);
}
