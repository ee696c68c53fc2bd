import Curl
import Foundation
import Harness
import Synchronization

/// Clients that post through the channel `gen` until they are told to stop, and remember what was answered.
final class Load: Sendable {
    private struct State {
        var acknowledged: [String] = []
        var statuses: [Int: Int] = [:]
    }
    private let state = Mutex(State())
    private let isStopped = Atomic(false)
    private let running = DispatchGroup()

    /// - Parameter text: what each one writes.
    init(on gateway: Program, clients: Int = 8, text: String = "Hello") {
        for client in 0..<clients {
            let thread = Thread { [self] in
                var number = 0
                while !isStopped.load(ordering: .relaxed) {
                    number += 1
                    post("load-\(client)-\(number)", phone: "+38067\(1_000_000 + number)", text, to: gateway)
                }
                running.leave()
            }
            running.enter()
            thread.start()
        }
    }

    /// Ids of the events that were answered with yes.
    var acknowledged: [String] { state.withLock { $0.acknowledged } }

    /// How often each status was answered; 0 for a connection that was refused or cut.
    var statuses: [Int: Int] { state.withLock { $0.statuses } }

    func stop() {
        isStopped.store(true, ordering: .relaxed)
        running.wait()
    }

    private func post(_ id: String, phone: String, _ text: String, to gateway: Program) {
        let answer = try? gateway.submit(id, phone: phone, text: text)
        state.withLock { state in
            state.statuses[answer?.status ?? 0, default: 0] += 1
            if let answer, (200..<300).contains(answer.status) { state.acknowledged.append(id) }
        }
        if answer == nil { Thread.sleep(forTimeInterval: 0.005) }
    }
}
