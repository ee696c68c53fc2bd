import Contacts
import Letters
import Testing

@Suite("Letters that are nobody's enquiry")
struct KindTests {
    @Test(
        "automatic letters, lists and receipts are told from people's",
        arguments: [
            ("Auto-Submitted: auto-replied", IgnoredReason.automatic),
            ("Auto-Submitted: auto-generated; x=y", .automatic),
            ("X-Autoreply: yes", .automatic), ("Precedence: auto_reply", .automatic),
            ("Subject: Automatic reply: Price", .automatic),
            ("Subject: =?utf-8?B?0JDQstGC0L7QvtGC0LLQtdGC?=", .automatic),
            ("Subject: Out of Office until Monday", .automatic), ("List-Id: <news.example.com>", .list),
            ("Precedence: bulk", .list),
            ("List-Unsubscribe: <mailto:off@news.example.com>", .list),
            ("Content-Type: multipart/report; report-type=disposition-notification; boundary=b", .statusOnly),
            ("Content-Type: text/calendar; method=REPLY", .statusOnly),
        ])
    func kinds(field: String, reason: IgnoredReason) {
        #expect(ignored(reading(letter(["From: a@example.com", field]))) == reason)
    }

    @Test(
        "people's letters stay people's",
        arguments: [
            "Auto-Submitted: no", "Subject: Re: your automatic reply: price", "Precedence: first-class",
            "List-Id: Sales <sales.shop.example>", "List-Unsubscribe: <mailto:sales+off@shop.example>",
            "Content-Type: text/calendar; method=REQUEST", "Subject: Automatic gates",
        ])
    func people(field: String) throws {
        _ = try contact(reading(letter(["From: a@example.com", field])))
    }

    @Test("a delivery report tells status, address and letter")
    func report() {
        let found = reading(
            letter(
                [
                    "From: MAILER-DAEMON@mx.example", "Return-Path: <>", "Auto-Submitted: auto-replied",
                    "Content-Type: multipart/report; report-type=delivery-status; boundary=b",
                ],
                """
                --b\r\n\r\nYour letter did not arrive.\r\n--b\r\nContent-Type: message/delivery-status\r\n\r\n\
                Reporting-MTA: dns; mx.example\r\n\r\nFinal-Recipient: rfc822; Anna@Example.com\r\nAction: failed\r\n\
                Status: 5.1.1 (no such user)\r\n--b\r\nContent-Type: message/rfc822\r\n\r\nMessage-ID: <7@shop.example>\r\n\r\nx\r\n--b--
                """))
        #expect(ignored(found) == .bounce)
        #expect(found.bounce?.status == "5.1.1")
        #expect(found.bounce?.action == "failed")
        #expect(found.bounce?.failedAddress == "anna@example.com")
        #expect(found.bounce?.messageID == "7@shop.example")
    }

    @Test("a report in prose is a bounce, too")
    func prose() {
        let found = reading(
            letter(
                [
                    "From: Mail Delivery System <MAILER-DAEMON@mx.example>",
                    "Subject: Undelivered Mail Returned to Sender",
                ],
                "I could not deliver to <anna@example.com>: user unknown"))
        #expect(ignored(found) == .bounce)
        #expect(found.bounce?.failedAddress == "anna@example.com")
    }

    @Test("a bounce that names a relay or ourselves opens nothing either")
    func ownBounce() {
        let headers = [
            "From: postmaster@shop.example", "Return-Path: <>",
            "Subject: Delivery Status Notification (Failure)",
        ]
        #expect(ignored(reading(letter(headers))) == .bounce)
    }
}
