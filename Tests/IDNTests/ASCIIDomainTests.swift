import IDN
import Testing

@Suite("Domain names in ASCII")
struct ASCIIDomainTests {
    @Test(
        "a name is brought to one form",
        arguments: [
            ("example.com", "example.com"), ("EXAMPLE.Com", "example.com"), ("example.com.", "example.com"),
            ("Пошта.УКР", "xn--80a1acn3a.xn--j1amh"), ("президент.рф", "xn--d1abbgf6aiiy.xn--p1ai"),
            ("bücher.de", "xn--bcher-kva.de"), ("bu\u{308}cher.de", "xn--bcher-kva.de"),
            ("BÜCHER.DE", "xn--bcher-kva.de"), ("straße.de", "xn--strae-oqa.de"),
            ("xn--bcher-kva.de", "xn--bcher-kva.de"), ("XN--BCHER-KVA.DE", "xn--bcher-kva.de"),
            ("例え。テスト", "xn--r8jz45g.xn--zckzah"), ("ｅｘａｍｐｌｅ.com", "example.com"),
            ("a_b.example.com", "a_b.example.com"), ("localhost", "localhost"), ("3com.com", "3com.com"),
        ])
    func forms(name: String, expected: String) {
        #expect(asciiDomain(name) == expected)
        #expect(asciiDomain(expected) == expected, "the form of a form is the form")
    }

    @Test(
        "what can be no name gives nothing",
        arguments: [
            "", ".", "..", "a..b", ".example.com", "exam ple.com", "example.com\0.org", "a@b.com", "-a.com",
            "a-.com",
            "exa\u{200B}\u{2028}mple.com", "xn--\u{0}.com", "xn--a.com", "\u{202E}abc.com", "a/b.com",
            "[127.0.0.1]",
            "example.com\r\n", "a,b.com", "<b>.com",
        ])
    func nothing(name: String) {
        let form = asciiDomain(name)
        #expect(form == nil, "\(name) gave \(form ?? "")")
    }

    @Test("labels end at 63 bytes and names at 253")
    func lengths() {
        let label = String(repeating: "a", count: 63)
        #expect(asciiDomain(label + ".com") == label + ".com")
        #expect(asciiDomain(label + "a.com") == nil)
        let long = [label, label, label, String(repeating: "b", count: 61)].joined(separator: ".")
        #expect(long.utf8.count == 253)
        #expect(asciiDomain(long) == long)
        #expect(asciiDomain(long + "b") == nil)
        #expect(asciiDomain(String(repeating: "ü", count: 60) + ".de") == nil)
        #expect(asciiDomain(String(repeating: "a.", count: 500_000)) == nil)
    }
}
