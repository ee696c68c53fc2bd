import Lua
import Testing

@Suite("Lua limits")
struct LimitTests {
    @Test(
        "what would run for ever ends at the instruction limit",
        arguments: [
            "while true do end", "repeat until false", "for i = 1, math.huge do end", "::again:: goto again",
            "local function f() return f() end f()",
            "for i = 1, 1e18 do local s = i .. '' end",
            "local s = ('x'):rep(1e6) while true do local t = s .. s end",
            "local s = ('x'):rep(1e6) while true do local t = s:upper() end",
            "while true do (('x'):rep(1e6)):find('y', 1, true) end",
            "while true do text.find(('x'):rep(1e6), 'xy') end",
            "local t = {} for i = 1, 3e5 do t[i] = 0 end while true do table.sort(t) end",
            "local t = {} for i = 1, 1e5 do t[i] = i end while true do table.concat(t) end",
            "local t = {} for i = 1, 1e5 do t[i] = i end while true do table.unpack(t) end",
            "while true do json.decode('[1,2,3]') end", "while true do json.encode({ 1, 2 }) end",
            "local f f = function() f() return f() end f()",
            "while true do text.lower('ÄÖÜ') end", "while true do next({}) end",
            "(' '):rep(2000):gsub('.', function() while true do end end)",
            "table.sort({3, 2, 1}, function() while true do end end)",
        ])
    func endless(body: String) {
        switch failure(body) {
        case .instructionLimit(let line): #expect(line == 2)
        case .memoryLimit where body.contains("f()"), .error where body.contains("f()"): break
        case let other: Issue.record("\(body): \(String(describing: other))")
        }
    }

    @Test(
        "a pattern that tries everything ends at the instruction limit",
        arguments: [
            "(' '):rep(2048):find('.-.-.-.-.-.-x')", "('a'):rep(2000):match('a*a*a*a*a*a*b')",
            "('a'):rep(2000):gsub('(a*)(a*)%1%2b', '')", "for x in ('a'):rep(2000):gmatch('a-a-a-b') do end",
            "('('):rep(2000):gsub('%b()%b()', '')", "while true do ('abc'):match('b') end",
            "while true do ('x'):rep(2000):find('%f[^x].-y') end",
        ])
    func patternBomb(body: String) {
        let outcome = failure(body)
        #expect(
            outcome == .instructionLimit(line: 2) || outcome == nil, "\(body): \(String(describing: outcome))"
        )
    }

    @Test("64 KiB of blanks do not reach a pattern", arguments: ["find", "match", "gmatch", "gsub"])
    func longSubject(function: String) {
        let blanks = "\"\(String(repeating: " ", count: 65_536))\""
        let body = "return a:\(function)('^%s*(.-)%s*$', '')"
        #expect(
            message(body.replacing(", '')", with: function == "gsub" ? ", '')" : ")"), blanks)?
                .hasPrefix("string.\(function) takes at most 2048 bytes, this text has 65536: text.find")
                == true)
    }

    @Test("plain text is found in text of any length, and patterns work up to the limit")
    func withinLimit() throws {
        let long = "\"\(String(repeating: " ", count: 65_536))x\""
        #expect(try run("return { a:find('x', 1, true) }", long) == "[65537,65537]")
        #expect(try run("return { a:find('x') }", long) == "[65537,65537]")
        #expect(try run("return { text.find(a, 'x') }", long) == "[65537,65537]")
        #expect(try run("return text.trim(a)", long) == #""x""#)
        #expect(try run("return (' '):rep(2048):match('^%s*(.-)%s*$')") == #""""#)
        #expect(try run("return #text.split(a, ' ')", long) == "65537")
    }

    @Test(
        "what would take all memory ends at the memory limit",
        arguments: [
            "return ('x'):rep(1e10)", "return ('x'):rep(5e7)", "return ('x'):rep(3e7) .. ('x'):rep(3e7)",
            "return ('x'):rep(1, 'y') .. (''):rep(1e9, 'ab')",
            "local t = {} for i = 1, 1e8 do t[i] = { i } end",
            "local t = {} while true do t[#t + 1] = ('x'):rep(100000) .. #t end",
            "local s = ('x'):rep(1000) return text.replace(('x'):rep(40000), 'x', s)",
            "local s = ('x'):rep(2000) return (s:gsub('x', ('y'):rep(50000)))",
            "local t, u = {}, {} for i = 1, 1000 do t[i] = ('x'):rep(10000) u[i] = t end return u",
        ])
    func memory(body: String) {
        let outcome = failure(body, limits: LuaLimits(instructions: 20_000_000))
        let isRefused =
            switch outcome {
            case .memoryLimit: true
            case .instructionLimit: body.contains("return u")  // each text is counted before it is written
            default: false
            }
        #expect(isRefused, "\(body): \(String(describing: outcome))")
    }

    @Test("an empty text is repeated at no cost")
    func emptyRepeat() throws {
        #expect(try run("return (''):rep(1e18) .. (''):rep(9e18, '') .. ('x'):rep(-1)") == #""""#)
    }

    @Test(
        "recursion ends as an error",
        arguments: [
            "local function f() return 1 + f() end return f()",
            "local function f(s) return (s:gsub('.', f)) end return f('x')",
            "local t = {} for i = 1, 300 do t[i] = '(' end return ('x'):find(table.concat(t))",
        ])
    func recursion(body: String) {
        switch failure(body) {
        case .error, .memoryLimit, .instructionLimit: break
        case let other: Issue.record("\(String(describing: other))")
        }
    }

    @Test("the script itself is limited while it loads")
    func loading() {
        #expect(throws: LuaFailure.instructionLimit(line: 2)) {
            try LuaScript(source: "local x\nwhile true do end", name: "loop")
        }
        #expect(throws: LuaFailure.memoryLimit) {
            try LuaScript(source: "return { x = ('x'):rep(1e9) }", name: "bomb")
        }
        #expect(throws: LuaFailure.memoryLimit) {
            try LuaScript(source: "return {}", name: "small", limits: LuaLimits(memory: 1_000))
        }
        #expect(throws: LuaFailure.doesNotLoad(nested)) {
            try LuaScript(source: "return " + String(repeating: "{", count: 100_000), name: "deep")
        }
    }

    private let nested = "C stack overflow"

    @Test("processor time is a net under the instruction count")
    func processorTime() {
        let limits = LuaLimits(instructions: .max / 2, processorTime: .milliseconds(50))
        #expect(failure("while true do end", limits: limits) == .instructionLimit(line: 2))
    }
}
