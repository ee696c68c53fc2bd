#ifndef LEADGATE_CLUA_MATCHER_HPP
#define LEADGATE_CLUA_MATCHER_HPP

#include "machine.hpp"

/// One pattern at work on one subject. Plain data: an error may leave it anywhere. From lstrlib.c, see
/// patterns.cpp.
struct Matcher {
    static constexpr ptrdiff_t unfinished = -1;
    static constexpr ptrdiff_t position = -2;
    static constexpr int deepest_match = 200;
    static constexpr int most_captures = 32;

    struct Capture {
        const char *start;
        ptrdiff_t length;
    };

    lua_State *L;
    const char *subject;
    const char *subject_end;
    const char *pattern_end;
    int depth;
    int level;
    unsigned steps;
    Capture capture[most_captures];

    const char *match(const char *s, const char *p);
    /// Counts work against the instruction limit.
    void step(size_t count);

  private:
    int check_capture(int index);
    int capture_to_close();
    const char *class_end(const char *p);
    bool match_single(const char *s, const char *p, const char *end);
    const char *match_balance(const char *s, const char *p);
    const char *match_frontier(const char *s, const char *p, const char **after);
    const char *match_item(const char *s, const char *p, const char **next);
    const char *match_capture(const char *s, int index);
    const char *expand_most(const char *s, const char *p, const char *end);
    const char *expand_least(const char *s, const char *p, const char *end);
    const char *start_capture(const char *s, const char *p, ptrdiff_t what);
    const char *end_capture(const char *s, const char *p);
};

#endif
