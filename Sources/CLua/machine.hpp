#ifndef LEADGATE_CLUA_MACHINE_HPP
#define LEADGATE_CLUA_MACHINE_HPP

#include "include/CLua.h"

#include <CRapidJSON.h>
#include <lua.hpp>

#include <cstdint>
#include <string>
#include <vector>

// This is the C++ build of Lua: an error is a C++ exception, so destructors run on the way. Never catch (...)
// between Lua and its pcall, and never let one pass through a Swift frame.

/// JSON and tables within each other, in both directions.
constexpr size_t deepest_value = 128;
/// Bytes allocated that count as one instruction, so that one instruction cannot copy memory for free.
constexpr uint64_t bytes_per_instruction = 64;

struct lg_lua {
    lg_lua_limits limits;
    lg_lua_helper helper;
    void *context;

    lua_State *state = nullptr;
    lg_json *json = nullptr;
    std::vector<std::string> helpers;
    std::vector<std::string> arguments;
    std::string answer;
    std::string name;
    std::string prelude;

    // The run going on or just finished.
    bool running = false;
    bool exhausted = false;     // a limit of time was hit: every instruction from now on raises an error
    bool denied = false;        // the allocator refused
    bool answering = false;     // the function has returned, its result is being written
    bool lost = false;          // there was no memory to copy what Swift gave
    uint64_t spent = 0;         // instructions
    uint64_t allocated = 0;     // bytes, freed ones too
    uint64_t deadline = 0;      // on the monotonic clock, from when the processor time is looked at
    uint64_t cpu_start = 0;
    size_t memory = 0;          // bytes held now
    int32_t code = 0;
    int32_t line = 0;
    std::string result;
    std::string function;       // asked for

    // In the registry.
    int chunk = LUA_NOREF;
    int environment = LUA_NOREF;  // metatable of each call's globals
    int array = LUA_NOREF;        // metatable of tables that are arrays though empty

    bool is_over() const { return spent + allocated / bytes_per_instruction > limits.instructions; }
};

inline lg_lua *machine_of(lua_State *L) { return *static_cast<lg_lua **>(lua_getextraspace(L)); }

/// From now on the hook fires on every instruction, so that the script cannot go on.
void exhaust(lg_lua *machine);
/// Counts work done in C as that many instructions; raises an error when the limit is hit.
void charge(lua_State *L, uint64_t instructions);
/// Raises the error that ends a run as LG_LUA_MEMORY.
[[noreturn]] void refuse_memory(lua_State *L);

/// Pushes the table that globals are looked up in: the allow-list, all of it read-only.
void push_library(lua_State *L);

/// string.find, match, gmatch and gsub with counted steps.
void add_patterns(lua_State *L, int table);
/// The linear functions of `text`.
void add_text(lua_State *L, int table);
/// json.decode, json.encode, json.array.
void add_json(lua_State *L, int table);

/// Pushes the value of a JSON text, nil for null; raises an error, which starts with `what`, when it is none.
void push_json(lua_State *L, const char *text, size_t length, const char *what);
/// Appends the JSON of the value at `index`; raises an error when it has none.
/// `functions`: write {"$function":true} for a function instead.
void write_json(lua_State *L, int index, std::string &out, bool functions);

#endif
