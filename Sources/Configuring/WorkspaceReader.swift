import Adapters

/// Reads `channels` of the single workspace, or those of each under `workspaces`.
struct WorkspaceReader {
    let secrets: SecretReader
    let notebook: Notebook
    private(set) var keys: [String] = []
    private(set) var channels: [Channel] = []
    private(set) var imports: [Channel] = []
    private var known: [String: Place] = [:]

    init(secrets: SecretReader, notebook: Notebook) {
        self.secrets = secrets
        self.notebook = notebook
    }

    /// - Parameter adapters: nil if they could not be read, which is noted already; channels are passed over then.
    mutating func read(_ table: Table, adapters: AdapterSnapshot?) {
        let region = readRegion(table)
        let own = WorkspaceReader.own(table)
        let several = table.table("workspaces")
        if several != nil || table.entry("workspaces") != nil {
            if table.entry("channels") != nil {
                table.complain("channels", "stands beside `workspaces`: move it into one of them")
            }
            for entry in several?.entries ?? [] {
                guard isUsable(entry, in: several), let inner = several?.table(entry) else { continue }
                let ownRegion = readRegion(inner) ?? region
                var ownPoints = WorkspaceReader.own(inner)
                ownPoints.add(own)
                keys.append(entry.key)
                read(inner, workspace: entry.key, region: ownRegion, own: ownPoints, adapters)
                inner.close()
            }
            // Its keys are the installation's own words.
            if several?.entries.isEmpty ?? true {
                table.complain("workspaces", "expected at least one workspace")
            }
        } else {
            keys = ["main"]
            read(table, workspace: "main", region: region, own: own, adapters)
        }
    }

    private func isUsable(_ entry: SettingsTree.Entry, in table: Table?) -> Bool {
        if isKey(entry.key) { return true }
        notebook.mistake(entry.place, table?.path(of: entry.key) ?? entry.key, keyExpected)
        return false
    }

    private mutating func read(
        _ table: Table, workspace: String, region: String?, own: OwnPoints, _ adapters: AdapterSnapshot?
    ) {
        let list = table.table("channels")
        if list?.entries.isEmpty ?? (table.entry("channels") == nil) {
            notebook.warning(
                table.place, table.path(of: "channels"), "there are no channels, so nothing can arrive")
        }
        if region == nil {
            notebook.warning(
                table.place, table.path(of: "region"),
                "no default country: phone numbers without a country code will not be recognised")
        }
        imports.append(.imports(into: workspace, region: region ?? "", own: own))
        guard let list, let adapters else { return }
        let reader = ChannelReader(
            adapters: adapters, secrets: secrets, workspace: workspace, region: region ?? "", own: own)
        for entry in list.entries {
            guard isUsable(entry, in: list), let inner = list.table(entry) else { continue }
            if let first = known[entry.key] {
                notebook.mistake(
                    entry.place, list.path(of: entry.key),
                    "a channel of this key stands at \(first) already; keys are unique in the installation")
            }
            known[entry.key] = known[entry.key] ?? entry.place
            if let channel = reader.read(key: entry.key, inner) { channels.append(channel) }
        }
    }

    // MARK: - What is ours

    private static func own(_ table: Table) -> OwnPoints {
        var own = OwnPoints()
        guard let given = table.table("own") else { return own }
        own.phones = checked("phones", given, expected: "a phone number") { text in
            let isPlain = text.allSatisfy { $0.isNumber || " ()+-./#*".contains($0) }
            return isPlain && text.contains(where: \.isNumber) ? text : nil
        }
        own.emails = checked("emails", given, expected: "an e-mail address") { text in
            let parts = text.split(separator: "@", omittingEmptySubsequences: false)
            return parts.count == 2 && parts.allSatisfy { !$0.isEmpty } && !text.contains(" ")
                ? text.lowercased() : nil
        }
        own.domains = checked("domains", given, expected: "a domain as example.com") { text in
            let isPlain = !text.contains(where: { " @/:".contains($0) }) && text.contains(".")
            return isPlain && !text.hasPrefix(".") && !text.hasSuffix(".") ? text.lowercased() : nil
        }
        given.close()
        return own
    }

    private static func checked(
        _ key: String, _ table: Table, expected: String, _ check: (String) -> String?
    ) -> [String] {
        table.texts(key, expected: expected).compactMap { text, place in
            if let good = check(text), text.utf8.count <= 320 { return good }
            table.notebook.mistake(place, table.path(of: key), "expected \(expected)")
            return nil
        }
    }
}

extension OwnPoints {
    fileprivate mutating func add(_ other: OwnPoints) {
        phones += other.phones
        emails += other.emails
        domains += other.domains
    }
}
