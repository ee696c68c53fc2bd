import Curl
import Foundation
import Harness
import Postgres
import Testing

@testable import Receiving

/// Bytes that a server refuses or the end of the connection answers.
private struct HostileRequest {
    let name: String
    let bytes: [UInt8]
    /// Statuses that are right; a closed connection is right too, unless there is only one.
    let statuses: Set<Int>

    init(_ name: String, _ text: String, _ statuses: Set<Int> = Set(400...499)) {
        self.init(name, Array(text.utf8), statuses)
    }

    init(_ name: String, _ bytes: [UInt8], _ statuses: Set<Int> = Set(400...499)) {
        (self.name, self.bytes, self.statuses) = (name, bytes, statuses)
    }
}

@Suite("Hostile bytes", .inTurn)
struct HostileTests {
    private static let path = Doors.path(Doors.site)
    private static let json = "Content-Type: application/json\r\n"

    private static func post(_ headers: String, _ body: String = "", path: String = path) -> String {
        "POST \(path) HTTP/1.1\r\nHost: leads.example.com\r\n\(headers)\r\n\(body)"
    }

    private static let requests: [HostileRequest] = [
        // Framing.
        HostileRequest("negative length", post("Content-Length: -1\r\n", "x")),
        HostileRequest("huge length", post("Content-Length: 99999999999999999999999\r\n", "x")),
        HostileRequest("length of a gigabyte, nothing behind", post("Content-Length: 1073741824\r\n"), [413]),
        HostileRequest("length in hexadecimal", post("Content-Length: 0x10\r\n", "x")),
        HostileRequest("length with a sign", post("Content-Length: +2\r\n", "{}")),
        HostileRequest("no length", post("Content-Length: \r\n", "{}")),
        HostileRequest("two lengths", post("Content-Length: 2\r\nContent-Length: 3\r\n", "{}x")),
        HostileRequest("two equal lengths", post("Content-Length: 2\r\nContent-Length: 2\r\n", "{}")),
        HostileRequest("list of lengths", post("Content-Length: 2, 2\r\n", "{}")),
        HostileRequest(
            "length and chunks",
            post("Content-Length: 4\r\nTransfer-Encoding: chunked\r\n", "2\r\n{}\r\n0\r\n\r\n")),
        HostileRequest(
            "chunks and length",
            post("Transfer-Encoding: chunked\r\nContent-Length: 4\r\n", "2\r\n{}\r\n0\r\n\r\n")),
        HostileRequest("chunk of no number", post("Transfer-Encoding: chunked\r\n", "zz\r\n{}\r\n0\r\n\r\n")),
        HostileRequest("negative chunk", post("Transfer-Encoding: chunked\r\n", "-2\r\n{}\r\n0\r\n\r\n")),
        HostileRequest(
            "huge chunk", post("Transfer-Encoding: chunked\r\n", "fffffffffffffffff\r\n{}\r\n0\r\n\r\n")),
        HostileRequest(
            "chunk longer than it says", post("Transfer-Encoding: chunked\r\n", "1\r\n{}\r\n0\r\n\r\n")),
        HostileRequest(
            "chunk shorter than it says", post("Transfer-Encoding: chunked\r\n", "9\r\n{}\r\n0\r\n\r\n")),
        HostileRequest("unknown coding", post("Transfer-Encoding: gzip\r\n", "{}")),
        HostileRequest(
            "chunked is not last", post("Transfer-Encoding: chunked, gzip\r\n", "2\r\n{}\r\n0\r\n\r\n")),
        // Heads.
        HostileRequest("HTTP/0.9", "GET \(path)\r\n\r\n"),
        HostileRequest("HTTP/3.7", "GET \(path) HTTP/3.7\r\n\r\n"),
        HostileRequest("no method", " \(path) HTTP/1.1\r\n\r\n"),
        HostileRequest("unknown method", "BREW \(path) HTTP/1.1\r\nHost: x\r\n\r\n"),
        HostileRequest("TLS", [0x16, 0x03, 0x01, 0x02, 0x00, 0x01, 0x00, 0x01, 0xFC, 0x03, 0x03]),
        HostileRequest("HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
        HostileRequest("header without colon", post("Nonsense\r\n")),
        HostileRequest("blank before the colon", post("Content-Length : 2\r\n", "{}")),
        HostileRequest("folded header", post("X-A: 1\r\n 2\r\n")),
        HostileRequest("NUL in a header", post("X-A: 1\0002\r\nContent-Length: 2\r\n", "{}")),
        HostileRequest("NUL in a name", post("X\0A: 1\r\nContent-Length: 2\r\n", "{}")),
        HostileRequest("a bare carriage return", post("X-A: 1\rX-B: 2\r\nContent-Length: 2\r\n", "{}")),
        HostileRequest("300 fields", post(String(repeating: "X-A: 1\r\n", count: 300)), [431]),
        HostileRequest("65 fields", post(String(repeating: "X-A: 1\r\n", count: 64)), [431]),
        HostileRequest("field of 9 KiB", post("X-A: \(String(repeating: "a", count: 9 << 10))\r\n"), [431]),
        HostileRequest("field of 64 KiB", post("X-A: \(String(repeating: "a", count: 64 << 10))\r\n")),
        HostileRequest(
            "fields of 40 KiB together",
            post(String(repeating: "X-A: \(String(repeating: "a", count: 8_000))\r\n", count: 5)), [431]),
        HostileRequest("endless field", post("X-A: \(String(repeating: "a", count: 1 << 20))")),
        // Addresses.
        HostileRequest(
            "address of 9 KiB", post("", path: path + "?" + String(repeating: "a", count: 9 << 10)), [414]),
        HostileRequest("wrong percent code", post("Content-Length: 2\r\n", "{}", path: path + "/%zz"), [400]),
        HostileRequest("half a percent code", post("Content-Length: 2\r\n", "{}", path: path + "/%2"), [400]),
        HostileRequest("coded NUL", post("Content-Length: 2\r\n", "{}", path: path + "/%00"), [400]),
        HostileRequest("coded bad UTF-8", post("Content-Length: 2\r\n", "{}", path: path + "/%ff%fe"), [400]),
        HostileRequest(
            "coded overlong slash", post("Content-Length: 2\r\n", "{}", path: path + "/%c0%af"), [400]),
        HostileRequest("NUL in the address", post("Content-Length: 2\r\n", "{}", path: path + "/a\0b")),
        HostileRequest("blank in the address", post("Content-Length: 2\r\n", "{}", path: path + "/a b")),
        HostileRequest("walk up", post("Content-Length: 2\r\n", "{}", path: "/in/../etc/passwd")),
        HostileRequest(
            "coded walk up", post("Content-Length: 2\r\n", "{}", path: "/in/%2e%2e/%2e%2e"), [404]),
        HostileRequest("no address", "POST  HTTP/1.1\r\nHost: x\r\n\r\n"),
        HostileRequest("asterisk", "OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n"),
        HostileRequest("tunnel", "CONNECT example.com:443 HTTP/1.1\r\nHost: x\r\n\r\n"),
        HostileRequest("nothing at all", ""),
    ]

    @Test("what is no request is refused or cut off, and nothing of it is kept")
    func refusesNonsense() async throws {
        try await DoorServer.run { door in
            for request in Self.requests {
                let (answer, isClosed) = try await door.exchange(request.bytes, finishes: true)
                // Behind the answer the end of a body that never came is one more.
                let isRight =
                    answer.statuses.first.map(request.statuses.contains) ?? (request.statuses.count > 1)
                #expect(isRight, "\(request.name): \(answer.statuses)")
                #expect(
                    answer.statuses.dropFirst().allSatisfy { $0 == 400 },
                    "\(request.name): \(answer.statuses)")
                #expect(isClosed, "\(request.name)")
            }
            let bad =
                Array("POST \(Self.path)/".utf8) + [0xFF, 0xC0, 0x80]
                + Array(" HTTP/1.1\r\nHost: x\r\n\r\n".utf8)
            #expect(try await door.exchange(bad, finishes: true).answer.statuses.allSatisfy { $0 < 500 })
            try await door.isAlive(kept: 1)
        }
    }

