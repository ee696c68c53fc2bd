import Adapters
import Contacts
import Curl
import Foundation
import Harness
import JSON
import Receiving
import Telemetry
import Testing

private let site = Channel(key: "site", adapter: "web-form", region: "UA")
private let typed = [
    ("name", "Olena Bondar"), ("phone", "+380 44 123 45 67"), ("message", "Call me,\r\nplease"),
]

@Suite("The hosted form's page")
struct FormPageTests {
    @Test(
        "speaks the visitor's language, else English",
        arguments: [
            ("uk-UA,uk;q=0.9,en;q=0.8", "uk", "Надіслати"), ("ru", "ru", "Отправить"),
            ("de-DE,de", "en", "Send"),
            ("", "en", "Send"), ("en;q=0.4, uk;q=0.5", "uk", "Надіслати"),
            ("uk;q=0, ru;q=0.1", "ru", "Отправить"),
        ])
    func language(accepted: String, language: String, word: String) async throws {
        try await Gateway.with([site]) { gateway in
            let answer = try await gateway.call("GET", "/form/site", [("Accept-Language", accepted)])
            let page = try await PageReader(answer.text)
            #expect(answer.status == 200)
            #expect(page.language == language)
            #expect(page.text.contains(word))
        }
    }

    @Test("loads nothing, runs nothing that is not its own, and may be framed by listed sites only")
    func policy() async throws {
        let open = Channel(key: "open", adapter: "web-form", origins: ["https://shop.example.com"])
        try await Gateway.with([site, open]) { gateway in
            let answer = try await gateway.call("GET", "/form/site")
            let policy = try #require(answer.header("content-security-policy"))
            #expect(policy.contains("default-src 'none'"))
            #expect(policy.contains("frame-ancestors 'self'"))
            #expect(!policy.contains("unsafe"))
            #expect(answer.header("x-frame-options") == "SAMEORIGIN")
            #expect(try await PageReader(answer.text).loads.isEmpty)

            let framed = try await gateway.call("GET", "/form/open")
            let wider = try #require(framed.header("content-security-policy"))
            #expect(wider.contains("frame-ancestors 'self' https://shop.example.com"))
            #expect(framed.header("x-frame-options") == nil)
        }
    }

    @Test("hides the field for robots from people, whatever it is called")
    func honeypot() async throws {
        let other = Channel(key: "other", adapter: "web-form", settings: ["honeypot": ["fax_number"]])
        let none = Channel(key: "none", adapter: "generic")
        try await Gateway.with([site, other, none]) { gateway in
            for (path, name) in [("/form/site", "website"), ("/form/other", "fax_number")] {
                let page = try await PageReader(gateway.call("GET", path).text)
                let field = try #require(page.field(name))
                #expect(field.attributes["tabindex"] == "-1")
                #expect(field.attributes["autocomplete"] == "off")
                #expect(field.value.isEmpty)
            }
            let page = try await PageReader(gateway.call("GET", "/form/none").text)
            #expect(page.field("website") == nil)
        }
    }

    @Test("carries campaign, click ids and where the visitor came from, without scripts")
    func attribution() async throws {
        try await Gateway.with([site]) { gateway in
            let path =
                "/form/site?utm_source=news&utm_campaign=%D0%BE%D1%81%D1%96%D0%BD%D1%8C&gclid=Ab-9&colour=red"
            let answer = try await gateway.call("GET", path, [("Referer", "https://shop.example.com/roses")])
            let page = try await PageReader(answer.text)
            #expect(page.field("colour") == nil)
            let sent = try await gateway.submit(page.action, page.filled(["email": "o.bondar@example.org"]))
            #expect(sent.status == 303)
            let told = try await gateway.event(site).attribution
            #expect(told["utm_source"]?.string == "news")
            #expect(told["utm_campaign"]?.string == "осінь")
            #expect(told["gclid"]?.string == "Ab-9")
            #expect(told["referrer"]?.string == "https://shop.example.com/roses")
            #expect(told["page"]?.string == "https://leads.example.com" + path)
            #expect(told["landing_page"]?.string == "https://leads.example.com" + path)
        }
    }

