public import Foundation

/// The answer to one statement, copied out of libpq.
///
/// A getter asks for the column's own type: another one is a mistake in the program, which stops a debug
/// build and gives nil in a release build. nil else means NULL.
public struct Rows: Sendable {
    /// Rows in the answer; 0 for a statement without a result.
    public let count: Int
    /// Column names.
    public let columns: [String]
    /// Rows changed by INSERT, UPDATE, DELETE or MERGE; rows read by SELECT.
    public let affected: Int

    let types: [UInt32]
    /// All values, one behind another.
    let bytes: [UInt8]
    /// Where each value lies, row by row; nil for NULL.
    let cells: [Range<Int>?]

    static let empty = Rows(count: 0, columns: [], affected: 0, types: [], bytes: [], cells: [])

    public var isEmpty: Bool { count == 0 }

    public func isNull(_ row: Int, _ column: Int) -> Bool {
        cell(row, column) == nil
    }

    /// Text types, names, enums; json and jsonb as their text.
    public func text(_ row: Int, _ column: Int) -> String? {
        guard isOneOf(OID.textLike, column, orUsers: true), let cell = cell(row, column) else { return nil }
        return string(cell, of: types[column])
    }

    /// The text of a json or jsonb column.
    public func json(_ row: Int, _ column: Int) -> String? {
        guard isOneOf([OID.json, OID.jsonb], column), let cell = cell(row, column) else { return nil }
        return string(cell, of: types[column])
    }

    public func bigint(_ row: Int, _ column: Int) -> Int64? {
        guard isOneOf([OID.int8, OID.int4, OID.int2, OID.oid], column), let cell = cell(row, column) else {
            return nil
        }
        return integer(cell, isSigned: types[column] != OID.oid)
    }

    public func int(_ row: Int, _ column: Int) -> Int32? {
        guard isOneOf([OID.int4, OID.int2], column), let cell = cell(row, column) else { return nil }
        return Int32(truncatingIfNeeded: integer(cell))
    }

    public func double(_ row: Int, _ column: Int) -> Double? {
        guard isOneOf([OID.float8, OID.float4], column), let cell = cell(row, column) else { return nil }
        let bits = integer(cell)
        return cell.count == 4
            ? Double(Float(bitPattern: UInt32(truncatingIfNeeded: bits)))
            : Double(bitPattern: UInt64(bitPattern: bits))
    }

    public func bool(_ row: Int, _ column: Int) -> Bool? {
        guard isOneOf([OID.bool], column), let cell = cell(row, column) else { return nil }
        return bytes[cell] != [0]
    }

    public func bytea(_ row: Int, _ column: Int) -> [UInt8]? {
        guard isOneOf([OID.bytea], column), let cell = cell(row, column) else { return nil }
        return Array(bytes[cell])
    }

    public func uuid(_ row: Int, _ column: Int) -> UUID? {
        guard isOneOf([OID.uuid], column), let cell = cell(row, column) else { return nil }
        return uuid(cell)
    }

    /// timestamptz in microseconds since 1970 UTC; `infinity` is `Int64.max`, `-infinity` `Int64.min`.
    public func timestamp(_ row: Int, _ column: Int) -> Int64? {
        guard isOneOf([OID.timestamptz], column), let cell = cell(row, column) else { return nil }
        return timestamp(cell)
    }

    // MARK: - Arrays (one dimension)

    public func texts(_ row: Int, _ column: Int) -> [String?]? {
        elements(row, column, [OID.texts, OID.varchars, OID.names, OID.jsonbs]) { string($0, of: $1) }
    }

    public func bigints(_ row: Int, _ column: Int) -> [Int64?]? {
        elements(row, column, [OID.bigints, OID.ints]) { cell, _ in integer(cell) }
    }

    public func ints(_ row: Int, _ column: Int) -> [Int32?]? {
        elements(row, column, [OID.ints]) { cell, _ in Int32(truncatingIfNeeded: integer(cell)) }
    }

    public func bools(_ row: Int, _ column: Int) -> [Bool?]? {
        elements(row, column, [OID.bools]) { cell, _ in bytes[cell] != [0] }
    }

    public func byteas(_ row: Int, _ column: Int) -> [[UInt8]?]? {
        elements(row, column, [OID.byteas]) { cell, _ in Array(bytes[cell]) }
    }

    public func uuids(_ row: Int, _ column: Int) -> [UUID?]? {
        elements(row, column, [OID.uuids]) { cell, _ in uuid(cell) }
    }

    public func timestamps(_ row: Int, _ column: Int) -> [Int64?]? {
        elements(row, column, [OID.timestamps]) { cell, _ in timestamp(cell) }
    }

    private func elements<Element>(
        _ row: Int, _ column: Int, _ oids: [UInt32], _ decode: (Range<Int>, UInt32) -> Element?
    ) -> [Element?]? {
        guard isOneOf(oids, column), let cell = cell(row, column), cell.count >= 12 else { return nil }
        let dimensions = integer(cell.lowerBound..<cell.lowerBound + 4)
        if dimensions == 0 { return [] }
        guard dimensions == 1, cell.count >= 20 else { return nil }
        let type = UInt32(truncatingIfNeeded: integer(cell.lowerBound + 8..<cell.lowerBound + 12))
        let length = Int(integer(cell.lowerBound + 12..<cell.lowerBound + 16))
        var values: [Element?] = []
        values.reserveCapacity(length)
        var position = cell.lowerBound + 20
        for _ in 0..<length {
            let size = Int(integer(position..<position + 4))
            position += 4
            if size < 0 {
                values.append(nil)
                continue
            }
            values.append(decode(position..<position + size, type))
            position += size
        }
        return values
    }

    // MARK: - Cells

    private func cell(_ row: Int, _ column: Int) -> Range<Int>? {
        precondition(
            row < count && column < columns.count, "row \(row) or column \(column) is not in the answer")
        return cells[row * columns.count + column]
    }

    private func isOneOf(_ wanted: [UInt32], _ column: Int, orUsers: Bool = false) -> Bool {
        guard types.indices.contains(column) else { return false }
        let type = types[column]
        if wanted.contains(type) || (orUsers && type >= OID.firstOfUsers) { return true }
        assertionFailure("column \(columns[column]) has type number \(type), asked as \(wanted)")
        return false
    }

    /// A big-endian integer of 1 to 8 bytes.
    private func integer(_ range: Range<Int>, isSigned: Bool = true) -> Int64 {
        var value: Int64 = isSigned && (bytes[range].first ?? 0) >= 0x80 ? -1 : 0
        for byte in bytes[range] { value = value << 8 | Int64(byte) }
        return value
    }

    private func string(_ range: Range<Int>, of type: UInt32) -> String {
        let start = type == OID.jsonb ? range.lowerBound + 1 : range.lowerBound
        return String(decoding: bytes[start..<range.upperBound], as: UTF8.self)
    }

    private func timestamp(_ range: Range<Int>) -> Int64 {
        let value = integer(range)
        if value == .min || value == .max { return value }
        let (sum, overflow) = value.addingReportingOverflow(microsecondsTo2000)
        return overflow ? .max : sum
    }

    private func uuid(_ range: Range<Int>) -> UUID? {
        guard range.count == 16 else { return nil }
        let b = Array(bytes[range])
        return UUID(
            uuid: (
                b[0], b[1], b[2], b[3], b[4], b[5], b[6], b[7], b[8], b[9], b[10], b[11], b[12], b[13], b[14],
                b[15]
            ))
    }
}

extension OID {
    /// What reads as text.
    fileprivate static let textLike = [text, varchar, bpchar, name, char, unknown, json, jsonb]
}