    @Test("odd bytes that HTTP allows in headers and bodies are kept as they came")
    func keepsOddBytes() async throws {
        try await DoorServer.run { door in
            let bodies: [[UInt8]] = [
                [0xFF, 0xFE, 0x00, 0x01], Array("name=%00%ff%zz\0".utf8),
                Array(#"{"name":"\u0000\ud800"}"#.utf8),
                Array((String(repeating: "[", count: 10_000) + String(repeating: "]", count: 10_000)).utf8),
                Array((String(repeating: #"{"a":"#, count: 10_000)).utf8),
                Array(#"{"a":1e999999,"b":-0}"#.utf8),
            ]
            for (number, body) in bodies.enumerated() {
                let head =
                    Array("POST \(Self.path)?n=\(number) HTTP/1.1\r\nHost: x\r\nX-Odd: ".utf8) + [0xFF, 0x80]
                let rest = Array(
                    "\r\n\(Self.json)Content-Length: \(body.count)\r\nConnection: close\r\n\r\n".utf8)
                let answer = try await door.exchange(head + rest + body).answer
                #expect(answer.statuses == [200], "body \(number)")
            }
            let admin = try door.admin()
            let rows = try admin.query(
                Statement(name: "test.bodies", sql: "SELECT body FROM inbound_event ORDER BY query"))
            #expect((0..<rows.count).map { rows.bytea($0, 0) } == bodies)
        }
    }

    @Test("a request cut anywhere is never taken for a whole one", arguments: [false, true])
    func refusesCutRequests(_ isChunked: Bool) async throws {
        try await DoorServer.run { door in
            let form = Doors.start() + "&note=" + String(repeating: "n", count: 40)
            let whole = try Self.signed(form, isChunked: isChunked)
            let cuts =
                Array(stride(from: 1, to: whole.count - 60, by: 23)) + Array(whole.count - 60..<whole.count)
            for cut in cuts {
                let (answer, isClosed) = try await door.exchange(Array(whole[..<cut]), finishes: true)
                #expect(answer.statuses.allSatisfy { (400...499).contains($0) }, "cut at \(cut)")
                #expect(isClosed, "cut at \(cut)")
                // The same with a connection that just ends.
                try await door.sendAndLeave(Array(whole[..<cut]))
            }
            #expect(try door.admin().number("SELECT count(*) FROM event_key") == 0)
            #expect(try await door.exchange(whole, finishes: true).answer.statuses == [200])
            try await door.isAlive(kept: 2)
        }
    }

    @Test("a client that drips its head, or says nothing, is cut off")
    func cutsOffSlowHeads() async throws {
        var settings = DoorSettings()
        settings.headLimit = .milliseconds(300)
        try await DoorServer.run(settings) { door in
            let head = Array(Self.post(Self.json).utf8)
            let isCutOff = try await OwnThread.run { [port = door.port] in
                let socket = try RawSocket(port: port)
                let end = ContinuousClock.now + .seconds(60)
                var place = 0
                while ContinuousClock.now < end {
                    if socket.isReadable(within: .milliseconds(20)) { return socket.receive() == nil }
                    // Never ends: the last bytes are a header that goes on.
                    socket.send([place < head.count - 4 ? head[place] : UInt8(ascii: "a")])
                    place += 1
                }
                return false
            }
            #expect(isCutOff)
            #expect(try await door.exchange([]).isClosed)
            #expect(try await door.exchange(Array("POST".utf8)).isClosed)
            try await door.isAlive(kept: 1)
        }
    }

    @Test("a client that does not bring its body in time, or brings too much, is told so and cut off")
    func cutsOffBodies() async throws {
        var settings = DoorSettings()
        settings.limits.body = .milliseconds(300)
        try await DoorServer.run(settings) { door in
            for framing in ["Content-Length: 1000\r\n", "Transfer-Encoding: chunked\r\n"] {
                let (answer, isClosed) = try await door.exchange(Array(Self.post(framing, "1\r\n{").utf8))
                #expect(answer.statuses == [408])
                #expect(isClosed)
            }
            // More than fits is refused before the rest has come, whatever a length would say.
            let chunk = "10000\r\n\(String(repeating: "x", count: 0x10000))\r\n"
            let endless = Self.post(
                "Transfer-Encoding: chunked\r\n", chunk + chunk, path: Doors.path(Doors.pbx))
            #expect(try await door.exchange(Array(endless.utf8)).answer.statuses == [413])
            let text = try await OwnThread.run { [port = door.port] in
                let socket = try RawSocket(port: port)
                socket.send(Array(Self.post("Content-Length: 100000\r\n").utf8))
                let end = ContinuousClock.now + .seconds(60)
                while ContinuousClock.now < end, !socket.isReadable(within: .milliseconds(20)) {
                    socket.send([UInt8(ascii: "x")])
                }
                return socket.receiveAll(within: .seconds(60)).text
            }
            #expect(RawAnswer(text).statuses == [408])
            try await door.isAlive(kept: 1)
        }
    }

    @Test("requests sent in one go are answered in order, up to one that is none")
    func answersPipelines() async throws {
        try await DoorServer.run { door in
            func request(_ number: Int) -> String {
                Self.post("\(Self.json)Content-Length: 2\r\n", "{}", path: "\(Self.path)?event_id=\(number)")
            }
            let many = (0..<50).map(request).joined()
            let unknown = Self.post("Content-Length: 2\r\n", "{}", path: "/in/nobody/x")
            let text = many + unknown + request(50) + "NONSENSE\r\n\r\n" + request(51)
            let (answer, isClosed) = try await door.exchange(Array(text.utf8), finishes: true)
            #expect(answer.statuses == Array(repeating: 200, count: 50) + [404, 200, 400])
            #expect(isClosed)
            try await door.isAlive(kept: 52)
        }
    }

    @Test("random bytes, and requests with bytes changed at random, bring nothing down and nothing in")
    func survivesNoise() async throws {
        var seed = Seed()
        let random = (0..<200).map { _ in
            (0..<Int.random(in: 1...2_000, using: &seed)).map { _ in UInt8.random(in: 0...255, using: &seed) }
        }
        let whole = try Self.signed(Doors.start(), isChunked: false)
        let changed = (0..<300).map { _ in
            var bytes = whole
            for _ in 0..<Int.random(in: 1...4, using: &seed) {
                bytes[Int.random(in: bytes.indices, using: &seed)] = UInt8.random(in: 0...255, using: &seed)
            }
            return bytes
        }
        let purpose = seed.description
        try await DoorServer.run { door in
            for bytes in random + changed {
                let (answer, isClosed) = try await door.exchange(bytes, finishes: true)
                #expect(answer.statuses.allSatisfy { $0 < 500 }, "\(purpose): \(answer.statuses)")
                #expect(isClosed, "\(purpose)")
            }
            let admin = try door.admin()
            // What was changed outside of the signed fields is the provider's word still.
            #expect(
                try admin.number("SELECT count(*) FROM inbound_event WHERE verified <> '{hmac-sha1}'") == 0,
                "\(purpose)")
            let kept = try admin.number("SELECT count(*) FROM inbound_event")
            try await door.isAlive(kept: kept + 1)
        }
    }

    /// A whole signed request of the PBX.
    private static func signed(_ form: String, isChunked: Bool) throws -> [UInt8] {
        let lines = try Doors.signedHeaders(form).map { "\($0.0): \($0.1)\r\n" }.joined()
        let body = isChunked ? "\(String(form.utf8.count, radix: 16))\r\n\(form)\r\n0\r\n\r\n" : form
        let framing = isChunked ? "Transfer-Encoding: chunked\r\n" : "Content-Length: \(form.utf8.count)\r\n"
        return Array(post(lines + framing, body, path: Doors.path(Doors.pbx)).utf8)
    }
}

/// What came back on a raw connection.
private struct RawAnswer {
    /// Of each answer, in order.
    let statuses: [Int]

    init(_ text: String) {
        statuses = text.matches(of: /HTTP\/1\.1 (\d{3})/).compactMap { Int($0.output.1) }
    }
}

extension DoorServer {
    /// Sends bytes on a connection of their own and reads until the server closes.
    /// - Parameter finishes: tells the server that no more comes.
    fileprivate func exchange(
        _ bytes: [UInt8], finishes: Bool = false
    ) async throws -> (answer: RawAnswer, isClosed: Bool) {
        let (text, isClosed) = try await OwnThread.run { [port] in
            let socket = try RawSocket(port: port)
            socket.send(bytes)
            if finishes { socket.finishSending() }
            return socket.receiveAll(within: .seconds(60))
        }
        return (RawAnswer(text), isClosed)
    }

    fileprivate func sendAndLeave(_ bytes: [UInt8]) async throws {
        try await OwnThread.run { [port] in _ = try RawSocket(port: port).send(bytes) }
    }

    /// Takes a good request, after which so many events are there.
    fileprivate func isAlive(
        kept count: Int64, sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        let answer = try await ring(Doors.start(call: "alive"))
        #expect(answer.status == 200, sourceLocation: sourceLocation)
        let found = try admin().number("SELECT count(*) FROM inbound_event")
        #expect(found == count, sourceLocation: sourceLocation)
    }
}
