import Adapters

/// Reads one channel and holds it against its adapter.
struct ChannelReader {
    let adapters: AdapterSnapshot
    let secrets: SecretReader
    /// The key of the workspace, its default country, and what is its own.
    let workspace: String
    let region: String
    let own: OwnPoints

    /// Sources of the gateway's own that are named like adapters but are not in this version.
    private static let laterSources: Set<String> = ["imap", "pop3"]

    /// - Returns: nil if there is no such adapter or the key is wrong; mistakes are noted in the table's notebook.
    func read(key: String, _ table: Table) -> Channel? {
        let name = table.scalar("adapter", expected: "the name of an adapter")
        if let name, ChannelReader.laterSources.contains(name) {
            table.complain("adapter", "mailboxes are not in this version; leave this channel out")
            return nil
        }
        let adapter = adapter(name, table)
        let tokens = tokens(adapter, table)
        let settings = settings(adapter, table)
        let phones = phones(adapter, table)
        let origins = origins(table)
        let rules = rules(table)
        let region = readRegion(table) ?? region
        table.close()
        guard let adapter else { return nil }
        return Channel(
            workspace: workspace, key: key, adapter: adapter.name, tokens: tokens, settings: settings.open,
            secrets: settings.secret, region: region, own: own, phones: phones, origins: origins, rules: rules
        )
    }

    // MARK: - Adapter and token

    private func adapter(_ name: String?, _ table: Table) -> Adapter? {
        guard let name else {
            if table.entry("adapter") == nil {
                table.notebook.mistake(table.place, table.path, "`adapter` is missing: expected \(known)")
            }
            return nil
        }
        if let adapter = adapters.byName[name] { return adapter }
        if let problem = adapters.problems.first(where: { $0.file.contains("/\(name)/") }) {
            table.complain("adapter", "the adapter \(name) cannot be used: \(problem)")
        } else if let near = nearest(to: name, among: Array(adapters.byName.keys)) {
            table.complain("adapter", "there is no adapter \(name); did you mean `\(near)`?")
        } else {
            table.complain("adapter", "there is no adapter \(name); expected \(known)")
        }
        return nil
    }

    private var known: String {
        let names = adapters.byName.keys.sorted()
        return names.isEmpty ? "an adapter, but none was found" : "one of \(names.joined(separator: ", "))"
    }

    private func tokens(_ adapter: Adapter?, _ table: Table) -> [Secret] {
        guard let entry = table.entry("token") else {
            if let adapter, adapter.kind != .form {
                table.notebook.mistake(
                    table.place, table.path,
                    "`token` is missing: expected \(SecretReader.expected), the secret part of the channel's URL"
                )
            }
            return []
        }
        let tokens = secrets.several("token", in: table)
        for token in tokens {
            let bytes = token.reveal().utf8
            if bytes.count > 128 || !bytes.allSatisfy(ChannelReader.isURLByte) {
                table.notebook.mistake(
                    entry.value.place, table.path(of: "token"),
                    "expected at most 128 letters, digits, `-`, `_`, `.` and `~`, since it is a part of the URL"
                )
            } else if bytes.count < 16 {
                table.warn("token", "a token of less than 16 characters can be guessed")
            }
        }
        return tokens
    }

