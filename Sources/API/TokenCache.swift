import Contacts
import Store
import Synchronization

/// Who a token belongs to, remembered for a few seconds, so that a busy program does not cost a query a request.
///
/// A revoked token may therefore work for ``lifetime`` longer. Unknown tokens are remembered too, so that guessing is
/// no load for the database; both kinds are bounded.
final class TokenCache: Sendable {
    static let lifetime = Duration.seconds(5)
    private static let capacity = 1024

    private struct Entry {
        let holder: TokenHolder?
        let until: Instant
    }
    private let entries = Mutex<[[UInt8]: Entry]>([:])

    /// - Returns: nil if the token must be looked up; `.some(nil)` for one known to be no good.
    func holder(of hash: [UInt8], now: Instant) -> TokenHolder?? {
        entries.withLock { entries in
            guard let entry = entries[hash], now < entry.until else { return nil }
            return .some(entry.holder)
        }
    }

    func remember(_ holder: TokenHolder?, of hash: [UInt8], now: Instant) {
        entries.withLock { entries in
            if entries.count >= TokenCache.capacity { entries = entries.filter { now < $0.value.until } }
            if entries.count >= TokenCache.capacity {
                // Guesses must not push out what is good.
                if holder == nil { return }
                entries.removeAll()
            }
            entries[hash] = Entry(holder: holder, until: now + TokenCache.lifetime)
        }
    }
}
