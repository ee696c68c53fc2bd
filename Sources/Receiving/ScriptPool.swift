import Adapters
import Foundation
import Synchronization

/// A few threads with a script runtime each, for what must be answered while somebody waits.
///
/// Its threads keep it alive: it ends with ``close()`` only.
public final class ScriptPool: Sendable {
    private typealias Job = @Sendable (AdapterRuntime) -> Void

    private struct State {
        /// Oldest first.
        var waiting: [Job] = []
        var isClosed = false
    }
    /// Jobs that may wait; further ones are refused at once.
    private static let capacity = 256

    /// Only touched while `news` is held.
    private let state = Mutex(State())
    private let news = NSCondition()

    public init(threads: Int = 2) {
        for index in 0..<max(1, threads) {
            let thread = Thread { [self] in serve() }
            thread.name = "script-\(index)"
            // Scripts are bounded by instructions and memory, nested data by depth; both want some stack.
            thread.stackSize = 4 << 20
            thread.start()
        }
    }

    /// Lets the threads end after what they are doing.
    public func close() {
        news.lock()
        state.withLock { $0.isClosed = true }
        news.broadcast()
        news.unlock()
    }

    /// Does `work` on one of the threads.
    /// - Returns: nil if it is not done at `deadline`, or too many wait; a script that runs on is left to its limits.
    func run<T: Sendable>(
        until deadline: ContinuousClock.Instant, _ work: @escaping @Sendable (AdapterRuntime) -> T
    ) async -> T? {
        let answer = OneAnswer<T>()
        let isTaken = enqueue { runtime in
            guard ContinuousClock.now < deadline else { return }
            answer.give(work(runtime))
        }
        guard isTaken else { return nil }
        return await withTaskGroup(of: Void.self) { group in
            group.addTask {
                try? await Task.sleep(until: deadline, clock: .continuous)
                answer.give(nil)
            }
            let value = await answer.value()
            group.cancelAll()
            return value
        }
    }

    private func enqueue(_ job: @escaping Job) -> Bool {
        news.lock()
        defer { news.unlock() }
        let isTaken = state.withLock { state in
            guard !state.isClosed, state.waiting.count < ScriptPool.capacity else { return false }
            state.waiting.append(job)
            return true
        }
        if isTaken { news.signal() }
        return isTaken
    }

    private func serve() {
        let runtime = AdapterRuntime()
        while let job = nextJob() { job(runtime) }
    }

    private func nextJob() -> Job? {
        news.lock()
        defer { news.unlock() }
        while true {
            let (job, isClosed) = state.withLock { state in
                (state.waiting.isEmpty ? nil : state.waiting.removeFirst(), state.isClosed)
            }
            if job != nil || isClosed { return job }
            news.wait()
        }
    }
}

/// A value that is given by whoever comes first and taken once.
private final class OneAnswer<T: Sendable>: Sendable {
    private enum State {
        case empty
        case awaited(CheckedContinuation<T?, Never>)
        case given(T?)
        case taken
    }
    private let state = Mutex(State.empty)

    /// The first one counts.
    func give(_ value: T?) {
        let waiting = state.withLock { state -> CheckedContinuation<T?, Never>? in
            switch state {
            case .empty:
                state = .given(value)
                return nil
            case .awaited(let continuation):
                state = .taken
                return continuation
            case .given, .taken:
                return nil
            }
        }
        waiting?.resume(returning: value)
    }

    func value() async -> T? {
        await withCheckedContinuation { continuation in
            let value = state.withLock { state -> T?? in
                guard case .given(let value) = state else {
                    state = .awaited(continuation)
                    return nil
                }
                state = .taken
                return .some(value)
            }
            if let value { continuation.resume(returning: value) }
        }
    }
}
