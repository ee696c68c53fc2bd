import Contacts
import Testing

@Suite("Canonical e-mail")
struct CanonicalEmailTests {
    private func canonical(_ raw: String) -> String? {
        canonicalEmail(raw) { domain in
            domain == "приклад.укр" ? "xn--80aikifvh.xn--j1amh" : nil
        }
    }

    @Test(
        "different spellings of one address are one",
        arguments: [
            "ann.lee@example.com", "Ann.Lee@Example.COM", "  ann.lee@example.com\u{A0}",
            "mailto:ann.lee@example.com",
            "MAILTO:Ann.Lee@example.com?subject=x", "Ann Lee <ann.lee@example.com>", "ann.lee@example.com.",
            "ａｎｎ.lee@example.com", "\u{200B}ann.lee@example.com",
        ])
    func spellings(raw: String) { #expect(canonical(raw) == "ann.lee@example.com") }

    @Test("dots and tags tell people apart; another script's domain becomes A-labels")
    func kept() {
        #expect(canonical("a.n.n+tag@gmail.com") == "a.n.n+tag@gmail.com")
        #expect(canonical("Анна@ПРИКЛАД.укр") == "анна@xn--80aikifvh.xn--j1amh")
        #expect(canonical("o'neil@example.com") == "o'neil@example.com")
    }

    @Test(
        "what is no address is none",
        arguments: [
            "", "@", "ann", "ann@", "@example.com", "ann@example", "ann@@example.com", "ann@exa mple.com",
            "a b@example.com",
            "ann@example..com", "ann@-example.com", "ann@127.0.0.1", "ann@щось.невідоме", "a@b.c\nBcc: x@y.z",
            ".ann@example.com", "ann@example.com, bob@example.com", "\"ann\"@example.com",
            "ann\0@example.com",
            String(repeating: "a", count: 65) + "@example.com",
            "a@" + String(repeating: "b", count: 64) + ".com",
            String(repeating: "a@", count: 2_000),
        ])
    func refused(raw: String) { #expect(canonical(raw) == nil) }

    @Test("the canonical form of a canonical form is itself")
    func idempotent() {
        var generator = SeededGenerator(seed: 8)
        for _ in 0..<5_000 {
            let raw = generator.text(upTo: 12) + "@" + generator.text(upTo: 6) + "example.com"
            if let once = canonical(raw) { #expect(canonical(once) == once, "\(raw)") }
        }
    }
}
