import Contacts
import Synchronization

/// The database's clock as it was told last, carried on by a clock that nobody can set.
///
/// Leases and due times mean the same to every process by it, and setting the clock of one machine neither ends nor prolongs them.
final class DatabaseClock: Sendable {
    private let told = Mutex<(time: Instant, at: ContinuousClock.Instant)?>(nil)

    /// The machine's clock until one was told.
    var now: Instant {
        guard let (time, at) = told.withLock({ $0 }) else { return .now() }
        return time + (ContinuousClock.now - at)
    }

    /// - Parameter at: when it was asked for. By the time on the way we are ahead: what was kept a moment ago is due.
    func set(_ time: Instant, at: ContinuousClock.Instant) {
        told.withLock { $0 = (time, at) }
    }
}
