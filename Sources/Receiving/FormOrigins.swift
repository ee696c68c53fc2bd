import HTTPTypes
import Hummingbird

/// Which sites a form may be sent from, shown on and led back to.
struct FormOrigins {
    /// Of the channel, as `https://example.com`; empty: any site may send.
    let listed: [String]
    /// Of the gateway's public URL.
    let own: String?

    init(listed: [String], publicURL: String) {
        self.listed = listed.compactMap(FormOrigins.origin)
        own = FormOrigins.origin(of: publicURL)
    }

    /// Scheme, host and port of an address in lower case, the scheme's own port left out.
    /// - Returns: nil if it is no plain address of http or https, or one that browsers and we could read differently.
    static func origin(of address: String) -> String? {
        guard address.utf8.allSatisfy({ $0 > 0x20 && $0 != 0x7F && $0 != UInt8(ascii: "\\") }) else {
            return nil
        }
        let lower = address.prefix(2_048).lowercased()
        guard let scheme = ["https://", "http://"].first(where: lower.hasPrefix) else { return nil }
        var host = lower.dropFirst(scheme.count).prefix { $0 != "/" && $0 != "?" && $0 != "#" }
        let port = scheme == "https://" ? ":443" : ":80"
        if host.hasSuffix(port) { host = host.dropLast(port.count) }
        let isPlain = host.utf8.allSatisfy { byte in
            (48...57).contains(byte) || (97...122).contains(byte) || Array("-.:[]_".utf8).contains(byte)
        }
        guard isPlain, let first = host.first, first != ":" else { return nil }
        return scheme + host
    }

    // MARK: - Sending

    /// Whether the site may send. Where no browser states one, nothing can be said against it.
    func admits(_ client: FormClient) -> Bool {
        guard let origin = client.origin, !listed.isEmpty, !client.isOwnPage else { return true }
        return listed.contains(origin) || origin == own
    }

    /// What lets a site's script read the answer (Fetch §3.2).
    func headers(for client: FormClient) -> HTTPFields {
        var fields: HTTPFields = [.vary: "Origin"]
        guard let origin = client.origin, admits(client), HTTPField.isValidValue(origin) else {
            return fields
        }
        fields[.accessControlAllowOrigin] = origin
        fields[.accessControlExposeHeaders] = "Retry-After"
        return fields
    }

    /// The answer to OPTIONS, which a browser asks before a site's script may send JSON.
    func preflight(_ client: FormClient) -> Response {
        var fields = headers(for: client)
        fields[.allow] = Forms.methods
        if fields[.accessControlAllowOrigin] != nil {
            fields[.accessControlAllowMethods] = "POST"
            fields[.accessControlAllowHeaders] = "Accept, Content-Type, X-Requested-With"
            fields[.accessControlMaxAge] = "600"
        }
        return Response(status: .noContent, headers: fields)
    }

    // MARK: - Pages

    var policy: WebPages.Policy {
        // Browsers hold the redirect after a form against its targets too.
        WebPages.Policy(
            formTargets: ["'self'"] + [own].compactMap(\.self) + listed, frames: ["'self'"] + listed)
    }

    /// Where a form asks to be led after sending; nil if that is no page of the listed sites or our own.
    func redirect(_ address: String) -> String? {
        guard address.utf8.count <= 2_048, let origin = FormOrigins.origin(of: address),
            listed.contains(origin) || origin == own
        else { return nil }
        return address.utf8.reduce(into: "") { text, byte in
            if byte < 0x80 {
                text.unicodeScalars.append(Unicode.Scalar(byte))
            } else {
                text += "%" + String(byte, radix: 16, uppercase: true)
            }
        }
    }
}
