import Contacts
import IDN

/// What a mailbox knows about itself and its senders.
public struct LetterRules: Sendable, Hashable {
    /// Country of phone numbers, two letters.
    public let region: String
    /// The server that checks our incoming mail, as it names itself in Authentication-Results; nil: nothing is believed.
    public let authservID: String?
    private let relays: Addresses
    private let own: Addresses

    /// - Parameters:
    ///   - relays: senders that write for others (site robots, marketplaces): `robot@shop.example`, `@shop.example` or
    ///     `shop.example`.
    ///   - ownEmails, ownDomains: ours, never a contact.
    public init(
        region: String = "", authservID: String? = nil, relays: [String] = [], ownEmails: [String] = [],
        ownDomains: [String] = []
    ) {
        self.region = region
        self.authservID = authservID.map { $0.lowercased() }
        self.relays = Addresses(relays)
        own = Addresses(ownEmails + ownDomains.map { "@" + $0 })
    }

    func isRelay(_ address: String) -> Bool { relays.contains(address) }
    func isOwn(_ address: String) -> Bool { own.contains(address) }
    /// Whether a host, such as that of a list's id, is ours.
    func isOwnHost(_ host: String) -> Bool { own.containsHost(host) }

    private struct Addresses: Sendable, Hashable {
        private var whole: Set<String> = []
        private var domains: Set<String> = []

        init(_ entries: [String]) {
            for entry in entries {
                let text = entry.trimmed.lowercased()
                if let address = canonical(text) {
                    whole.insert(address)
                } else if let domain = asciiDomain(text.hasPrefix("@") ? String(text.dropFirst()) : text) {
                    domains.insert(domain)
                }
            }
        }

        func contains(_ address: String) -> Bool {
            whole.contains(address) || domains.contains(host(of: address))
        }

        func containsHost(_ name: String) -> Bool {
            var rest = name.lowercased()[...]
            while true {
                if domains.contains(String(rest)) { return true }
                guard let point = rest.firstIndex(of: ".") else { return false }
                rest = rest[rest.index(after: point)...]
            }
        }
    }
}

/// An address in the form it is compared in; nil for what is none.
func canonical(_ address: String) -> String? { canonicalEmail(address, asciiDomain: asciiDomain) }

/// What stands behind the last `@`, else the whole.
func host(of address: String) -> String {
    address.split(separator: "@").last.map(String.init) ?? address
}
