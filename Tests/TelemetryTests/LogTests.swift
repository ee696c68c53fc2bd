import Foundation
import Logging
import Synchronization
import Telemetry
import Testing

/// Lines as a handler wrote them.
private final class Lines: Sendable {
    private let held = Mutex<[String]>([])

    var all: [String] { held.withLock { $0 } }

    func append(_ line: String) {
        held.withLock { $0.append(line) }
    }
}

private struct Failure: Error, CustomStringConvertible {
    let description: String
}

@Suite("Logs")
struct LogTests {
    private let lines = Lines()

    private func logger(_ format: LeadgateLogHandler.Format, _ level: Logger.Level = .info) -> Logger {
        let lines = lines
        return Logger(label: "leadgate.serve") { label in
            LeadgateLogHandler(
                label: label, format: format, level: level,
                now: { Date(timeIntervalSince1970: 1_768_465_230.125) }, write: { lines.append($0) })
        }
    }

    private func object(_ line: String) throws -> [String: Any] {
        #expect(line.last == "\n" && line.dropLast().allSatisfy { !$0.isNewline })
        return try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
    }

    @Test("a text line has time, level, label, message and sorted metadata")
    func text() {
        var log = logger(.text)
        log[metadataKey: "channel"] = "pbx"
        log.info(
            "Events taken", metadata: ["batch": "12", "reason": "two words", "ids": ["a", "b"], "empty": ""])
        #expect(
            lines.all == [
                "2026-01-15T08:20:30.125Z info leadgate.serve: Events taken batch=12 channel=pbx empty=\"\" "
                    + "ids=[\"a\",\"b\"] reason=\"two words\"\n"
            ])
    }

    @Test("a JSON line parses and says the same")
    func json() throws {
        var log = logger(.json)
        log[metadataKey: "channel"] = "pbx"
        log.error(
            "Quote \" and \\ back",
            metadata: ["n": "\(7)", "deep": ["b": "2", "a": ["x", "y\u{1}"]], "line": "a\r\nb"])
        let line = try #require(lines.all.first)
        let head = #"{"time":"2026-01-15T08:20:30.125Z","level":"error","label":"leadgate.serve","message":"#
        #expect(line.hasPrefix(head))
        let parsed = try object(line)
        #expect(parsed["message"] as? String == "Quote \" and \\ back")
        let metadata = try #require(parsed["metadata"] as? [String: Any])
        #expect(metadata.keys.sorted() == ["channel", "deep", "line", "n"])
        #expect(metadata["line"] as? String == "a\r\nb")
        #expect((metadata["deep"] as? [String: Any])?["a"] as? [String] == ["x", "y\u{1}"])
        #expect(line.contains(#""metadata":{"channel":"pbx","deep":{"a":["x","y\u0001"],"b":"2"},"line":"#))
    }

    @Test("a JSON line without metadata parses")
    func noMetadata() throws {
        logger(.json).notice("Started")
        #expect(try object(#require(lines.all.first)).keys.sorted() == ["label", "level", "message", "time"])
    }

    @Test("no text makes a second line or reaches the terminal as a control", arguments: ["text", "json"])
    func oneLine(format: String) throws {
        let nasty = "a\r\nb\u{1B}[31mc\u{0}d\u{85}e\u{2028}f\u{202E}g\u{7F}\u{9B}h\t"
        let log = logger(try #require(.init(rawValue: format)))
        log.info("\(nasty)", metadata: ["k": "\(nasty)", "\(nasty)": "v", "list": ["\(nasty)"]])
        let line = try #require(lines.all.first)
        #expect(lines.all.count == 1)
        let controls = line.unicodeScalars.dropLast().filter { scalar in
            scalar.properties.generalCategory == .control || [0x2028, 0x202E].contains(scalar.value)
        }
        #expect(controls.isEmpty)
        #expect(line.last == "\n")
        if format == "json" { #expect(try object(line)["message"] as? String == nasty) }
    }

    @Test(
        "a value whose key names a secret or a person is a dash",
        arguments: [
            "token", "secret", "password", "authorization", "phone", "email", "body", "signature", "url",
            "Token",
            "PASSWORD", "auth_token", "authToken", "caller-phone", "callerPhone", "phones", "emails",
            "public_url",
            "webhookURL", "header.authorization", "pass_word", "e-mail", "phone2", "X-Signature",
        ])
    func redacted(key: String) throws {
        for format in LeadgateLogHandler.Format.allCases {
            var log = logger(format)
            log[metadataKey: key] = "canary-1"
            log.info("Event", metadata: ["inner": [key: "canary-2"], "list": [[key: ["canary-3"]]]])
            log.info("Event", metadata: [key: .stringConvertible(Failure(description: "canary-4"))])
        }
        #expect(lines.all.count == 4)
        for line in lines.all { #expect(!line.contains("canary"), "\(line)") }
        #expect(try #require(lines.all.last).contains("\"\(key)\":\"-\""))
    }

    @Test(
        "a value whose key only sounds alike is kept",
        arguments: ["curl", "tokenizer", "somebody", "nobody_id", "id"])
    func kept(key: String) throws {
        logger(.text).info("Event", metadata: [key: "value-7"])
        #expect(try #require(lines.all.first).hasSuffix(" \(key)=value-7\n"))
    }

    @Test("an entry below the level is not written, and the level can be changed")
    func levels() {
        var log = logger(.text, .warning)
        log.info("No")
        log.warning("Yes")
        log.logLevel = .debug
        log.debug("Also")
        #expect(lines.all.map { $0.split(separator: " ")[1] } == ["warning", "debug"])
    }

    @Test("metadata of the provider is under that of the call, and an error is told")
    func provider() throws {
        let lines = lines
        let log = Logger(label: "l") { label in
            LeadgateLogHandler(
                label: label, metadataProvider: .init { ["a": "provider", "b": "provider"] },
                write: { lines.append($0) })
        }
        log.error("Failed", error: Failure(description: "disk full"), metadata: ["a": "call"])
        #expect(
            try #require(lines.all.first).hasSuffix("error l: Failed a=call b=provider error=\"disk full\"\n")
        )
    }
}
