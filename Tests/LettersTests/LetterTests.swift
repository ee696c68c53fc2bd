import Contacts
import JSON
import Letters
import Testing

@Suite("Letters")
struct LetterTests {
    @Test("the letters it answers are named nearest first, none twice, none empty, never itself")
    func references() {
        let found = reading(
            letter([
                "From: a@example.com", "Message-ID: <4@example.com>", "In-Reply-To: <3@shop.example>",
                "References: <1@example.com> <> <2@shop.example>\r\n <3@shop.example> < > <4@example.com>",
            ])
        ).letter
        #expect(found.messageID == "4@example.com")
        #expect(found.references == ["3@shop.example", "2@shop.example", "1@example.com"])
        let bare = reading(
            letter([
                "From: a@example.com", "In-Reply-To:", "References: ticket 77",
                "Message-ID: bare@example.com",
            ])
        ).letter
        #expect(bare.references.isEmpty)
        #expect(bare.messageID == "bare@example.com")
    }

    @Test("a letter without Message-ID is known by its bytes")
    func noID() {
        let one = reading(letter(["From: a@example.com"], "one"))
        let two = reading(letter(["From: a@example.com"], "two"))
        #expect(one.eventID != two.eventID)
        #expect(one.eventID == reading(letter(["From: a@example.com"], "one")).eventID)
        #expect(one.eventID.hasPrefix("raw:"))
        #expect(reading(letter(["From: a@example.com", "Message-ID: <>"], "one")).eventID.hasPrefix("raw:"))
    }

    @Test("a letter that came by two ways has one key; two letters under one Message-ID have two")
    func ways() {
        let headers = ["From: a@example.com", "Message-ID: <1@example.com>"]
        let one = reading(letter(["Received: by mx1"] + headers, "words")).eventID
        #expect(
            one
                == reading(letter(["Received: by mx2", "Delivered-To: b@shop.example"] + headers, "words"))
                .eventID)
        #expect(one != reading(letter(headers, "other words")).eventID)
        let long = reading(
            letter(["From: a@example.com", "Message-ID: <\(String(repeating: "x", count: 900))@example.com>"])
        ).eventID
        #expect(long.utf8.count <= 512)
    }

    @Test("files, invitations and letters inside the letter are attachments, known by their digest")
    func attachments() throws {
        let event = try contact(
            reading(
                letter(
                    ["From: a@example.com", "Content-Type: multipart/mixed; boundary=b"],
                    """
                    --b\r\n\r\nSee the file.\r\n--b\r\nContent-Type: application/pdf; name="..\\..\\price list.pdf"\r\n\
                    Content-Transfer-Encoding: base64\r\n\r\nJVBERi0x\r\n--b\r\nContent-Type: text/calendar; method=REQUEST\r\n\r\n\
                    BEGIN:VCALENDAR\r\n--b\r\nContent-Type: application/ms-tnef; name=winmail.dat\r\n\r\nx\r\n--b\r\n\
                    Content-Type: message/rfc822\r\n\r\nSubject: inner\r\n\r\ny\r\n--b--
                    """)))
        #expect(event.text == "See the file.")
        #expect(
            event.attachments.map { $0["name"]?.string } == [
                "price list.pdf", "attachment.ics", "winmail.dat", "attachment.eml",
            ])
        #expect(
            event.attachments[0]["sha256"]?.string
                == "21af8e71c8703196df7fe1ff901869a88fe64c07bbaa83d838efb45a52b4f303")
        #expect(event.attachments[0]["size"] == .integer(6))
    }

    @Test(
        "a file's name is safe on any system",
        arguments: [
            ("../../etc/passwd", "passwd"), ("C:\\temp\\a.doc", "a.doc"), ("con.txt", "_con.txt"),
            (".htaccess", "htaccess"),
            ("a\u{202E}fdp.exe", "afdp.exe"), ("a\nb?.pdf", "ab.pdf"), ("", "attachment.pdf"),
            ("  ..  ", "attachment.pdf"),
            ("Счёт №5.pdf", "Счёт №5.pdf"),
        ])
    func fileNames(raw: String, expected: String) throws {
        let quoted = raw.replacing("\\", with: "\\\\").replacing("\n", with: "=?utf-8?Q?=0A?=")
        let event = try contact(
            reading(
                letter(
                    ["From: a@example.com", "Content-Type: multipart/mixed; boundary=b"],
                    "--b\n\nx\n--b\nContent-Type: application/pdf\nContent-Disposition: attachment; filename=\"\(quoted)\"\n\ny\n--b--"
                )))
        #expect(event.attachments.first?["name"]?.string == expected)
    }

    @Test("a date from the future is not believed")
    func future() throws {
        let event = try contact(
            reading(letter(["From: a@example.com", "Date: Mon, 24 Nov 2036 20:45:06 +0200"])))
        #expect(event.occurredAt == nil)
    }

    @Test("what is folded away is kept with the activity")
    func details() {
        let details = reading(
            letter(["From: a@example.com", "Message-ID: <1@example.com>"], "Yes\n\n-- \nAnna\n\n> old")
        ).details
        #expect(details["signature"] == "-- \nAnna")
        #expect(details["quoted"] == "> old")
        #expect(details["trust"] == "unknown")
        #expect(details["message_id"] == "1@example.com")
    }

    @Test("hostile letters give an answer within every limit")
    func hostile() throws {
        for piece in [
            ">", "> \n", "On ", "wrote:\n", "From: x\n", "-", "--\n", "<b>", "a:\n", "1", "+380671234567 ",
            "\0", "\u{202E}", "=\n", "@",
        ] {
            for type in ["text/plain", "text/html", "multipart/alternative; boundary=b"] {
                let found = reading(
                    letter(
                        ["From: a@example.com", "Content-Type: \(type)", "Message-ID: \(piece)"],
                        String(repeating: piece, count: 50_000)))
                if case .contact(let event) = found.outcome {
                    #expect((event.text ?? "").utf8.count <= 65_536)
                    #expect(event.text?.utf8.contains(0) != true)
                    #expect(event.contact.points.count <= 50)
                }
                #expect((1...512).contains(found.eventID.utf8.count))
            }
        }
        var state: UInt64 = 3
        for _ in 0..<300 {
            let bytes = (0..<1_000).map { _ -> UInt8 in
                state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                return UInt8(truncatingIfNeeded: state >> 33)
            }
            _ = reading(Array("From: a@example.com\n".utf8) + bytes)
        }
    }
}
