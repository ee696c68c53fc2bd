import Lua
import Testing

@Suite("The Lua sandbox")
struct SandboxTests {
    @Test("only the allow-list is there")
    func allowList() throws {
        let forbidden = [
            "os", "io", "load", "loadstring", "loadfile", "dofile", "require", "package", "debug", "pcall",
            "xpcall",
            "coroutine", "getmetatable", "setmetatable", "rawget", "rawset", "rawequal", "rawlen",
            "collectgarbage",
            "print", "warn", "_G", "string.dump", "string.pack", "string.unpack", "string.packsize",
            "table.move",
            "math.random", "math.randomseed",
        ]
        for name in forbidden { #expect(try run("return type(\(name))") == #""nil""#, "\(name)") }
        let allowed = [
            "pairs", "ipairs", "next", "select", "type", "tostring", "tonumber", "error", "assert",
            "string.format",
            "string.gsub", "table.concat", "table.sort", "table.unpack", "math.floor", "utf8.char",
            "text.trim",
            "json.decode", "json.encode", "json.array",
        ]
        for name in allowed { #expect(try run("return type(\(name))") == #""function""#, "\(name)") }
    }

    @Test(
        "library tables cannot be changed",
        arguments: [
            "string.find = nil", "text.trim = function() return 'mine' end", "json.x = 1", "math.pi = 3",
            "table.insert(table, 1)", "table.insert(string, 1, 'x')", "table.remove(text)",
            "table.sort(string) text.x = 1",
            "('').x = 1", "_ENV.string.rep = 1", "text[1] = 1", "utf8.charpattern = '.'", "time.parse = nil",
        ])
    func readOnly(change: String) throws {
        let script = try script(
            "if a then \(change) end return text.trim(' x ') .. ('a'):rep(2)",
            helpers: ["time.parse": { _ in "1" }])
        #expect { try script.call("run", ["true"]) } throws: { error in
            if case LuaFailure.error = error { true } else { false }
        }
        #expect(try script.call("run", ["false"]) == #""xaa""#)
    }

    @Test("json.array does not turn a library table's metatable over")
    func arrayOfLibrary() {
        #expect(message("json.array(string)")?.contains("not a list") == true)
        #expect(message("json.array('x')")?.contains("table expected") == true)
    }

    @Test("a name that is shadowed in one call is whole again in the next")
    func shadowing() throws {
        let script = try script(
            "local was = type(string) if a then string = nil text = { trim = 1 } end return was")
        #expect(try script.call("run", ["true"]) == #""table""#)
        #expect(try script.call("run", ["false"]) == #""table""#)
    }

    @Test("nothing of one call is there in the next: globals, locals, tables, the environment")
    func isolation() throws {
        let source = """
            local count, kept = 0, {}
            shared = shared or 0
            local script = { list = {} }
            function script.run(value)
              count = count + 1
              kept[#kept + 1] = value
              script.list[#script.list + 1] = value
              last, previous = value, last
              _ENV.more = (more or 0) + 1
              shared = shared + 1
              return { count, #kept, #script.list, more, shared, previous or "none" }
            end
            function script.steal() _ENV = { run = 1 } end
            return script
            """
        let script = try LuaScript(source: source, name: "isolation")
        for _ in 0..<3 {
            #expect(try script.call("run", [#""ann""#]) == #"[1,1,1,1,1,"none"]"#)
            #expect(try script.call("steal", []) == "null")
        }
    }

    @Test("errors cannot be caught and go on: metatables with finalisers or closers cannot be made")
    func noCatching() {
        #expect(message("local x <close> = {}")?.contains("got a non-closable value") == true)
        #expect(message("return #nil") != nil)
    }
}
