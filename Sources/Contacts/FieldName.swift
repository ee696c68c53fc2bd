/// A field's name made comparable: `fields[Ваше_имя*][value]` and `Ваше имя` are the same.
///
/// NFKC, lower case, `ё` as `е`, one apostrophe, camelCase split; everything but letters and digits parts words.
/// Source: providers/forms.md A.2.
struct FieldName {
    /// The words with one blank between, UTF-8.
    let text: [UInt8]
    /// Where in `text` words begin.
    let starts: [Int]
    /// The words that a look-up may be tried with, the fullest first: without wrappers, numbers, "your".
    let spellings: [String]

    /// A longer name is a question or an attack; its first part decides.
    private static let limit = 400

    init(_ name: String) {
        let words = FieldName.words(name.kept(bytes: FieldName.limit).compatible)
        var text: [UInt8] = []
        var starts: [Int] = []
        for word in words {
            if !text.isEmpty { text.append(UInt8(ascii: " ")) }
            starts.append(text.count)
            text.append(contentsOf: word)
        }
        self.text = text
        self.starts = starts
        spellings = FieldName.spellings(words)
    }

    // MARK: - Words

    private static func words(_ name: String) -> [[UInt8]] {
        var words: [[UInt8]] = []
        var word: [UInt8] = []
        var wasLower = false
        func finish() {
            if !word.isEmpty { words.append(word) }
            word.removeAll(keepingCapacity: true)
        }
        for scalar in name.unicodeScalars {
            switch scalar.value {
            case 0x61...0x7A, 0x30...0x39:
                word.append(UInt8(scalar.value))
                wasLower = scalar.value > 0x39
            case 0x41...0x5A:
                if wasLower { finish() }
                word.append(UInt8(scalar.value + 0x20))
                wasLower = false
            case 0x27, 0x60, 0x2019, 0x02BC, 0x2032, 0xB4:
                if !word.isEmpty { word.append(0x27) }
            case ..<0x80:
                finish()
                wasLower = false
            default:
                let lower = lowerCase(scalar)
                if lower.isUpper && wasLower { finish() }
                guard lower.isLetter else {
                    finish()
                    wasLower = false
                    continue
                }
                word.append(contentsOf: lower.bytes)
                wasLower = !lower.isUpper
            }
        }
        finish()
        return words.map { $0.last == 0x27 ? Array($0.dropLast()) : $0 }.filter { !$0.isEmpty }
    }

    private static func lowerCase(
        _ scalar: Unicode.Scalar
    ) -> (bytes: String.UTF8View, isUpper: Bool, isLetter: Bool) {
        let value = scalar.value
        func plain(_ value: UInt32, _ isUpper: Bool) -> (String.UTF8View, Bool, Bool) {
            let scalar = Unicode.Scalar(value) ?? scalar
            return (String(Character(scalar)).utf8, isUpper, true)
        }
        switch value {
        case 0x0451, 0x0401: return plain(0x0435, value == 0x0401)
        case 0x0430...0x045F: return plain(value, false)
        case 0x0410...0x042F: return plain(value + 0x20, true)
        case 0x0400...0x040F: return plain(value + 0x50, true)
        default: break
        }
        let properties = scalar.properties
        let isLetter =
            properties.isAlphabetic || properties.numericType != nil
            || properties.canonicalCombiningClass != .notReordered
        return (properties.lowercaseMapping.utf8, properties.isUppercase, isLetter)
    }

    // MARK: - Spellings

    /// What stands around the name proper.
    private static let wrappers: Set<[UInt8]> = Set(
        [
            "fields", "field", "form", "data", "contacts", "contact", "client", "customer", "lead", "answers",
            "answer",
            "value", "values", "wpforms", "input", "raw", "entry", "submission", "response", "responses",
            "payload",
            "body", "person", "buyer", "billing", "attendee", "invitee", "your", "my", "ваш", "ваша", "ваше",
            "ваши",
            "ваші", "твой", "твое", "основной", "primary", "личный", "personal", "введите", "укажите",
            "вкажіть",
            "введіть", "enter", "напишите", "напишіть", "свой", "свое", "свою", "своє", "свій",
        ].map { Array($0.utf8) })