    @Test("answers HEAD as GET without a body, and names its methods")
    func methods() async throws {
        try await Gateway.with([site]) { gateway in
            let head = try await gateway.call("HEAD", "/form/site")
            #expect(head.status == 200)
            #expect(head.body.isEmpty)
            let other = try await gateway.call("DELETE", "/form/site")
            #expect(other.status == 405)
            #expect(other.header("allow") == "GET, HEAD, POST, OPTIONS")
        }
    }

    @Test("is there for open form channels only")
    func closed() async throws {
        let bot = Channel(key: "bot", adapter: "telegram", tokens: ["a-token-of-the-bot"])
        let hook = Channel(key: "hook", adapter: "generic", tokens: ["a-token-of-the-hook"])
        let old = Channel(key: "old", adapter: "web-form", isRetired: true)
        try await Gateway.with([bot, hook, old]) { gateway in
            for key in ["bot", "old", "nobody"] {
                let answer = try await gateway.call("POST", "/form/\(key)", body: "phone=%2B380441234567")
                #expect(answer.status == 404)
                #expect(try answer.json["type"]?.string == "/problems/unknown_channel")
            }
            let answer = try await gateway.call("POST", "/form/hook", body: "phone=%2B380441234567")
            #expect(answer.status == 401)
            let page = try await gateway.call("GET", "/form/nobody", Gateway.browser)
            #expect(page.status == 404)
            #expect(try await PageReader(page.text).text.contains("There is no such form."))
            #expect(try await gateway.count("inbound_event") == 0)
        }
    }
}

@Suite("A submission by a browser")
struct FormSubmissionTests {
    @Test("is kept, then led to the thanks")
    func kept() async throws {
        try await Gateway.with([site]) { gateway in
            let answer = try await gateway.submit("/form/site", typed)
            #expect(answer.status == 303)
            #expect(answer.header("location") == "/form/site?sent=1")
            #expect(try await gateway.count("inbound_event") == 1)
            #expect(try await gateway.count("intake") == 1)
            let event = try await gateway.event(site)
            #expect(event.contact.name == "Olena Bondar")
            #expect(event.contact.points.map(\.value) == ["+380 44 123 45 67"])
            let thanks = try await gateway.call("GET", "/form/site?sent=1", Gateway.browser)
            #expect(try await PageReader(thanks.text).text.contains("Thank you!"))
        }
    }

    @Test("keeps the path of the public URL in its addresses")
    func publicPath() async throws {
        try await Gateway.with([site], publicURL: "https://example.com/leads") { gateway in
            let page = try await PageReader(gateway.call("GET", "/form/site").text)
            #expect(page.action == "/leads/form/site")
            let answer = try await gateway.submit("/form/site", typed)
            #expect(answer.header("location") == "/leads/form/site?sent=1")
        }
    }

    @Test("sent twice by a double click is one event, and two showings are two")
    func doubleClick() async throws {
        try await Gateway.with([site]) { gateway in
            let page = try await PageReader(gateway.call("GET", "/form/site").text)
            let fields = page.filled(["phone": "+380441234567"])
            async let first = gateway.submit(page.action, fields)
            async let second = gateway.submit(page.action, fields)
            #expect(try await [first.status, second.status] == [303, 303])
            #expect(try await gateway.count("inbound_event") == 1)

            let next = try await PageReader(gateway.call("GET", "/form/site").text)
            _ = try await gateway.submit(next.action, next.filled(["phone": "+380441234567"]))
            #expect(try await gateway.count("inbound_event") == 2)
        }
    }

