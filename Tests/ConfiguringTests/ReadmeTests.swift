import Adapters
import Configuring
import Foundation
import Testing

/// Tables of the README that are made from code. `UPDATE_GOLDEN=1` rewrites them and fails, so that the change is read.
@Suite("The README's tables")
struct ReadmeTests {
    @Test("the table of settings is the one of the code")
    func settings() throws {
        try hold("settings", SettingReference.markdown)
    }

    @Test("the tables of channels list every adapter")
    func channels() throws {
        let adapters = try AdapterCatalog(folder: Installation.repository + "/adapters").snapshot.byName
            .values.sorted { ($0.kind.rawValue, $0.name) < ($1.kind.rawValue, $1.name) }
        let kinds = Dictionary(grouping: adapters, by: \.kind.rawValue).sorted { $0.key < $1.key }
        let summary = kinds.map { kind, adapters in
            "| \(kind) | \(adapters.map { "\($0.title) `\($0.name)`" }.joined(separator: ", ")) |"
        }
        try hold("channels", (["| kind | source and its `adapter` |", "|---|---|"] + summary).lines)

        let rows = adapters.map { adapter in
            let names = adapter.definition.settings.map {
                $0.isRequired ? "**`\($0.name)`**" : "`\($0.name)`"
            }
            return
                "| [\(adapter.title)](\(adapter.kind.rawValue)/\(adapter.name)) | `\(adapter.name)` | \(names.joined(separator: ", ")) |"
        }
        try hold(
            "channels",
            (["| source | `adapter` | `settings` (bold: required) |", "|---|---|---|"] + rows).lines,
            in: "adapters/CHANNELS.md")
    }

    @Test("every setting of the table is known to the reader, and the reader knows no other")
    func known() throws {
        let mistakes = try Installation("quite_another_word: 1").mistakes()
        let told = try #require(mistakes.first?.split(separator: "known are ").last)
        let known = Set(told.split(separator: ", ").map(String.init))
        let listed = Set(
            SettingReference.all.compactMap { $0.path.split(separator: ".").first.map(String.init) })
        #expect(known == listed)
    }

    @Test("it stays short enough to be read")
    func length() throws {
        let text = try String(contentsOfFile: Installation.repository + "/README.md", encoding: .utf8)
        #expect(text.split(separator: "\n", omittingEmptySubsequences: false).count < 180)
    }

    /// Holds what stands between `<!-- name -->` and `<!-- end -->` against `expected`.
    private func hold(
        _ name: String, _ expected: String, in file: String = "README.md",
        sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        let path = Installation.repository + "/" + file
        let text = try String(contentsOfFile: path, encoding: .utf8)
        let start = try #require(text.range(of: "<!-- \(name) -->\n"), sourceLocation: sourceLocation)
        let end = try #require(
            text.range(of: "<!-- end -->", range: start.upperBound..<text.endIndex),
            sourceLocation: sourceLocation)
        #expect(text[start.upperBound..<end.lowerBound] == expected, sourceLocation: sourceLocation)
        guard ProcessInfo.processInfo.environment["UPDATE_GOLDEN"] == "1" else { return }
        let updated = text.replacingCharacters(in: start.upperBound..<end.lowerBound, with: expected)
        try updated.write(toFile: path, atomically: true, encoding: .utf8)
        Issue.record("the table \(name) was written", sourceLocation: sourceLocation)
    }
}

extension [String] {
    fileprivate var lines: String { joined(separator: "\n") + "\n" }
}
