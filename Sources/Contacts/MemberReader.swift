import JSON

/// Reads the members of one object of a contact event; knows where it is, for precise errors.
///
/// An empty table of a script may come as `{}` or `[]`, so each stands for the other. `null` is an absence.
struct MemberReader {
    let members: JSONObject
    let path: String

    /// - Parameter known: every name allowed; another one is an error.
    init(_ value: JSON, path: String, known: [String]) throws(ContactEventFailure) {
        switch value {
        case .object(let object): members = object
        case .array(let list) where list.isEmpty: members = JSONObject()
        default: throw ContactEventFailure(path: path, reason: "is no object")
        }
        self.path = path
        for key in members.keys where !known.contains(key) {
            throw failure(key.kept(characters: Limit.word) ?? "\"\"", "is not a known key")
        }
    }

    func failure(_ key: String, _ reason: String) -> ContactEventFailure {
        ContactEventFailure(path: full(key), reason: reason)
    }

    func full(_ key: String) -> String { path.isEmpty ? key : "\(path).\(key)" }

    /// Nil if the member is absent or `null`.
    func value(_ key: String) -> JSON? {
        guard let value = members[key], !value.isNull else { return nil }
        return value
    }

    /// A string, or a number as it was written.
    private func rawText(_ key: String) throws(ContactEventFailure) -> String? {
        switch value(key) {
        case nil: return nil
        case .string(let text)?, .number(let text)?: return text
        case .integer(let number)?: return String(number)
        default: throw failure(key, "is no text")
        }
    }

    /// One line; nil if there is nothing in it.
    func line(_ key: String, characters: Int = Limit.line) throws(ContactEventFailure) -> String? {
        try rawText(key)?.kept(characters: characters)
    }

    /// Nil if there is nothing in it.
    func text(_ key: String, bytes: Int) throws(ContactEventFailure) -> String? {
        guard let text = try rawText(key)?.kept(bytes: bytes), !text.isEmpty else { return nil }
        return text
    }

    /// An id is never cut, since two could become one.
    func id(_ key: String) throws(ContactEventFailure) -> String? {
        guard let text = try rawText(key), !text.isEmpty else { return nil }
        guard text.utf8.count <= Limit.id else { throw failure(key, "is longer than \(Limit.id) bytes") }
        return text.kept(bytes: Limit.id * 3)
    }

    func word<Word: RawRepresentable<String> & CaseIterable>(
        _ key: String, as type: Word.Type
    ) throws(ContactEventFailure) -> Word? {
        guard let value = value(key) else { return nil }
        guard let word = value.string.flatMap(Word.init(rawValue:)) else {
            let words = Word.allCases.map(\.rawValue).joined(separator: ", ")
            throw failure(key, "is not one of: \(words)")
        }
        return word
    }

    func required<Word: RawRepresentable<String> & CaseIterable>(
        _ key: String, as type: Word.Type
    ) throws(ContactEventFailure) -> Word {
        guard let word = try word(key, as: type) else { throw failure(key, "is missing") }
        return word
    }

    func bool(_ key: String) throws(ContactEventFailure) -> Bool? {
        guard let value = value(key) else { return nil }
        guard let bool = value.bool else { throw failure(key, "is neither true nor false") }
        return bool
    }

    /// Scripts may write a whole number as `5.0`.
    func integer(_ key: String) throws(ContactEventFailure) -> Int64? {
        switch value(key) {
        case nil: return nil
        case .integer(let number)?: return number
        case .number(let text)?:
            if let number = Double(text).flatMap(Int64.init(exactly:)) { return number }
            throw failure(key, "is no whole number of 64 bits")
        default: throw failure(key, "is no whole number")
        }
    }

    func seconds(_ key: String) throws(ContactEventFailure) -> Int64? {
        guard let number = try integer(key) else { return nil }
        guard (0...2_147_483_647).contains(number) else { throw failure(key, "is no number of seconds") }
        return number
    }

    func instant(_ key: String) throws(ContactEventFailure) -> Instant? {
        guard let value = value(key) else { return nil }
        guard let instant = value.string.flatMap(Instant.init(iso8601:)) else {
            throw failure(key, "is no time like 2026-01-15T08:20:30Z")
        }
        return instant
    }

    /// The first elements of a list with their paths; what goes past the limit is left out.
    func list(_ key: String, atMost limit: Int) throws(ContactEventFailure) -> [(value: JSON, path: String)] {
        switch value(key) {
        case nil: return []
        case .array(let elements)?:
            return elements.prefix(limit).enumerated().map { ($0.element, "\(full(key))[\($0.offset)]") }
        case .object(let object)? where object.isEmpty: return []
        default: throw failure(key, "is no list")
        }
    }
}
