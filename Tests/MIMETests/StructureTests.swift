import MIME
import Testing

@Suite("The structure of letters")
struct StructureTests {
    @Test("a letter of nested parts is taken apart, each decoded")
    func nested() {
        let letter = MIMELetter(
            lines(
                "From: ann@example.com", "Content-Type: multipart/mixed; boundary=\"outer\"", "", "preamble",
                "--outer",
                "Content-Type: multipart/alternative; boundary=inner", "", "--inner",
                "Content-Type: text/plain; charset=utf-8",
                "Content-Transfer-Encoding: quoted-printable", "", "caf=C3=A9", "--inner",
                "Content-Type: text/html", "",
                "<p>x</p>", "--inner--", "", "--outer",
                "Content-Type: application/pdf; name=\"=?utf-8?B?0YHRh9GR0YIucGRm?=\"",
                "Content-Transfer-Encoding: base64", "Content-Disposition: attachment", "", "JVBERi0x", "",
                "--outer--",
                "epilogue"))
        #expect(letter.root.leaves.map(\.mediaType) == ["text/plain", "text/html", "application/pdf"])
        #expect(letter.root.leaves[0].decoded == "café")
        #expect(letter.root.leaves[2].fileName == "счёт.pdf")
        #expect(letter.root.leaves[2].bytes == Array("%PDF-1".utf8))
        #expect(letter.root.leaves[2].disposition == "attachment")
        #expect(!letter.isCut)
    }

    @Test("where the last delimiter or the blank line is missing, nothing is lost")
    func unfinished() {
        let cut = MIMELetter(
            lines(
                "Content-Type: multipart/mixed; boundary=b", "", "--b", "", "one", "--b",
                "Content-Type: text/plain", "", "two"))
        #expect(cut.root.leaves.map(\.decoded) == ["one", "two\r\n"])
        let joined = MIMELetter(lines("Subject: hi", "This is no field, so the words begin", "more"))
        #expect(joined.root.text("subject") == "hi")
        #expect(joined.root.decoded == "This is no field, so the words begin\r\nmore\r\n")
        let none = MIMELetter(lines("Content-Type: multipart/mixed; boundary=b", "", "no delimiter at all"))
        #expect(none.root.leaves.map(\.decoded) == ["no delimiter at all\r\n"])
    }

    @Test("an outer boundary ends an inner multipart that was never closed, and one may begin with the other")
    func boundaries() {
        let letter = MIMELetter(
            lines(
                "Content-Type: multipart/mixed; boundary=b", "", "--b",
                "Content-Type: multipart/mixed; boundary=bb", "", "--bb", "",
                "inner", "--b", "", "outer", "--b--"))
        #expect(letter.root.leaves.map(\.decoded) == ["inner", "outer"])
    }

    @Test("a letter inside a letter is a leaf with its raw bytes")
    func letterInside() {
        let letter = MIMELetter(
            lines(
                "Content-Type: multipart/digest; boundary=b", "", "--b", "", "Subject: inner", "", "x",
                "--b--"))
        #expect(letter.root.leaves.map(\.mediaType) == ["message/rfc822"])
        #expect(MIMELetter(letter.root.leaves[0].bytes).root.text("subject") == "inner")
    }

    @Test("line ends of Unix and of old Macs, a mailbox's From line and folded fields are understood")
    func lineEnds() {
        for end in ["\n", "\r\n", "\r"] {
            let letter = MIMELetter(Array("Subject: one\(end)\ttwo\(end)\(end)words\(end)".utf8))
            #expect(letter.root.text("subject") == "one\ttwo")
            #expect(letter.root.decoded.hasPrefix("words"))
        }
        #expect(MIMELetter(Array("From ann Mon Jan\nSubject: x\n\ny".utf8)).root.text("subject") == "x")
    }
}

@Suite("Fields of letters")
struct FieldTests {
    @Test(
        "encoded words are decoded",
        arguments: [
            ("=?utf-8?B?0J/RgNC40LLQtdGC?=", "Привет"), ("=?windows-1251?Q?=CF=F0=E8=E2=E5=F2?=", "Привет"),
            ("=?koi8-r?B?8NLJ18XU?= =?koi8-r?B?IQ==?=", "Привет!"),
            ("=?UTF-8?B?0J8=?= =?UTF-8?B?0YDQuNCy?=", "Прив"),
            ("plain", "plain"), ("=?broken", "=?broken"), ("=?utf-8?B?0J/R?= =?utf-8?B?gNC4?=", "При"),
        ])
    func words(raw: String, expected: String) {
        #expect(decodedWords(raw) == expected)
    }

    @Test("mailboxes are read with and without names, in groups, and from what is not quite a list")
    func addresses() {
        #expect(
            mailboxes("\"Lee, Ann\" <ann@example.com>, bob@example.org, Team: c@example.net, d@example.net;")
                == [
                    MIMEMailbox(name: "Lee, Ann", address: "ann@example.com"),
                    MIMEMailbox(name: "", address: "bob@example.org"),
                    MIMEMailbox(name: "", address: "c@example.net"),
                    MIMEMailbox(name: "", address: "d@example.net"),
                ])
        #expect(mailboxes("=?utf-8?B?0JDQvdC90LA=?= <anna@example.com>").first?.name == "Анна")
        #expect(mailboxes("").isEmpty)
        #expect(mailboxes("Ann Lee").first?.address.contains("@") != true)
    }

    @Test("bytes beyond ASCII in a field are read by what they are")
    func eightBit() throws {
        for bytes in try [encoded("Привет, мир", "utf-8"), encoded("Привет, мир", "windows-1251")] {
            #expect(
                MIMELetter(Array("Subject: ".utf8) + bytes + Array("\n\n".utf8)).root.text("subject")
                    == "Привет, мир")
        }
        let name =
            try Array("Content-Disposition: attachment; filename=\"".utf8)
            + encoded("Прайс-лист", "windows-1251") + Array(".xls\"\n\n".utf8)
        #expect(MIMELetter(name).root.fileName == "Прайс-лист.xls")
    }

    @Test("a file's name in pieces and charsets (RFC 2231) is put together")
    func fileNames() {
        let letter = MIMELetter(
            lines(
                "Content-Disposition: attachment;", " filename*0*=utf-8''%D0%A1%D1%87;",
                " filename*1*=%D0%B5%D1%82.pdf", "", "x"))
        #expect(letter.root.fileName == "Счет.pdf")
    }

    @Test("dates of several spellings are read, others give nothing")
    func dates() {
        #expect(dateSeconds("Mon, 24 Nov 2026 20:45:06 +0200") == 1_795_545_906)
        #expect(dateSeconds("24 Nov 2026 18:45 GMT") == 1_795_545_900)
        #expect(dateSeconds("") == nil)
        #expect(dateSeconds("yesterday") == nil)
    }
}

func lines(_ lines: String...) -> [UInt8] { Array((lines.joined(separator: "\r\n") + "\r\n").utf8) }