    @Test("without phone and e-mail is shown again as it was typed, and not kept")
    func noContact() async throws {
        try await Gateway.with([site]) { gateway in
            let page = try await PageReader(gateway.call("GET", "/form/site?utm_source=news").text)
            var fields = page.filled(["name": "Olena", "phone": "later", "message": "\nTwo\r\nlines"])
            fields += [("colour", "red"), ("message", "and another")]
            let answer = try await gateway.submit(page.action, fields)
            #expect(answer.status == 422)
            #expect(try await gateway.count("inbound_event") == 0)
            let again = try await PageReader(answer.text)
            #expect(again.text.contains("Please enter a phone number or an e-mail address"))
            #expect(again.value("name") == "Olena")
            #expect(again.value("phone") == "later")
            #expect(again.field("phone")?.attributes["aria-invalid"] == "true")
            #expect(
                again.fields.filter { $0.name == "message" }.map(\.value).sorted() == [
                    "\nTwo\r\nlines", "and another",
                ])
            #expect(again.value("colour") == "red")
            #expect(again.value("utm_source") == "news")

            let sent = try await gateway.submit(again.action, again.filled(["email": "olena@example.org"]))
            #expect(sent.status == 303)
            #expect(try await gateway.event(site).attribution["utm_source"]?.string == "news")
        }
    }

    @Test(
        "is shown again as text, whatever is in it",
        arguments: [
            #""><script>alert(1)</script>"#, #"' autofocus onfocus='alert(1)"#, "</textarea><img src=x>",
            "&quot; &amp; &#34;",
            // A combining accent makes one character of itself and the quotation mark.
            "\"\u{301} autofocus onfocus=\"alert(1)", "\"\u{200D}><b>", "<\u{301}script>",
            "{{name}} {{{words}}}", "\u{202E}abc",
        ])
    func escapes(text: String) async throws {
        try await Gateway.with([site]) { gateway in
            let plain = try await PageReader(
                gateway.submit("/form/site", [("name", "x"), ("message", "x"), ("other", "x")]).text)
            let answer = try await gateway.submit(
                "/form/site", [("name", text), ("message", text), (text, text)])
            let page = try await PageReader(answer.text)
            #expect(answer.status == 422)
            #expect(page.elements == plain.elements)
            #expect(page.value("name") == text)
            #expect(page.value("message") == text)
            #expect(page.value(text) == text)
            #expect(
                page.field("name")?.attributes.keys.sorted() == plain.field("name")?.attributes.keys.sorted())
        }
    }

    @Test("by a robot is answered like any other, kept, and ignored as spam")
    func robot() async throws {
        try await Gateway.with([site]) { gateway in
            let real = try await gateway.submit("/form/site", typed)
            for fields in [typed, [("message", "cheap")]] {
                let answer = try await gateway.submit(
                    "/form/site", fields + [("website", "https://cheap.example")])
                #expect(answer.status == real.status)
                #expect(answer.header("location") == real.header("location"))
                #expect(try await gateway.mapping(site) == .ignored(.spam))
            }
            #expect(try await gateway.count("inbound_event") == 3)
        }
    }

    @Test("comes with files and another charset too")
    func otherBodies() async throws {
        try await Gateway.with([site]) { gateway in
            let part = "--x\r\nContent-Disposition: form-data; name=\"phone\"\r\n\r\n+380441234567\r\n"
            let file =
                "--x\r\nContent-Disposition: form-data; name=\"photo\"; filename=\"a.txt\"\r\n\r\nabc\r\n--x--\r\n"
            let type = [("Content-Type", "multipart/form-data; boundary=x")]
            let answer = try await gateway.call(
                "POST", "/form/site", Gateway.browser + type, body: part + file)
            #expect(answer.status == 303)
            // "Іван" in windows-1251.
            let old = [("Content-Type", "application/x-www-form-urlencoded; charset=windows-1251")]
            let second = try await gateway.call(
                "POST", "/form/site", Gateway.browser + old, body: "name=%B2%E2%E0%ED")
            #expect(second.status == 422)
            #expect(try await PageReader(second.text).value("name") == "Іван")
        }
    }

    @Test(
        "leads to a listed page or our own, and to no other",
        arguments: [
            ("https://shop.example.com/thanks?a=1&b=2#x", true),
            ("https://SHOP.example.com:443/thanks", true),
            ("https://leads.example.com/form/site", true), ("https://shop.example.com/дякуємо", true),
            ("https://evil.example/", false), ("//evil.example/", false), ("/thanks", false),
            ("https://shop.example.com.evil.example/", false),
            ("https://shop.example.com@evil.example/", false),
            ("https://evil.example\\@shop.example.com/", false), ("https://shop.example.com:8443/", false),
            ("http://shop.example.com/", false), ("javascript:alert(1)", false),
            ("https://shop.example.com\r\nSet-Cookie: a=b", false), ("", false),
        ])
    func redirect(address: String, isTaken: Bool) async throws {
        let shop = Channel(key: "shop", adapter: "web-form", origins: ["https://shop.example.com"])
        try await Gateway.with([shop]) { gateway in
            for name in ["redirect", "_redirect"] {
                let fields = [("email", "o.bondar@example.org"), (name, address)]
                let answer = try await gateway.submit(
                    "/form/shop", fields, [("Origin", "https://shop.example.com")])
                #expect(answer.status == 303)
                let expected = address.replacing(
                    "дякуємо", with: "%D0%B4%D1%8F%D0%BA%D1%83%D1%94%D0%BC%D0%BE")
                #expect(answer.header("location") == (isTaken ? expected : "/form/shop?sent=1"))
                #expect(answer.header("set-cookie") == nil)
            }
        }
    }

    @Test("beyond the channel's rate waits, with what was typed, and is counted")
    func rate() async throws {
        var limits = ReceivingLimits()
        limits.formBurst = 1
        limits.formRate = 1
        let wide = Channel(key: "wide", adapter: "web-form", settings: ["burst": ["3"], "rate": ["1"]])
        try await Gateway.with([site, wide], limits: limits) { gateway in
            #expect(try await gateway.submit("/form/site", typed).status == 303)
            let answer = try await gateway.submit("/form/site", typed)
            #expect(answer.status == 429)
            let wait = try #require(answer.header("retry-after").flatMap { Int($0) })
            #expect((1...60).contains(wait))
            let page = try await PageReader(answer.text)
            #expect(page.text.contains("wait \(wait) s"))
            #expect(page.value("name") == "Olena Bondar")
            for _ in 0..<3 { #expect(try await gateway.submit("/form/wide", typed).status == 303) }
            #expect(try await gateway.submit("/form/wide", typed).status == 429)

            #expect(gateway.metrics.render().contains(#"channel="site",reason="rate_limited"} 1"#))
            gateway.rejections.close()
            #expect(try await gateway.count("rejection") == 2)
        }
    }

    @Test("while the database is away is shown again and stays the same submission")
    func databaseAway() async throws {
        try await Gateway.with([site]) { gateway in
            let shown = try await PageReader(gateway.call("GET", "/form/site").text)
            try gateway.database.drop()
            let answer = try await gateway.submit(shown.action, shown.filled(["phone": "+380441234567"]))
            #expect(answer.status == 503)
            #expect(answer.header("retry-after") != nil)
            let page = try await PageReader(answer.text)
            #expect(page.value("phone") == "+380441234567")
            #expect(encoded(page.filled([:])) == encoded(shown.filled(["phone": "+380441234567"])))
        }
    }

    @Test("too large is told so")
    func tooLarge() async throws {
        try await Gateway.with([site]) { gateway in
            let answer = try await gateway.submit(
                "/form/site", [("message", String(repeating: "x", count: 1 << 20))])
            #expect(answer.status == 413)
            #expect(answer.header("content-type") == "text/html; charset=utf-8")
        }
    }
}

