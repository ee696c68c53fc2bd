import Contacts
import Foundation
import OpenSSL
import Store

/// Events as a file of the spool holds them: a mark with the version, the events with the lengths of their parts, and a SHA-256
/// of all that, so that a torn or damaged file is known. Numbers are big-endian.
struct SpoolBatch {
    enum Failure: Error { case unknownForm, damaged }

    /// The last byte is the version.
    private static let mark = Array("LGSPOOL1".utf8)
    private static let digestLength = HashFunction.sha256.byteCount

    static func bytes(of events: [JournalEvent]) -> [UInt8] {
        var writer = Writer(bytes: mark)
        writer.put(number: Int64(events.count))
        for event in events { writer.put(event) }
        return writer.bytes + digest(writer.bytes, .sha256)
    }

    static func events(in bytes: [UInt8]) throws(Failure) -> [JournalEvent] {
        guard bytes.starts(with: mark) else { throw .unknownForm }
        let content = Array(bytes.dropLast(digestLength))
        guard digest(content, .sha256).elementsEqual(bytes.suffix(digestLength)) else { throw .damaged }
        var reader = Reader(bytes: content.dropFirst(mark.count))
        let count = try reader.number()
        var events: [JournalEvent] = []
        while events.count < count { events.append(try reader.event()) }
        guard reader.bytes.isEmpty else { throw .damaged }
        return events
    }

    private struct Writer {
        var bytes: [UInt8]

        mutating func put(number: Int64) {
            for shift in stride(from: 56, through: 0, by: -8) {
                bytes.append(UInt8(truncatingIfNeeded: number >> shift))
            }
        }

        mutating func put(_ part: [UInt8]) {
            put(number: Int64(part.count))
            bytes += part
        }

        mutating func put(_ text: String) { put(Array(text.utf8)) }

        mutating func put(_ event: JournalEvent) {
            put(number: event.workspaceID)
            put(number: event.channelID)
            put(event.id.uuidString)
            for text in [event.adapter, event.method, event.tail, event.query, event.url, event.remote] {
                put(text)
            }
            put(number: Int64(event.headers.count))
            for header in event.headers {
                put(header.name)
                put(header.value)
            }
            for part in [event.body, event.bodySHA256, event.contentSHA256, event.key] { put(part) }
            put(number: Int64(event.verified.count))
            for word in event.verified { put(word) }
            put(number: event.receivedAt.microseconds)
            put(number: event.reusableAt == nil ? 0 : 1)
            if let time = event.reusableAt { put(number: time.microseconds) }
            put(number: event.reason == nil ? 0 : 1)
            if let reason = event.reason { put(reason) }
        }
    }

    private struct Reader {
        var bytes: ArraySlice<UInt8>

        mutating func take(_ count: Int64) throws(Failure) -> ArraySlice<UInt8> {
            guard count >= 0, count <= Int64(bytes.count) else { throw .damaged }
            defer { bytes = bytes.dropFirst(Int(count)) }
            return bytes.prefix(Int(count))
        }

        mutating func number() throws(Failure) -> Int64 {
            try take(8).reduce(0) { $0 << 8 | Int64($1) }
        }

        mutating func part() throws(Failure) -> [UInt8] { Array(try take(number())) }

        mutating func text() throws(Failure) -> String {
            guard let text = String(validating: try part(), as: UTF8.self) else { throw .damaged }
            return text
        }

        mutating func isThere() throws(Failure) -> Bool {
            let flag = try number()
            guard flag == 0 || flag == 1 else { throw .damaged }
            return flag == 1
        }

        mutating func event() throws(Failure) -> JournalEvent {
            let (workspace, channel) = (try number(), try number())
            guard let id = UUID(uuidString: try text()) else { throw .damaged }
            let (adapter, method, tail) = (try text(), try text(), try text())
            let (query, url, remote) = (try text(), try text(), try text())
            var headers: [JournalHeader] = []
            for _ in 0..<max(0, try number()) { headers.append(JournalHeader(try text(), try text())) }
            let (body, bodyHash, contentHash, key) = (try part(), try part(), try part(), try part())
            var verified: [String] = []
            for _ in 0..<max(0, try number()) { verified.append(try text()) }
            let receivedAt = Instant(microseconds: try number())
            let reusableAt = try isThere() ? Instant(microseconds: try number()) : nil
            return JournalEvent(
                workspaceID: workspace, channelID: channel, id: id, adapter: adapter, method: method,
                tail: tail, query: query, url: url, headers: headers, body: body, bodySHA256: bodyHash,
                contentSHA256: contentHash, remote: remote, verified: verified, key: key,
                reusableAt: reusableAt, receivedAt: receivedAt, reason: try isThere() ? try text() : nil)
        }
    }
}
