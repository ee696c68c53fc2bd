/// When an event is tried again, and when it is given up on (DESIGN §12).
struct RetryPolicy: Sendable {
    /// Attempts that are begun before an event is a dead letter.
    let attempts: Int32 = 5
    /// From this attempt on an event is worked alone: what brings the whole process down takes no other with it.
    let suspiciousFrom: Int32 = 3
    private let first = Duration.seconds(1)
    private let longest = Duration.seconds(300)

    /// 1 s doubling to 5 min, of which 50 to 100 % by chance, so that what failed together does not come back together.
    ///
    /// - Parameter attempts: begun so far, 1 or more.
    func delay(after attempts: Int32) -> Duration {
        let doublings = min(max(0, attempts - 1), 16)
        return min(first * (1 << doublings), longest) * Double.random(in: 0.5...1)
    }
}