@Suite("A submission by a site's script")
struct FormScriptTests {
    private static let json = ("Content-Type", "application/json")
    private let shop = Channel(key: "shop", adapter: "web-form", origins: ["https://shop.example.com"])

    @Test("is answered with the event's id, the same for a repetition")
    func id() async throws {
        try await Gateway.with([site]) { gateway in
            let body = #"{"phone": "+380441234567", "nonce": "n-1"}"#
            let first = try await gateway.call("POST", "/form/site", [Self.json], body: body)
            #expect(first.status == 200)
            #expect(try first.json["ok"]?.bool == true)
            let id = try #require(try first.json["id"]?.string)
            #expect(UUID(uuidString: id) != nil)
            let second = try await gateway.call("POST", "/form/site", [Self.json], body: body)
            #expect(try second.json["id"]?.string == id)
            #expect(try await gateway.count("inbound_event") == 1)
        }
    }

    @Test("without a nonce is the same one for a while if it says the same")
    func digest() async throws {
        try await Gateway.with([site]) { gateway in
            let first = try await gateway.call("POST", "/form/site", body: "phone=%2B380441234567")
            let second = try await gateway.call("POST", "/form/site", body: "phone=%2B380441234567")
            #expect(first.status == 200)
            #expect(try first.json["id"] == second.json["id"])
            #expect(try await gateway.count("inbound_event") == 1)
        }
    }

