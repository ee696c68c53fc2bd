public import Foundation

/// A parameter of a statement. Always sent in binary form, so that its type must be the one the statement
/// expects: a text for an enum column is written `$1::text::mood`.
public enum Value: Sendable {
    /// NULL of whatever type the statement expects.
    case null
    case bool(Bool)
    case int(Int32)
    case bigint(Int64)
    case double(Double)
    case text(String?)
    case bytea([UInt8]?)
    case uuid(UUID?)
    /// timestamptz, in microseconds since 1970 UTC.
    case timestamp(Int64?)
    /// JSON text.
    case jsonb(String?)
    case bools([Bool])
    case ints([Int32?])
    case bigints([Int64?])
    case texts([String?])
    case byteas([[UInt8]?])
    case uuids([UUID?])
    /// Microseconds since 1970 UTC.
    case timestamps([Int64?])
    /// JSON texts.
    case jsonbs([String?])
}

/// Type numbers from the server's `pg_type.dat`; these never change.
enum OID {
    static let unspecified: UInt32 = 0
    static let bool: UInt32 = 16
    static let bytea: UInt32 = 17
    static let char: UInt32 = 18
    static let name: UInt32 = 19
    static let int8: UInt32 = 20
    static let int2: UInt32 = 21
    static let int4: UInt32 = 23
    static let text: UInt32 = 25
    static let oid: UInt32 = 26
    static let json: UInt32 = 114
    static let float4: UInt32 = 700
    static let float8: UInt32 = 701
    static let unknown: UInt32 = 705
    static let bpchar: UInt32 = 1042
    static let varchar: UInt32 = 1043
    static let timestamptz: UInt32 = 1184
    static let uuid: UInt32 = 2950
    static let jsonb: UInt32 = 3802

    static let bools: UInt32 = 1000
    static let byteas: UInt32 = 1001
    static let names: UInt32 = 1003
    static let ints: UInt32 = 1007
    static let texts: UInt32 = 1009
    static let varchars: UInt32 = 1015
    static let bigints: UInt32 = 1016
    static let timestamps: UInt32 = 1185
    static let uuids: UInt32 = 2951
    static let jsonbs: UInt32 = 3807

    /// Numbers from here on belong to types made by users: enums, whose binary form is their word.
    static let firstOfUsers: UInt32 = 16384
}

/// 2000-01-01, the server's zero, in microseconds since 1970.
let microsecondsTo2000: Int64 = 946_684_800_000_000

extension Value {
    var oid: UInt32 {
        switch self {
        case .null: OID.unspecified
        case .bool: OID.bool
        case .int: OID.int4
        case .bigint: OID.int8
        case .double: OID.float8
        case .text: OID.text
        case .bytea: OID.bytea
        case .uuid: OID.uuid
        case .timestamp: OID.timestamptz
        case .jsonb: OID.jsonb
        case .bools: OID.bools
        case .ints: OID.ints
        case .bigints: OID.bigints
        case .texts: OID.texts
        case .byteas: OID.byteas
        case .uuids: OID.uuids
        case .timestamps: OID.timestamps
        case .jsonbs: OID.jsonbs
        }
    }

    /// Appends the binary form.
    /// - Returns: false for NULL, with nothing appended.
    func encode(into bytes: inout [UInt8]) -> Bool {
        switch self {
        case .null: return false
        case .bool(let value): bytes.append(value)
        case .int(let value): bytes.append(bigEndian: value)
        case .bigint(let value): bytes.append(bigEndian: value)
        case .double(let value): bytes.append(bigEndian: value.bitPattern)
        case .text(let value): return value.map { bytes.append($0) } != nil
        case .bytea(let value): return value.map { bytes.append(contentsOf: $0) } != nil
        case .uuid(let value): return value.map { bytes.append($0) } != nil
        case .timestamp(let value): return value.map { bytes.append(timestamp: $0) } != nil
        case .jsonb(let value): return value.map { bytes.append(jsonb: $0) } != nil
        case .bools(let values): bytes.append(array: values, of: OID.bool) { $0.append($1) }
        case .ints(let values): bytes.append(array: values, of: OID.int4) { $0.append(bigEndian: $1) }
        case .bigints(let values): bytes.append(array: values, of: OID.int8) { $0.append(bigEndian: $1) }
        case .texts(let values): bytes.append(array: values, of: OID.text) { $0.append($1) }
        case .byteas(let values): bytes.append(array: values, of: OID.bytea) { $0.append(contentsOf: $1) }
        case .uuids(let values): bytes.append(array: values, of: OID.uuid) { $0.append($1) }
        case .timestamps(let values):
            bytes.append(array: values, of: OID.timestamptz) { $0.append(timestamp: $1) }
        case .jsonbs(let values): bytes.append(array: values, of: OID.jsonb) { $0.append(jsonb: $1) }
        }
        return true
    }
}

// MARK: - Binary forms

extension [UInt8] {
    fileprivate mutating func append(_ value: Bool) {
        append(value ? 1 : 0)
    }

    fileprivate mutating func append(_ text: String) {
        append(contentsOf: text.utf8)
    }

    fileprivate mutating func append(bigEndian value: some FixedWidthInteger) {
        unsafe Swift.withUnsafeBytes(of: value.bigEndian) { unsafe append(contentsOf: $0) }
    }

    fileprivate mutating func append(_ value: UUID) {
        unsafe Swift.withUnsafeBytes(of: value.uuid) { unsafe append(contentsOf: $0) }
    }

    fileprivate mutating func append(timestamp value: Int64) {
        // Times outside what the server can hold are refused there, not here.
        append(bigEndian: value.subtractingReportingOverflow(microsecondsTo2000).partialValue)
    }

    /// jsonb's binary form is a version byte and the text.
    fileprivate mutating func append(jsonb text: String) {
        append(1)
        append(text)
    }

    /// `array_send` of the server: dimensions, has-null flag, element type, length, lower bound, then per
    /// element its length (-1 for NULL) and its bytes. An empty array has no dimension.
    fileprivate mutating func append<Item>(
        array values: [Item?], of oid: UInt32, _ encode: (inout [UInt8], Item) -> Void
    ) {
        append(bigEndian: Int32(values.isEmpty ? 0 : 1))
        append(bigEndian: Int32(values.contains { $0 == nil } ? 1 : 0))
        append(bigEndian: oid)
        if values.isEmpty { return }
        append(bigEndian: Int32(clamping: values.count))
        append(bigEndian: Int32(1))
        for value in values {
            guard let value else {
                append(bigEndian: Int32(-1))
                continue
            }
            let mark = count
            append(bigEndian: Int32(0))
            encode(&self, value)
            let length = UInt32(truncatingIfNeeded: count - mark - 4)
            self[mark] = UInt8(truncatingIfNeeded: length >> 24)
            self[mark + 1] = UInt8(truncatingIfNeeded: length >> 16)
            self[mark + 2] = UInt8(truncatingIfNeeded: length >> 8)
            self[mark + 3] = UInt8(truncatingIfNeeded: length)
        }
    }
}
