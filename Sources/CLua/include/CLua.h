#ifndef LEADGATE_CLUA_H
#define LEADGATE_CLUA_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// One sandboxed Lua state with one script. Used by one thread at a time, and not from within its own
/// helpers.
typedef struct lg_lua lg_lua;

/// What one load or call may use.
typedef struct {
    /// Instructions of the virtual machine; work in C functions and allocated memory are counted in (see
    /// machine.hpp).
    uint64_t instructions;
    /// Bytes the state may hold at any moment, and the longest JSON text it may make.
    size_t memory;
    /// Bytes of the longest subject of a pattern function.
    size_t pattern_subject;
    /// Time on the processor; a net under the instruction count.
    uint64_t cpu_nanoseconds;
} lg_lua_limits;

enum {
    LG_LUA_OK = 0,
    LG_LUA_DOES_NOT_LOAD = 1,
    LG_LUA_ERROR = 2,
    LG_LUA_INSTRUCTIONS = 3,
    LG_LUA_MEMORY = 4,
    LG_LUA_NO_FUNCTION = 5,
    LG_LUA_NOT_JSON = 6
};

/// Lower-cases text (which may be bad UTF-8) instead of calling a helper.
enum { LG_LUA_LOWER = -1 };

/// Called by the script for the helper of that number, counted from 0 in the order of `lg_lua_add_helper`.
/// The text is the JSON array of the arguments, valid during the call. Must give its answer by
/// `lg_lua_answer`: a JSON value, or {"$error": "..."} to raise an error.
typedef void (*lg_lua_helper)(
    void *context, int32_t helper, const uint8_t *text, size_t length, lg_lua *machine);

/// Nil when there is no memory. The caller owns it and keeps the context alive as long. Nothing is read or
/// run yet.
lg_lua *lg_lua_new(lg_lua_limits limits, lg_lua_helper helper, void *context);
void lg_lua_free(lg_lua *machine);

/// Before loading: offers a helper as `name` or `table.name`.
void lg_lua_add_helper(lg_lua *machine, const char *name, size_t length);

/// Before loading: source text that adds functions to the library's tables, or tables to the library. It is run once, when the
/// script is loaded, and is trusted.
void lg_lua_set_prelude(lg_lua *machine, const char *source, size_t length);

/// Compiles the source text and runs it once; the result is the JSON of the table it returns, functions as
/// {"$function":true}. To be called once.
int32_t lg_lua_load(lg_lua *machine, const char *name, size_t name_length, const char *source, size_t length);

/// Adds one argument, a JSON text, to the next call.
void lg_lua_argument(lg_lua *machine, const uint8_t *json, size_t length);
/// Runs the chunk anew in a fresh environment, then that function of the table it returns. From one of the
/// machine's own helpers it does nothing and returns LG_LUA_ERROR.
int32_t lg_lua_call(lg_lua *machine, const char *function, size_t length);

/// The answer of a helper, copied; only within the helper.
void lg_lua_answer(lg_lua *machine, const uint8_t *text, size_t length);

/// JSON text after LG_LUA_OK, else a message (maybe bad UTF-8); valid until the machine is used again.
const uint8_t *lg_lua_result(const lg_lua *machine, size_t *length);
/// The line of the script where the last error arose, from 1; 0 when there is none.
int32_t lg_lua_line(const lg_lua *machine);

#ifdef __cplusplus
}
#endif

#endif
