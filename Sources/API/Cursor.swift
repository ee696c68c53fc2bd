import Contacts
import Foundation
import OpenSSL
import Store

/// Where the next page begins: the key of the last row of this page, opaque outside.
///
/// A cursor belongs to one list; one of another list, or one that was cut or changed, is refused rather than taken for
/// another place. It holds no right: rows are chosen by the token's workspace all the same.
enum Cursor: Sendable, Hashable {
    /// Events, newest first: the last event's id.
    case event(UUID)
    /// Leads, newest first: the last lead's id.
    case lead(UUID)
    /// A card's timeline, newest first: the last activity's time and id.
    case activity(TimelineKey)

    /// Times that PostgreSQL can hold, in microseconds since 1970.
    private static let times: Range<Int64> = -200_000_000_000_000_000..<9_000_000_000_000_000_000

    private var letter: UInt8 {
        switch self {
        case .event: UInt8(ascii: "e")
        case .lead: UInt8(ascii: "l")
        case .activity: UInt8(ascii: "a")
        }
    }

    var text: String {
        var bytes = [letter]
        switch self {
        case .event(let id), .lead(let id): bytes += id.bytes
        case .activity(let key): bytes += key.occurredAt.microseconds.bigEndianBytes + key.id.bytes
        }
        return Base64.encode(bytes + Cursor.checksum(bytes), urlSafe: true)
    }

    init?(_ text: String) {
        guard text.utf8.count <= 64, let all = Base64.decode(text) else { return nil }
        let bytes = Array(all.dropLast(Cursor.checksumLength))
        guard let letter = bytes.first, all.suffix(Cursor.checksumLength) == Cursor.checksum(bytes)[...]
        else {
            return nil
        }
        let id = UUID(bytes: Array(bytes.suffix(16)))
        switch (letter, bytes.count, id) {
        case (UInt8(ascii: "e"), 17, let id?): self = .event(id)
        case (UInt8(ascii: "l"), 17, let id?): self = .lead(id)
        case (UInt8(ascii: "a"), 25, let id?):
            let time = Int64(bigEndianBytes: bytes[1..<9])
            guard Cursor.times.contains(time) else { return nil }
            self = .activity(TimelineKey(occurredAt: Instant(microseconds: time), id: id))
        default: return nil
        }
    }

    private static let checksumLength = 4

    /// Against mistakes, not against forgers: there is nothing to be won.
    private static func checksum(_ bytes: [UInt8]) -> [UInt8] {
        Array(digest(bytes, .sha256).prefix(checksumLength))
    }
}

extension QueryParameters {
    func eventCursor() throws(APIFailure) -> UUID? {
        guard let cursor = try cursor() else { return nil }
        guard case .event(let id) = cursor else { throw QueryParameters.badCursor }
        return id
    }

    func leadCursor() throws(APIFailure) -> UUID? {
        guard let cursor = try cursor() else { return nil }
        guard case .lead(let id) = cursor else { throw QueryParameters.badCursor }
        return id
    }

    func activityCursor() throws(APIFailure) -> TimelineKey? {
        guard let cursor = try cursor() else { return nil }
        guard case .activity(let key) = cursor else { throw QueryParameters.badCursor }
        return key
    }

    private func cursor() throws(APIFailure) -> Cursor? {
        guard let text = try text("cursor") else { return nil }
        guard let cursor = Cursor(text), cursor.text == text else { throw QueryParameters.badCursor }
        return cursor
    }

    private static let badCursor = APIFailure.badParameter(
        name: "cursor", detail: "must be the next_cursor of a page of this list")
}

extension UUID {
    fileprivate var bytes: [UInt8] {
        let u = uuid
        return [
            u.0, u.1, u.2, u.3, u.4, u.5, u.6, u.7, u.8, u.9, u.10, u.11, u.12, u.13, u.14, u.15,
        ]
    }

    /// - Returns: nil unless there are 16 bytes.
    fileprivate init?(bytes b: [UInt8]) {
        guard b.count == 16 else { return nil }
        self.init(
            uuid: (
                b[0], b[1], b[2], b[3], b[4], b[5], b[6], b[7], b[8], b[9], b[10], b[11], b[12], b[13], b[14],
                b[15]
            ))
    }
}

extension Int64 {
    fileprivate var bigEndianBytes: [UInt8] {
        let bits = UInt64(bitPattern: self)
        return (0..<8).map { UInt8(truncatingIfNeeded: bits >> UInt64(56 - 8 * $0)) }
    }

    fileprivate init(bigEndianBytes bytes: some Sequence<UInt8>) {
        self.init(bitPattern: bytes.reduce(0) { $0 << 8 | UInt64($1) })
    }
}
