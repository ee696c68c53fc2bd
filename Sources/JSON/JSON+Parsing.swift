import CRapidJSON

/// Why a text is not one JSON value we take. Offsets are bytes from the start of the text.
public enum JSONFailure: Error, Sendable, Hashable {
    /// Not JSON: bad syntax or UTF-8, lone surrogates, NUL, cut short, something after the value, or a number
    /// outside the range of a double.
    case malformed(offset: Int, reason: String)
    /// More arrays and objects within each other than allowed.
    case tooDeep(offset: Int)
    /// An object has this name twice; the offset is just past the second one.
    case duplicateKey(String, offset: Int)
    /// More than 1 GiB.
    case tooLong
}

extension JSONFailure: CustomStringConvertible {
    public var description: String {
        switch self {
        case .malformed(let offset, let reason): "not JSON at byte \(offset): \(reason)"
        case .tooDeep(let offset): "JSON too deep at byte \(offset)"
        case .duplicateKey(let key, let offset): "JSON key \"\(key)\" twice in one object, at byte \(offset)"
        case .tooLong: "JSON longer than 1 GiB"
        }
    }
}

extension JSON {
    /// The deepest nesting that can be asked for; walking a value takes stack for each level.
    public static let deepest = 512

    /// Reads exactly one JSON text in UTF-8; blanks around it are fine, a byte order mark is not.
    ///
    /// - Parameter maxDepth: arrays and objects within each other, 0...512; a larger number counts as 512.
    public static func parse(_ bytes: [UInt8], maxDepth: Int = 64) throws(JSONFailure) -> JSON {
        let outcome = unsafe bytes.withUnsafeBufferPointer { unsafe read($0, maxDepth: maxDepth) }
        return try outcome.get()
    }

    /// The same for text.
    public static func parse(_ text: String, maxDepth: Int = 64) throws(JSONFailure) -> JSON {
        var text = text
        let outcome = text.withUTF8 { unsafe read($0, maxDepth: maxDepth) }
        return try outcome.get()
    }

    private static func read(_ bytes: UnsafeBufferPointer<UInt8>, maxDepth: Int) -> Result<JSON, JSONFailure>
    {
        guard let reader = unsafe lg_json_new() else {
            return .failure(.malformed(offset: 0, reason: "not enough memory"))
        }
        defer { unsafe lg_json_free(reader) }
        let depth = min(max(maxDepth, 0), deepest)
        let code = unsafe lg_json_parse(reader, bytes.baseAddress, bytes.count, depth)
        guard Int(code) == LG_JSON_OK else { return .failure(unsafe failure(code, reader)) }
        var length = 0
        guard let start = unsafe lg_json_tape(reader, &length) else { return .success(.null) }
        var tape = unsafe Tape(next: UnsafeRawPointer(start))
        return unsafe .success(tape.value())
    }

    private static func failure(_ code: Int32, _ reader: OpaquePointer) -> JSONFailure {
        let offset = unsafe lg_json_error_offset(reader)
        var length = 0
        let start = unsafe lg_json_error_text(reader, &length)
        let text = unsafe String(decoding: UnsafeRawBufferPointer(start: start, count: length), as: UTF8.self)
        return switch Int(code) {
        case LG_JSON_TOO_DEEP: .tooDeep(offset: offset)
        case LG_JSON_DUPLICATE_KEY: .duplicateKey(text, offset: offset)
        case LG_JSON_TOO_LONG: .tooLong
        default: .malformed(offset: offset, reason: text)
        }
    }
}

/// The reader's tape (CRapidJSON.h): complete and within the depth asked for, else there was a failure.
@unsafe private struct Tape {
    var next: UnsafeRawPointer

    mutating func value() -> JSON {
        switch unsafe Int(load(UInt8.self)) {
        case LG_JSON_FALSE: return .bool(false)
        case LG_JSON_TRUE: return .bool(true)
        case LG_JSON_INTEGER: return unsafe .integer(load(Int64.self))
        case LG_JSON_NUMBER: return unsafe .number(text())
        case LG_JSON_STRING: return unsafe .string(text())
        case LG_JSON_ARRAY:
            let count = unsafe Int(load(UInt32.self))
            var elements: [JSON] = []
            elements.reserveCapacity(count)
            for _ in 0..<count { unsafe elements.append(value()) }
            return .array(elements)
        case LG_JSON_OBJECT:
            let count = unsafe Int(load(UInt32.self))
            var members: [JSONObject.Element] = []
            members.reserveCapacity(count)
            for _ in 0..<count { unsafe members.append((text(), value())) }
            return .object(JSONObject(distinct: members))
        default: return .null
        }
    }

    private mutating func text() -> String {
        let count = unsafe Int(load(UInt32.self))
        let bytes = unsafe UnsafeRawBufferPointer(start: next, count: count)
        unsafe next += count
        return unsafe String(decoding: bytes, as: UTF8.self)
    }

    private mutating func load<Number: BitwiseCopyable>(_: Number.Type) -> Number {
        let number = unsafe next.loadUnaligned(as: Number.self)
        unsafe next += MemoryLayout<Number>.size
        return number
    }
}
