import Dispatch
import Foundation
import Synchronization

/// Many clients that post at the same time, each over a connection that it keeps open.
final class LoadClient: Sendable {
    private struct State {
        var next = 0
        var answers: [Answer]
    }
    private let posts: [Post]
    private let ports: [Int]
    private let state: Mutex<State>
    private let ended = DispatchGroup()

    /// Starts at once.
    /// - Parameters:
    ///   - posts: taken by whichever client is free next.
    ///   - ports: where gateways listen. The clients share them out evenly; one whose gateway is gone goes on
    ///     with the next, and ends when all are gone.
    init(_ posts: [Post], to ports: [Int], connections: Int = 64) {
        self.posts = posts
        self.ports = ports
        state = Mutex(State(answers: Array(repeating: .unsent, count: posts.count)))
        for index in 0..<connections {
            ended.enter()
            let thread = Thread { [self] in
                work(index)
                ended.leave()
            }
            thread.start()
        }
    }

    /// Posts everything and waits for the answers.
    static func post(_ posts: [Post], to programs: [Int], connections: Int = 64) -> [Answer] {
        LoadClient(posts, to: programs, connections: connections).wait()
    }

    /// Waits until every client has ended.
    /// - Returns: an answer for each post, in their order.
    func wait() -> [Answer] {
        ended.wait()
        return state.withLock { $0.answers }
    }

    /// Posts that were taken by a client.
    var begun: Int { state.withLock { $0.next } }

    private func work(_ index: Int) {
        var connection: ClientConnection?
        while true {
            if connection?.isBroken != false { connection = connect(index) }
            guard let connection, let place = take() else { return }
            let answer = connection.post(posts[place])
            state.withLock { $0.answers[place] = answer }
        }
    }

    private func connect(_ index: Int) -> ClientConnection? {
        for step in ports.indices {
            if let open = ClientConnection(port: ports[(index + step) % ports.count]) { return open }
        }
        return nil
    }

    private func take() -> Int? {
        state.withLock { state in
            guard state.next < posts.count else { return nil }
            state.next += 1
            return state.next - 1
        }
    }
}
