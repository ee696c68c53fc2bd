import JSON
import OpenSSL

/// What is wrong in an adapter's data: where, and what belongs there.
public struct DefinitionProblem: Sendable, Hashable, CustomStringConvertible {
    /// As `verify[1].hash`; empty for the table as a whole.
    public let path: String
    public let message: String

    public var description: String { path.isEmpty ? message : "\(path): \(message)" }
}

/// Walks the data of an `adapter.lua` and collects every mistake with its path.
struct DefinitionReader {
    private(set) var problems: [DefinitionProblem] = []

    mutating func complain(_ path: String, _ message: String) {
        problems.append(DefinitionProblem(path: path, message: message))
    }

    /// An object whose keys are all among `known`; nil if it is absent or something else.
    mutating func object(_ value: JSON?, _ path: String, known: [String]) -> JSONObject? {
        guard let value, value != .null else { return nil }
        guard let object = value.object else {
            complain(path, "expected a table, found \(DefinitionReader.word(for: value))")
            return nil
        }
        for (key, _) in object where !known.contains(key) {
            complain(
                path.isEmpty ? key : "\(path).\(key)",
                "unknown key; known are \(known.joined(separator: ", "))")
        }
        return object
    }

    /// A list; an empty table counts, since Lua cannot tell it from an empty object.
    mutating func list(_ value: JSON?, _ path: String) -> [JSON] {
        guard let value, value != .null else { return [] }
        if let array = value.array { return array }
        if let object = value.object, object.isEmpty { return [] }
        complain(path, "expected a list, found \(DefinitionReader.word(for: value))")
        return []
    }

    mutating func string(_ value: JSON?, _ path: String) -> String? {
        guard let value, value != .null else { return nil }
        if let text = value.string { return text }
        complain(path, "expected a text, found \(DefinitionReader.word(for: value))")
        return nil
    }

    mutating func requiredString(_ value: JSON?, _ path: String) -> String {
        if value == nil || value == .null { complain(path, "expected a text, found nothing") }
        return string(value, path) ?? ""
    }

    /// A list of texts; a single text stands for a list of one.
    mutating func strings(_ value: JSON?, _ path: String) -> [String] {
        if let text = value?.string { return [text] }
        var texts: [String] = []
        for (index, element) in list(value, path).enumerated() {
            if let text = string(element, "\(path)[\(index + 1)]") { texts.append(text) }
        }
        return texts
    }

    mutating func flag(_ value: JSON?, _ path: String) -> Bool {
        guard let value, value != .null else { return false }
        if let flag = value.bool { return flag }
        complain(path, "expected true or false, found \(DefinitionReader.word(for: value))")
        return false
    }

    mutating func integer(_ value: JSON?, _ path: String, in range: ClosedRange<Int64>, or fallback: Int)
        -> Int
    {
        guard let value, value != .null else { return fallback }
        if let number = value.integer, range.contains(number) { return Int(number) }
        complain(
            path,
            "expected a whole number \(range.lowerBound)...\(range.upperBound), "
                + "found \(DefinitionReader.word(for: value))")
        return fallback
    }

    /// One word of a closed set.
    mutating func word<Word: RawRepresentable & CaseIterable>(
        _ value: JSON?, _ path: String, or fallback: Word
    ) -> Word where Word.RawValue == String {
        guard let value, value != .null else { return fallback }
        if let text = value.string, let word = Word(rawValue: text) { return word }
        let known = Word.allCases.map(\.rawValue).joined(separator: ", ")
        complain(path, "expected one of \(known), found \(DefinitionReader.word(for: value))")
        return fallback
    }

    mutating func selector(_ value: JSON?, _ path: String) -> Selector? {
        guard let text = string(value, path) else { return nil }
        if let selector = Selector(text) { return selector }
        complain(
            path,
            "expected a place as header.X, query.x, form.x, json.a.b, path.tail, method, body or form.a|json.a, "
                + "found \"\(text)\"")
        return nil
    }

    mutating func template(_ value: JSON?, _ path: String) -> Template? {
        guard let text = string(value, path) else { return nil }
        do throws(TemplateProblem) {
            return try Template(text)
        } catch {
            complain(path, error.message)
            return nil
        }
    }

    /// A value in the words of a message, never long.
    private static func word(for value: JSON) -> String {
        switch value {
        case .null: "nothing"
        case .bool(let flag): flag ? "true" : "false"
        case .integer, .number: "the number \(value.scalar ?? "")"
        case .string(let text): "\"\(text.prefix(60))\""
        case .array: "a list"
        case .object(let object): object["$function"] != nil ? "a function" : "a table"
        }
    }
}
