#include "machine.hpp"

#include <cstdlib>
#include <cstring>
#include <ctime>
#include <new>

namespace {

/// Instructions between two looks at the limits.
constexpr uint64_t hook_interval = 1'000;
constexpr size_t longest_message = 2'048;
constexpr size_t longest_name = 40;  // Lua shortens a chunk's name to 60 bytes
constexpr const char *too_many_instructions = "too many instructions";
constexpr const char *not_enough_memory = "not enough memory";

uint64_t nanoseconds(clockid_t clock) {
    timespec time{};
    clock_gettime(clock, &time);
    return uint64_t(time.tv_sec) * 1'000'000'000 + uint64_t(time.tv_nsec);
}

/// The monotonic clock is cheap to read, the processor time is what counts.
bool is_late(const lg_lua *machine) {
    return nanoseconds(CLOCK_MONOTONIC) > machine->deadline
        && nanoseconds(CLOCK_THREAD_CPUTIME_ID) - machine->cpu_start > machine->limits.cpu_nanoseconds;
}

void on_count(lua_State *L, lua_Debug *) {
    lg_lua *machine = machine_of(L);
    if (!machine->exhausted) {
        machine->spent += hook_interval;
        if (machine->is_over() || is_late(machine)) exhaust(machine);
    }
    if (machine->exhausted) {
        lua_pushstring(L, too_many_instructions);
        lua_error(L);
    }
}

void *allocate(void *context, void *block, size_t old_size, size_t new_size) {
    auto *machine = static_cast<lg_lua *>(context);
    if (!block) old_size = 0;  // then it is the kind of object
    if (new_size == 0) {
        machine->memory -= old_size;
        free(block);
        return nullptr;
    }
    if (new_size > old_size) {
        size_t more = new_size - old_size;
        if (more > machine->limits.memory || machine->memory > machine->limits.memory - more) {
            machine->denied = true;
            return nullptr;
        }
        machine->allocated += more;
        if (machine->running && !machine->exhausted && machine->is_over()) exhaust(machine);
    }
    void *result = realloc(block, new_size);
    if (result) machine->memory = machine->memory - old_size + new_size;
    return result ? result : new_size <= old_size ? block : nullptr;
}

/// Finds the line of the script, not of the prelude, nearest to the error, and makes any error value a text.
int on_error(lua_State *L) {
    lg_lua *machine = machine_of(L);
    lua_Debug frame;
    for (int level = 0; lua_getstack(L, level, &frame); ++level) {
        lua_getinfo(L, "Sl", &frame);
        if (frame.currentline > 0 && machine->name == frame.short_src) {
            machine->line = frame.currentline;
            break;
        }
    }
    if (lua_type(L, 1) != LUA_TSTRING && !lua_isnumber(L, 1))
        lua_pushfstring(L, "an error that is a %s", luaL_typename(L, 1));
    return 1;
}

int on_panic(lua_State *) { throw std::bad_alloc(); }

/// Runs the chunk with new globals; pushes what it returns.
void run_chunk(lua_State *L) {
    lg_lua *machine = machine_of(L);
    lua_rawgeti(L, LUA_REGISTRYINDEX, machine->chunk);
    lua_createtable(L, 0, 4);
    lua_rawgeti(L, LUA_REGISTRYINDEX, machine->environment);
    lua_setmetatable(L, -2);
    lua_setupvalue(L, -2, 1);
    lua_call(L, 0, 1);
}

int load_script(lua_State *L) {
    lg_lua *machine = machine_of(L);
    lua_createtable(L, 0, 2);
    push_library(L);
    lua_setfield(L, -2, "__index");
    lua_pushboolean(L, false);
    lua_setfield(L, -2, "__metatable");
    machine->environment = luaL_ref(L, LUA_REGISTRYINDEX);

    machine->code = LG_LUA_DOES_NOT_LOAD;
    std::string chunk = "=" + machine->name;
    const std::string &source = machine->arguments.front();
    if (luaL_loadbufferx(L, source.data(), source.size(), chunk.c_str(), "t") != LUA_OK) return lua_error(L);
    machine->chunk = luaL_ref(L, LUA_REGISTRYINDEX);
    machine->code = LG_LUA_ERROR;
    run_chunk(L);
    if (!lua_istable(L, -1)) {
        machine->code = LG_LUA_DOES_NOT_LOAD;
        return luaL_error(L, "returns a %s, not a table", luaL_typename(L, -1));
    }
    machine->answering = true;
    write_json(L, -1, machine->result, true);
    return 0;
}

int call_function(lua_State *L) {
    lg_lua *machine = machine_of(L);
    run_chunk(L);
    lua_pushlstring(L, machine->function.data(), machine->function.size());
    if (!lua_istable(L, -2) || lua_rawget(L, -2) != LUA_TFUNCTION) {
        machine->code = LG_LUA_NO_FUNCTION;
        lua_pushstring(L, "no such function");
        return lua_error(L);
    }
    int count = int(machine->arguments.size());
    luaL_checkstack(L, count, "too many arguments");
    for (int place = 0; place < count; ++place) {
        const std::string &argument = machine->arguments[size_t(place)];
        std::string what = "argument " + std::to_string(place + 1);
        push_json(L, argument.data(), argument.size(), what.c_str());
    }
    lua_call(L, count, 1);
    machine->answering = true;
    machine->result.clear();
    write_json(L, -1, machine->result, false);
    return 0;
}

void begin(lg_lua *machine) {
    machine->exhausted = machine->denied = machine->answering = false;
    machine->spent = machine->allocated = 0;
    machine->line = 0;
    machine->code = LG_LUA_ERROR;
    machine->result.clear();
    // A buffer that grows asks the allocator without collecting first, so a run starts with room.
    if (machine->memory > machine->limits.memory / 2) lua_gc(machine->state, LUA_GCCOLLECT);
    machine->deadline = nanoseconds(CLOCK_MONOTONIC) + machine->limits.cpu_nanoseconds;
    machine->cpu_start = nanoseconds(CLOCK_THREAD_CPUTIME_ID);
    lua_sethook(machine->state, on_count, LUA_MASKCOUNT, int(hook_interval));
    machine->running = true;
}

/// Takes "name:12: " off the message and the line from there.
void take_message(lg_lua *machine, const char *text, size_t length) {
    std::string message(text, length);
    std::string place = machine->name + ":";
    if (message.compare(0, place.size(), place) == 0) {
        size_t end = place.size();
        int32_t line = 0;
        while (end < message.size() && message[end] >= '0' && message[end] <= '9' && line < 10'000'000)
            line = line * 10 + (message[end++] - '0');
        if (line > 0 && message.compare(end, 2, ": ") == 0) {
            machine->line = line;
            message.erase(0, end + 2);
        }
    }
    if (message.size() > longest_message) message.resize(longest_message);
    machine->result = message;
}

int32_t run(lg_lua *machine, lua_CFunction work) {
    lua_State *L = machine->state;
    begin(machine);
    lua_settop(L, 0);
    lua_pushcfunction(L, on_error);
    lua_pushcfunction(L, work);
    int status = lua_pcall(L, 0, 0, 1);
    machine->running = false;
    machine->arguments.clear();
    if (status == LUA_OK) {
        lua_settop(L, 0);
        return LG_LUA_OK;
    }
    size_t length = 0;
    const char *text = lua_type(L, -1) == LUA_TSTRING ? lua_tolstring(L, -1, &length) : nullptr;
    take_message(machine, text ? text : "", length);
    bool no_memory = status == LUA_ERRMEM || status == -1  // -1: a C++ exception that is not Lua's
        || (machine->denied && machine->result == not_enough_memory);
    lua_settop(L, 0);
    lua_gc(L, LUA_GCCOLLECT);
    if (machine->exhausted) return LG_LUA_INSTRUCTIONS;
    if (no_memory) return LG_LUA_MEMORY;
    return machine->answering ? LG_LUA_NOT_JSON : machine->code;
}

/// What stays of an exception from the standard library between two runs.
int32_t out_of_memory(lg_lua *machine) {
    machine->running = machine->lost = false;
    machine->arguments.clear();
    machine->result.clear();
    return LG_LUA_MEMORY;
}

}  // namespace

