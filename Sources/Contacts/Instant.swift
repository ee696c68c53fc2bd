import Foundation

/// A point in time, to the microsecond, as PostgreSQL keeps it. No time zone: always UTC.
public struct Instant: Sendable, Hashable, Comparable {
    /// Since 1970-01-01T00:00:00Z, leap seconds not counted; negative before.
    public var microseconds: Int64

    public init(microseconds: Int64) { self.microseconds = microseconds }

    /// The clock of this machine. Only the executable and tests ask it; the rest is told the time.
    public static func now() -> Instant {
        Instant(microseconds: Int64((Date().timeIntervalSince1970 * 1_000_000).rounded(.down)))
    }

    public static func < (one: Instant, other: Instant) -> Bool { one.microseconds < other.microseconds }

    /// Stops at the ends of what 64 bits hold.
    public static func + (instant: Instant, duration: Duration) -> Instant {
        let (sum, isOver) = instant.microseconds.addingReportingOverflow(duration.wholeMicroseconds)
        guard isOver else { return Instant(microseconds: sum) }
        return Instant(microseconds: duration < .zero ? .min : .max)
    }

    /// Stops at the ends of what 64 bits hold.
    public static func - (instant: Instant, duration: Duration) -> Instant {
        let (rest, isOver) = instant.microseconds.subtractingReportingOverflow(duration.wholeMicroseconds)
        guard isOver else { return Instant(microseconds: rest) }
        return Instant(microseconds: duration < .zero ? .max : .min)
    }

    /// Negative if `other` is later.
    public func duration(since other: Instant) -> Duration {
        let (rest, isOver) = microseconds.subtractingReportingOverflow(other.microseconds)
        if isOver { return .microseconds(self < other ? Int64.min : Int64.max) }
        return .microseconds(rest)
    }
}

extension Duration {
    /// Rounded towards zero; stops at the ends of what 64 bits hold.
    public var wholeMicroseconds: Int64 {
        let (seconds, attoseconds) = components
        let (whole, isOver) = seconds.multipliedReportingOverflow(by: 1_000_000)
        let (sum, isOverToo) = whole.addingReportingOverflow(attoseconds / 1_000_000_000_000)
        if isOver || isOverToo { return seconds < 0 ? .min : .max }
        return sum
    }
}
