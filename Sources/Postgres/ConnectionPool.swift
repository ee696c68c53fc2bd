import Dispatch
import Foundation
import Synchronization

/// A fixed number of threads, each with a connection of its own that it opens again when lost.
///
/// The threads keep the pool alive: it ends with ``close(limit:)`` only.
public final class ConnectionPool: Sendable {
    /// Threads, and with the server in reach connections.
    public let size: Int
    private let name: String
    private let url: @Sendable () -> String
    private let options: ConnectionOptions
    private let maxWaiting: Int
    /// Only touched while `jobs` is held. (The thread sanitizer sees that lock, but not a contended `Mutex`,
    /// whose waiters the kernel wakes.)
    private let state: Mutex<PoolState>
    /// Where connected threads wait for jobs.
    private let jobs = NSCondition()
    /// Wakes the thread that watches deadlines.
    private let clock = DispatchSemaphore(value: 0)
    /// Signalled once by each thread as it ends.
    private let ended = DispatchSemaphore(value: 0)

    /// Starts the threads, which connect at once.
    /// - Parameters:
    ///   - name: thread name, for debuggers.
    ///   - size: threads, at least 1.
    ///   - url: asked before each attempt to connect.
    ///   - maxWaiting: jobs that may wait for a thread; further ones are refused at once.
    public init(
        name: String, size: Int, url: @escaping @Sendable () -> String, options: ConnectionOptions,
        maxWaiting: Int
    ) {
        self.name = name
        self.url = url
        self.options = options
        self.maxWaiting = maxWaiting
        self.size = max(1, size)
        state = Mutex(PoolState(threads: self.size + 1))
        for index in 0..<self.size {
            start("\(name)-\(index)") { $0.serve() }
        }
        start("\(name)-clock") { $0.watch() }
    }

    /// Threads that have a connection now.
    public var connected: Int { locked { $0.connected } }

    /// Threads that work now.
    public var inUse: Int { locked { $0.running } }

    /// Jobs that wait for a thread now.
    public var waiting: Int { locked { $0.waiting.count } }

    // MARK: - Callers' side

