import Foundation
import Synchronization

/// Tells workers which workspaces have news: at once where the news came from this process, by a poll else.
final class IntakeBell: Sendable {
    private struct State {
        /// Each once, the longest waiting first.
        var rung: [Int64] = []
        var nextPoll = ContinuousClock.now
        var isClosed = false
    }
    /// Only touched while `news` is held.
    private let state = Mutex(State())
    private let news = NSCondition()
    private let workspaces: @Sendable () -> [Int64]
    private let interval: Duration

    /// - Parameters:
    ///   - interval: between two looks at every workspace.
    ///   - workspaces: all there are.
    init(interval: Duration, workspaces: @escaping @Sendable () -> [Int64]) {
        self.interval = interval
        self.workspaces = workspaces
    }

    func ring(_ workspaces: some Sequence<Int64>) {
        locked { state in
            for workspace in workspaces where !state.rung.contains(workspace) { state.rung.append(workspace) }
        }
        news.broadcast()
    }

    func ringAll() { ring(workspaces()) }

    /// Wakes whoever waits for the next poll: by the machine's clock, so that they oversleep where that is set back.
    func wake() { news.broadcast() }

    /// The next workspace to look at; waits for one.
    /// - Returns: nil when the bell is closed.
    func next() -> Int64? {
        news.lock()
        defer { news.unlock() }
        while true {
            let known = workspaces()
            let (found, isClosed, rest) = state.withLock { state -> (Int64?, Bool, Duration) in
                if state.isClosed { return (nil, true, .zero) }
                if ContinuousClock.now >= state.nextPoll {
                    // Many workspaces are looked at less often, so that an idle gateway stays idle.
                    state.nextPoll = .now + max(interval, .milliseconds(2) * known.count)
                    for workspace in known where !state.rung.contains(workspace) {
                        state.rung.append(workspace)
                    }
                }
                let found = state.rung.isEmpty ? nil : state.rung.removeFirst()
                return (found, false, state.nextPoll - .now)
            }
            if isClosed { return nil }
            if let found { return found }
            _ = news.wait(until: Date(timeIntervalSinceNow: max(0.001, rest / .seconds(1))))
        }
    }

    var isClosed: Bool { locked { $0.isClosed } }

    func close() {
        locked { $0.isClosed = true }
        news.broadcast()
    }

    private func locked<T: Sendable>(_ body: (inout State) -> T) -> T {
        news.lock()
        defer { news.unlock() }
        return state.withLock { body(&$0) }
    }
}