    @Test("asks for JSON with a form, or sends a beacon")
    func otherForms() async throws {
        try await Gateway.with([site]) { gateway in
            let asked = try await gateway.call(
                "POST", "/form/site", [("Accept", "application/json")], body: encoded(typed))
            #expect(asked.status == 200)
            let beacon = try await gateway.call(
                "POST", "/form/site", [("Content-Type", "text/plain;charset=UTF-8"), ("Accept", "*/*")],
                body: #"{"email": "o.bondar@example.org"}"#)
            #expect(beacon.status == 200)
            #expect(try await gateway.event(site).contact.points.map(\.value) == ["o.bondar@example.org"])
        }
    }

    @Test("without phone and e-mail is a problem that the site may read")
    func noContact() async throws {
        try await Gateway.with([shop]) { gateway in
            let origin = ("Origin", "https://shop.example.com")
            for body in [#"{"name": "Olena"}"#, "{}", "[]", ""] {
                let answer = try await gateway.call("POST", "/form/shop", [Self.json, origin], body: body)
                #expect(answer.status == 422)
                #expect(answer.header("content-type") == "application/problem+json")
                #expect(try answer.json["type"]?.string == "/problems/no_contact")
                #expect(answer.header("access-control-allow-origin") == "https://shop.example.com")
            }
            #expect(try await gateway.count("inbound_event") == 0)
        }
    }

    @Test("that cannot be read is kept for a person to look at")
    func undecodable() async throws {
        try await Gateway.with([site]) { gateway in
            let answer = try await gateway.call(
                "POST", "/form/site", [Self.json], body: #"{"phone": "+3804412"#)
            #expect(answer.status == 200)
            #expect(try await gateway.count("inbound_event") == 1)
        }
    }

    @Test(
        "is taken from listed origins, ours, and where no browser states one",
        arguments: [
            ("https://shop.example.com", "cross-site", true),
            ("https://leads.example.com", "same-origin", true),
            (nil, nil, true), ("http://127.0.0.1:8080", "same-origin", true),
            ("https://evil.example", "cross-site", false),
            ("null", "cross-site", false), ("http://shop.example.com", nil, false),
            ("https://shop.example.com.evil.example", nil, false),
        ] as [(String?, String?, Bool)])
    func origins(origin: String?, site: String?, isTaken: Bool) async throws {
        try await Gateway.with([shop]) { gateway in
            let headers =
                [Self.json]
                + [origin.map { ("Origin", $0) }, site.map { ("Sec-Fetch-Site", $0) }].compactMap(\.self)
            let answer = try await gateway.call(
                "POST", "/form/shop", headers, body: #"{"phone": "+380441234567"}"#)
            #expect(answer.status == (isTaken ? 200 : 403))
            #expect(answer.header("access-control-allow-origin") == (isTaken ? origin : nil))
            #expect(answer.header("vary") == "Origin")
            if !isTaken { #expect(try answer.json["type"]?.string == "/problems/origin_not_allowed") }
            #expect(try await gateway.count("inbound_event") == (isTaken ? 1 : 0))
        }
    }

    @Test("may ask beforehand, and is told what its origin may do")
    func preflight() async throws {
        try await Gateway.with([shop, site]) { gateway in
            func ask(_ path: String, _ origin: String) async throws -> (Int, String?, String?) {
                let answer = try await gateway.call(
                    "OPTIONS", path,
                    [
                        ("Origin", origin), ("Access-Control-Request-Method", "POST"),
                        ("Access-Control-Request-Headers", "content-type"),
                    ])
                #expect(answer.header("access-control-allow-credentials") == nil)
                return (
                    answer.status, answer.header("access-control-allow-origin"),
                    answer.header("access-control-allow-headers")
                )
            }
            let listed = try await ask("/form/shop", "https://shop.example.com")
            #expect(listed == (204, "https://shop.example.com", "Accept, Content-Type, X-Requested-With"))
            #expect(try await ask("/form/shop", "https://evil.example") == (204, nil, nil))
            #expect(try await ask("/form/site", "https://any.example").1 == "https://any.example")
        }
    }
}