    /// Runs `work` on a thread of the pool with its connection. A transaction that `work` leaves open is
    /// rolled back.
    ///
    /// - Parameters:
    ///   - deadline: longest wait for a free thread.
    ///   - abandoning: the deadline also counts while `work` runs: the caller gets `.unavailable` then,
    ///     `work` goes on and its result is dropped. For reads only, since the outcome of a change would stay
    ///     unknown.
    /// - Throws: what `work` throws; `.unavailable` if no thread was free in time, too many wait or the pool
    ///   is closed; `CancellationError` if the task is cancelled while it waits for a thread.
    public func run<T: Sendable>(
        deadline: Duration, abandoning: Bool = false,
        _ work: @escaping @Sendable (Connection) throws -> T
    ) async throws -> T {
        let id = locked { $0.newID() }
        let end = ContinuousClock.now + deadline
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<T, any Error>) in
                let answer = Answer(continuation)
                let job = PoolJob(
                    id: id, end: end, isAbandoning: abandoning,
                    perform: { connection in
                        let result = Result { try work(connection) }
                        return { answer.give(result) }
                    }, refuse: { answer.give(.failure($0)) })
                enqueue(job)
                // A cancellation before the job was in the queue has found nothing there.
                if Task.isCancelled { cancel(id) }
            }
        } onCancel: {
            cancel(id)
        }
    }

    /// Takes no more work, lets what runs or waits end (each within its deadline), then closes the
    /// connections.
    ///
    /// Blocks until the threads have ended, at most `limit`.
    public func close(limit: Duration = .seconds(5)) {
        let threads = locked { state in
            state.isClosed = true
            return state.threads
        }
        jobs.broadcast()
        clock.signal()
        let end = DispatchTime.now() + .milliseconds(Int(limit.wholeMilliseconds))
        for _ in 0..<threads where ended.wait(timeout: end) == .timedOut { return }
        // For a second call.
        for _ in 0..<threads { ended.signal() }
    }

    private func enqueue(_ job: PoolJob) {
        var refusal: PostgresFailure?
        let isFirst = locked { state in
            if state.isClosed {
                refusal = PostgresFailure(.unavailable, "the database connections are closed")
            } else if state.waiting.count >= maxWaiting {
                refusal = PostgresFailure(.unavailable, "too many wait for a database connection")
            } else {
                state.append(job)
            }
            return state.watchedUntil.map { job.end < $0 } ?? true
        }
        if let refusal { return job.refuse(refusal) }
        if isFirst { clock.signal() }
        jobs.signal()
    }

    private func locked<T: Sendable>(_ body: (inout PoolState) -> T) -> T {
        jobs.lock()
        defer { jobs.unlock() }
        return state.withLock { body(&$0) }
    }

    private func cancel(_ id: UInt64) {
        let job = locked { $0.takeWaiting(id) }
        job?.refuse(CancellationError())
    }

    // MARK: - Threads' side

    private func start(_ name: String, _ body: @escaping @Sendable (ConnectionPool) -> Void) {
        let thread = Thread { [self] in
            body(self)
            ended.signal()
        }
        thread.name = name
        thread.start()
    }

    /// Connects, works until the connection is lost or the pool is closed and empty, and again.
    private func serve() {
        var backoff = Duration.milliseconds(50)
        while !locked({ $0.isClosed }) {
            do throws(PostgresFailure) {
                let connection = try Connection(url(), options: options)
                backoff = .milliseconds(50)
                locked {
                    $0.connected += 1
                    $0.trouble = nil
                }
                work(with: connection)
                locked { $0.connected -= 1 }
            } catch {
                locked { $0.trouble = error }
                pause(backoff * Double.random(in: 0.5...1))
                backoff = min(backoff * 2, .seconds(2))
            }
        }
    }

    private func work(with connection: Connection) {
        while let job = nextJob() {
            // A connection that ended while idle costs the job nothing: it goes back to the head of the
            // queue.
            guard connection.isStillOpen else {
                locked { $0.giveBack(job) }
                jobs.signal()
                return
            }
            let give = job.perform(connection)
            if connection.isInTransaction { try? connection.rollback() }
            locked { $0.finish(job) }
            give()
            if connection.isBroken { return }
        }
    }

    private func nextJob() -> PoolJob? {
        jobs.lock()
        defer { jobs.unlock() }
        while true {
            let (job, isClosed) = state.withLock { ($0.takeNext(), $0.isClosed) }
            if job != nil || isClosed { return job }
            jobs.wait()
        }
    }

    /// Sleeps, but wakes soon after the pool is closed.
    private func pause(_ duration: Duration) {
        let end = ContinuousClock.now + duration
        while !locked({ $0.isClosed }) {
            let rest = min(end - .now, .milliseconds(50))
            if rest <= .zero { return }
            Thread.sleep(forTimeInterval: Double(rest.wholeMilliseconds) / 1000)
        }
    }

    /// Refuses the jobs whose deadline has come.
    private func watch() {
        while true {
            let (late, trouble, end, isDone) = locked { state in
                let late = state.takeLate(.now)
                state.watchedUntil = state.earliest
                return (late, state.trouble, state.watchedUntil, state.isClosed && state.watchedUntil == nil)
            }
            for job in late {
                let reason =
                    trouble.map { "no database connection: \($0.message)" }
                    ?? "no database connection is free"
                job.refuse(PostgresFailure(.unavailable, reason, sqlState: trouble?.sqlState))
            }
            if isDone { return }
            if let end {
                let rest = max(.zero, end - .now).wholeMilliseconds
                _ = clock.wait(timeout: .now() + .milliseconds(Int(rest)))
            } else {
                clock.wait()
            }
        }
    }
}
