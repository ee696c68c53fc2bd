import Logging

/// Keeps secrets and people out of the logs by the names of metadata keys.
enum Redaction {
    /// A key is hidden where one of its words is one of these: `token`, `auth_token`, `callerPhone`, `phones`.
    private static let words: Set<String> = [
        "token", "secret", "password", "authorization", "phone", "email", "body", "signature", "url",
    ]

    /// The metadata with each hidden value replaced by a dash, inside dictionaries and arrays too.
    static func redacted(_ metadata: Logger.Metadata) -> Logger.Metadata {
        var result: Logger.Metadata = [:]
        for (key, value) in metadata {
            result[key] = isHidden(key) ? "-" : redacted(value)
        }
        return result
    }

    private static func redacted(_ value: Logger.MetadataValue) -> Logger.MetadataValue {
        switch value {
        case .dictionary(let inner): .dictionary(redacted(inner))
        case .array(let values): .array(values.map(redacted))
        case .string, .stringConvertible: value
        }
    }

    static func isHidden(_ key: String) -> Bool {
        if words.contains(key.lowercased().filter { $0.isLetter }) { return true }
        return keyWords(key).contains { word in
            words.contains(word) || (word.hasSuffix("s") && words.contains(String(word.dropLast())))
        }
    }

    /// The words of a key in lower case: `authToken2` and `auth-token` are "auth", "token".
    private static func keyWords(_ key: String) -> [String] {
        var found: [String] = []
        var word = ""
        var wasLower = false
        for character in key {
            let startsWord = !character.isLetter || (character.isUppercase && wasLower)
            if startsWord, !word.isEmpty {
                found.append(word.lowercased())
                word = ""
            }
            if character.isLetter { word.append(character) }
            wasLower = character.isLowercase
        }
        return word.isEmpty ? found : found + [word.lowercased()]
    }
}
