import Foundation
import Yams

/// A YAML document with the place of every value: texts, lists and tables, nothing else.
struct SettingsTree {
    enum Content {
        case scalar(String, isPlain: Bool)
        case list([SettingsTree])
        case table([Entry])
    }

    /// One line of a table.
    struct Entry {
        let key: String
        /// Where the key stands.
        let place: Place
        let value: SettingsTree
    }

    let content: Content
    let place: Place

    /// Nothing was written: `key:`, `~` or `null` without quotes.
    var isNothing: Bool {
        if case .scalar(let text, isPlain: true) = content {
            return ["", "~", "null", "Null", "NULL"].contains(text)
        }
        return false
    }

    /// What stands there, for messages; never the value itself.
    var word: String {
        switch content {
        case .scalar: isNothing ? "nothing" : "a text"
        case .list: "a list"
        case .table: "a table"
        }
    }
}

// MARK: - Reading

extension SettingsTree {
    /// Far more than any installation needs; keeps a wrong file from taking the memory.
    static let largestFile = 1 << 20

    /// Reads a file of at most ``largestFile`` bytes.
    ///
    /// Anchors and aliases are refused: a few lines of them can stand for more values than any memory holds.
    ///
    /// - Parameter name: the file as people know it.
    /// - Returns: nil if there is nothing in the file, or if it cannot be read, which is noted.
    static func read(file: String, name: String, notebook: Notebook) -> SettingsTree? {
        let whole = Place(source: name)
        guard let handle = FileHandle(forReadingAtPath: file) else {
            notebook.mistake(whole, "", "the file cannot be read")
            return nil
        }
        defer { try? handle.close() }
        guard let data = try? handle.read(upToCount: largestFile + 1) ?? Data() else {
            notebook.mistake(whole, "", "the file cannot be read")
            return nil
        }
        guard data.count <= largestFile else {
            notebook.mistake(whole, "", "the file is larger than \(largestFile) bytes")
            return nil
        }
        guard let text = String(validating: data, as: UTF8.self) else {
            notebook.mistake(whole, "", "the file is not UTF-8")
            return nil
        }
        return parse(text, name: name, notebook: notebook)
    }

    static func parse(_ text: String, name: String, notebook: Notebook) -> SettingsTree? {
        if let line = lineOfAlias(in: text) {
            notebook.mistake(
                Place(source: name, line: line, column: 1), "",
                "anchors and aliases (&name, *name) are not understood here: write the value out")
            return nil
        }
        do {
            guard let node = try Parser(yaml: text, encoding: .utf8).singleRoot() else { return nil }
            return SettingsTree(node, name: name, notebook: notebook)
        } catch {
            let (place, message) = explain(error, name: name)
            notebook.mistake(place, "", message)
            return nil
        }
    }

    private init(_ node: Node, name: String, notebook: Notebook) {
        place = Place(source: name, line: node.mark?.line, column: node.mark?.column)
        switch node {
        case .scalar(let scalar):
            content = .scalar(scalar.string, isPlain: scalar.style == .plain)
        case .sequence(let sequence):
            content = .list(sequence.map { SettingsTree($0, name: name, notebook: notebook) })
        case .mapping(let mapping):
            var entries: [Entry] = []
            for (key, value) in mapping {
                let place = Place(source: name, line: key.mark?.line, column: key.mark?.column)
                guard case .scalar(let scalar) = key else {
                    notebook.mistake(place, "", "a key must be a text")
                    continue
                }
                entries.append(
                    Entry(
                        key: scalar.string, place: place,
                        value: SettingsTree(value, name: name, notebook: notebook)))
            }
            content = .table(entries)
        case .alias:
            content = .scalar("", isPlain: true)
        }
    }

    /// The line of an alias to an anchor in the same text, wherever they stand, also in quotes and comments: without a
    /// pair of them nothing can be expanded.
    private static func lineOfAlias(in text: String) -> Int? {
        let anchors = Set(names(after: UInt8(ascii: "&"), in: text).map(\.name))
        if anchors.isEmpty { return nil }
        return names(after: UInt8(ascii: "*"), in: text).first { anchors.contains($0.name) }?.line
    }

    private static func names(after mark: UInt8, in text: String) -> [(name: Substring, line: Int)] {
        var found: [(name: Substring, line: Int)] = []
        var line = 1
        var start: String.Index?
        let bytes = text.utf8
        var index = bytes.startIndex
        while index < bytes.endIndex {
            let byte = bytes[index]
            if let open = start, !isNameByte(byte) {
                if bytes.index(after: open) < index {
                    found.append((text[bytes.index(after: open)..<index], line))
                }
                start = nil
            }
            if byte == mark { start = index }
            if byte == UInt8(ascii: "\n") { line += 1 }
            index = bytes.index(after: index)
        }
        if let open = start, bytes.index(after: open) < index {
            found.append((text[bytes.index(after: open)..<index], line))
        }
        return found
    }

    /// The bytes that libyaml takes into the name of an anchor.
    private static func isNameByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "z"),
            UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "_"), UInt8(ascii: "-"):
            true
        default: false
        }
    }

    /// The parser's own words without the text around them, which may hold a secret.
    private static func explain(_ error: any Error, name: String) -> (Place, String) {
        let whole = Place(source: name)
        guard let error = error as? YamlError else { return (whole, "not YAML") }
        func at(_ mark: Mark) -> Place { Place(source: name, line: mark.line, column: mark.column) }
        switch error {
        case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _),
            .composer(_, let problem, let mark, _):
            return (at(mark), "not YAML: \(problem)")
        case .duplicatedKeysInMapping(_, let context):
            return (at(context.mark), "the same key stands twice in one table")
        case .reader(let problem, let offset, _, let yaml):
            let before = yaml.unicodeScalars.prefix(offset ?? 0)
            let line = before.count { $0 == "\n" } + 1
            return (Place(source: name, line: line, column: 1), "not YAML: \(problem)")
        default:
            return (whole, "not YAML")
        }
    }
}
