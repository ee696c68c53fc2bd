public import Curl
import Foundation

/// Small calls for tests; each opens a connection of its own.
public enum HTTP {
    public static func get(_ url: String, headers: [(String, String)] = []) throws -> HTTPAnswer {
        try call("GET", url, headers: headers)
    }

    public static func post(
        _ url: String, body: String, type: String = "application/json", headers: [(String, String)] = []
    ) throws -> HTTPAnswer {
        try call("POST", url, headers: [("Content-Type", type)] + headers, body: Array(body.utf8))
    }

    public static func call(
        _ method: String, _ url: String, headers: [(String, String)] = [], body: [UInt8] = [],
        timeout: Duration = .seconds(10)
    ) throws -> HTTPAnswer {
        let client = HTTPClient()
        return try client.perform(
            HTTPCall(method: method, url: url, headers: headers, body: body, timeout: timeout))
    }
}

extension HTTPAnswer {
    public var text: String { String(decoding: body, as: UTF8.self) }
}

extension Program {
    /// Waits until `/health/ready` answers 200.
    /// - Throws: ``ProgramFailure`` with what the program said, if it ends or is not ready in time.
    public func waitUntilReady(timeout: Duration = .seconds(30)) throws {
        let end = ContinuousClock.now + timeout
        while ContinuousClock.now < end {
            if let ended { throw ProgramFailure(reason: "ended before it was ready", ended: ended) }
            let answer = try? HTTP.call("GET", "\(url)/health/ready", timeout: .seconds(1))
            if answer?.status == 200 { return }
            Thread.sleep(forTimeInterval: 0.02)
        }
        throw ProgramFailure(reason: "not ready in \(timeout)", ended: snapshot)
    }
}
