/// A URL of http or https without user, query and fragment: `https://leads.example.com/base`.
struct WebAddress {
    /// Scheme and host in lower case, no slash at the end.
    let text: String
    /// With its leading slash; empty for the root.
    let path: String

    init?(_ text: String) {
        guard text.utf8.count <= 2000, text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else { return nil }
        let lower = text.lowercased()
        guard let scheme = ["https://", "http://"].first(where: lower.hasPrefix) else { return nil }
        let rest = text.dropFirst(scheme.count)
        let host = rest.prefix { $0 != "/" }.lowercased()
        var path = rest.dropFirst(host.count)
        guard !path.contains(where: { "?#\\\"<>{}|^`".contains($0) }) else { return nil }
        while path.last == "/" { path = path.dropLast() }
        let hasPort = host.hasSuffix("]") ? false : host.contains(":")
        guard Address(hasPort ? host : host + ":80") != nil else { return nil }
        self.path = String(path)
        self.text = scheme + host + path
    }
}
