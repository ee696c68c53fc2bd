import Synchronization

/// Places that are free again when what holds them is gone, however that came.
final class Places: Sendable {
    final class Place: Sendable {
        private let places: Places

        fileprivate init(_ places: Places) { self.places = places }

        deinit { places.taken.withLock { $0 -= 1 } }
    }
    private let most: Int
    private let taken = Mutex(0)

    init(_ most: Int) { self.most = most }

    /// - Returns: nil if all are taken.
    func enter() -> Place? {
        let isFree = taken.withLock { taken in
            guard taken < most else { return false }
            taken += 1
            return true
        }
        return isFree ? Place(self) : nil
    }
}
