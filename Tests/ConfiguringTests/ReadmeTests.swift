import Adapters
import Configuring
import Foundation
import Testing

/// Tables of the README that are made from code. `UPDATE_GOLDEN=1` rewrites them and fails, so that the change is read.
@Suite("The README's tables")
struct ReadmeTests {
    private static let file = Installation.repository + "/README.md"

    @Test("the table of settings is the one of the code")
    func settings() throws {
        try hold("settings", SettingReference.markdown)
    }

    @Test("the table of channels lists every adapter")
    func channels() throws {
        let adapters = try AdapterCatalog(folder: Installation.repository + "/adapters").snapshot.byName
            .values
        let rows = adapters.sorted { ($0.kind.rawValue, $0.name) < ($1.kind.rawValue, $1.name) }.map {
            adapter in
            let names = adapter.definition.settings.map {
                $0.isRequired ? "**`\($0.name)`**" : "`\($0.name)`"
            }
            return
                "| \(adapter.title) | `\(adapter.name)` | \(adapter.kind.rawValue) | \(names.joined(separator: ", ")) |"
        }
        let table =
            ["| source | `adapter` | kind | `settings` (bold: required) |", "|---|---|---|---|"] + rows
        try hold("channels", table.joined(separator: "\n") + "\n")
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
        let text = try String(contentsOfFile: ReadmeTests.file, encoding: .utf8)
        #expect(text.split(separator: "\n", omittingEmptySubsequences: false).count < 150)
    }

    /// Holds what stands between `<!-- name -->` and `<!-- end -->` against `expected`.
    private func hold(_ name: String, _ expected: String, sourceLocation: SourceLocation = #_sourceLocation)
        throws
    {
        let text = try String(contentsOfFile: ReadmeTests.file, encoding: .utf8)
        let start = try #require(text.range(of: "<!-- \(name) -->\n"), sourceLocation: sourceLocation)
        let end = try #require(
            text.range(of: "<!-- end -->", range: start.upperBound..<text.endIndex),
            sourceLocation: sourceLocation)
        #expect(text[start.upperBound..<end.lowerBound] == expected, sourceLocation: sourceLocation)
        guard ProcessInfo.processInfo.environment["UPDATE_GOLDEN"] == "1" else { return }
        let updated = text.replacingCharacters(in: start.upperBound..<end.lowerBound, with: expected)
        try updated.write(toFile: ReadmeTests.file, atomically: true, encoding: .utf8)
        Issue.record("the table \(name) was written", sourceLocation: sourceLocation)
    }
}
