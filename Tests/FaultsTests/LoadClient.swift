import Dispatch
import Foundation
import Synchronization

/// Many clients that post at the same time, each over a connection that it keeps open.
final class LoadClient: Sendable {
    private struct State {
        var posts: [Post]
        var answers: [Answer]
        var next = 0
        var isClosed = false
    }
    private let ports: [Int]
    /// Until when what is not acknowledged is sent again; nil: everything is sent once.
    private let end: ContinuousClock.Instant?
    private let state: Mutex<State>
    private let ended = DispatchGroup()

    /// Starts at once.
    /// - Parameters:
    ///   - posts: taken by whichever client is free next.
    ///   - ports: where gateways listen. The clients share them out evenly; one whose gateway is gone goes on
    ///     with the next, and ends when all are gone.
    ///   - patience: for so long a client without a gateway waits for one, and sends again what was refused; of what was not
    ///     answered every fourth is given up, the others are sent again. Nil: everything is sent once.
    init(_ posts: [Post], to ports: [Int], connections: Int = 64, patience: Duration? = nil) {
        self.ports = ports
        end = patience.map { .now + $0 }
        state = Mutex(State(posts: [], answers: []))
        add(posts)
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

    /// Gives the clients more to post; not after ``close()``.
    func add(_ posts: [Post]) {
        state.withLock { state in
            state.posts += posts
            state.answers += Array(repeating: .unsent, count: posts.count)
        }
    }

    /// The clients end when everything is posted.
    func close() { state.withLock { $0.isClosed = true } }

    /// Closes, and waits until everything is posted, or every client has ended.
    /// - Returns: an answer for each post, in their order.
    func wait() -> [Answer] {
        close()
        ended.wait()
        return state.withLock { $0.answers }
    }

    /// Posts that were taken by a client.
    var begun: Int { state.withLock { $0.next } }

    private func work(_ index: Int) {
        var connection: ClientConnection?
        while let (place, post) = take() {
            repeat {
                if connection?.isBroken != false { connection = connect(index) }
                guard let connection else {
                    if mayRepeat(.unsent, place) { continue }
                    return
                }
                let answer = connection.post(post)
                state.withLock { $0.answers[place] = answer }
                guard mayRepeat(answer, place) else { break }
            } while true
        }
    }

    /// - Returns: whether to try again, after a while.
    private func mayRepeat(_ answer: Answer, _ place: Int) -> Bool {
        guard let end, ContinuousClock.now < end, answer != .acknowledged else { return false }
        if answer == .unknown, place % 4 == 0 { return false }
        Thread.sleep(forTimeInterval: 0.02)
        return true
    }

    private func connect(_ index: Int) -> ClientConnection? {
        for step in ports.indices {
            if let open = ClientConnection(port: ports[(index + step) % ports.count]) { return open }
        }
        return nil
    }

    /// Waits for more while there may be more.
    private func take() -> (place: Int, post: Post)? {
        while true {
            let (place, post, isClosed) = state.withLock { state in
                guard state.next < state.posts.count else { return (0, nil as Post?, state.isClosed) }
                state.next += 1
                return (state.next - 1, state.posts[state.next - 1], false)
            }
            if let post { return (place, post) }
            if isClosed { return nil }
            Thread.sleep(forTimeInterval: 0.005)
        }
    }
}
