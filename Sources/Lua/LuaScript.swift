import CLua

/// A script that returns one table of data and functions, in a sandbox of its own.
///
/// Every call runs the script anew in a fresh environment, so nothing a call leaves in globals, locals or
/// tables is there for the next. The script sees `string`, `table`, `math`, `utf8` (without what could run or
/// allocate without end), the plain functions, `text`, `json` and the helpers; no way to load code, reach
/// files or catch an error.
///
/// Not `Sendable`: one per thread. A helper that calls the script it was called by gets an error.
@safe public final class LuaScript {
    /// The returned table as JSON text, keys sorted: tables with the keys 1...n as arrays, empty ones as `{}`
    /// unless made by `json.array`, functions as `{"$function":true}`.
    public let definition: String

    private let machine: Machine

    /// Compiles the source and runs it once.
    ///
    /// - Parameters:
    ///   - name: for messages; 40 bytes of it are used.
    ///   - helpers: functions to offer, by `name` or `table.name`. Each takes the JSON array of its arguments
    ///     and returns a JSON value; `{"$error": "..."}` raises that error at the script's line.
    ///   - prelude: trusted source that adds functions of its own to the library (`function text.of(value) ... end`), or tables of
    ///     functions. What it defines is read-only to the script.
    public init(
        source: String, name: String, helpers: [String: (String) -> String] = [:], prelude: String = "",
        limits: LuaLimits = LuaLimits()
    ) throws(LuaFailure) {
        guard let machine = Machine(helpers: helpers, prelude: prelude, limits: limits) else {
            throw .memoryLimit
        }
        definition = try machine.load(source: source, name: name)
        self.machine = machine
    }

    /// Calls a function of the script's table.
    ///
    /// - Parameter arguments: JSON texts. Objects and arrays become tables, null becomes nil, whole numbers
    ///   of more than 64 bits strings of their digits.
    /// - Returns: the first result as JSON text, keys sorted; nil is `null`. Bytes that are not UTF-8 are
    ///   replaced by U+FFFD, whole floats are written as integers.
    public func call(_ function: String, _ arguments: [String]) throws(LuaFailure) -> String {
        try machine.call(function, arguments)
    }
}

/// Owns one C machine and the helpers it calls.
@safe private final class Machine {
    private let handle: OpaquePointer
    private let helpers: Helpers

    init?(helpers: [String: (String) -> String], prelude: String, limits: LuaLimits) {
        let named = helpers.sorted { $0.key < $1.key }
        self.helpers = Helpers(functions: named.map(\.value))
        let time = limits.processorTime.components
        let nanoseconds = max(0, time.seconds) &* 1_000_000_000 &+ time.attoseconds / 1_000_000_000
        let bounds = lg_lua_limits(
            instructions: UInt64(max(0, limits.instructions)), memory: max(0, limits.memory),
            pattern_subject: min(max(0, limits.patternSubject), 1 << 20),
            cpu_nanoseconds: UInt64(max(0, nanoseconds)))
        let context = unsafe Unmanaged.passUnretained(self.helpers).toOpaque()
        guard let handle = unsafe lg_lua_new(bounds, answer, context) else { return nil }
        unsafe self.handle = handle
        for (name, _) in named {
            var name = name
            name.withUTF8 { unsafe lg_lua_add_helper(handle, characters($0), $0.count) }
        }
        var prelude = prelude
        prelude.withUTF8 { unsafe lg_lua_set_prelude(handle, characters($0), $0.count) }
    }

    deinit { unsafe lg_lua_free(handle) }

    func load(source: String, name: String) throws(LuaFailure) -> String {
        var source = source
        var name = name
        let code = name.withUTF8 { name in
            source.withUTF8 {
                unsafe lg_lua_load(handle, characters(name), name.count, characters($0), $0.count)
            }
        }
        return try outcome(code, asked: name)
    }

    func call(_ function: String, _ arguments: [String]) throws(LuaFailure) -> String {
        for argument in arguments {
            var argument = argument
            argument.withUTF8 { unsafe lg_lua_argument(handle, $0.baseAddress, $0.count) }
        }
        var function = function
        let code = function.withUTF8 { unsafe lg_lua_call(handle, characters($0), $0.count) }
        return try outcome(code, asked: function)
    }

    private func outcome(_ code: Int32, asked: String) throws(LuaFailure) -> String {
        var length = 0
        let start = unsafe lg_lua_result(handle, &length)
        let text = unsafe String(decoding: UnsafeBufferPointer(start: start, count: length), as: UTF8.self)
        let number = unsafe Int(lg_lua_line(handle))
        let line = number > 0 ? number : nil
        switch Int(code) {
        case LG_LUA_OK: return text
        case LG_LUA_DOES_NOT_LOAD: throw .doesNotLoad(line.map { "line \($0): \(text)" } ?? text)
        case LG_LUA_INSTRUCTIONS: throw .instructionLimit(line: line)
        case LG_LUA_MEMORY: throw .memoryLimit
        case LG_LUA_NO_FUNCTION: throw .noSuchFunction(asked)
        case LG_LUA_NOT_JSON: throw .resultNotJSON(text)
        default: throw .error(message: text, line: line)
        }
    }
}

private final class Helpers {
    let functions: [(String) -> String]
    init(functions: [(String) -> String]) { self.functions = functions }
}

/// The one door from C back into Swift. No error can pass it: helpers do not throw, and the answer is raised
/// in C.
private func answer(
    context: UnsafeMutableRawPointer?, helper: Int32, text: UnsafePointer<UInt8>?, length: Int,
    machine: OpaquePointer?
) {
    let asked = unsafe String(decoding: UnsafeBufferPointer(start: text, count: length), as: UTF8.self)
    var reply = "null"
    if Int(helper) == LG_LUA_LOWER {
        reply = asked.lowercased()
    } else if let context = unsafe context {
        let helpers = unsafe Unmanaged<Helpers>.fromOpaque(context).takeUnretainedValue()
        reply = helpers.functions[Int(helper)](asked)
    }
    reply.withUTF8 { unsafe lg_lua_answer(machine, $0.baseAddress, $0.count) }
}

private func characters(_ bytes: UnsafeBufferPointer<UInt8>) -> UnsafePointer<CChar>? {
    unsafe UnsafeRawPointer(bytes.baseAddress)?.assumingMemoryBound(to: CChar.self)
}
