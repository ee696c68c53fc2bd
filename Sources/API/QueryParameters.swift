import Contacts
import Foundation

/// A request's query, read strictly: every parameter is known, given once and well-formed, or the request is refused with
/// the parameter's name.
///
/// `+` stands for itself (RFC 3986), so that a phone number and an offset of time need no escaping.
struct QueryParameters: Sendable {
    /// The longest value taken, in bytes.
    static let longest = 512

    private let values: [String: String]

    /// - Parameters:
    ///   - query: what follows the `?`, undecoded; nil or empty: no parameters.
    ///   - known: the names that the route takes.
    init(_ query: String?, known: Set<String>) throws(APIFailure) {
        var values: [String: String] = [:]
        for pair in (query ?? "").split(separator: "&") {
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard let first = parts.first, let name = QueryParameters.decode(first), known.contains(name)
            else {
                throw .badParameter(
                    name: QueryParameters.printable(parts.first ?? ""),
                    detail: "no such parameter; there are: " + known.sorted().joined(separator: ", "))
            }
            guard parts.count == 2, let value = QueryParameters.decode(parts[1]) else {
                throw .badParameter(
                    name: name, detail: "must be percent-encoded UTF-8 without control characters")
            }
            guard value.utf8.count <= QueryParameters.longest else {
                throw .badParameter(name: name, detail: "is longer than \(QueryParameters.longest) bytes")
            }
            guard values.updateValue(value, forKey: name) == nil else {
                throw .badParameter(name: name, detail: "is given twice")
            }
        }
        self.values = values
    }

    /// The value, nil if the parameter is absent. An empty value is refused: it is nearly always a mistake.
    func text(_ name: String) throws(APIFailure) -> String? {
        guard let value = values[name] else { return nil }
        guard !value.isEmpty else { throw .badParameter(name: name, detail: "is empty") }
        return value
    }

    /// One word of a closed set, by its raw value.
    func word<Word: RawRepresentable & CaseIterable>(
        _ name: String, _: Word.Type
    ) throws(APIFailure) -> Word? where Word.RawValue == String {
        guard let value = try text(name) else { return nil }
        guard let word = Word(rawValue: value) else {
            let words = Word.allCases.map(\.rawValue).joined(separator: ", ")
            throw .badParameter(name: name, detail: "must be one of \(words)")
        }
        return word
    }

    func flag(_ name: String) throws(APIFailure) -> Bool {
        guard let value = try text(name) else { return false }
        switch value {
        case "true": return true
        case "false": return false
        default: throw .badParameter(name: name, detail: "must be true or false")
        }
    }

    /// A time with its zone, `2026-01-15T08:20:30Z` or `2026-01-15T10:20:30+02:00`.
    func time(_ name: String) throws(APIFailure) -> Instant? {
        guard let value = try text(name) else { return nil }
        guard let instant = Instant(iso8601: value) else {
            throw .badParameter(name: name, detail: "must be a time such as 2026-01-15T08:20:30Z")
        }
        return instant
    }

    /// `limit`, 1...200, 50 if absent.
    func limit() throws(APIFailure) -> Int {
        guard let value = try text("limit") else { return 50 }
        guard value.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }),
            let limit = Int(value), (1...200).contains(limit)
        else { throw .badParameter(name: "limit", detail: "must be a whole number from 1 to 200") }
        return limit
    }

    /// Percent-decoding; nil if it is not UTF-8, or holds control characters.
    private static func decode(_ text: Substring) -> String? {
        guard let decoded = text.removingPercentEncoding,
            !decoded.unicodeScalars.contains(where: { $0.value < 0x20 || $0.value == 0x7F })
        else { return nil }
        return decoded
    }

    /// A stranger's parameter name, safe to be printed.
    private static func printable(_ name: Substring) -> String {
        let text = name.unicodeScalars.prefix(40).filter { $0.isASCII && $0.value > 0x20 && $0.value != 0x7F }
        return text.isEmpty ? "query" : String(String.UnicodeScalarView(text))
    }
}
