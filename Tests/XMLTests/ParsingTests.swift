import Testing
import XML

@Suite("Reading XML")
struct ParsingTests {
    private func parse(_ text: String) throws(XMLFailure) -> XMLElement {
        try XMLElement.parse(Array(text.utf8))
    }

    private func failure(_ text: String) -> XMLFailure? {
        do throws(XMLFailure) {
            _ = try parse(text)
            return nil
        } catch {
            return error
        }
    }

    @Test("elements, attributes and text come without prefixes")
    func tree() throws {
        let root = try parse(
            """
            <?xml version="1.0"?><!-- c --><x:Event xmlns:x="urn:x" xmlns:y="urn:y" y:type="x:Call" n='1'>
              <x:id>a&amp;b&#x44F;</x:id><x:id><![CDATA[<c>&]]></x:id><empty/>tail<?pi d?>
            </x:Event>
            """)
        #expect(root.name == "Event")
        #expect(root.attributes.map { "\($0.name)=\($0.value)" } == ["type=x:Call", "n=1"])
        #expect(root.children.map(\.name) == ["id", "id", "empty"])
        #expect(root.children.map(\.text) == ["a&bя", "<c>&", ""])
        #expect(root.text.split(separator: " ").joined().contains("tail"))
    }

    @Test("the stated encoding is honoured")
    func encodings() throws {
        let head = Array(#"<?xml version="1.0" encoding="windows-1251"?><a>"#.utf8)
        #expect(try XMLElement.parse(head + [0xCF, 0xB8] + Array("</a>".utf8)).text == "Пё")
        #expect(try XMLElement.parse([0xEF, 0xBB, 0xBF] + Array("<a>я</a>".utf8)).text == "я")
        let wide = "<a>я</a>".utf16.flatMap { [UInt8($0 & 0xFF), UInt8($0 >> 8)] }
        #expect(try XMLElement.parse([0xFF, 0xFE] + wide).text == "я")
        #expect(throws: XMLFailure.malformed) {
            try XMLElement.parse(Array("<a>".utf8) + [0xCF, 0x41] + Array("</a>".utf8))
        }
    }

    @Test(
        "what is not one well-formed document is refused",
        arguments: [
            "", " ", "a", "<a>", "<a></b>", "<a/><b/>", "<a>&nbsp;</a>", #"<a b="&x;"/>"#,
            #"<a b="1" b="2"/>"#, "<a>\u{1}</a>",
            "<a", "{}", "<a>&#0;</a>",
        ])
    func malformed(text: String) {
        #expect(failure(text) == .malformed)
    }

    @Test(
        "a document type is never read",
        arguments: [
            #"<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>"#,
            #"<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>"#,
            #"<!DOCTYPE a [<!ENTITY x "xxxxxxxxxx"><!ENTITY y "&x;&x;&x;&x;">]><a>&y;</a>"#,
            #"<!DOCTYPE a [<!ATTLIST a b CDATA "c">]><a/>"#, "<!DOCTYPE a><a/>",
        ])
    func documentType(text: String) {
        #expect(failure(text) == .documentType)
    }

    @Test("depth and number have limits")
    func limits() throws {
        func nested(_ depth: Int) -> String {
            String(repeating: "<a>", count: depth) + String(repeating: "</a>", count: depth)
        }
        #expect(failure(nested(32)) == nil)
        #expect(failure(nested(33)) == .tooDeep)
        #expect(failure(nested(100_000)) == .tooDeep)
        #expect(failure("<a>" + String(repeating: "<b c='1'/>", count: 4_999) + "</a>") == nil)
        #expect(failure("<a>" + String(repeating: "<b c='1'/>", count: 5_000) + "</a>") == .tooMany)
    }

    @Test("a document cut short or with any byte changed gives an element or a failure, never more")
    func torn() {
        let whole = Array(#"<x:a xmlns:x="u" b="&lt;1"><c>d&#8364;</c><![CDATA[e]]><!-- f --></x:a>"#.utf8)
        for place in whole.indices {
            #expect(throws: XMLFailure.self) { try XMLElement.parse(Array(whole[..<place])) }
            for bit in [1, 4, 32, 128] as [UInt8] {
                var changed = whole
                changed[place] ^= bit
                _ = try? XMLElement.parse(changed)
            }
        }
    }
}
