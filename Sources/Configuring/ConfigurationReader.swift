import Adapters
import Foundation

/// Reads the whole file.
struct ConfigurationReader {
    let file: String
    /// The same, absolute.
    let path: String
    let surroundings: Surroundings
    let notebook: Notebook

    private var folder: String { URL(fileURLWithPath: path).deletingLastPathComponent().path }
    private var secrets: SecretReader { SecretReader(environment: surroundings.environment, folder: folder) }

    func read(_ tree: SettingsTree?, adapters: (String) throws -> AdapterSnapshot) -> Configuration? {
        let start = Place(source: file, line: 1, column: 1)
        var entries: [SettingsTree.Entry] = []
        if let tree, !tree.isNothing {
            guard case .table(let found) = tree.content else {
                notebook.mistake(tree.place, "", "expected a table of settings, found \(tree.word)")
                return nil
            }
            entries = found
        }
        let table = Table(replaced(entries), path: "", place: start, notebook: notebook)

        let listen = readAddress("listen", in: table) ?? Address(host: "127.0.0.1", port: 8080)
        let publicURL = readPublicURL(table) ?? "http://\(listen)"
        let data =
            readPath("data", in: table) ?? (surroundings.isRoot ? "/var/lib/leadgate" : "\(folder)/data")
        let database = readDatabase("database", in: table)
        let migrateDatabase = readDatabase("migrate_database", in: table)
        if migrateDatabase != nil, table.entry("database") == nil {
            table.complain(
                "migrate_database", "stands without `database`: the embedded one needs no second URL")
        }
        let proxies = readProxies(table)
        let retention = table.duration("retention", in: .seconds(86_400) ... .seconds(315_360_000))
        let limits = readLimits(table)
        let metrics = readMetrics(table)
        let folder = adaptersFolder(table)
        var workspaces = WorkspaceReader(secrets: secrets, notebook: notebook)
        workspaces.read(table, adapters: folder.flatMap { load($0, table, adapters) })
        table.close()
        guard let folder else { return nil }
        return Configuration(
            file: file, listen: listen, publicURL: publicURL, data: data, database: database,
            migrateDatabase: migrateDatabase, adapters: folder, workspaces: workspaces.keys,
            channels: workspaces.channels, imports: workspaces.imports, trustedProxies: proxies,
            retention: retention ?? .seconds(180 * 86_400),
            limits: limits, metrics: metrics, warnings: Notebook.sorted(notebook.warnings))
    }

    // MARK: - Single values

    /// The settings that a variable can replace: `LEADGATE_PUBLIC_URL` stands for `public_url`.
    static let replaceable = [
        "listen", "public_url", "data", "database", "migrate_database", "region", "adapters", "retention",
    ]

    private func replaced(_ entries: [SettingsTree.Entry]) -> [SettingsTree.Entry] {
        var entries = entries
        for key in ConfigurationReader.replaceable {
            let name = "LEADGATE_" + key.uppercased()
            guard let text = surroundings.environment[name], !text.isEmpty else { continue }
            let place = Place(source: name)
            entries.removeAll { $0.key == key }
            let value = SettingsTree(content: .scalar(text, isPlain: false), place: place)
            entries.append(SettingsTree.Entry(key: key, place: place, value: value))
        }
        return entries
    }

    private func readAddress(_ key: String, in table: Table) -> Address? {
        let expected = "an address and port as 127.0.0.1:8080"
        guard let text = table.scalar(key, expected: expected) else { return nil }
        if let address = Address(text) { return address }
        table.complain(key, "expected \(expected)")
        return nil
    }

    private func readPublicURL(_ table: Table) -> String? {
        guard let text = table.scalar("public_url", expected: "a URL as https://leads.example.com") else {
            return nil
        }
        guard let address = WebAddress(text) else {
            table.complain(
                "public_url", "expected a URL as https://leads.example.com, without user, query and fragment")
            return nil
        }
        return address.text
    }

    private func readPath(_ key: String, in table: Table) -> String? {
        guard let text = table.scalar(key, expected: "a path") else { return nil }
        guard text.utf8.count <= 1000, !text.utf8.contains(0) else {
            table.complain(key, "expected a path of at most 1000 bytes")
            return nil
        }
        let isOfFile = table.entry(key)?.place.line != nil
        return absolute(text, in: isOfFile ? folder : surroundings.workingFolder)
    }

