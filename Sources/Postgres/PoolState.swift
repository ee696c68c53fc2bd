import Synchronization

/// Work that waits for, or runs on, a thread of a pool.
struct PoolJob: Sendable {
    let id: UInt64
    let end: ContinuousClock.Instant
    /// Whether the caller leaves at `end` even while the work runs.
    let isAbandoning: Bool
    /// Runs the work; the closure it returns gives the result to the caller.
    let perform: @Sendable (Connection) -> @Sendable () -> Void
    let refuse: @Sendable (any Error) -> Void
}

/// A caller that is resumed exactly once, whoever comes first.
final class Answer<T: Sendable>: Sendable {
    private let continuation: Mutex<CheckedContinuation<T, any Error>?>

    init(_ continuation: CheckedContinuation<T, any Error>) {
        self.continuation = Mutex(continuation)
    }

    func give(_ result: Result<T, any Error>) {
        let waiting = continuation.withLock { continuation in
            defer { continuation = nil }
            return continuation
        }
        waiting?.resume(with: result)
    }
}

/// What the threads of a pool share. Does no I/O.
struct PoolState: Sendable {
    /// Started threads, the watching one too.
    let threads: Int
    /// Oldest first.
    private(set) var waiting: [PoolJob] = []
    /// Of the running jobs those whose caller may leave.
    private(set) var abandonable: [PoolJob] = []
    var connected = 0
    /// Jobs that were taken and are not finished.
    private(set) var running = 0
    var isClosed = false
    /// Why the last attempt to connect failed; nil after one that did not.
    var trouble: PostgresFailure?
    /// When the watching thread wakes by itself; nil for never.
    var watchedUntil: ContinuousClock.Instant?
    private var lastID: UInt64 = 0

    init(threads: Int) {
        self.threads = threads
    }

    mutating func newID() -> UInt64 {
        lastID += 1
        return lastID
    }

    mutating func append(_ job: PoolJob) {
        waiting.append(job)
    }

    mutating func takeNext() -> PoolJob? {
        guard !waiting.isEmpty else { return nil }
        let job = waiting.removeFirst()
        running += 1
        if job.isAbandoning { abandonable.append(job) }
        return job
    }

    mutating func takeWaiting(_ id: UInt64) -> PoolJob? {
        waiting.firstIndex { $0.id == id }.map { waiting.remove(at: $0) }
    }

    /// Puts a job that was taken but not begun back to the head.
    mutating func giveBack(_ job: PoolJob) {
        finish(job)
        waiting.insert(job, at: 0)
    }

    mutating func finish(_ job: PoolJob) {
        running -= 1
        if job.isAbandoning { abandonable.removeAll { $0.id == job.id } }
    }

    /// Takes out the jobs whose callers wait no longer.
    mutating func takeLate(_ now: ContinuousClock.Instant) -> [PoolJob] {
        let late = (waiting + abandonable).filter { $0.end <= now }
        if late.isEmpty { return [] }
        waiting.removeAll { $0.end <= now }
        abandonable.removeAll { $0.end <= now }
        return late
    }

    var earliest: ContinuousClock.Instant? {
        [waiting.lazy.map(\.end).min(), abandonable.lazy.map(\.end).min()].compactMap { $0 }.min()
    }
}