    private static func isURLByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "z"),
            UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."),
            UInt8(ascii: "~"):
            true
        default: false
        }
    }

    // MARK: - Settings

    private func settings(
        _ adapter: Adapter?, _ table: Table
    ) -> (open: [String: [String]], secret: [String: [Secret]]) {
        let given = table.table("settings")
        guard let adapter else { return ([:], [:]) }
        var open: [String: [String]] = [:]
        var secret: [String: [Secret]] = [:]
        for setting in adapter.definition.settings {
            let isGiven = given?.entry(setting.name) != nil
            if !isGiven, setting.isRequired, setting.fallback == nil {
                let expected = setting.isSecret ? SecretReader.expected : "a text"
                table.notebook.mistake(
                    given?.place ?? table.place, table.path(of: "settings.\(setting.name)"),
                    "missing: \(adapter.title) needs it; expected \(expected)")
            }
            guard isGiven, let given else { continue }
            if setting.isSecret {
                secret[setting.name] = secrets.several(setting.name, in: given)
            } else {
                open[setting.name] = texts(setting.name, given)
                checkNumber(setting.name, adapter, given, open[setting.name] ?? [])
            }
        }
        given?.close()
        return (open, secret)
    }

    /// What the gateway itself reads of a form's settings: submissions a minute and at once.
    private static let numbers = ["rate": 1...100_000, "burst": 1...10_000]

    private func checkNumber(_ name: String, _ adapter: Adapter, _ table: Table, _ texts: [String]) {
        guard adapter.kind == .form, let range = ChannelReader.numbers[name] else { return }
        // A text that could not be read was complained of.
        guard texts.count > 1 || texts.contains(where: { Int($0).map { !range.contains($0) } ?? true }) else {
            return
        }
        table.complain(name, "expected a whole number from \(range.lowerBound) to \(range.upperBound)")
    }

    /// Texts; one from the environment or a file may stand for each.
    private func texts(_ name: String, _ table: Table) -> [String] {
        guard let entry = table.entry(name) else { return [] }
        let values: [SettingsTree] =
            if case .list(let list) = entry.value.content { list } else { [entry.value] }
        return values.compactMap { value in
            secrets.secret(value, path: table.path(of: name), notebook: table.notebook, warnsOfText: false)?
                .reveal()
        }
    }

    private func phones(_ adapter: Adapter?, _ table: Table) -> PhoneRules? {
        guard let given = table.table("phones") else { return nil }
        var rules = adapter?.definition.phones ?? PhoneRules()
        if let flag = given.flag("international_without_plus") { rules.internationalWithoutPlus = flag }
        if given.entry("anonymous") != nil {
            rules.anonymous = given.texts("anonymous", expected: "a word").map { $0.text.lowercased() }
        }
        given.close()
        return rules
    }

    private func origins(_ table: Table) -> [String] {
        table.texts("origins", expected: "an origin as https://example.com").compactMap { text, place in
            if let origin = WebAddress(text), origin.path.isEmpty { return origin.text }
            table.notebook.mistake(
                place, table.path(of: "origins"), "expected an origin as https://example.com, without a path")
            return nil
        }
    }

    private func rules(_ table: Table) -> ChannelRules {
        var rules = ChannelRules()
        guard let given = table.table("rules") else { return rules }
        if let pipeline = given.scalar("pipeline", expected: "a name") {
            if isKey(pipeline) { rules.pipeline = pipeline } else { given.complain("pipeline", keyExpected) }
        }
        rules.reopenWithin = given.duration("reopen_within", in: .seconds(1) ... .seconds(31_536_000))
        rules.respondWithin = given.duration("respond_within", in: .seconds(1) ... .seconds(31_536_000))
        if let merges = given.flag("merge_automatically") { rules.mergesAutomatically = merges }
        given.close()
        return rules
    }
}

let keyExpected = "expected 1 to 64 lower-case letters, digits, `-` and `_`, the first a letter or a digit"

/// Whether a text can name a channel, a workspace or a pipeline.
func isKey(_ text: String) -> Bool {
    let bytes = Array(text.utf8)
    guard let first = bytes.first, bytes.count <= 64 else { return false }
    let isPlain = { (byte: UInt8) in (48...57).contains(byte) || (97...122).contains(byte) }
    return isPlain(first)
        && bytes.allSatisfy { isPlain($0) || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: "_") }
}

/// The default country of a workspace or channel.
func readRegion(_ table: Table) -> String? {
    guard let text = table.scalar("region", expected: "a country code as UA") else { return nil }
    if Regions.all.contains(text) { return text }
    let hint =
        Regions.all.contains(text.uppercased()) ? "; did you mean `\(text.uppercased())`?" : ""
    table.complain("region", "expected the two letters of a country (ISO 3166) as UA\(hint)")
    return nil
}

extension Table {
    func duration(_ key: String, in range: ClosedRange<Duration>) -> Duration? {
        guard let text = scalar(key, expected: "a time as 30s, 15m, 12h or 180d") else { return nil }
        if let value = Measure.duration(text), range.contains(value) { return value }
        complain(
            key,
            "expected a time as 30s, 15m, 12h or 180d, "
                + "from \(Measure.text(range.lowerBound)) to \(Measure.text(range.upperBound))")
        return nil
    }

    func count(_ key: String, in range: ClosedRange<Int>) -> Int? {
        guard let text = scalar(key, expected: "a whole number") else { return nil }
        if let value = Measure.count(text), range.contains(value) { return value }
        complain(key, "expected a whole number from \(range.lowerBound) to \(range.upperBound)")
        return nil
    }
}
