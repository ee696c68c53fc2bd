import Contacts

/// Lets one caller through in an interval, so that what is asked for by many is read once.
struct Pace {
    private let interval: Duration
    private var last: Instant?

    init(_ interval: Duration) {
        self.interval = interval
    }

    /// Whether this caller is the one; also after the clock went back.
    mutating func isDue(_ now: Instant) -> Bool {
        if let last, now.duration(since: last) < interval, last <= now { return false }
        last = now
        return true
    }
}
