/// Reads numbers with their units as people write them.
enum Measure {
    /// - Parameter text: `500ms`, `30s`, `15m`, `12h`, `180d`, `2w`.
    /// - Returns: nil for anything else and for more than 1,000 years.
    static func duration(_ text: String) -> Duration? {
        let digits = text.prefix { $0.isASCII && $0.isNumber }
        guard !digits.isEmpty, digits.count <= 12, let count = Int64(digits) else { return nil }
        let seconds: Int64
        switch text.dropFirst(digits.count).drop(while: { $0 == " " }) {
        case "ms": return count <= 31_536_000_000_000 ? .milliseconds(count) : nil
        case "s": seconds = 1
        case "m", "min": seconds = 60
        case "h": seconds = 3600
        case "d": seconds = 86_400
        case "w": seconds = 604_800
        default: return nil
        }
        let (total, isOver) = count.multipliedReportingOverflow(by: seconds)
        return isOver || total > 31_536_000_000 ? nil : .seconds(total)
    }

    /// The same spelling back, in the largest unit that leaves nothing over.
    static func text(_ duration: Duration) -> String {
        let units: [(Duration, String)] = [
            (.seconds(86_400), "d"), (.seconds(3600), "h"), (.seconds(60), "m"), (.seconds(1), "s"),
        ]
        for (unit, name) in units {
            let count = Int64((duration / unit).rounded())
            if count > 0, unit * Int(count) == duration { return "\(count)\(name)" }
        }
        return "\(Int64((duration / .milliseconds(1)).rounded()))ms"
    }

    /// - Parameter text: `0`, `512KiB`, `64MiB`, `1GiB`.
    static func bytes(_ text: String) -> Int? {
        let digits = text.prefix { $0.isASCII && $0.isNumber }
        guard !digits.isEmpty, digits.count <= 9, let count = Int(digits) else { return nil }
        switch text.dropFirst(digits.count).drop(while: { $0 == " " }) {
        case "": return count == 0 ? 0 : nil
        case "KiB": return count << 10
        case "MiB": return count << 20
        case "GiB": return count << 30
        default: return nil
        }
    }

    /// - Parameter text: digits, with `_` between them if wanted.
    static func count(_ text: String) -> Int? {
        let digits = text.filter { $0 != "_" }
        guard !digits.isEmpty, digits.utf8.allSatisfy({ (48...57).contains($0) }) else { return nil }
        return Int(digits)
    }
}
