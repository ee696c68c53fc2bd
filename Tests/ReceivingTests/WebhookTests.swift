import Adapters
import Contacts
import Curl
import Harness
import JSON
import Postgres
import Telemetry
import Testing

@testable import Receiving

@Suite("Webhooks", .inTurn)
struct WebhookTests {
    @Test("a signed request is kept and answered in the provider's words, and so is its repetition")
    func keepsSignedRequests() async throws {
        try await DoorServer.run { door in
            for _ in 0..<3 {
                let answer = try await door.ring(Doors.start())
                #expect(answer.status == 200)
                #expect(answer.text == "{}")
                #expect(answer.header("content-type") == "application/json")
            }
            #expect(try await door.update(#"{"update_id":1,"message":{}}"#).text == "")
            let admin = try door.admin()
            #expect(
                try admin.words("SELECT adapter FROM inbound_event ORDER BY id") == ["zadarma", "telegram"])
            #expect(
                try admin.words("SELECT array_to_string(verified, ' ') FROM inbound_event ORDER BY id") == [
                    "hmac-sha1", "static",
                ])
            #expect(door.metrics.sum(of: "leadgate_received") == 4)
            #expect(door.metrics.sum(of: "leadgate_duplicates") == 2)
        }
    }

    @Test("no secret is kept beside the request, and the request is kept byte for byte")
    func keepsNoSecrets() async throws {
        try await DoorServer.run { door in
            let body = #"{"a":"\u00fc","b":[1,2.50,1e3]}  "#
            let token = Doors.site.tokens[0].reveal()
            let answer = try await door.call(
                "PUT", Doors.path(Doors.site) + "/x%2Fy?again=\(token)&n=%ff",
                headers: [("Referer", "https://example.com/in/site/\(token)"), ("Cookie", "c=1")], body: body)
            #expect(answer.status == 200)
            _ = try await door.ring(Doors.start())
            _ = try await door.update(#"{"update_id":1}"#)
            let admin = try door.admin()
            for canary in ["token-canary", "secret-canary"] {
                #expect(try admin.tables(holding: canary) == [])
            }
            let rows = try admin.query(
                Statement(
                    name: "test.kept",
                    sql:
                        "SELECT method, tail, query, url, body, remote FROM inbound_event WHERE adapter = 'generic'"
                ))
            #expect(rows.text(0, 0) == "PUT")
            #expect(rows.text(0, 1) == "x/y")
            #expect(rows.text(0, 2) == "again=-&n=%ff")
            #expect(rows.text(0, 3) == "https://leads.example.com/in/site/-/x%2Fy?again=-&n=%ff")
            #expect(rows.bytea(0, 4) == Array(body.utf8))
            #expect(rows.text(0, 5) == "127.0.0.1")
        }
    }

    // MARK: - Turned away

    @Test("an unknown channel and a wrong token are refused with nothing kept but a count")
    func refusesStrangers() async throws {
        let gone = Adapters.Channel(
            key: "gone", adapter: "generic", tokens: ["gone-token"], region: "UA", isRetired: true)
        try await DoorServer.run(DoorSettings(channels: [Doors.pbx, Doors.site, gone])) { door in
            let form = [("Content-Type", "application/x-www-form-urlencoded")]
            let refusals = [
                ("/in/nobody/pbx-token-canary-1", 404, "unknown_channel"),
                ("/in/gone/gone-token", 404, "unknown_channel"),
                ("/in/pbx/pbx-token-canary-3", 401, "bad_token"),
                ("/in/pbx/site-token-canary", 401, "bad_token"),
                ("/in/pbx/", 401, "bad_token"),
                ("/in/pbx", 401, "bad_token"),
                ("/in/pbx/-/pbx-token-canary-1", 401, "bad_token"),
            ]
            for (path, status, reason) in refusals {
                let answer = try await door.call("POST", path, headers: form, body: "name=Canary-Person")
                #expect(answer.status == status, "\(path)")
                #expect(answer.header("content-type") == "application/problem+json", "\(path)")
                #expect(try JSON.parse(answer.text)["type"]?.string == "/problems/\(reason)", "\(path)")
                #expect(!answer.text.contains("canary"), "\(path)")
            }
            #expect(try await door.rejections() == ["unknown_channel": 2, "bad_token": 5])
            #expect(try door.admin().number("SELECT count(*) FROM inbound_event") == 0)
            #expect(try door.admin().tables(holding: "Canary-Person") == [])
            #expect(
                try door.admin().words("SELECT DISTINCT last_address FROM rejection") == ["127.0.0.1"])
        }
    }

    @Test("every token of a channel opens it, and only its own")
    func rotatesTokens() async throws {
        try await DoorServer.run { door in
            let (headers, body) = (try Doors.signedHeaders(Doors.start()), Doors.start())
            for token in ["pbx-token-canary-1", "pbx-token-canary-2", "pbx%2Dtoken%2Dcanary%2D2"] {
                #expect(
                    try await door.call("POST", "/in/pbx/\(token)", headers: headers, body: body).status
                        == 200)
            }
            for token in ["pbx-token-canary-", "pbx-token-canary-11", "PBX-TOKEN-CANARY-1", "%"] {
                let answer = try await door.call("POST", "/in/pbx/\(token)", headers: headers, body: body)
                #expect([400, 401].contains(answer.status))
            }
            #expect(try door.admin().number("SELECT count(*) FROM inbound_event") == 1)
        }
    }

    @Test(
        "one changed byte in a signature or in a field that it covers is refused, and nothing of it is kept")
    func refusesForgeries() async throws {
        try await DoorServer.run { door in
            let form = Doors.start() + "&note=Canary-Person"
            let signature = try #require(
                try Doors.signedHeaders(form).first { $0.0 == "signature" }?.1)
            var count = 0
            for place in signature.indices where signature[place] != "=" {
                let forged = try await door.ring(form) { headers, body in
                    let changed = headers.map { $0.0 == "signature" ? ($0.0, $0.1.flipped(at: place)) : $0 }
                    return (changed, body)
                }
                #expect(forged.status == 401)
                count += 1
            }
            for field in ["caller_id", "called_did", "call_start"] {
                let forged = try await door.ring(form) { headers, body in
                    let end = body.firstRange(of: "\(field)=")?.upperBound ?? body.startIndex
                    return (headers, body.flipped(at: end))
                }
                #expect(forged.status == 401, "\(field)")
                count += 1
            }
            let missing = try await door.ring(form) { ($0.filter { $0.0 != "signature" }, $1) }
            #expect(missing.status == 401)
            #expect(try await door.update(#"{"update_id":1}"#, secret: "bot-secret-canarz").status == 401)
            let rejections = try await door.rejections()
            #expect(rejections["signature_mismatch"] == Int64(count + 1))
            #expect(rejections["signature_missing"] == 1)
            let admin = try door.admin()
            #expect(try admin.tables(holding: "Canary-Person") == [])
            for table in ["inbound_event", "intake", "event_key"] {
                #expect(try admin.number("SELECT count(*) FROM \(table)") == 0)
            }
            #expect(try await door.ring(form).status == 200)
            #expect(try admin.tables(holding: "Canary-Person") == ["inbound_event", "inbound_event_default"])
        }
    }

    @Test("a signature of one kind of event does not open another kind")
    func signsTheKind() async throws {
        try await DoorServer.run { door in
            let record = "event=NOTIFY_RECORD&pbx_call_id=in_1&call_id_with_rec=rec-1"
            let answer = try await door.ring(record) {
                ($0, $1.replacing("NOTIFY_RECORD", with: "NOTIFY_START"))
            }
            #expect(answer.status == 401)
        }
    }

    // MARK: - The same and not the same

    @Test("a second menu step and a second recording of a call are events of their own")
    func tellsStepsApart() async throws {
        try await DoorServer.run { door in
            let ivr =
                "event=NOTIFY_IVR&call_start=2026-01-15+10%3A20%3A30&pbx_call_id=in_1&caller_id=380501234567"
                + "&called_did=380443334455&wait_dtmf%5Bname%5D=menu&wait_dtmf%5Bdigits%5D="
            let record = "event=NOTIFY_RECORD&pbx_call_id=in_1&call_id_with_rec="
            for form in [
                ivr + "1", ivr + "2", ivr + "1", record + "rec-1", record + "rec-2", record + "rec-2",
            ] {
                #expect(try await door.ring(form).status == 200)
            }
            let admin = try door.admin()
            #expect(try admin.number("SELECT count(*) FROM inbound_event") == 4)
            #expect(try admin.number("SELECT count(*) FROM intake WHERE reason IS NOT NULL") == 0)
            #expect(door.metrics.sum(of: "leadgate_duplicates") == 2)
        }
    }

    @Test("another content under a known key is answered alike and kept with its reason")
    func keepsOtherContent() async throws {
        try await DoorServer.run { door in
            let admin = try door.admin()
            for text in ["one", "two"] {
                let body = #"{"update_id":7,"message":{"text":"\#(text)"}}"#
                #expect(try await door.update(body).status == 200)
            }
            let reasons = try admin.words("SELECT coalesce(reason, '-') FROM intake ORDER BY event_id")
            #expect(reasons == ["-", "same_key_other_content"])
        }
    }

    @Test("a form sent twice at once counts once, and both are answered alike")
    func joinsDoubleSubmissions() async throws {
        try await DoorServer.run { door in
            let answers = try await withThrowingTaskGroup(of: HTTPAnswer.self) { group in
                for _ in 0..<20 {
                    group.addTask {
                        try await door.call(
                            "POST", Doors.path(Doors.site), headers: [("Content-Type", "application/json")],
                            body: #"{"phone":"+380501234567"}"#)
                    }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(answers.allSatisfy { $0.status == 200 && $0.text == #"{"ok":true}"# })
            #expect(try door.admin().number("SELECT count(*) FROM inbound_event") == 1)
        }
    }

    // MARK: - What is not an event

    @Test("a provider's probe is answered with its own words and leaves nothing")
    func answersHandshakes() async throws {
        try await DoorServer.run { door in
            let answer = try await door.call("GET", Doors.path(Doors.pbx) + "?zd_echo=Echo%2B1")
            #expect(answer.status == 200)
            #expect(answer.text == "Echo+1")
            #expect(answer.header("x-content-type-options") == "nosniff")
            #expect(answer.header("content-type")?.hasPrefix("text/plain") == true)
            #expect(try await door.call("GET", "/in/pbx/wrong?zd_echo=Echo").status == 401)
            #expect(try door.admin().number("SELECT count(*) FROM inbound_event") == 0)
        }
    }

    @Test("HEAD, OPTIONS and methods that the adapter does not take keep nothing")
    func answersOtherMethods() async throws {
        try await DoorServer.run { door in
            let path = Doors.path(Doors.bot)
            let head = try await door.call("HEAD", path)
            #expect(head.status == 200)
            #expect(head.body.isEmpty)
            let options = try await door.call("OPTIONS", path)
            #expect(options.status == 204)
            #expect(options.header("allow") == "POST, HEAD, OPTIONS")
            for method in ["GET", "PUT", "DELETE", "PATCH"] {
                let answer = try await door.call(method, path, body: "Canary-Person")
                #expect(answer.status == 405, "\(method)")
                #expect(answer.header("allow") == "POST, HEAD, OPTIONS", "\(method)")
            }
            for method in ["HEAD", "OPTIONS", "GET"] {
                #expect(try await door.call(method, "/in/bot/wrong").status == 401, "\(method)")
            }
            #expect(try door.admin().number("SELECT count(*) FROM inbound_event") == 0)
        }
    }

    @Test("a body that is too large or compressed is refused")
    func refusesBodies() async throws {
        try await DoorServer.run { door in
            let large = Doors.start() + "&note=" + String(repeating: "x", count: 64 << 10)
            let refused = try await door.ring(large)
            #expect(refused.status == 413)
            let chunked = try await door.ring(large) { ($0 + [("Transfer-Encoding", "chunked")], $1) }
            #expect(chunked.status == 413)
            let fitting = Doors.start() + "&note="
            let rest = (64 << 10) - fitting.utf8.count
            #expect(try await door.ring(fitting + String(repeating: "x", count: rest)).status == 200)
            for coding in ["gzip", "br", "identity, gzip"] {
                let answer = try await door.ring(Doors.start()) { ($0 + [("Content-Encoding", coding)], $1) }
                #expect(answer.status == 415, "\(coding)")
            }
            let identity = try await door.ring(Doors.start(call: "in_2")) {
                ($0 + [("Content-Encoding", "identity")], $1)
            }
            #expect(identity.status == 200)
            let rejections = try await door.rejections()
            #expect(rejections == ["too_large": 2, "unsupported_content": 3])
            #expect(try door.admin().number("SELECT count(*) FROM inbound_event") == 2)
        }
    }

    @Test("while the database is away a request is refused with the time to come back")
    func refusesWithoutDatabase() async throws {
        var settings = DoorSettings()
        settings.isDatabaseAway = true
        settings.journal.patience = .milliseconds(100)
        try await DoorServer.run(settings) { door in
            let answer = try await door.ring(Doors.start())
            #expect(answer.status == 503)
            #expect(answer.header("retry-after") == "2")
            #expect(try JSON.parse(answer.text)["type"]?.string == "/problems/unavailable")
            #expect(door.metrics.sum(of: "leadgate_received") == 0)
            // What keeps nothing needs no database.
            #expect(try await door.call("GET", Doors.path(Doors.pbx) + "?zd_echo=1").text == "1")
            #expect(try await door.update("{}", secret: "wrong").status == 401)
        }
    }

    @Test("what does not fit into the journal is refused with the time to come back")
    func refusesOverload() async throws {
        var settings = DoorSettings()
        settings.journal.waitingEvents = 1
        settings.journal.writers = 1
        settings.journal.patience = .seconds(120)
        try await DoorServer.run(settings) { door in
            let admin = try door.admin()
            try admin.lock("event_key")
            async let first = door.update(#"{"update_id":1}"#)
            try await Poll.until("a full journal") { door.services.journal.waiting == 1 }
            let answer = try await door.update(#"{"update_id":2}"#)
            #expect(answer.status == 503)
            #expect(answer.header("retry-after") == "1")
            try admin.rollback()
            #expect(try await first.status == 200)
        }
    }

    @Test("behind a trusted proxy the client's own address is kept")
    func keepsTheClientsAddress() async throws {
        var settings = DoorSettings()
        settings.proxies = TrustedProxies(["127.0.0.1"])
        try await DoorServer.run(settings) { door in
            let answer = try await door.ring(Doors.start()) {
                ($0 + [("X-Forwarded-For", "192.0.2.66, 203.0.113.7")], $1)
            }
            #expect(answer.status == 200)
            #expect(try door.admin().words("SELECT remote FROM inbound_event") == ["203.0.113.7"])
        }
    }

    @Test(
        "numbers in ids are told apart to the last digit, and bodies kept as they came",
        arguments: [
            ["9007199254740992", "9007199254740993"],
            ["9223372036854775807", "9223372036854775808"],
            ["18446744073709551615", "18446744073709551616", "18446744073709551617"],
            ["-9223372036854775808", "-9223372036854775809"],
            ["123456789012345678901234567890", "123456789012345678901234567891"],
        ])
    func keepsNumbersExact(_ ids: [String]) async throws {
        try await DoorServer.run { door in
            let bodies = ids.map { #"{"update_id": \#($0), "message": {"n": \#($0)}}"# }
            for body in bodies + bodies { #expect(try await door.update(body).status == 200) }
            let admin = try door.admin()
            #expect(
                try admin.words("SELECT convert_from(body, 'UTF8') FROM inbound_event ORDER BY id") == bodies)
            #expect(try admin.number("SELECT count(*) FROM intake WHERE reason IS NOT NULL") == 0)
        }
    }

    @Test("a body with one key twice is kept as it came, and never under a key that it only claims")
    func keepsDuplicateKeysApart() async throws {
        try await DoorServer.run { door in
            let honest = #"{"update_id":1,"message":{"text":"one"}}"#
            let forged = #"{"update_id":1,"update_id":2,"message":{"text":"two"}}"#
            for body in [honest, forged, #"{"update_id":2}"#, forged] {
                #expect(try await door.update(body).status == 200)
            }
            let admin = try door.admin()
            #expect(try admin.number("SELECT count(*) FROM inbound_event") == 3)
            #expect(try admin.number("SELECT count(*) FROM intake WHERE reason IS NOT NULL") == 0)
            #expect(
                try admin.words("SELECT convert_from(body, 'UTF8') FROM inbound_event ORDER BY id")[1]
                    == forged)
        }
    }
}

extension String {
    /// With another letter or digit at a place.
    fileprivate func flipped(at place: Index) -> String {
        let other = self[place] == "A" ? "B" : self[place] == "1" ? "2" : self[place].isNumber ? "1" : "A"
        return replacingCharacters(at: place, with: other)
    }

    private func replacingCharacters(at place: Index, with text: String) -> String {
        self[..<place] + text + self[index(after: place)...]
    }
}
