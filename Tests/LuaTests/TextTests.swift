import Lua
import Testing

@Suite("Lua's text functions")
struct TextTests {
    @Test(
        "each does what its name says",
        arguments: [
            (#"text.trim("  a b\t\r\n")"#, #""a b""#),
            (#"text.trim("\u{A0}\u{FEFF}x\u{3000}\u{200B}")"#, #""x""#),
            (#"text.trim(" \u{A0} ")"#, #""""#), (#"text.trim("é à")"#, #""é à""#),
            (#"text.split("a,b,,c", ",")"#, #"["a","b","","c"]"#), (#"text.split("", ",")"#, #"[""]"#),
            (#"text.split("a::b:c", "::")"#, #"["a","b:c"]"#), (#"text.split("abc", "x")"#, #"["abc"]"#),
            (#"{ text.find("a.b.c", ".") }"#, "[2,2]"), (#"{ text.find("a.b.c", ".c", 3) }"#, "[4,5]"),
            (#"{ text.find("abc", "", 4) }"#, "[4,3]"), (#"text.find("abc", "a", 2)"#, "null"),
            (#"text.find("abc", "x")"#, "null"), (#"text.find("abc", "a", 9)"#, "null"),
            (#"text.replace("a.b.c", ".", "%1")"#, #""a%1b%1c""#),
            (#"text.replace("abc", "x", "y")"#, #""abc""#),
            (#"text.lower("ÄÖÜ Straße ABC Ж")"#, #""äöü straße abc ж""#),
            (#"text.lower("ABC-1")"#, #""abc-1""#),
            (#"text.lower("\xFFÄ")"#, "\"\u{FFFD}ä\""),
            (#"text.digits("+49 (30) 12-3")"#, #""4930123""#), (#"text.digits("x")"#, #""""#),
            (#"text.starts("abc", "ab")"#, "true"), (#"text.starts("abc", "b")"#, "false"),
            (#"text.starts("a", "ab")"#, "false"), (#"text.ends("abc", "bc")"#, "true"),
            (#"text.ends("c", "bc")"#, "false"), (#"text.starts("a\0b", "a\0")"#, "true"),
            (#"text.trim(12)"#, #""12""#),
        ])
    func functions(expression: String, result: String) throws {
        #expect(try run("return \(expression)") == result)
    }

    @Test(
        "wrong arguments are errors",
        arguments: [
            "text.trim()", "text.split('a', '')", "text.find('a', 'a', 0)", "text.replace('a', '', 'b')",
            "text.lower({})",
        ])
    func wrong(expression: String) {
        #expect(message("return \(expression)")?.hasPrefix("bad argument #") == true)
    }
}

@Suite("Lua's pattern functions")
struct PatternTests {
    @Test(
        "patterns match as the manual says",
        arguments: [
            (#"{ ("hello world"):find("o w") }"#, "[5,7]"), (#"{ ("hello"):find("l+") }"#, "[3,4]"),
            (#"{ ("hello"):find("(l)(l)(o)") }"#, #"[3,5,"l","l","o"]"#),
            (#"{ ("abc"):find("b", -1) }"#, "[null]"),
            (#"{ ("abc"):find("()b()") }"#, "[2,2,2,3]"), (#"{ ("a.b"):find(".", 1, true) }"#, "[2,2]"),
            (#"("  key = value "):match("^%s*(.-)%s*=") "#, #""key""#),
            (#"("2026-01-15"):match("%d+", -2)"#, #""15""#),
            (
                #"{ ("2026-01-15T08:20:30"):match("^(%d+)-(%d+)-(%d+)T(%d+):(%d+):(%d+)$") }"#,
                #"["2026","01","15","08","20","30"]"#
            ),
            (#"("THE (quick) fox"):match("%((%a+)%)")"#, #""quick""#),
            (#"("x(a(b)c)y"):match("%b()")"#, #""(a(b)c)""#),
            (#"("THE (quick) fox"):gsub("%f[%a]%a+", "X")"#, #""X (X) X""#),
            (#"("[[x]]"):match("[^%[%]]+")"#, #""x""#),
            (#"("a-z]"):match("[]a-]+")"#, #""a-""#), (#"("abab"):match("(ab)%1")"#, #""ab""#),
            (#"("ab"):match("()%1")"#, "null"),
            (#"("aaa"):match("a-b") "#, "null"), (#"("aXb"):match("a%ub")"#, #""aXb""#),
            (#"("ab"):match("ax?b")"#, #""ab""#),
            (#"("hello"):gsub("l", "L", 1)"#, #""heLlo""#), (#"("abc"):gsub("%w", "%0%0")"#, #""aabbcc""#),
            (#"("a b"):gsub("(%w) (%w)", "%2 %1%%")"#, #""b a%""#),
            (#"("abc"):gsub("", "-")"#, #""-a-b-c-""#),
            (#"("$x $y"):gsub("%$(%w)", { x = 1 })"#, #""1 $y""#),
            (#"("abc"):gsub("()", "%1")"#, #""1a2b3c4""#),
            (#"("abc"):gsub("b", function(x) return x:upper() end)"#, #""aBc""#),
            (#"("abc"):gsub("^a", "")"#, #""bc""#),
            (
                #"(function() local t = {} for k, v in ("a=1,b=2"):gmatch("(%w)=(%w)") do t[k] = v end return t end)()"#,
                #"{"a":"1","b":"2"}"#
            ),
            (#"(function() local n = 0 for _ in ("abc"):gmatch("") do n = n + 1 end return n end)()"#, "4"),
            (#"("a\0b"):match("%z") == "\0""#, "false"), (#"("a\0b"):match("[%c]") == "\0""#, "true"),
            (#"("äö"):match(utf8.charpattern)"#, #""ä""#),
        ])
    func matching(expression: String, result: String) throws {
        let outcome = try? run("return (\(expression))")
        if result == "[null]" {
            #expect(outcome == "{}")
        } else {
            #expect(outcome == result, "\(expression)")
        }
    }

    @Test(
        "a malformed pattern is an error",
        arguments: [
            ("[a", "malformed pattern (missing ']')"), ("%", "malformed pattern (ends with '%')"),
            ("(a", "unfinished capture"),
            ("a+)", "invalid pattern capture"), ("%1", "invalid capture index %1"),
            ("%b", "missing arguments to '%b'"),
            ("%f", "missing '[' after '%f' in pattern"),
            ("[%", "malformed pattern (missing ']')"), ("[", "malformed pattern (missing ']')"),
        ])
    func malformed(pattern: String, reason: String) {
        #expect(
            message("return ('aaa'):find(a)", "\"\(pattern)\"")?.contains(reason) == true,
            "\(message("return ('aaa'):find(a)", "\"\(pattern)\"") ?? "-")")
    }

    @Test("random patterns on random texts end, one way or another", arguments: UInt64(1)...20)
    func random(seed: UInt64) throws {
        var state = seed
        func next(_ bound: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(state >> 33) % bound
        }
        let pieces = [
            "a", "b", ".", "%a", "%d", "[ab]", "[^a]", "(", ")", "()", "*", "+", "-", "?", "%b()", "%f[a]",
            "%1", "^", "$", "%", "[",
        ]
        let script = try script(
            "return { #{ a:find(b) }, #{ a:match(b) }, (a:gsub(b, '%0')) }",
            limits: LuaLimits(instructions: 200_000))
        for _ in 0..<300 {
            let pattern = (0..<next(8)).map { _ in pieces[next(pieces.count)] }.joined()
            let subject = (0..<next(40)).map { _ in ["a", "b", "(", ")", "1"][next(5)] }.joined()
            do {
                let result = try script.call("run", ["\"\(subject)\"", "\"\(pattern)\""])
                #expect(result.contains("\"\(subject)\""), "seed \(seed), \(pattern) on \(subject)")
            } catch {
                switch error {
                case .error, .instructionLimit: break
                default: Issue.record("seed \(seed), \(pattern) on \(subject): \(error)")
                }
            }
        }
    }
}
