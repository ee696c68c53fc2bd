import Adapters
import Foundation

/// Finds the secrets that a configuration names: `{env: NAME}`, `{file: path}`, or the text itself.
struct SecretReader {
    /// The largest file that holds one secret; enough for a private key of any kind.
    static let largestFile = 64 << 10

    let environment: [String: String]
    /// Where relative paths start.
    let folder: String

    static let expected = "{env: NAME}, {file: path} or a text"

    /// One secret.
    func one(_ key: String, in table: Table, warnsOfText: Bool = true) -> Secret? {
        guard let entry = table.entry(key) else { return nil }
        if case .list = entry.value.content {
            table.complain(key, "expected \(SecretReader.expected), found a list")
            return nil
        }
        return secret(
            entry.value, path: table.path(of: key), notebook: table.notebook, warnsOfText: warnsOfText)
    }

    /// One secret or a list of them, any of which is good.
    func several(_ key: String, in table: Table) -> [Secret] {
        guard let entry = table.entry(key) else { return [] }
        return several(entry.value, path: table.path(of: key), notebook: table.notebook)
    }

    func several(_ value: SettingsTree, path: String, notebook: Notebook) -> [Secret] {
        guard case .list(let values) = value.content else {
            return secret(value, path: path, notebook: notebook).map { [$0] } ?? []
        }
        return values.compactMap { secret($0, path: path, notebook: notebook) }
    }

    /// - Parameter warnsOfText: whether a secret written into the file deserves a warning.
    func secret(
        _ value: SettingsTree, path: String, notebook: Notebook, warnsOfText: Bool = true
    ) -> Secret? {
        switch value.content {
        case .list:
            notebook.mistake(value.place, path, "expected \(SecretReader.expected), found a list")
            return nil
        case .scalar(let text, _):
            guard !value.isNothing, !text.isEmpty else {
                notebook.mistake(value.place, path, "expected \(SecretReader.expected), found nothing")
                return nil
            }
            if warnsOfText {
                notebook.warning(
                    value.place, path,
                    "a secret is written into the file; better are {env: NAME} and {file: path}")
            }
            return Secret(text)
        case .table(let entries):
            // What stands here by mistake may be the secret itself, so that it is not quoted.
            guard let entry = entries.first, entries.count == 1, ["env", "file"].contains(entry.key),
                case .scalar(let name, _) = entry.value.content, !name.isEmpty
            else {
                notebook.mistake(
                    value.place, path, "expected {env: NAME} or {file: path} and nothing besides")
                return nil
            }
            return entry.key == "env"
                ? variable(name, entry.value.place, path, notebook)
                : file(name, entry.value.place, path, notebook)
        }
    }

    private func variable(_ name: String, _ place: Place, _ path: String, _ notebook: Notebook) -> Secret? {
        guard let text = environment[name] else {
            notebook.mistake(place, path, "the environment variable \(name) is not set")
            return nil
        }
        guard !text.isEmpty else {
            notebook.mistake(place, path, "the environment variable \(name) is empty")
            return nil
        }
        return Secret(text)
    }

    /// The file's text without line ends behind it, as editors and `echo` leave them.
    private func file(_ name: String, _ place: Place, _ path: String, _ notebook: Notebook) -> Secret? {
        let file = absolute(name, in: folder)
        guard let handle = FileHandle(forReadingAtPath: file),
            let data = try? handle.read(upToCount: SecretReader.largestFile + 1) ?? Data()
        else {
            notebook.mistake(place, path, "the file \(file) cannot be read")
            return nil
        }
        guard data.count <= SecretReader.largestFile, var text = String(validating: data, as: UTF8.self)
        else {
            notebook.mistake(
                place, path, "the file \(file) is no text of at most \(SecretReader.largestFile) bytes")
            return nil
        }
        while let last = text.last, last.isNewline { text.removeLast() }
        guard !text.isEmpty else {
            notebook.mistake(place, path, "the file \(file) is empty")
            return nil
        }
        return Secret(text)
    }
}

/// A path without `.` and `..`; a relative one starts at `folder`.
func absolute(_ path: String, in folder: String) -> String {
    let whole = path.hasPrefix("/") ? path : "\(folder)/\(path)"
    return URL(fileURLWithPath: whole).standardizedFileURL.path
}
