import Adapters
import Contacts
import Foundation
import Harness
import JSON
import Store
import Testing

@testable import Resolving

@Suite("A flood")
struct FloodTests {
    @Test(
        "of 20,000 events in one channel delays a call of another channel, or workspace, by two batches at most"
    )
    func delaysNobody() throws {
        var options = WorkerOptions()
        // A bell rings, or nothing does.
        options.poll = .seconds(86_400)
        let other = Channel(
            workspace: "other", key: "elsewhere", adapter: "echo", tokens: ["token"], region: "UA")
        let desk = try Desk(channels: [Desk.channel(), Desk.channel("pbx"), other], options: options)
        try desk.flood(20_000)
        let worker = Worker(workers: desk.workers)
        func work() throws { try worker.work(try #require(desk.workers.bell.next())) }
        desk.workers.ring([Desk.workspaceID])
        for _ in 0..<4 { try work() }
        for channel in ["pbx", "elsewhere"] {
            let call = try desk.post(contact(phone: "0501234567"), to: channel)
            desk.workers.ring([channel == "pbx" ? Desk.workspaceID : other.workspaceID])
            var batches = 0
            while try desk.count("outcome", where: "event_id = '\(call.text)'") == 0, batches < 10 {
                try work()
                batches += 1
            }
            #expect(batches <= 2)
        }
        #expect(try desk.count("intake") > 15_000)
    }
}

extension Desk {
    /// Puts many enquiries of one person into the queue of `desk`.
    fileprivate func flood(_ count: Int) throws {
        let channel = try #require(workers.channels.snapshot.byKey["desk"])
        let connection = try database.connect(role: "leadgate_ingress")
        let body = Array(contact(phone: "0671112233").text().utf8)
        for _ in 0..<(count / 1_000) {
            advance(.milliseconds(1))
            _ = try connection.keep(
                (0..<1_000).map { _ in
                    JournalEvent(
                        workspaceID: channel.workspaceID, channelID: channel.id, id: UUID.v7(at: now),
                        adapter: channel.adapter, method: "POST",
                        headers: [JournalHeader("content-type", "application/json")], body: body,
                        bodySHA256: Array(repeating: 0, count: 32), key: Array(UUID().text.utf8),
                        receivedAt: now)
                })
        }
    }
}