    private func readDatabase(_ key: String, in table: Table) -> Secret? {
        guard let entry = table.entry(key),
            let secret = secrets.one(key, in: table, warnsOfText: false)
        else { return nil }
        let text = secret.reveal()
        let isURL = ["postgres://", "postgresql://"].contains(where: text.hasPrefix)
        guard isURL, text.utf8.count <= 4000, !text.utf8.contains(where: { $0 <= 0x20 || $0 == 0x7F }) else {
            table.complain(key, "expected a URL as postgres://user@host/leadgate")
            return nil
        }
        guard !isTorn(databaseURL: text) else {
            table.complain(
                key,
                "expected a URL as postgres://user@host:5432/leadgate; in a password @ is written %40, / %2F and ? %3F"
            )
            return nil
        }
        let authority = text.drop { $0 != "/" }.dropFirst(2).prefix { $0 != "/" }
        let isWritten = if case .scalar = entry.value.content { entry.place.line != nil } else { false }
        let holdsPassword =
            authority.prefix { $0 != "@" }.contains(":") && authority.contains("@")
            || text.contains("password=")
        if isWritten, holdsPassword {
            table.warn(key, "a password is written into the file; better are {env: NAME} and {file: path}")
        }
        return secret
    }

    private func readProxies(_ table: Table) -> [String] {
        table.texts("trusted_proxies", expected: "an address or network as 10.0.0.0/8").compactMap {
            text, place in
            if isNetwork(text) { return text }
            notebook.mistake(
                place, "trusted_proxies",
                "expected addresses and networks as 192.0.2.1 and 10.0.0.0/8, or the number of proxies, 1 to 10"
            )
            return nil
        }
    }

    private func readLimits(_ table: Table) -> Configuration.Limits {
        var limits = Configuration.Limits()
        guard let given = table.table("limits") else { return limits }
        limits.connections = given.count("connections", in: 1...100_000) ?? limits.connections
        limits.journal = given.count("journal", in: 1...1_000_000) ?? limits.journal
        limits.spool = readSize("spool", in: given) ?? limits.spool
        limits.formBurst = given.count("form_burst", in: 1...10_000) ?? limits.formBurst
        limits.formRate = given.count("form_rate", in: 1...100_000) ?? limits.formRate
        limits.lookup = given.duration("lookup", in: .milliseconds(10) ... .seconds(2)) ?? limits.lookup
        given.close()
        return limits
    }

    private func readSize(_ key: String, in table: Table) -> Int? {
        let expected = "a size as 512MiB or 1GiB, from 1MiB to 1024GiB, or 0"
        guard let text = table.scalar(key, expected: expected) else { return nil }
        if let size = Measure.bytes(text), size == 0 || (1 << 20...1 << 40).contains(size) { return size }
        table.complain(key, "expected \(expected)")
        return nil
    }

    private func readMetrics(_ table: Table) -> Configuration.Metrics {
        var metrics = Configuration.Metrics()
        guard let given = table.table("metrics") else { return metrics }
        metrics.listen = readAddress("listen", in: given)
        metrics.token = secrets.one("token", in: given)
        given.close()
        return metrics
    }

    // MARK: - Adapters

    private func adaptersFolder(_ table: Table) -> String? {
        if table.entry("adapters") != nil { return readPath("adapters", in: table) }
        if let found = surroundings.adaptersFolder { return found }
        let places = surroundings.adaptersFolders.joined(separator: " or ")
        notebook.mistake(table.place, "adapters", "there is no folder \(places); set `adapters`")
        return nil
    }

    private func load(
        _ folder: String, _ table: Table, _ adapters: (String) throws -> AdapterSnapshot
    ) -> AdapterSnapshot? {
        do {
            return try adapters(folder)
        } catch {
            table.complain("adapters", "\(error)")
            return nil
        }
    }
}

/// Whether a part of an unescaped password would be taken for a host or a port, and told in the errors about it.
private func isTorn(databaseURL text: String) -> Bool {
    let rest = text.drop { $0 != "/" }.dropFirst(2).prefix { $0 != "?" }
    let authority = rest.prefix { $0 != "/" }
    if rest.filter({ $0 == "@" }).count > (authority.contains("@") ? 1 : 0) { return true }
    let hosts = authority.split(separator: "@", omittingEmptySubsequences: false).last ?? ""
    return hosts.split(separator: ",").contains { host in
        let port =
            host.drop { $0 != "]" }.isEmpty ? host.drop { $0 != ":" } : host.drop { $0 != "]" }.dropFirst()
        return !port.isEmpty
            && (port.first != ":" || !port.dropFirst().utf8.allSatisfy { (48...57).contains($0) })
    }
}

/// Whether a text is an IP address or a network in CIDR spelling.
private func isNetwork(_ text: String) -> Bool {
    let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
    guard let host = parts.first else { return false }
    let isSix = host.contains(":")
    if isSix {
        guard Address("[\(host)]:1") != nil,
            host.split(separator: ":").allSatisfy({ $0.count <= 4 || $0.contains(".") })
        else { return false }
    } else {
        let bytes = host.split(separator: ".", omittingEmptySubsequences: false)
        guard bytes.count == 4, bytes.allSatisfy({ Measure.count(String($0)).map { $0 <= 255 } ?? false })
        else {
            return false
        }
    }
    guard parts.count == 2 else { return true }
    return Measure.count(parts[1]).map { $0 <= (isSix ? 128 : 32) } ?? false
}