void exhaust(lg_lua *machine) {
    machine->exhausted = true;
    lua_sethook(machine->state, on_count, LUA_MASKCOUNT, 1);
}

void charge(lua_State *L, uint64_t instructions) {
    lg_lua *machine = machine_of(L);
    machine->spent += instructions;
    if (!machine->exhausted && machine->is_over()) exhaust(machine);
    if (machine->exhausted) {
        lua_pushstring(L, too_many_instructions);
        lua_error(L);
    }
}

void refuse_memory(lua_State *L) {
    machine_of(L)->denied = true;
    lua_pushstring(L, not_enough_memory);
    lua_error(L);
    abort();  // lua_error does not return
}

lg_lua *lg_lua_new(lg_lua_limits limits, lg_lua_helper helper, void *context) {
    auto *machine = new (std::nothrow) lg_lua;
    if (!machine) return nullptr;
    machine->limits = limits;
    machine->helper = helper;
    machine->context = context;
    machine->json = lg_json_new();
    machine->state = machine->json ? lua_newstate(allocate, machine) : nullptr;
    if (!machine->state) {
        lg_lua_free(machine);
        return nullptr;
    }
    *static_cast<lg_lua **>(lua_getextraspace(machine->state)) = machine;
    lua_atpanic(machine->state, on_panic);
    return machine;
}

