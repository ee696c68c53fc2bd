import MIME
import Testing

/// A stack as small as a worker's thread has, so that a descent without a bound shows.
@Suite("Hostile letters")
struct HostileTests {
    @Test("100,000 multiparts inside one another end at the limit, and what is there is kept")
    func deep() {
        var text = "Content-Type: multipart/mixed; boundary=b0\n\n"
        for level in 0..<100_000 {
            text += "--b\(level)\nContent-Type: multipart/mixed; boundary=b\(level + 1)\n\n"
        }
        let letter = MIMELetter(Array((text + "words").utf8))
        #expect(letter.isCut)
        #expect(letter.root.leaves.count == 1)
    }

    @Test("200,000 empty parts, and as many fields, stay within their limits")
    func many() {
        let parts = MIMELetter(
            Array("Content-Type: multipart/mixed; boundary=b\n\n".utf8)
                + Array(repeatElement(Array("--b\n\n".utf8), count: 200_000).joined()))
        #expect(parts.isCut)
        #expect(parts.root.leaves.count <= MIMELimits().parts)
        let fields = MIMELetter(Array(repeatElement(Array("a:\n".utf8), count: 200_000).joined()))
        #expect(fields.isCut)
        #expect(fields.root.headers.count == MIMELimits().headers)
    }

    @Test("one endless field is cut, and so are leaves beyond the limit of bytes")
    func long() {
        let field = MIMELetter(
            Array(("Subject: " + String(repeating: "x", count: 500_000) + "\n\nwords").utf8))
        #expect(field.isCut)
        #expect(field.root.decoded == "words")
        var limits = MIMELimits()
        limits.decodedBytes = 1_000
        let text =
            "Content-Type: multipart/mixed; boundary=b\n\n"
            + String(repeating: "--b\n\n\(String(repeating: "y", count: 400))\n", count: 5)
        let parts = MIMELetter(Array(text.utf8), limits: limits)
        #expect(parts.isCut)
        #expect(parts.root.leaves.reduce(0) { $0 + $1.bytes.count } <= 1_000)
    }

    @Test("nested groups and comments, endless parameters and encoded words do not hurt")
    func grammar() {
        for piece in [
            "a:", "(", "\"", "<", "@", "=?utf-8?B?", "=?utf-8?Q?=41?= ", "a;", "\\", ",", ";a*0*=x", "a(",
            "<@a,", ":;",
        ] {
            let text = String(repeating: piece, count: 20_000)
            _ = mailboxes(text)
            _ = decodedWords(String(text.prefix(65_536)))
            _ = contentType("text/plain;" + text.prefix(65_536))
            _ = disposition("attachment;" + text.prefix(65_536))
            _ = dateSeconds(text)
        }
    }

    @Test("every prefix of a letter, and a letter with any byte changed, is taken apart")
    func prefixes() {
        let bytes = lines(
            "From: =?utf-8?B?0JDQvdC90LA=?= <anna@example.com>", "Date: Mon, 24 Nov 2026 20:45:06 +0200",
            "Content-Type: multipart/mixed; boundary=\"b\"", "", "--b",
            "Content-Type: text/plain; charset=koi8-r",
            "Content-Transfer-Encoding: quoted-printable", "", "=F0=F2=", "--b",
            "Content-Transfer-Encoding: base64",
            "Content-Disposition: attachment; filename*0*=utf-8''%D0%A1; filename*1=x", "", "JVBERi0x=",
            "--b",
            "Content-Transfer-Encoding: x-uuencode", "", "begin 644 x", "#0V%T", "`", "end", "--b--")
        for end in 0...bytes.count { read(Array(bytes[..<end])) }
        var generator = Seeded(state: 7)
        for _ in 0..<1_000 {
            var changed = bytes
            for _ in 0..<Int.random(in: 1...6, using: &generator) {
                changed[Int.random(in: changed.indices, using: &generator)] = UInt8.random(
                    in: 0...255, using: &generator)
            }
            read(changed)
        }
    }

    @Test("random bytes and NULs give a letter")
    func random() {
        var generator = Seeded(state: 11)
        for _ in 0..<500 {
            read(
                (0..<Int.random(in: 0...2_000, using: &generator)).map { _ in
                    UInt8.random(in: 0...255, using: &generator)
                })
        }
        read([UInt8](repeating: 0, count: 100_000))
        #expect(MIMELetter(Array("Subject: a\0b\n\nc\0d".utf8)).root.text("subject") == "a b")
    }

    /// Asks for everything that a letter can be asked.
    private func read(_ bytes: [UInt8]) {
        let letter = MIMELetter(bytes)
        for header in letter.root.headers {
            _ = mailboxes(header.value)
            _ = decodedWords(header.value)
            _ = dateSeconds(header.value)
        }
        for leaf in letter.root.leaves { _ = leaf.decoded }
        #expect(letter.bodyStart <= bytes.count)
    }
}

/// SplitMix64: the same numbers each time.
struct Seeded: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var value = state
        value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
        return value ^ (value >> 31)
    }
}
