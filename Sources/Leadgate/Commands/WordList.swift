import ArgumentParser

/// Words of a closed list, divided by commas, as an argument: `ingress,worker`.
struct WordList<Word>: ExpressibleByArgument
where Word: RawRepresentable & Hashable & CaseIterable & Sendable, Word.RawValue == String {
    let words: Set<Word>

    init(_ words: Set<Word>) { self.words = words }

    init?(argument: String) {
        var words: Set<Word> = []
        for part in argument.split(separator: ",", omittingEmptySubsequences: false) {
            guard let word = Word(rawValue: String(part)) else { return nil }
            words.insert(word)
        }
        self.words = words
    }

    static var allValueStrings: [String] { Word.allCases.map(\.rawValue) }

    var defaultValueDescription: String {
        Word.allCases.filter(words.contains).map(\.rawValue).joined(separator: ",")
    }
}
