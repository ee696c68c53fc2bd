import Contacts
import Foundation
import OpenSSL

/// Where the next page begins: the key of the last row of this page, opaque outside.
///
/// A cursor belongs to one list; one of another list, or a made-up one, is refused. It holds no right: rows are chosen
/// by the token's workspace all the same.
enum Cursor: Sendable, Hashable {
    /// Events, newest first: the last event's id.
    case event(UUID)
    /// Leads, newest first: the last lead's number.
    case lead(Int64)
    /// A card's timeline, newest first: the last activity's time in microseconds since 1970, and its number.
    case activity(at: Int64, number: Int64)

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
        case .event(let id): bytes += id.bytes
        case .lead(let number): bytes += number.bigEndianBytes
        case .activity(let time, let number): bytes += time.bigEndianBytes + number.bigEndianBytes
        }
        return Base64.encode(bytes, urlSafe: true)
    }

    init?(_ text: String) {
        guard text.utf8.count <= 64, let bytes = Base64.decode(text), let letter = bytes.first else {
            return nil
        }
        let key = bytes.dropFirst()
        switch (letter, key.count) {
        case (UInt8(ascii: "e"), 16): self = .event(UUID(bytes: Array(key)))
        case (UInt8(ascii: "l"), 8): self = .lead(Int64(bigEndianBytes: key))
        case (UInt8(ascii: "a"), 16):
            self = .activity(
                at: Int64(bigEndianBytes: key.prefix(8)), number: Int64(bigEndianBytes: key.suffix(8)))
        default: return nil
        }
    }
}

extension QueryParameters {
    func eventCursor() throws(APIFailure) -> UUID? {
        guard let cursor = try cursor() else { return nil }
        guard case .event(let id) = cursor else { throw QueryParameters.badCursor }
        return id
    }

    func leadCursor() throws(APIFailure) -> Int64? {
        guard let cursor = try cursor() else { return nil }
        guard case .lead(let number) = cursor else { throw QueryParameters.badCursor }
        return number
    }

    func activityCursor() throws(APIFailure) -> (at: Int64, number: Int64)? {
        guard let cursor = try cursor() else { return nil }
        guard case .activity(let time, let number) = cursor else { throw QueryParameters.badCursor }
        return (time, number)
    }

    private func cursor() throws(APIFailure) -> Cursor? {
        guard let text = try text("cursor") else { return nil }
        guard let cursor = Cursor(text) else { throw QueryParameters.badCursor }
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

    /// - Parameter b: 16 bytes.
    fileprivate init(bytes b: [UInt8]) {
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
