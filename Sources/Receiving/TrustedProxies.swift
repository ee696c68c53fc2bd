import Foundation
public import NIOCore

/// Whose `X-Forwarded-For` is believed.
public struct TrustedProxies: Sendable, Hashable {
    private let networks: [AddressRange]
    /// Proxies in front, whatever their addresses; 0: none but those of the networks.
    private let count: Int

    /// - Parameter texts: networks and addresses (`10.0.0.0/8`, `::1`), or one whole number: so many proxies stand in front.
    /// - Returns: what is neither is passed over; the configuration has refused it.
    public init(_ texts: [String] = []) {
        networks = texts.compactMap(AddressRange.init)
        count = texts.compactMap { Int($0) }.first { (1...10).contains($0) } ?? 0
    }

    /// The client's address: the last one in the chain that no trusted proxy has.
    ///
    /// - Parameters:
    ///   - peer: of the connection; nil for a socket file, whose other end is a proxy of our own machine.
    ///   - forwarded: the values of `X-Forwarded-For`, in the order sent.
    public func client(peer: SocketAddress?, forwarded: [String]) -> String {
        let direct = peer?.ipAddress.map(AddressRange.canonical) ?? ""
        guard count > 0 || !networks.isEmpty else { return direct }
        let chain = forwarded.flatMap { $0.split(separator: ",") }.map {
            $0.trimmingCharacters(in: .whitespaces)
        }
        var client = direct
        var trusted = 0
        for hop in chain.reversed() {
            let isTrusted =
                count > 0 ? trusted < count : client.isEmpty || networks.contains { $0.contains(client) }
            guard isTrusted, let address = AddressRange.address(of: hop) else { break }
            client = address
            trusted += 1
        }
        return client
    }
}

/// An address or a network, 4 or 16 bytes; a mapped IPv4 address (`::ffff:192.0.2.1`) counts as IPv4.
struct AddressRange: Sendable, Hashable {
    private let bytes: [UInt8]
    /// Leading bits that count.
    private let prefix: Int

    init?(_ text: String) {
        let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        // A bare number is no address here, though some libraries read one as IPv4.
        guard let first = parts.first, first.contains(".") || first.contains(":"),
            let bytes = AddressRange.bytes(of: String(first))
        else { return nil }
        let bits = bytes.count * 8
        guard parts.count == 2 else {
            self.bytes = bytes
            prefix = bits
            return
        }
        guard let prefix = Int(parts[1]), (0...bits).contains(prefix) else { return nil }
        self.bytes = bytes
        self.prefix = prefix
    }

    func contains(_ address: String) -> Bool {
        guard let other = AddressRange.bytes(of: address), other.count == bytes.count else { return false }
        let whole = prefix / 8
        guard bytes.prefix(whole) == other.prefix(whole) else { return false }
        let rest = prefix % 8
        guard rest > 0 else { return true }
        let mask = UInt8(truncatingIfNeeded: 0xFF00 >> rest)
        return bytes[whole] & mask == other[whole] & mask
    }

    /// What counts as one sender: an IPv4 address, the first half of an IPv6 address (whoever has one has 2^64).
    static func sender(_ address: String) -> [UInt8] {
        guard let bytes = bytes(of: address) else { return Array(address.utf8.prefix(64)) }
        return bytes.count == 16 ? Array(bytes.prefix(8)) : bytes
    }

    /// The address of one hop, without port and brackets; nil if it is none.
    static func address(of hop: String) -> String? {
        var text = hop[...]
        if text.first == "[" {
            text = text.dropFirst().prefix { $0 != "]" }
        } else if text.count(where: { $0 == ":" }) == 1 {
            text = text.prefix { $0 != ":" }
        }
        guard text.contains(".") || text.contains(":"), bytes(of: String(text)) != nil else { return nil }
        return canonical(String(text))
    }

    /// A mapped IPv4 address in its own spelling; no zone.
    static func canonical(_ text: String) -> String {
        let plain = String(text.prefix { $0 != "%" }).lowercased()
        let mapped = "::ffff:"
        return plain.hasPrefix(mapped) && plain.contains(".") ? String(plain.dropFirst(mapped.count)) : plain
    }

    private static func bytes(of text: String) -> [UInt8]? {
        guard let address = try? SocketAddress(ipAddress: canonical(text), port: 0) else { return nil }
        switch address {
        case .v4(let address):
            return unsafe withUnsafeBytes(of: address.address.sin_addr) { unsafe Array($0) }
        case .v6(let address):
            let bytes = unsafe withUnsafeBytes(of: address.address.sin6_addr) { unsafe Array($0) }
            let isMapped = bytes.prefix(10).allSatisfy { $0 == 0 } && bytes[10] == 0xFF && bytes[11] == 0xFF
            return isMapped ? Array(bytes.suffix(4)) : bytes
        case .unixDomainSocket:
            return nil
        }
    }
}
