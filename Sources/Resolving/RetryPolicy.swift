/// When an event is tried again, and when it is given up on (DESIGN §12).
struct RetryPolicy: Sendable {
    /// Attempts that are begun before an event is a dead letter.
    let attempts: Int32 = 5
    private let first = Duration.seconds(1)
    private let longest = Duration.seconds(300)

    /// How many events are worked together that were begun so often.
    ///
    /// What brings the whole process down does so with its neighbours in hand. The company gets smaller with each attempt, and the
    /// last one is made alone; a process that was merely killed twice has its hundreds of innocent events done in a few batches.
    /// - Returns: nil: as many as are there.
    func company(at attempt: Int32) -> Int? {
        switch attempt {
        case ..<3: nil
        case 3: 32
        case 4: 6
        default: 1
        }
    }

    /// 1 s doubling to 5 min, of which 50 to 100 % by chance, so that what failed together does not come back together.
    ///
    /// - Parameter attempts: begun so far, 1 or more.
    func delay(after attempts: Int32) -> Duration {
        let doublings = min(max(0, attempts - 1), 16)
        return min(first * (1 << doublings), longest) * Double.random(in: 0.5...1)
    }
}
