/// One table of the configuration. Remembers which keys were asked for: the others are mistakes.
final class Table {
    /// As `channels.pbx`; empty for the whole file.
    let path: String
    /// Where the table is named.
    let place: Place
    let notebook: Notebook
    let entries: [SettingsTree.Entry]
    private var asked: [String] = []

    init(_ entries: [SettingsTree.Entry], path: String, place: Place, notebook: Notebook) {
        self.entries = entries
        self.path = path
        self.place = place
        self.notebook = notebook
    }

    func path(of key: String) -> String { path.isEmpty ? key : "\(path).\(key)" }

    /// The line of a key; nil if it is not there. `key:` with nothing behind it counts as not there.
    func entry(_ key: String) -> SettingsTree.Entry? {
        if !asked.contains(key) { asked.append(key) }
        return entries.first { $0.key == key && !$0.value.isNothing }
    }

    func complain(_ key: String, _ message: String) {
        let place = entries.first { $0.key == key }?.value.place ?? place
        notebook.mistake(place, path(of: key), message)
    }

    func warn(_ key: String, _ message: String) {
        let place = entries.first { $0.key == key }?.value.place ?? place
        notebook.warning(place, path(of: key), message)
    }

    /// Notes every key that nobody asked for.
    func close() {
        for entry in entries where !asked.contains(entry.key) {
            let hint =
                nearest(to: entry.key, among: asked).map { "did you mean `\($0)`?" }
                ?? "known are \(asked.sorted().joined(separator: ", "))"
            notebook.mistake(entry.place, path(of: entry.key), "unknown key; \(hint)")
        }
    }

    // MARK: - Values

    /// A text, number or boolean as it is written.
    func scalar(_ key: String, expected: String) -> String? {
        guard let entry = entry(key) else { return nil }
        guard case .scalar(let text, _) = entry.value.content else {
            complain(key, "expected \(expected), found \(entry.value.word)")
            return nil
        }
        return text
    }

    func table(_ key: String) -> Table? {
        guard let entry = entry(key) else { return nil }
        return table(entry)
    }

    func table(_ entry: SettingsTree.Entry) -> Table? {
        guard case .table(let entries) = entry.value.content else {
            notebook.mistake(
                entry.value.place, path(of: entry.key), "expected a table, found \(entry.value.word)")
            return nil
        }
        return Table(entries, path: path(of: entry.key), place: entry.place, notebook: notebook)
    }

    /// A list of texts; a single text stands for a list of one. Each comes with its place.
    func texts(_ key: String, expected: String) -> [(text: String, place: Place)] {
        guard let entry = entry(key) else { return [] }
        switch entry.value.content {
        case .scalar(let text, _): return [(text, entry.value.place)]
        case .table:
            complain(key, "expected a list of \(expected), found a table")
            return []
        case .list(let values):
            return values.compactMap { value in
                if case .scalar(let text, _) = value.content, !value.isNothing { return (text, value.place) }
                notebook.mistake(value.place, path(of: key), "expected \(expected), found \(value.word)")
                return nil
            }
        }
    }

    func flag(_ key: String) -> Bool? {
        guard let text = scalar(key, expected: "true or false") else { return nil }
        switch text {
        case "true", "True", "yes", "on": return true
        case "false", "False", "no", "off": return false
        default:
            complain(key, "expected true or false")
            return nil
        }
    }
}

/// The known word that a misspelt one most likely stands for; nil if none is near.
func nearest(to word: String, among known: [String]) -> String? {
    let written = Array(word.lowercased().utf8.prefix(64))
    let limit = max(1, written.count / 3)
    let ranked = known.map { ($0, distance(written, Array($0.utf8))) }.filter { $0.1 <= limit }
    return ranked.min { ($0.1, $0.0) < ($1.1, $1.0) }?.0
}

/// The least number of letters to put in, take out, change or swap with their neighbour (optimal string alignment).
private func distance(_ left: [UInt8], _ right: [UInt8]) -> Int {
    var before: [Int] = []
    var last = Array(0...right.count)
    for (i, letter) in left.enumerated() {
        var line = [i + 1]
        for (j, other) in right.enumerated() {
            var best = min(last[j + 1] + 1, line[j] + 1, last[j] + (letter == other ? 0 : 1))
            if i > 0, j > 0, letter == right[j - 1], left[i - 1] == other {
                best = min(best, before[j - 1] + 1)
            }
            line.append(best)
        }
        (before, last) = (last, line)
    }
    return last[right.count]
}
