import Contacts
import Foundation

/// Reads the spellings of a moment that providers use (providers/telephony.md D1 *Time*).
enum TimeText {
    /// - Parameters:
    ///   - text: Unix seconds, milliseconds or microseconds (with or without a fraction), ISO 8601 with or
    ///   without
    ///     a zone, `2026-01-15 10:20:30`, `20260115T102030Z`, or RFC 2822 (`Thu, 15 Jan 2026 10:20:30
    ///     +0000`).
    ///   - zone: for a text without one: an IANA name (`Europe/Kyiv`), `UTC`, or an offset (`+02:00`).
    /// - Returns: nil for an empty text, `0`, a day of 1970-01-01, and what is no time of 1971...2199.
    static func parse(_ text: String, zone: String) -> Instant? {
        let text = text.prefix(64).trimmedBlanks
        let instant = unix(text) ?? dated(text, zone: zone) ?? mailDate(text, zone: zone)
        guard let instant, (day1971...day2200).contains(instant.microseconds) else { return nil }
        return instant
    }

    /// Whether `zone` is a name or an offset that is known.
    static func isZone(_ zone: String) -> Bool { offset(of: zone, at: 0) != nil }

    private static let day1971: Int64 = 365 * 86_400_000_000
    private static let day2200: Int64 = 84_006 * 86_400_000_000

    // MARK: - Unix time

    private static func unix(_ text: Substring) -> Instant? {
        let parts = text.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
        guard let whole = parts.first, (1...16).contains(whole.utf8.count), whole.isDigits,
            let number = Int64(whole), parts.count == 1 || parts[1].isDigits
        else { return nil }
        switch number {
        case ..<100_000_000_000:
            return Instant(microseconds: number * 1_000_000 + fraction(parts.dropFirst().first))
        case ..<100_000_000_000_000: return Instant(microseconds: number * 1_000)
        default: return Instant(microseconds: number)
        }
    }

    /// Microseconds of the digits after a point.
    private static func fraction(_ digits: Substring?) -> Int64 {
        let six = ((digits ?? "") + "000000").prefix(6)
        return Int64(six) ?? 0
    }

    // MARK: - ISO 8601 and its relatives

    private static func dated(_ text: Substring, zone: String) -> Instant? {
        var scanner = DigitScanner(text)
        guard let year = scanner.number(4) else { return nil }
        let hasDashes = scanner.skip("-") || scanner.skip(".") || scanner.skip("/")
        guard let month = scanner.number(2) else { return nil }
        if hasDashes { _ = scanner.skip("-") || scanner.skip(".") || scanner.skip("/") }
        guard let day = scanner.number(2) else { return nil }
        var clock = Clock()
        if scanner.skip("T") || scanner.skip("t") || scanner.skip(" ") {
            guard let found = scanner.clock() else { return nil }
            clock = found
        }
        return instant(year, month, day, clock, zone: scanner.rest.trimmedBlanks, fallback: zone)
    }

    // MARK: - RFC 2822 §3.3

    private static func mailDate(_ text: Substring, zone: String) -> Instant? {
        var words = text.split(separator: " ")
        if words.first?.hasSuffix(",") == true { words.removeFirst() }
        guard words.count >= 4, let day = Int(words[0]), words[2].count == 4, let year = Int(words[2]) else {
            return nil
        }
        let months = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
        guard let month = months.firstIndex(of: words[1].lowercased()) else { return nil }
        var scanner = DigitScanner(words[3])
        guard let clock = scanner.clock(), scanner.rest.isEmpty else { return nil }
        return instant(year, month + 1, day, clock, zone: words.count > 4 ? words[4] : "", fallback: zone)
    }

    // MARK: - Putting together

    private static func instant(
        _ year: Int, _ month: Int, _ day: Int, _ clock: Clock, zone: Substring, fallback: String
    ) -> Instant? {
        guard (1...12).contains(month), (1...31).contains(day), (0...24).contains(clock.hour),
            (0...59).contains(clock.minute), (0...60).contains(clock.second)
        else { return nil }
        let seconds =
            days(year, month, day) * 86_400 + Int64(clock.hour * 3_600 + clock.minute * 60 + clock.second)
        guard let offset = offset(of: zone.isEmpty ? fallback : String(zone), at: seconds) else { return nil }
        return Instant(microseconds: (seconds - offset) * 1_000_000 + clock.microseconds)
    }

    /// Days since 1970-01-01 in the Gregorian calendar, counted from March so that leap days come last.
    private static func days(_ year: Int, _ month: Int, _ day: Int) -> Int64 {
        let shifted = month <= 2 ? year - 1 : year
        let era = (shifted >= 0 ? shifted : shifted - 399) / 400
        let yearOfEra = shifted - era * 400
        let dayOfYear = (153 * ((month + 9) % 12) + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        return Int64(era * 146_097 + dayOfEra - 719_468)
    }

    /// Seconds east of Greenwich of a zone, for a moment in its own local time.
    private static func offset(of zone: String, at local: Int64) -> Int64? {
        switch zone.uppercased() {
        case "Z", "UTC", "GMT", "UT": return 0
        default: break
        }
        if zone.first == "+" || zone.first == "-" {
            var scanner = DigitScanner(zone.dropFirst())
            guard let hours = scanner.number(2), hours <= 14 else { return nil }
            _ = scanner.skip(":")
            let minutes = scanner.rest.isEmpty ? 0 : scanner.number(2)
            guard let minutes, minutes <= 59, scanner.rest.isEmpty else { return nil }
            return Int64((hours * 60 + minutes) * 60) * (zone.first == "-" ? -1 : 1)
        }
        guard zone.contains("/"), let named = TimeZone(identifier: zone) else { return nil }
        // A local time names its offset only together with the offset; the second look is right but for the
        // hour that a clock change repeats or leaves out.
        let first = Int64(named.secondsFromGMT(for: Date(timeIntervalSince1970: TimeInterval(local))))
        return Int64(named.secondsFromGMT(for: Date(timeIntervalSince1970: TimeInterval(local - first))))
    }
}

private struct Clock {
    var hour = 0
    var minute = 0
    var second = 0
    var microseconds: Int64 = 0
}

/// Takes digits from the front of a text.
private struct DigitScanner {
    var rest: Substring

    init(_ text: Substring) { rest = text }

    mutating func skip(_ character: Character) -> Bool {
        guard rest.first == character else { return false }
        rest.removeFirst()
        return true
    }

    /// Exactly `count` digits.
    mutating func number(_ count: Int) -> Int? {
        let digits = rest.prefix(count)
        guard digits.utf8.count == count, digits.isDigits else { return nil }
        rest.removeFirst(count)
        return Int(digits)
    }

    /// `10:20`, `10:20:30`, `10:20:30.123`, `102030`.
    mutating func clock() -> Clock? {
        var clock = Clock()
        guard let hour = number(2) else { return nil }
        _ = skip(":")
        guard let minute = number(2) else { return nil }
        (clock.hour, clock.minute) = (hour, minute)
        if skip(":") || rest.prefix(2).isDigits, let second = number(2) {
            clock.second = second
            if skip(".") || skip(",") {
                let digits = rest.prefix { $0.isASCII && $0.isNumber }
                guard !digits.isEmpty else { return nil }
                clock.microseconds = Int64((digits + "000000").prefix(6)) ?? 0
                rest.removeFirst(digits.count)
            }
        }
        return clock
    }
}

extension Substring {
    fileprivate var isDigits: Bool { !isEmpty && utf8.allSatisfy { (48...57).contains($0) } }
}
