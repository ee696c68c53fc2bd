import JSON
import Testing

@Suite("Writing JSON")
struct WritingTests {
    @Test("what must be escaped is, and nothing else")
    func escapes() {
        #expect(
            JSON.string("\"\\/\u{8}\u{9}\n\u{C}\r\0\u{1F}\u{7F}").text() == #""\"\\/\b\t\n\f\r\u0000\u001f"#
                + "\u{7F}\"")
        #expect(
            JSON.string("a\u{2028}b\u{2029}\u{2027}\u{202A}€").text()
                == "\"a\\u2028b\\u2029\u{2027}\u{202A}€\"")
        #expect(JSON.object(["\n": "é😀"]).text() == #"{"\n":"é😀"}"#)
    }

    @Test("keys are sorted by their bytes when asked for")
    func sorting() {
        let value: JSON = ["b": ["z": 1, "y": 2], "é": 0, "a": 1, "B": 2, "aa": 3]
        #expect(value.text(sortedKeys: true) == #"{"B":2,"a":1,"aa":3,"b":{"y":2,"z":1},"é":0}"#)
    }

    @Test("pretty text has a line for each member and none inside empty brackets")
    func pretty() {
        let value: JSON = ["a": [1, []], "b": [:]]
        #expect(
            value.text(pretty: true) == """
                {
                  "a": [
                    1,
                    []
                  ],
                  "b": {}
                }
                """)
    }

    @Test(
        "a text that is no number cannot spoil the rest",
        arguments: ["", "1,2", "01", "1.", "-", "NaN", "1e", "\"", "١"])
    func badNumber(text: String) {
        #expect(JSON.array([.number(text)]).text() == "[null]")
    }
}
