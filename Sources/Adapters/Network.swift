/// An IP address or a network in CIDR spelling; a mapped IPv4 address (`::ffff:192.0.2.1`) counts as IPv4.
struct Network: Sendable, Hashable {
    /// 4 or 16 bytes.
    let address: [UInt8]
    /// Leading bits that count.
    let prefix: Int

    /// - Returns: nil for anything but `192.0.2.1`, `192.0.2.0/24`, `2001:db8::1`, `2001:db8::/32`.
    init?(_ text: String) {
        let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        guard let first = parts.first, let address = Network.bytes(of: String(first)) else { return nil }
        self.address = address
        let bits = address.count * 8
        guard parts.count == 2 else {
            prefix = bits
            return
        }
        guard let prefix = Int(parts[1]), (0...bits).contains(prefix),
            parts[1].utf8.first != UInt8(ascii: "+")
        else { return nil }
        self.prefix = prefix
    }

    func contains(_ other: Network) -> Bool {
        guard address.count == other.address.count, other.prefix >= prefix else { return false }
        let whole = prefix / 8
        guard address.prefix(whole) == other.address.prefix(whole) else { return false }
        let rest = prefix % 8
        guard rest > 0 else { return true }
        let mask = UInt8(truncatingIfNeeded: 0xFF00 >> rest)
        return address[whole] & mask == other.address[whole] & mask
    }

    private static func bytes(of text: String) -> [UInt8]? {
        if !text.contains(":") { return version4(text[...]) }
        guard let address = version6(text) else { return nil }
        let isMapped = address.prefix(10).allSatisfy { $0 == 0 } && address[10] == 0xFF && address[11] == 0xFF
        return isMapped ? Array(address.suffix(4)) : address
    }

    private static func version4(_ text: Substring) -> [UInt8]? {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        let bytes = parts.compactMap { part in
            part.utf8.allSatisfy { (48...57).contains($0) } ? UInt8(part) : nil
        }
        return parts.count == 4 && bytes.count == 4 ? bytes : nil
    }

    private static func version6(_ text: String) -> [UInt8]? {
        let halves = text.split(separator: "::", maxSplits: 2, omittingEmptySubsequences: false)
        guard (1...2).contains(halves.count) else { return nil }
        let groups = halves.map(groups)
        guard let front = groups[0], let back = groups.count == 2 ? groups[1] : [] else { return nil }
        let missing = 16 - front.count - back.count
        guard groups.count == 2 ? missing >= 2 : missing == 0 else { return nil }
        return front + Array(repeating: 0, count: missing) + back
    }

    private static func groups(_ text: Substring) -> [UInt8]? {
        guard !text.isEmpty else { return [] }
        var bytes: [UInt8] = []
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        for (index, part) in parts.enumerated() {
            if index == parts.count - 1, part.contains(".") {
                guard let tail = version4(part) else { return nil }
                bytes += tail
            } else {
                guard (1...4).contains(part.utf8.count), part.utf8.allSatisfy({ isHexDigit($0) }),
                    let group = UInt16(part, radix: 16)
                else { return nil }
                bytes += [UInt8(group >> 8), UInt8(group & 0xFF)]
            }
        }
        return bytes
    }

    private static func isHexDigit(_ byte: UInt8) -> Bool {
        (48...57).contains(byte) || (65...70).contains(byte) || (97...102).contains(byte)
    }
}
