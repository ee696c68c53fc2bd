/// Why a script gave no result. Lines count from 1 in the script's source; messages have at most 2 KiB.
public enum LuaFailure: Error, Sendable, Hashable {
    /// Not Lua source text (compiled chunks are refused), or it does not return a table.
    case doesNotLoad(String)
    /// The script raised an error, or an argument was no JSON text.
    case error(message: String, line: Int?)
    /// It ran too long; see ``LuaLimits/instructions``.
    case instructionLimit(line: Int?)
    case memoryLimit
    /// The script's table has no function of this name.
    case noSuchFunction(String)
    /// The function's result holds a function, itself, a number like 0/0, a list with holes or more than 128
    /// levels.
    case resultNotJSON(String)
}

extension LuaFailure: CustomStringConvertible {
    public var description: String {
        switch self {
        case .doesNotLoad(let message): "does not load: \(message)"
        case .error(let message, let line): Self.at(line, message)
        case .instructionLimit(let line): Self.at(line, "too many instructions")
        case .memoryLimit: "too much memory"
        case .noSuchFunction(let name): "no function \(name)"
        case .resultNotJSON(let message): "the result is not JSON: \(message)"
        }
    }

    private static func at(_ line: Int?, _ message: String) -> String {
        line.map { "line \($0): \(message)" } ?? message
    }
}
