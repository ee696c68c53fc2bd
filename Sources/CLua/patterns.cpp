// The pattern matching of Lua 5.4.4 (lstrlib.c, Copyright (C) 1994-2022 Lua.org, PUC-Rio) with counted
// steps and bounded subjects: the original runs for hours on a short pattern without the hook ever seeing
// it.
//
// Permission is hereby granted, free of charge, to any person obtaining a copy of this software and
// associated documentation files (the "Software"), to deal in the Software without restriction, including
// without limitation the rights to use, copy, modify, merge, publish, distribute, sublicense, and/or sell
// copies of the Software, and to permit persons to whom the Software is furnished to do so, subject to the
// following conditions: The above copyright notice and this permission notice shall be included in all
// copies or substantial portions of the Software.
//
// THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT NOT
// LIMITED TO THE WARRANTIES OF MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN
// NO EVENT SHALL THE AUTHORS OR COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER LIABILITY,
// WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE, ARISING FROM, OUT OF OR IN CONNECTION WITH THE
// SOFTWARE OR THE USE OR OTHER DEALINGS IN THE SOFTWARE.

#include "matcher.hpp"

#include <cctype>
#include <cstring>

namespace {

constexpr char escape = '%';
constexpr unsigned steps_per_charge = 512;

int byte(char c) { return static_cast<unsigned char>(c); }

}  // namespace

void Matcher::step(size_t count) {
    steps += unsigned(count);
    if (steps < steps_per_charge) return;
    uint64_t done = steps;
    steps = 0;
    charge(L, done);
}

int Matcher::check_capture(int index) {
    index -= '1';
    if (index < 0 || index >= level || capture[index].length == unfinished)
        return luaL_error(L, "invalid capture index %%%d", index + 1);
    return index;
}

int Matcher::capture_to_close() {
    for (int index = level - 1; index >= 0; --index)
        if (capture[index].length == unfinished) return index;
    return luaL_error(L, "invalid pattern capture");
}

const char *Matcher::class_end(const char *p) {
    switch (*p++) {
        case escape:
            if (p == pattern_end) luaL_error(L, "malformed pattern (ends with '%%')");
            return p + 1;
        case '[':
            if (*p == '^') ++p;
            do {
                if (p == pattern_end) luaL_error(L, "malformed pattern (missing ']')");
                if (*(p++) == escape && p < pattern_end) ++p;
            } while (*p != ']');
            return p + 1;
        default: return p;
    }
}

static bool match_class(int c, int kind) {
    bool result;
    switch (tolower(kind)) {
        case 'a': result = isalpha(c); break;
        case 'c': result = iscntrl(c); break;
        case 'd': result = isdigit(c); break;
        case 'g': result = isgraph(c); break;
        case 'l': result = islower(c); break;
        case 'p': result = ispunct(c); break;
        case 's': result = isspace(c); break;
        case 'u': result = isupper(c); break;
        case 'w': result = isalnum(c); break;
        case 'x': result = isxdigit(c); break;
        default: return kind == c;
    }
    return islower(kind) ? result : !result;
}

static bool match_set(int c, const char *p, const char *end) {
    bool wanted = true;
    if (p[1] == '^') {
        wanted = false;
        ++p;
    }
    while (++p < end) {
        if (*p == escape) {
            ++p;
            if (match_class(c, byte(*p))) return wanted;
        } else if (p[1] == '-' && p + 2 < end) {
            p += 2;
            if (byte(p[-2]) <= c && c <= byte(*p)) return wanted;
        } else if (byte(*p) == c) {
            return wanted;
        }
    }
    return !wanted;
}

bool Matcher::match_single(const char *s, const char *p, const char *end) {
    step(1 + size_t(end - p) / 8);
    if (s >= subject_end) return false;
    int c = byte(*s);
    switch (*p) {
        case '.': return true;
        case escape: return match_class(c, byte(p[1]));
        case '[': return match_set(c, p, end - 1);
        default: return byte(*p) == c;
    }
}