void lg_lua_free(lg_lua *machine) {
    if (machine->state) lua_close(machine->state);
    if (machine->json) lg_json_free(machine->json);
    delete machine;
}

void lg_lua_add_helper(lg_lua *machine, const char *name, size_t length) {
    try {
        machine->helpers.emplace_back(name, length);
    } catch (const std::bad_alloc &) {
        machine->lost = true;
    }
}

void lg_lua_set_prelude(lg_lua *machine, const char *source, size_t length) {
    try {
        machine->prelude.assign(source, length);
    } catch (const std::bad_alloc &) {
        machine->lost = true;
    }
}

int32_t lg_lua_load(
    lg_lua *machine, const char *name, size_t name_length, const char *source, size_t length) {
    try {
        machine->name.assign(name, name_length < longest_name ? name_length : longest_name);
        machine->arguments.assign(1, std::string(source, length));
        return machine->lost ? out_of_memory(machine) : run(machine, load_script);
    } catch (const std::bad_alloc &) {
        return out_of_memory(machine);
    }
}

void lg_lua_argument(lg_lua *machine, const uint8_t *json, size_t length) {
    try {
        machine->arguments.emplace_back(reinterpret_cast<const char *>(json), length);
    } catch (const std::bad_alloc &) {
        machine->lost = true;
    }
}

int32_t lg_lua_call(lg_lua *machine, const char *function, size_t length) {
    if (machine->running) return LG_LUA_ERROR;  // from one of its own helpers
    try {
        machine->function.assign(function, length);
        return machine->lost ? out_of_memory(machine) : run(machine, call_function);
    } catch (const std::bad_alloc &) {
        return out_of_memory(machine);
    }
}

void lg_lua_answer(lg_lua *machine, const uint8_t *text, size_t length) {
    try {
        machine->answer.assign(reinterpret_cast<const char *>(text), length);
        machine->lost = false;
    } catch (const std::bad_alloc &) {
        machine->lost = true;
    }
}

const uint8_t *lg_lua_result(const lg_lua *machine, size_t *length) {
    *length = machine->result.size();
    return reinterpret_cast<const uint8_t *>(machine->result.data());
}

int32_t lg_lua_line(const lg_lua *machine) { return machine->line; }
