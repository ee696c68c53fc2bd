/// One JSON value (RFC 8259).
///
/// Objects are equal when they have the same members in any order.
public enum JSON: Sendable, Hashable {
    case null
    case bool(Bool)
    /// A whole number of 64 bits that was written in its one shortest way.
    case integer(Int64)
    /// The verbatim text of any other number: a fraction, an exponent, `-0`, more than 64 bits.
    ///
    /// A text that is no JSON number is written as `null`.
    case number(String)
    case string(String)
    case array([JSON])
    case object(JSONObject)
}

// MARK: - Looking inside

extension JSON {
    /// The member of an object; nil for another kind of value too. `null` is a value, not an absence.
    public subscript(key: String) -> JSON? {
        if case .object(let object) = self { object[key] } else { nil }
    }

    /// The element of an array, from 0; nil past its ends and for another kind of value.
    public subscript(index: Int) -> JSON? {
        if case .array(let elements) = self, elements.indices.contains(index) { elements[index] } else { nil }
    }

    /// Nil unless this is a string.
    public var string: String? { if case .string(let value) = self { value } else { nil } }
    /// Nil unless this is an ``integer(_:)``.
    public var integer: Int64? { if case .integer(let value) = self { value } else { nil } }
    /// Nil unless this is `true` or `false`.
    public var bool: Bool? { if case .bool(let value) = self { value } else { nil } }
    /// Nil unless this is an array.
    public var array: [JSON]? { if case .array(let value) = self { value } else { nil } }
    /// Nil unless this is an object.
    public var object: JSONObject? { if case .object(let value) = self { value } else { nil } }
    /// Whether this is `null`.
    public var isNull: Bool { if case .null = self { true } else { false } }

    /// The text of a single value: a string as it is, a number as it was written, `true` or `false`.
    /// Nil for null, arrays and objects.
    public var scalar: String? {
        switch self {
        case .string(let value), .number(let value): value
        case .integer(let value): String(value)
        case .bool(let value): value ? "true" : "false"
        case .null, .array, .object: nil
        }
    }

    /// The value at a path of member names and array places (from 0) with points between: `items.0.phone`.
    ///
    /// Nil where a step leads nowhere. A member whose name holds a point is out of reach. The empty path is
    /// the value itself.
    public func at(path: String) -> JSON? {
        var here = self
        if path.isEmpty { return here }
        for step in path.split(separator: ".", omittingEmptySubsequences: false) {
            switch here {
            case .object(let object):
                guard let next = object[String(step)] else { return nil }
                here = next
            case .array(let elements):
                guard let index = Int(step), String(index) == step, elements.indices.contains(index) else {
                    return nil
                }
                here = elements[index]
            default: return nil
            }
        }
        return here
    }
}

// MARK: - Literals

extension JSON: ExpressibleByNilLiteral {
    public init(nilLiteral: ()) { self = .null }
}

extension JSON: ExpressibleByBooleanLiteral {
    public init(booleanLiteral value: Bool) { self = .bool(value) }
}

extension JSON: ExpressibleByIntegerLiteral {
    public init(integerLiteral value: Int64) { self = .integer(value) }
}

extension JSON: ExpressibleByStringInterpolation {
    public init(stringLiteral value: String) { self = .string(value) }
}

extension JSON: ExpressibleByArrayLiteral {
    public init(arrayLiteral elements: JSON...) { self = .array(elements) }
}

extension JSON: ExpressibleByDictionaryLiteral {
    public init(dictionaryLiteral elements: (String, JSON)...) { self = .object(JSONObject(elements)) }
}
