import Curl
import Foundation
import Testing

@Suite("HTTP calls")
struct HTTPClientTests {
    private let server: Server
    private let client = HTTPClient()

    init() throws {
        server = try Server()
    }

    private func failure(_ call: HTTPCall) throws -> CurlFailure {
        let result = Result { try client.perform(call) }
        guard case .failure(let error) = result else {
            throw Unexpected()
        }
        return try #require(error as? CurlFailure)
    }

    private struct Unexpected: Error {}

    @Test(
        "method, path, headers and body arrive as given",
        arguments: ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "REPORT"],
        [[], [0, 255, 10, 13, 0, 65]] as [[UInt8]])
    func asGiven(method: String, body: [UInt8]) throws {
        let answer = try client.perform(
            HTTPCall(
                method: method, url: server.url + "/a/../b%20c?q=%C3%A9&x=1",
                headers: [("X-One", "1"), ("X-Two", "é: 2"), ("X-Empty", ""), ("X-One", "again")], body: body)
        )
        #expect(answer.status == 200)
        #expect(answer.header("Content-TYPE") == "application/json")
        let echo = try Echo(answer.body)
        #expect(echo.method == method)
        #expect(echo.path == "/a/../b%20c?q=%C3%A9&x=1")
        #expect(echo.values("x-one") == ["1", "again"])
        #expect(echo.values("x-two").count == 1)
        #expect(echo.values("x-empty") == [""])
        #expect(echo.body == body.map { String(format: "%02x", $0) }.joined())
        #expect(echo.values("content-type").isEmpty, "no type that the caller did not state")
        #expect(echo.values("expect").isEmpty)
        #expect(echo.values("user-agent").isEmpty)
    }

    @Test("a body of a megabyte arrives whole, both ways")
    func large() throws {
        let body = (0..<1_000_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        let answer = try client.perform(
            HTTPCall(method: "POST", url: server.url, headers: [("Content-Type", "x/y")], body: body))
        let echo = try Echo(answer.body)
        #expect(echo.body.count == 2_000_000)
        #expect(echo.body.hasSuffix(body.suffix(100).map { String(format: "%02x", $0) }.joined()))
        #expect(echo.values("content-type") == ["x/y"])
    }

    @Test("HEAD has headers and no body")
    func head() throws {
        let answer = try client.perform(HTTPCall(method: "HEAD", url: server.url + "/big/500"))
        #expect(answer.status == 200)
        #expect(answer.header("content-length") == "500")
        #expect(answer.body.isEmpty)
    }

    @Test("a connection is used again, and nothing of the last call stays on it")
    func keepAlive() throws {
        let first = try Echo(
            client.perform(
                HTTPCall(method: "POST", url: server.url, headers: [("X-Secret", "1")], body: [1, 2, 3])
            ).body)
        let second = try Echo(client.perform(HTTPCall(url: server.url)).body)
        #expect(first.port == second.port)
        #expect(second.method == "GET")
        #expect(second.body.isEmpty)
        #expect(second.values("x-secret").isEmpty)
        #expect(second.values("content-length").isEmpty)
    }

    @Test(
        "any status is an answer, and a redirect is not followed", arguments: [204, 400, 404, 429, 500, 503])
    func statuses(status: Int) throws {
        #expect(try client.perform(HTTPCall(url: server.url + "/status/\(status)")).status == status)
        let redirect = try client.perform(HTTPCall(url: server.url + "/redirect"))
        #expect(redirect.status == 302)
        #expect(redirect.header("location") == "/echo")
    }

    @Test("the headers are those of the final answer, with repeats and blanks in order")
    func interim() throws {
        let answer = try client.perform(HTTPCall(url: server.url + "/interim"))
        #expect(answer.status == 200)
        #expect(answer.header("x-early") == nil)
        #expect(answer.header("x-late") == "2")
        #expect(answer.header("x-none") == "")
        #expect(answer.headers.filter { $0.0 == "x-twice" }.map { $0.1 } == ["a", "b"])
        #expect(answer.body == Array("late".utf8))
    }

    @Test("a server that is silent or drips is given up in time", arguments: ["/slow", "/drip"])
    func timeout(path: String) throws {
        let clock = ContinuousClock()
        var found: CurlFailure?
        let time = try clock.measure {
            found = try failure(HTTPCall(url: server.url + path, timeout: .milliseconds(300)))
        }
        #expect(found == .timedOut)
        #expect(time >= .milliseconds(290) && time < .seconds(5))
    }

    @Test("a body up to the limit is taken, a larger or endless one is refused, and the client lives on")
    func limit() throws {
        let fits = try client.perform(HTTPCall(url: server.url + "/big/5000", responseLimit: 5_000))
        #expect(fits.body.count == 5_000)
        #expect(
            try failure(HTTPCall(url: server.url + "/big/5001", responseLimit: 5_000))
                == .tooLarge(limit: 5_000))
        #expect(try failure(HTTPCall(url: server.url + "/endless")) == .tooLarge(limit: 16 << 20))
        #expect(try client.perform(HTTPCall(url: server.url + "/big/1")).body == [120])
    }

    @Test("an answer that breaks off or is no HTTP is told apart from no connection")
    func broken() throws {
        for path in ["/cut", "/silent", "/garbage"] {
            let found = try failure(HTTPCall(url: server.url + path))
            guard case .broken = found else {
                Issue.record("\(path): \(found)")
                continue
            }
        }
        for url in ["http://127.0.0.1:1/", "http://no-such-host.invalid/", "https" + server.url.dropFirst(4)]
        {
            let found = try failure(HTTPCall(url: url))
            guard case .unreachable = found else {
                Issue.record("\(url): \(found)")
                continue
            }
        }
    }

    @Test(
        "a call that is wrong in itself sends nothing",
        arguments: [
            HTTPCall(url: ""), HTTPCall(url: "file:///etc/passwd"), HTTPCall(url: "ftp://127.0.0.1/"),
            HTTPCall(url: "gopher://127.0.0.1/"), HTTPCall(url: "127.0.0.1/"),
            HTTPCall(url: "http:/127.0.0.1"), HTTPCall(url: "http://127.0.0.1/a b"),
            HTTPCall(url: "http://127.0.0.1/\r\nX: y"), HTTPCall(url: "http://127.0.0.1/\0"),
            HTTPCall(method: "", url: "http://127.0.0.1/"),
            HTTPCall(method: "GET / HTTP/1.1\r\n", url: "http://h/"),
            HTTPCall(url: "http://127.0.0.1/", headers: [("X", "a\r\nY: b")]),
            HTTPCall(url: "http://127.0.0.1/", headers: [("X", "a\0b")]),
            HTTPCall(url: "http://127.0.0.1/", headers: [("X: y\r\nZ", "a")]),
            HTTPCall(url: "http://127.0.0.1/", headers: [("", "a")]),
            HTTPCall(url: "http://127.0.0.1/", unixSocket: ""),
            HTTPCall(url: "http://127.0.0.1/", unixSocket: "/" + String(repeating: "x", count: 107)),
        ])
    func invalid(call: HTTPCall) throws {
        let found = try failure(call)
        guard case .invalidCall = found else {
            Issue.record("\(call.url) \(call.headers): \(found)")
            return
        }
    }

    @Test("a socket file is called in place of the host")
    func unixSocket() throws {
        let folder = URL(filePath: "/tmp/lg-curl-\(UUID().uuidString.prefix(8))")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: false)
        defer { try? FileManager.default.removeItem(at: folder) }
        let path = folder.appending(path: "s").path
        let files = try Server(socket: path)
        let echo = try Echo(client.perform(HTTPCall(url: files.url + "/over", unixSocket: path)).body)
        #expect(echo.path == "/over")
        #expect(echo.values("host") == ["files.invalid"])
        #expect(
            try Echo(client.perform(HTTPCall(url: server.url)).body).port != 0,
            "the next call is over TCP again")
    }

    @Test("many threads call at once, each with a client of its own")
    func threads() async throws {
        let url = server.url
        try await withThrowingTaskGroup(of: Int.self) { group in
            for _ in 0..<8 {
                group.addTask {
                    let client = HTTPClient()
                    return try (0..<20).reduce(0) { sum, _ in
                        try sum + client.perform(HTTPCall(url: url)).status
                    }
                }
            }
            for try await sum in group { #expect(sum == 4_000) }
        }
    }
}
