import Lua
import Testing

/// A script whose one function is the given body with the arguments `a, b, c`.
func script(
    _ body: String, before: String = "", limits: LuaLimits = LuaLimits(),
    helpers: [String: (String) -> String] = [:]
) throws -> LuaScript {
    let source = "\(before)\nreturn { run = function(a, b, c) \(body)\nend }"
    return try LuaScript(source: source, name: "test", helpers: helpers, limits: limits)
}

/// What the body returns for these JSON arguments, as JSON text.
func run(_ body: String, _ arguments: String..., limits: LuaLimits = LuaLimits()) throws -> String {
    try script(body, limits: limits).call("run", arguments)
}

/// The failure of the body, nil when it returned.
func failure(
    _ body: String, _ arguments: String..., limits: LuaLimits = LuaLimits()
) -> LuaFailure? {
    do {
        _ = try script(body, limits: limits).call("run", arguments)
        return nil
    } catch {
        return error as? LuaFailure
    }
}

/// The message of a script error; nil for every other outcome.
func message(_ body: String, _ arguments: String...) -> String? {
    do {
        _ = try script(body).call("run", arguments)
        return nil
    } catch {
        guard case .error(let message, _)? = error as? LuaFailure else { return nil }
        return message
    }
}
