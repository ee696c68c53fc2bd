import Contacts
import JSON
import Letters
import Testing

@Suite("Whose letter it is")
struct SenderTests {
    @Test("the sender is the contact, with the numbers of the signature behind")
    func plain() throws {
        let event = try contact(
            reading(
                letter(
                    [
                        "From: =?utf-8?B?0JDQvdC90LAg0JvQuA==?= <Anna@Example.com>", "To: sales@shop.example",
                        "Subject: Price?",
                        "Message-ID: <1@example.com>", "Date: Mon, 24 Nov 2026 20:45:06 +0200",
                    ], "How much is it?\r\n\r\n-- \r\nAnna, 067 123 45 67\r\n")))
        #expect(event.type == .letter)
        #expect(event.contact.name == "Анна Ли")
        #expect(event.pointValues == ["Anna@Example.com", "+380671234567"])
        #expect(event.contact.points.allSatisfy { !$0.verified })
        #expect(event.subject == "Price?")
        #expect(event.text == "How much is it?")
        #expect(event.occurredAt == Instant(microseconds: 1_795_545_906_000_000))
        #expect(event.thread == "1@example.com")
    }

    @Test("numbers in the quotation are not the sender's")
    func quotedNumbers() throws {
        let event = try contact(
            reading(
                letter(
                    ["From: a@example.com"],
                    "Yes\r\n\r\nOn 1.2.2026 Shop <sales@shop.example> wrote:\r\n> 067 123 45 67\r\n")))
        #expect(event.pointValues == ["a@example.com"])
    }

    @Test("an address to answer to is another point, unless it is ours or a relay's")
    func replyTo() throws {
        let event = try contact(
            reading(letter(["From: a@example.com", "Reply-To: B <b@example.com>, sales@shop.example"])))
        #expect(event.pointValues == ["a@example.com", "b@example.com"])
    }

    @Test("a listed robot's letter is the visitor's, as its form says, although it calls itself automatic")
    func relay() throws {
        let event = try contact(
            reading(
                letter(
                    [
                        "From: Shop <robot@forms.example>", "Auto-Submitted: auto-generated",
                        "Precedence: bulk",
                        "Subject: New request",
                    ],
                    "New request from the site\r\n\r\nName: Olena Koval\r\nPhone: 067 123 45 67\r\nE-mail: olena@example.com\r\n"
                        + "Message:\r\nDo you deliver\r\nto Lviv?\r\n\r\nutm_source: google\r\nPage: https://shop.example/a\r\n"
                )))
        #expect(event.type == .submission)
        #expect(event.contact.name == "Olena Koval")
        #expect(event.pointValues == ["067 123 45 67", "olena@example.com"])
        #expect(event.attribution["utm_source"] == "google")
        #expect(event.text?.contains("Do you deliver\nto Lviv?") == true)
    }

    @Test("a robot's table in HTML is read as a form, too, and whole domains may be listed")
    func relayTable() throws {
        let event = try contact(
            reading(
                letter(
                    ["From: noreply@market.example", "Content-Type: text/html; charset=utf-8"],
                    "<table><tr><td>Имя</td><td>Иван</td></tr><tr><td>Телефон</td><td>+380671234567</td></tr></table>"
                )))
        #expect(event.contact.name == "Иван")
        #expect(event.pointValues == ["+380671234567"])
    }

    @Test("a relay's own address is never a point, even where the letter names nobody")
    func relayWithoutBody() throws {
        let event = try contact(
            reading(letter(["From: robot@forms.example", "Reply-To: robot@forms.example"], "Something came")))
        #expect(event.contact.points.isEmpty)
    }

    @Test("a letter of ours is nobody's, unless a form of our site sent it for a visitor")
    func own() throws {
        #expect(ignored(reading(letter(["From: sales@shop.example"]))) == .own)
        #expect(ignored(reading(letter(["From: Boss@Shop.Example", "To: b@example.com"]))) == .own)
        let event = try contact(
            reading(
                letter([
                    "From: wordpress@shop.example", "Reply-To: Vera <v@example.com>",
                    "Auto-Submitted: auto-generated",
                ])))
        #expect(event.pointValues == ["v@example.com"])
        #expect(event.contact.name == "Vera")
    }

    @Test("without an address there is no contact")
    func nobody() {
        #expect(ignored(reading(letter(["Subject: hi"]))) == .notAContact)
        #expect(ignored(reading(letter(["From: undisclosed"]))) == .notAContact)
        #expect(ignored(reading([])) == .notAContact)
    }
}

@Suite("Whether the sender is believed")
struct TrustTests {
    private func trust(_ headers: [String]) -> LetterTrust { reading(letter(headers)).trust }

    @Test("only our own server's word on DMARC counts")
    func server() throws {
        let from = "From: a@example.com"
        #expect(trust([from]) == .unknown)
        #expect(
            trust(["Authentication-Results: mx.shop.example; dmarc=pass header.from=example.com", from])
                == .pass)
        #expect(
            trust([
                "Authentication-Results: MX.Shop.Example 1; spf=fail; dmarc=pass (p=none) header.from=example.com",
                from,
            ]) == .pass)
        #expect(
            trust([
                "Authentication-Results: mx.shop.example; spf=pass; dmarc=fail header.from=example.com", from,
            ]) == .fail)
        #expect(
            trust(["Authentication-Results: mx.evil.example; dmarc=pass header.from=example.com", from])
                == .unknown)
        #expect(
            trust(["Authentication-Results: mx.shop.example; spf=pass; dkim=pass header.d=example.com", from])
                == .unknown)
        #expect(
            trust(["Authentication-Results: mx.shop.example; dmarc=pass header.from=evil.example", from])
                == .unknown)
        let event = try contact(
            reading(letter(["Authentication-Results: mx.shop.example; dmarc=pass", from])))
        #expect(event.contact.points == [RawPoint(kind: .email, value: "a@example.com", verified: true)])
    }

    @Test("the topmost word counts, and what is hidden in comments and quotes does not")
    func forged() {
        let ours = "Authentication-Results: mx.shop.example; dmarc=fail header.from=example.com"
        let theirs = "Authentication-Results: mx.shop.example; dmarc=pass header.from=example.com"
        #expect(trust([ours, theirs, "From: a@example.com"]) == .fail)
        #expect(
            trust([
                "Authentication-Results: mx.shop.example; spf=none (x; dmarc=pass) smtp.mailfrom=\"a; dmarc=pass\"",
                "From: a@example.com",
            ]) == .unknown)
        #expect(
            trust([
                "Authentication-Results: evil.example (; mx.shop.example; dmarc=pass", "From: a@example.com",
            ]) == .unknown)
        #expect(trust([theirs, "From: a@example.com", "From: b@example.com"]) == .unknown)
        #expect(trust([theirs, "From: a@example.com, b@example.com"]) == .unknown)
    }
}