const char *Matcher::match_balance(const char *s, const char *p) {
    if (p >= pattern_end - 1) luaL_error(L, "malformed pattern (missing arguments to '%%b')");
    if (s >= subject_end || *s != *p) return nullptr;
    step(size_t(subject_end - s) / 2);
    int depth = 1;
    while (++s < subject_end) {
        if (*s == p[1]) {
            if (--depth == 0) return s + 1;
        } else if (*s == *p) {
            ++depth;
        }
    }
    return nullptr;
}

const char *Matcher::expand_most(const char *s, const char *p, const char *end) {
    ptrdiff_t count = 0;
    while (match_single(s + count, p, end)) ++count;
    for (; count >= 0; --count)
        if (const char *result = match(s + count, end + 1)) return result;
    return nullptr;
}

const char *Matcher::expand_least(const char *s, const char *p, const char *end) {
    for (;; ++s) {
        if (const char *result = match(s, end + 1)) return result;
        if (!match_single(s, p, end)) return nullptr;
    }
}

const char *Matcher::start_capture(const char *s, const char *p, ptrdiff_t what) {
    if (level >= most_captures) luaL_error(L, "too many captures");
    capture[level] = {s, what};
    ++level;
    const char *result = match(s, p);
    if (!result) --level;
    return result;
}

const char *Matcher::end_capture(const char *s, const char *p) {
    int index = capture_to_close();
    capture[index].length = s - capture[index].start;
    const char *result = match(s, p);
    if (!result) capture[index].length = unfinished;
    return result;
}

const char *Matcher::match_capture(const char *s, int index) {
    index = check_capture(index);
    if (capture[index].length == position) return nullptr;
    size_t length = size_t(capture[index].length);
    step(length / 16);
    if (size_t(subject_end - s) < length || memcmp(capture[index].start, s, length) != 0) return nullptr;
    return s + length;
}

const char *Matcher::match_frontier(const char *s, const char *p, const char **after) {
    if (*p != '[') luaL_error(L, "missing '[' after '%%f' in pattern");
    *after = class_end(p);
    int before = s == subject ? 0 : byte(s[-1]);
    int here = s == subject_end ? 0 : byte(*s);
    step(size_t(*after - p) / 4);
    return !match_set(before, p, *after - 1) && match_set(here, p, *after - 1) ? s : nullptr;
}

const char *Matcher::match_item(const char *s, const char *p, const char **next) {
    const char *end = class_end(p);
    if (!match_single(s, p, end)) {
        if (*end != '*' && *end != '?' && *end != '-') return nullptr;
        *next = end + 1;  // it may be there no times
        return s;
    }
    switch (*end) {
        case '?':
            if (const char *result = match(s + 1, end + 1)) return result;
            *next = end + 1;
            return s;
        case '+': return expand_most(s + 1, p, end);
        case '*': return expand_most(s, p, end);
        case '-': return expand_least(s, p, end);
        default: *next = end; return s + 1;
    }
}

/// The end of the match of the pattern from `p` at `s`, or nil. A loop as long as nothing has to be undone.
const char *Matcher::match(const char *s, const char *p) {
    if (depth-- == 0) luaL_error(L, "pattern too complex");
    while (s && p != pattern_end) {
        step(1);
        const char *next = nullptr;  // where the loop goes on; nil when the rest has been matched already
        if (*p == '(') {
            s = p[1] == ')' ? start_capture(s, p + 2, position) : start_capture(s, p + 1, unfinished);
        } else if (*p == ')') {
            s = end_capture(s, p + 1);
        } else if (*p == '$' && p + 1 == pattern_end) {
            s = s == subject_end ? s : nullptr;
        } else if (*p == escape && p[1] == 'b') {
            s = match_balance(s, p + 2);
            next = p + 4;
        } else if (*p == escape && p[1] == 'f') {
            s = match_frontier(s, p + 2, &next);
        } else if (*p == escape && isdigit(byte(p[1]))) {
            s = match_capture(s, byte(p[1]));
            next = p + 2;
        } else {
            s = match_item(s, p, &next);
        }
        if (!next) break;
        p = next;
    }
    ++depth;
    return s;
}
