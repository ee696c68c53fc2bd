import Contacts
import Synchronization

/// Slows the guessing of passwords, by name and by address; bounded.
final class LoginThrottle: Sendable {
    /// Failures within ``window`` after which nothing more is tried.
    private static let most = 5
    private static let window = Duration.seconds(300)
    private static let capacity = 4_096

    private let failures = Mutex<[String: [Instant]]>([:])

    /// - Returns: seconds to wait; nil if a try is allowed.
    func wait(_ keys: [String], now: Instant) -> Int? {
        failures.withLock { failures in
            let waits = keys.compactMap { key -> Int? in
                let recent = (failures[key] ?? []).filter { now.duration(since: $0) < LoginThrottle.window }
                guard recent.count >= LoginThrottle.most, let first = recent.first else { return nil }
                let left = LoginThrottle.window - now.duration(since: first)
                return max(1, Int(left / .seconds(1)))
            }
            return waits.max()
        }
    }

    func failed(_ keys: [String], now: Instant) {
        failures.withLock { failures in
            if failures.count >= LoginThrottle.capacity {
                failures = failures.filter { _, times in
                    times.contains { now.duration(since: $0) < LoginThrottle.window }
                }
                if failures.count >= LoginThrottle.capacity { failures = [:] }
            }
            for key in keys {
                let recent = (failures[key] ?? []).filter { now.duration(since: $0) < LoginThrottle.window }
                failures[key] = recent.suffix(LoginThrottle.most - 1) + [now]
            }
        }
    }

    func succeeded(_ key: String) {
        failures.withLock { $0[key] = nil }
    }
}
