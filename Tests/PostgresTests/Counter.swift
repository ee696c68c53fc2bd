import Synchronization

/// A number that several threads change.
final class Counter: Sendable {
    private let number: Mutex<Int>

    init(_ number: Int = 0) {
        self.number = Mutex(number)
    }

    func add(_ change: Int) {
        number.withLock { $0 += change }
    }

    var value: Int { number.withLock { $0 } }
}
