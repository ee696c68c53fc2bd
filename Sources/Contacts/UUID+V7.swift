public import Foundation

/// UUIDs of version 7 (RFC 9562 §5.7): a millisecond, then chance; ids that sort by the time they were made.
extension UUID {
    /// An id of an instant, to the millisecond. Instants before 1970 count as 1970.
    ///
    /// - Parameter random: 74 of these 128 bits are used.
    public static func v7(at instant: Instant, random: (UInt64, UInt64)) -> UUID {
        let milliseconds = UInt64(max(instant.microseconds, 0) / 1_000)
        let high = milliseconds << 16 | 0x7000 | (random.0 & 0x0FFF)
        let low = 0x8000_0000_0000_0000 | (random.1 & 0x3FFF_FFFF_FFFF_FFFF)
        return UUID(high: high, low: low)
    }

    /// The same with chance from the system.
    public static func v7(at instant: Instant) -> UUID {
        var generator = SystemRandomNumberGenerator()
        return v7(at: instant, random: (generator.next(), generator.next()))
    }

    /// No id made in this millisecond or later is smaller.
    public static func v7Floor(at instant: Instant) -> UUID { v7(at: instant, random: (0, 0)) }

    /// Of a version 7 id: the millisecond it was made in. Without meaning for other versions.
    public var instant: Instant {
        let bytes = uuid
        var milliseconds = Int64(bytes.0) << 40 | Int64(bytes.1) << 32 | Int64(bytes.2) << 24
        milliseconds |= Int64(bytes.3) << 16 | Int64(bytes.4) << 8 | Int64(bytes.5)
        return Instant(microseconds: milliseconds * 1_000)
    }

    /// 36 characters, lower case.
    public var text: String {
        let b = uuid
        let bytes = [
            b.0, b.1, b.2, b.3, b.4, b.5, b.6, b.7, b.8, b.9, b.10, b.11, b.12, b.13, b.14, b.15,
        ]
        var digits: [UInt8] = []
        digits.reserveCapacity(36)
        for (place, byte) in bytes.enumerated() {
            if place == 4 || place == 6 || place == 8 || place == 10 { digits.append(UInt8(ascii: "-")) }
            digits.append(UUID.digit(byte >> 4))
            digits.append(UUID.digit(byte & 0x0F))
        }
        return String(decoding: digits, as: UTF8.self)
    }

    private static func digit(_ value: UInt8) -> UInt8 {
        value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "a") + value - 10
    }

    private init(high: UInt64, low: UInt64) {
        func byte(_ word: UInt64, _ place: Int) -> UInt8 {
            UInt8(truncatingIfNeeded: word >> (56 - 8 * place))
        }
        self.init(
            uuid: (
                byte(high, 0), byte(high, 1), byte(high, 2), byte(high, 3), byte(high, 4), byte(high, 5),
                byte(high, 6), byte(high, 7), byte(low, 0), byte(low, 1), byte(low, 2), byte(low, 3),
                byte(low, 4), byte(low, 5), byte(low, 6), byte(low, 7)
            ))
    }
}
