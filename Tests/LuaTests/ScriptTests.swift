import Lua
import Testing

@Suite("Lua scripts")
struct ScriptTests {
    @Test("the definition is the returned table as sorted JSON, functions marked")
    func definition() throws {
        let source = """
            local shared = { "GET", "POST" }
            return {
              name = "acme", limit = 65536, ratio = 0.5, on = true, accepts = { methods = shared },
              settings = {}, list = json.array {}, cases = { ["form.event"] = "X" },
              map = function() end, nested = { { f = print, g = string.find } },
            }
            """
        let script = try LuaScript(source: source, name: "acme")
        #expect(
            script.definition
                == #"{"accepts":{"methods":["GET","POST"]},"cases":{"form.event":"X"},"limit":65536,"#
                + #""list":[],"map":{"$function":true},"name":"acme","nested":[{"g":{"$function":true}}],"on":true,"#
                + #""ratio":0.5,"settings":{}}"#)
    }

    @Test("a function gets its arguments and gives its first result")
    func call() throws {
        #expect(try run("return { sum = a.x + b[2], c }, 2", #"{"x":1}"#, "[1,2]") == #"{"sum":3}"#)
        #expect(try run("return c", "1", "2", #""three""#) == #""three""#)
        #expect(try run("return") == "null")
        #expect(try run("return nil") == "null")
    }

    @Test(
        "what does not load says why",
        arguments: [
            ("return {", "line 1: unexpected symbol near <eof>"),
            ("\n\nx = = 1", "line 3: unexpected symbol near '='"),
            ("return 1", "returns a number, not a table"), ("", "returns a nil, not a table"),
            ("\u{1B}Lua", "attempt to load a binary chunk (mode is 't')"),
        ])
    func doesNotLoad(source: String, message: String) {
        #expect(throws: LuaFailure.doesNotLoad(message)) { try LuaScript(source: source, name: "bad") }
    }

    @Test("an error while loading has its line, also when the table cannot be told")
    func loadError() {
        #expect(throws: LuaFailure.error(message: "attempt to index a nil value (global 'os')", line: 2)) {
            try LuaScript(source: "local x\nos.exit()\nreturn {}", name: "bad")
        }
        #expect(
            throws: LuaFailure.resultNotJSON(
                "a.b[2] is a number without a JSON spelling (infinite or not a number)")
        ) {
            try LuaScript(source: "return { a = { b = { 1, 1/0 } } }", name: "bad")
        }
    }

    @Test("a missing function is its own failure", arguments: ["none", "name", "", "run.x"])
    func noSuchFunction(name: String) throws {
        let script = try LuaScript(source: "return { run = function() end, name = 'x' }", name: "test")
        #expect(throws: LuaFailure.noSuchFunction(name)) { try script.call(name, []) }
        #expect(try script.call("run", []) == "null")
    }

    @Test("an error has the script's line and no more than the message")
    func lines() throws {
        let source = """
            local function deep(x)
              return x.name.first
            end
            return {
              index = function() return deep({}) end,
              raise = function() error("no phone") end,
              plain = function() error("as it is", 0) end,
              table = function() error({ 1 }) end,
              helper = function()
                return time.parse("x")
              end,
              library = function()
                return ("x"):rep({})
              end,
              inner = function()
                return (("a"):gsub("a", function() return nil + 1 end))
              end,
            }
            """
        let helpers: [String: (String) -> String] = ["time.parse": { _ in #"{"$error":"not a time"}"# }]
        let script = try LuaScript(source: source, name: "lines", helpers: helpers)
        func expect(
            _ name: String, _ message: String, _ line: Int, _ location: SourceLocation = #_sourceLocation
        ) {
            #expect(throws: LuaFailure.error(message: message, line: line), sourceLocation: location) {
                try script.call(name, [])
            }
        }
        expect("index", "attempt to index a nil value (field 'name')", 2)
        expect("raise", "no phone", 6)
        expect("plain", "as it is", 7)
        expect("table", "an error that is a table", 8)
        expect("helper", "not a time", 10)
        expect("library", "bad argument #1 to 'rep' (number expected, got table)", 13)
        expect("inner", "attempt to perform arithmetic on a nil value", 16)
    }

    @Test("a failed call leaves the script usable")
    func afterFailure() throws {
        let limits = LuaLimits(instructions: 100_000, memory: 1 << 20)
        let script = try script(
            "if a == 1 then while true do end elseif a == 2 then return ('x'):rep(1e9) end return a",
            limits: limits)
        for _ in 0..<50 {
            #expect(throws: LuaFailure.instructionLimit(line: 2)) { try script.call("run", ["1"]) }
            #expect(throws: LuaFailure.memoryLimit) { try script.call("run", ["2"]) }
            #expect(throws: LuaFailure.self) { try script.call("run", ["{"]) }
            #expect(try script.call("run", ["3"]) == "3")
        }
    }

    @Test("a helper cannot call the script that calls it")
    func reentry() throws {
        final class Holder { var script: LuaScript? }
        let holder = Holder()
        let helpers: [String: (String) -> String] = [
            "again": { _ in (try? holder.script?.call("run", ["1"])) ?? "\"refused\"" }
        ]
        holder.script = try script("if a then return 'inner' end return again()", helpers: helpers)
        #expect(try holder.script?.call("run", []) == "\"refused\"")
        #expect(try holder.script?.call("run", ["1"]) == "\"inner\"")
        holder.script = nil
    }

    @Test("helpers take JSON arguments and give JSON values")
    func helpers() throws {
        var asked: [String] = []
        let helpers: [String: (String) -> String] = [
            "time.parse": {
                asked.append($0); return #"{"at":"2026-01-15T08:20:30.000000Z","n":[1,2]}"#
            },
            "double": { _ in "42" }, "text.shout": { _ in "null" }, "bad.json": { _ in "{" },
        ]
        let script = try script(
            """
            local t = time.parse(a, nil, {x = 1})
            return { t.at, t.n[2], double(), text.shout() == nil, text.trim(' y ') }
            """,
            helpers: helpers)
        #expect(
            try script.call("run", [#""é""#]) == #"["2026-01-15T08:20:30.000000Z",2,42,true,"y"]"#)
        #expect(asked == [#"["é",null,{"x":1}]"#])
        let bad = try LuaTests.script("return bad.json()", helpers: helpers)
        #expect { try bad.call("run", []) } throws: { error in
            guard case LuaFailure.error(let message, _) = error else { return false }
            return message.hasPrefix("a helper's answer: bad JSON at byte 1")
        }
    }
}
