import Contacts
import Testing

@testable import Adapters

@Suite("What every script may use")
struct PreludeTests {
    /// The value of an expression, as a script sees it, as JSON text.
    private func value(of expression: String) throws -> String? {
        let script =
            "local found = \(expression) return { { type = 'submission', text = json.encode({ found }) } }"
        let mapping = try AdapterRuntime().map(
            makeRequest(body: "{}"), adapter: makeAdapter(#"accepts = { body = "json" },"#, map: script),
            channel: makeChannel())
        guard case .events(let events) = mapping else { return nil }
        return events.first?.text
    }

    @Test(
        "text.of gives the first value that is there",
        arguments: [
            ("' a '", #"["a"]"#), ("12", #"["12"]"#), ("1.5", #"["1.5"]"#), ("nil, ' ', 'b', 'c'", #"["b"]"#),
            ("{ 'x', 'y' }", #"["x"]"#), ("", "{}"), ("nil", "{}"), ("{}", "{}"), ("true", "{}"),
            ("{ {} }", "{}"),
        ])
    func text(_ arguments: String, _ expected: String) throws {
        #expect(try value(of: "text.of(\(arguments))") == expected)
    }

    @Test("text.join keeps the places of what is absent")
    func join() throws {
        #expect(try value(of: "text.join(':', 'a', nil, { 3 }, nil)") == #"["a::3:"]"#)
    }

    @Test(
        "math.count takes whole numbers from 0 on",
        arguments: [
            ("'12'", "[12]"), ("0", "[0]"), ("'3.0'", "[3]"), ("-1", "{}"), ("'1.5'", "{}"), ("'x'", "{}"),
            ("nil", "{}"),
        ])
    func count(_ argument: String, _ expected: String) throws {
        #expect(try value(of: "math.count(\(argument))") == expected)
    }

    @Test("what is no time gives none, whatever it is")
    func times() throws {
        #expect(try value(of: "{ time.parse({ 1, nil, 3 }), time.parse(nil), time.parse(true) }") == "[{}]")
        #expect(try value(of: "time.parse(1768465230)") == #"["2026-01-15T08:20:30.000000Z"]"#)
    }

    @Test("table.of gives a table whatever came")
    func table() throws {
        #expect(try value(of: "#table.of('x') + #table.of(nil) + #table.of({ 1, 2 })") == "[2]")
    }

    @Test(
        "a withheld number is told as such, an employee by extension or name",
        arguments: [
            ("telephony.contact(' ', '')", #"[{"points":[{"kind":"phone","value":"anonymous"}]}]"#),
            ("telephony.contact(380501234567)", #"[{"points":[{"kind":"phone","value":"380501234567"}]}]"#),
            ("telephony.agents('101', true)", #"[[{"answered":true,"extension":"101"}]]"#),
            ("telephony.agents('Olena')", #"[[{"name":"Olena"}]]"#), ("telephony.agents(' ')", "{}"),
            ("telephony.seconds('42')", "[42]"), ("telephony.seconds(2592001)", "{}"),
        ])
    func telephony(_ expression: String, _ expected: String) throws {
        #expect(try value(of: expression) == expected)
    }

    @Test("a script cannot change what it was given, and an error in it names the script's own line")
    func isProtected() throws {
        for script in ["function text.of() end", "telephony.x = 1"] {
            #expect(throws: MappingFailure.self) { try value(of: "(function() \(script) end)()") }
        }
        let failure = try #require(throws: MappingFailure.self) {
            try value(of: "\n\ntext.join({}, 'a', 'b')")
        }
        #expect(failure.reason.contains("line 6"), "\(failure.reason)")
    }
}