    private static func spellings(_ words: [[UInt8]]) -> [String] {
        var rest = words[...]
        var found: [String] = []
        func note() {
            guard !rest.isEmpty, rest.count <= 6 else { return }
            let text = String(decoding: Array(rest.joined(separator: [0x20])), as: UTF8.self)
            if found.last != text { found.append(text) }
        }
        note()
        // `phone 2`, `phone2`, `phone value`.
        while rest.count > 1, let last = rest.last, isNumber(last) || last == Array("value".utf8) {
            rest = rest.dropLast()
        }
        if let last = rest.last, !isNumber(last) {
            let letters = last.reversed().drop { (0x30...0x39).contains($0) }
            if letters.count < last.count {
                rest = rest.dropLast() + [Array(letters.reversed())]
            }
        }
        note()
        while rest.count > 1, let first = rest.first, wrappers.contains(first) || isNumber(first) {
            rest = rest.dropFirst()
            note()
        }
        return found
    }

    /// `12`, and `q12` as Jotform numbers its questions.
    private static func isNumber(_ word: [UInt8]) -> Bool {
        let digits = word.first == UInt8(ascii: "q") && word.count > 1 ? word.dropFirst() : word[...]
        return digits.allSatisfy { (0x30...0x39).contains($0) }
    }
}

/// A piece of a name that tells what is asked for.
struct Fragment: Sendable {
    enum Place: Sendable {
        /// Begins a word.
        case start
        /// Is a word, or several.
        case word
        /// Begins the name, as a word.
        case first
        /// Anywhere.
        case inside
    }

    let place: Place
    let bytes: [UInt8]
    /// What must come somewhere after it, at the beginning of a word; one of these. Empty: nothing.
    let then: [[UInt8]]

    static func start(_ text: String, then: [String] = []) -> Fragment {
        Fragment(place: .start, bytes: Array(text.utf8), then: then.map { Array($0.utf8) })
    }
    static func word(_ text: String) -> Fragment {
        Fragment(place: .word, bytes: Array(text.utf8), then: [])
    }
    static func first(_ text: String) -> Fragment {
        Fragment(place: .first, bytes: Array(text.utf8), then: [])
    }
    static func inside(_ text: String) -> Fragment {
        Fragment(place: .inside, bytes: Array(text.utf8), then: [])
    }
}

extension FieldName {
    func has(_ fragment: Fragment) -> Bool {
        switch fragment.place {
        case .start:
            return starts.contains { start in
                guard has(fragment.bytes, at: start) else { return false }
                if fragment.then.isEmpty { return true }
                let rest = starts.filter { $0 > start }
                return fragment.then.contains { next in rest.contains { has(next, at: $0) } }
            }
        case .word: return starts.contains { isWord(fragment.bytes, at: $0) }
        case .first: return isWord(fragment.bytes, at: 0)
        case .inside:
            guard text.count >= fragment.bytes.count else { return false }
            return (0...(text.count - fragment.bytes.count)).contains { has(fragment.bytes, at: $0) }
        }
    }

    func has(anyOf fragments: [Fragment]) -> Bool { fragments.contains { has($0) } }

    private func isWord(_ bytes: [UInt8], at start: Int) -> Bool {
        guard has(bytes, at: start) else { return false }
        let end = start + bytes.count
        return end == text.count || text[end] == UInt8(ascii: " ")
    }

    private func has(_ bytes: [UInt8], at start: Int) -> Bool {
        guard start + bytes.count <= text.count else { return false }
        var place = 0
        while place < bytes.count {
            if text[start + place] != bytes[place] { return false }
            place += 1
        }
        return true
    }
}
