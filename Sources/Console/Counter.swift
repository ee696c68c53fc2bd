import Synchronization

/// Counts up to a limit.
final class Counter: Sendable {
    private let count = Mutex(0)

    /// - Returns: false, without a change, if the limit would be passed.
    func add(_ number: Int, most: Int) -> Bool {
        count.withLock { count in
            guard count + number <= most else { return false }
            count += number
            return true
        }
    }
}
