import Testing

@testable import Receiving

@Suite("The rate limiter")
struct RateLimiterTests {
    private let rate = RateLimiter.Rate(perMinute: 60, burst: 3)
    private let start = ContinuousClock.now

    @Test("a sender may do a burst at once and then one a second")
    func limitsARate() {
        let limiter = RateLimiter()
        for _ in 0..<3 { #expect(take(limiter, after: 0) == nil) }
        #expect(take(limiter, after: 0) == 1)
        #expect(take(limiter, after: 0.5) == 1)
        #expect(take(limiter, after: 1) == nil)
        #expect(take(limiter, after: 1.1) == 1)
    }

    @Test("a bucket never holds more than the burst, however long the sender was away")
    func fillsUpToTheBurst() {
        let limiter = RateLimiter()
        #expect(take(limiter, after: 0) == nil)
        for _ in 0..<3 { #expect(take(limiter, after: 100_000) == nil) }
        #expect(take(limiter, after: 100_000) == 1)
    }

    @Test("the time to wait is told in whole seconds, rounded up")
    func tellsTheWait() {
        let limiter = RateLimiter()
        let slow = RateLimiter.Rate(perMinute: 1, burst: 1)
        #expect(limiter.take(channel: 1, address: "192.0.2.1", rate: slow, now: start) == nil)
        #expect(limiter.take(channel: 1, address: "192.0.2.1", rate: slow, now: start) == 60)
        let later = start + .seconds(30.5)
        #expect(limiter.take(channel: 1, address: "192.0.2.1", rate: slow, now: later) == 30)
    }

    @Test("a refused attempt costs nothing")
    func refusalIsFree() {
        let limiter = RateLimiter()
        for _ in 0..<3 { #expect(take(limiter, after: 0) == nil) }
        for _ in 0..<1_000 { #expect(take(limiter, after: 0.9) == 1) }
        #expect(take(limiter, after: 1) == nil)
    }

    @Test("a clock that goes back gives no tokens and takes none")
    func survivesAClockGoingBack() {
        let limiter = RateLimiter()
        for _ in 0..<3 { #expect(take(limiter, after: 10) == nil) }
        #expect(take(limiter, after: 5) == 1)
        #expect(take(limiter, after: 6) == nil)
    }

    @Test("a rate of zero or less counts as one")
    func takesNoZero() {
        let limiter = RateLimiter()
        let none = RateLimiter.Rate(perMinute: 0, burst: -5)
        #expect(limiter.take(channel: 1, address: "192.0.2.1", rate: none, now: start) == nil)
        #expect(limiter.take(channel: 1, address: "192.0.2.1", rate: none, now: start) == 60)
    }

    @Test("channels and addresses are counted apart")
    func countsApart() {
        let limiter = RateLimiter()
        for _ in 0..<4 { _ = take(limiter, after: 0) }
        #expect(limiter.take(channel: 2, address: "192.0.2.1", rate: rate, now: start) == nil)
        #expect(limiter.take(channel: 1, address: "192.0.2.2", rate: rate, now: start) == nil)
    }

    @Test("addresses of one IPv6 network, and the two spellings of an IPv4 address, are one sender")
    func joinsOneSendersAddresses() {
        let limiter = RateLimiter()
        let one = RateLimiter.Rate(perMinute: 60, burst: 1)
        func take(_ address: String) -> Int? {
            limiter.take(channel: 1, address: address, rate: one, now: start)
        }
        #expect(take("2001:db8:1:2::1") == nil)
        #expect(take("2001:db8:1:2:ffff:ffff:ffff:ffff") == 1)
        #expect(take("2001:db8:1:3::1") == nil)
        #expect(take("::ffff:192.0.2.9") == nil)
        #expect(take("192.0.2.9") == 1)
    }

    @Test("a flood of senders takes bounded room, and those in debt are remembered longest")
    func staysBounded() {
        let limiter = RateLimiter(capacity: 100)
        let slow = RateLimiter.Rate(perMinute: 1, burst: 5)
        for _ in 0..<5 { _ = limiter.take(channel: 1, address: "192.0.2.1", rate: slow, now: start) }
        for number in 0..<10_000 {
            let address = "2001:db8:\(String(number, radix: 16))::1"
            #expect(limiter.take(channel: 1, address: address, rate: slow, now: start) == nil)
            #expect(limiter.count <= 100)
        }
        #expect(limiter.take(channel: 1, address: "192.0.2.1", rate: slow, now: start) != nil)
    }

    @Test("senders whose bucket is full again are forgotten first")
    func forgetsTheFull() {
        let limiter = RateLimiter(capacity: 4)
        for number in 1...4 {
            _ = limiter.take(channel: 1, address: "192.0.2.\(number)", rate: rate, now: start)
        }
        let later = start + .seconds(60)
        _ = limiter.take(channel: 1, address: "192.0.2.5", rate: rate, now: later)
        #expect(limiter.count == 1)
    }

    private func take(_ limiter: RateLimiter, after seconds: Double) -> Int? {
        limiter.take(channel: 1, address: "192.0.2.1", rate: rate, now: start + .seconds(seconds))
    }
}
