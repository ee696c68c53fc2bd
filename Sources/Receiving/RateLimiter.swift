import Synchronization

/// A token bucket per channel and sender, in a table of bounded size.
final class RateLimiter: Sendable {
    /// How much a sender may do.
    struct Rate: Sendable, Hashable {
        /// Tokens that come back a minute.
        let perMinute: Int
        /// Tokens of a full bucket.
        let burst: Int
    }
    private struct Key: Hashable {
        let channel: Int64
        let sender: [UInt8]
    }
    private struct Bucket {
        /// Left at `at`.
        var tokens: Double
        var at: ContinuousClock.Instant
        /// When it is full again, so that it need not be remembered.
        var fullAt: ContinuousClock.Instant
    }
    private let capacity: Int
    private let buckets = Mutex<[Key: Bucket]>([:])

    init(capacity: Int = 20_000) { self.capacity = capacity }

    var count: Int { buckets.withLock { $0.count } }

    /// Takes a token.
    /// - Returns: nil if there was one, else whole seconds until the next one, at least 1.
    func take(channel: Int64, address: String, rate: Rate, now: ContinuousClock.Instant) -> Int? {
        let key = Key(channel: channel, sender: AddressRange.sender(address))
        let perSecond = Double(max(1, rate.perMinute)) / 60
        let burst = Double(max(1, rate.burst))
        return buckets.withLock { buckets in
            if buckets[key] == nil, buckets.count >= capacity { RateLimiter.makeRoom(in: &buckets, now: now) }
            var bucket = buckets[key] ?? Bucket(tokens: burst, at: now, fullAt: now)
            bucket.tokens = min(burst, bucket.tokens + perSecond * max(0, (now - bucket.at) / .seconds(1)))
            bucket.at = now
            defer {
                bucket.fullAt = now + .seconds((burst - bucket.tokens) / perSecond)
                buckets[key] = bucket
            }
            guard bucket.tokens < 1 else {
                bucket.tokens -= 1
                return nil
            }
            return max(1, Int(((1 - bucket.tokens) / perSecond).rounded(.up)))
        }
    }

    /// Forgets full buckets; if there are none, the quarter that is full first.
    private static func makeRoom(in buckets: inout [Key: Bucket], now: ContinuousClock.Instant) {
        let before = buckets.count
        buckets = buckets.filter { $0.value.fullAt > now }
        guard buckets.count > before * 3 / 4 else { return }
        let oldest = buckets.sorted { $0.value.fullAt < $1.value.fullAt }.prefix(max(1, before / 4))
        for (key, _) in oldest { buckets[key] = nil }
    }
}
