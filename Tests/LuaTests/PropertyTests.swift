import Lua
import Testing

@Suite("Lua properties")
struct PropertyTests {
    @Test("random scripts and arguments end, one way or another", arguments: UInt64(1)...20)
    func noise(seed: UInt64) throws {
        var state = seed
        func next(_ bound: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(state >> 33) % bound
        }
        let words = [
            "a", "b", "c", "x", "=", "(", ")", "{", "}", "[", "]", ".", "..", ",", ":", "#", "-", "+", "//",
            "<", "~=", "1",
            "-1", "1e308", "'s'", "nil", "true", "return", "local", "if", "then", "else", "end", "for", "in",
            "do", "while",
            "function", "string", "text", "json", "table", "rep", "find", "encode", "array", "pairs", "error",
            "\n",
        ]
        let limits = LuaLimits(instructions: 50_000, memory: 1 << 20)
        for _ in 0..<300 {
            let body = (0..<next(14)).map { _ in words[next(words.count)] }.joined(separator: " ")
            let damaged = String(
                decoding: (0..<next(20)).map { _ in Array("{}[]\",:1a\\\u{0}".utf8)[next(11)] }, as: UTF8.self
            )
            _ = failure(body, #"{"x":[1,{"y":"z"}]}"#, "\"text\"", limits: limits)
            _ = failure("return { a, json.encode(a) }", damaged, limits: limits)
        }
    }

    @Test("flat data goes through unchanged", arguments: UInt64(1)...20)
    func identity(seed: UInt64) throws {
        var state = seed
        func next(_ bound: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(state >> 33) % bound
        }
        func value(_ depth: Int) -> String {
            switch next(depth > 0 ? 6 : 4) {
            case 0: return "\(Int64(bitPattern: state) >> Int64(next(60)))"
            case 1: return "\"\(["é", "\\n", "x y", "😀", "\\u0001", ""][next(6)])\(next(100))\""
            case 2: return next(2) == 0 ? "true" : "false"
            case 3: return "\(next(1_000)).5"
            case 4: return "[" + (0..<next(5)).map { _ in value(depth - 1) }.joined(separator: ",") + "]"
            default:
                return "{" + (0..<next(5)).map { "\"k\($0)\":\(value(depth - 1))" }.joined(separator: ",")
                    + "}"
            }
        }
        let script = try script("return a")
        for _ in 0..<100 {
            let text = value(5)
            #expect(try script.call("run", [text]) == text, "seed \(seed)")
        }
    }
}
