import Contacts
import Store
import Testing

@testable import Receiving

@Suite("The journal's queue")
struct JournalQueueTests {
    private let now = ContinuousClock.now

    @Test("entries leave in the order they came, up to a batch's events")
    func takesOldestFirst() async {
        let queue = queue { $0.batchEvents = 3 }
        let entries = [await entry(1), await entry(2), await entry(1)]
        defer { finish(entries) }
        for entry in entries { #expect(queue.append(entry)) }
        #expect(queue.waitingEvents == 4)
        #expect(queue.takeBatch(writer: 0) === entries[..<2])
        #expect(queue.waitingEvents == 1)
        #expect(queue.takeBatch(writer: 1) === entries[2...])
        #expect(queue.takeBatch(writer: 2).isEmpty)
        #expect(queue.waitingEvents == 0)
    }

    @Test("a batch ends before it has too many bytes, and holds one entry at least")
    func boundsABatchesBytes() async {
        let queue = queue { $0.batchBytes = 3_000 }
        let entries = [await entry(1, bytes: 10_000), await entry(1), await entry(1, bytes: 10_000)]
        defer { finish(entries) }
        for entry in entries { #expect(queue.append(entry)) }
        for entry in entries { #expect(queue.takeBatch(writer: 0) === [entry][...]) }
    }

    @Test("an entry of more events than a batch or the queue holds goes alone, into an empty queue only")
    func takesALargeEntryAlone() async {
        let queue = queue { ($0.batchEvents, $0.waitingEvents) = (2, 4) }
        let entries = [await entry(9), await entry(1)]
        defer { finish(entries) }
        #expect(queue.append(entries[0]))
        #expect(!queue.append(entries[1]))
        #expect(queue.takeBatch(writer: 0) === entries[..<1])
        #expect(!queue.append(entries[1]), "what is being written takes room too")
        queue.finish(writer: 0)
        #expect(queue.append(entries[1]))
    }

    @Test("room for events and bytes is bounded, and given back when a batch is finished")
    func boundsWhatIsHeld() async {
        let queue = queue { ($0.waitingEvents, $0.waitingBytes, $0.batchEvents) = (3, 5_000, 2) }
        let entries = [await entry(1), await entry(1), await entry(1), await entry(1)]
        let large = await entry(1, bytes: 5_000)
        defer { finish(entries + [large]) }
        for entry in entries[..<3] { #expect(queue.append(entry)) }
        #expect(!queue.append(entries[3]))
        _ = queue.takeBatch(writer: 0)
        #expect(!queue.append(entries[3]))
        queue.finish(writer: 0)
        #expect(queue.heldEvents == 1)
        #expect(!queue.append(large))
        #expect(queue.append(entries[3]))
        _ = queue.takeBatch(writer: 0)
        queue.finish(writer: 0)
        #expect(queue.heldEvents == 0)
        #expect(queue.heldBytes == 0)
        #expect(queue.append(large))
    }

    @Test("whoever waits too long is told, and its entry is written no more unless a writer has it")
    func givesUpTheLate() async {
        let queue = queue { $0.batchEvents = 1 }
        let flying = await entry(1, end: now)
        let late = await entry(2, end: now)
        let timely = await entry(1, end: now + .seconds(1))
        defer { finish([flying, late, timely]) }
        for entry in [flying, late, timely] { #expect(queue.append(entry)) }
        _ = queue.takeBatch(writer: 0)
        #expect(queue.takeLate(now: now - .seconds(1)).isEmpty)
        let found = queue.takeLate(now: now)
        #expect(Set(found.map(ObjectIdentifier.init)) == Set([flying, late].map(ObjectIdentifier.init)))
        #expect(queue.waitingEvents == 1)
        #expect(queue.heldEvents == 2)
        queue.finish(writer: 0)
        #expect(queue.heldEvents == 1)
        #expect(queue.takeBatch(writer: 0) === [timely][...])
    }

    @Test("a channel that floods has its part of the room, its workspace a larger one, and others get in")
    func leavesRoomForOthers() async {
        let queue = queue {
            ($0.waitingEvents, $0.channelPart, $0.workspacePart) = (8, 0.5, 0.75)
            $0.waitingBytes = 100_000
        }
        var entries: [PendingEntry] = []
        defer { finish(entries) }
        func append(_ workspace: Int64, _ channel: Int64, bytes: Int = 0) async -> Bool {
            let entry = await entry(1, bytes: bytes, workspace: workspace, channel: channel)
            entries.append(entry)
            return queue.append(entry)
        }
        for _ in 0..<4 { #expect(await append(1, 11)) }
        #expect(await !append(1, 11), "half of the room is a channel's")
        for _ in 0..<2 { #expect(await append(1, 12)) }
        #expect(await !append(1, 12), "three quarters are a workspace's")
        #expect(await !append(1, 13))
        for _ in 0..<2 { #expect(await append(2, 21)) }
        #expect(await !append(2, 21), "the room is full")
        while !queue.takeBatch(writer: 0).isEmpty { queue.finish(writer: 0) }
        #expect(queue.heldEvents == 0 && queue.heldBytes == 0)
        #expect(await append(1, 11, bytes: 49_000))
        #expect(await !append(1, 11, bytes: 2_000), "bytes are parted too")
        #expect(await append(2, 21, bytes: 2_000))
    }

    @Test("a batch takes from each channel in turn, so that one call passes a flood of another channel")
    func takesInTurn() async {
        let queue = queue { $0.batchEvents = 4 }
        var flood: [PendingEntry] = []
        for _ in 0..<10 { flood.append(await entry(1, channel: 11)) }
        let calls = [await entry(1, channel: 12), await entry(1, workspace: 2, channel: 21)]
        defer { finish(flood + calls) }
        for entry in flood + calls { #expect(queue.append(entry)) }
        #expect(queue.takeBatch(writer: 0) === [flood[0], calls[0], calls[1], flood[1]][...])
        #expect(queue.takeBatch(writer: 1) === flood[2..<6])
        #expect(queue.waitingEvents == 4)
        let next = await entry(1, channel: 12)
        defer { finish([next]) }
        #expect(queue.append(next))
        #expect(queue.takeBatch(writer: 2) === [flood[6], next, flood[7], flood[8]][...])
    }

    @Test("what leaves a line in between leaves the others in their order")
    func keepsOrder() {
        var line = Line<Int>()
        for number in 0..<5_000 { line.append(number) }
        for number in 0..<2_000 {
            #expect(line.first == number)
            line.removeFirst()
        }
        let gone = line.removeAll { $0 % 2 == 0 }
        #expect(gone.count == 1_500)
        var rest: [Int] = []
        while let first = line.first {
            rest.append(first)
            line.removeFirst()
        }
        #expect(rest == Array(stride(from: 2_001, to: 5_000, by: 2)))
        #expect(line.isEmpty)
    }

    @Test("the first answer to an entry counts, later ones are dropped")
    func answersOnce() async {
        let answer = await withCheckedContinuation { continuation in
            let pending = PendingEntry(JournalEntry(events: []), end: now, continuation)
            pending.finish(.failure(.overloaded))
            pending.finish(.success([]))
        }
        #expect(answer == .failure(.overloaded))
    }

    private func queue(_ change: (inout JournalOptions) -> Void) -> HeldQueue {
        var options = JournalOptions()
        // One channel may have all, unless a test says otherwise.
        (options.channelPart, options.workspacePart) = (1, 1)
        change(&options)
        return HeldQueue(JournalQueue(options: options))
    }

    /// An entry somebody waits for until ``finish(_:)``.
    private func entry(
        _ events: Int, bytes: Int = 0, end: ContinuousClock.Instant? = nil, workspace: Int64 = 1,
        channel: Int64 = 11
    ) async -> PendingEntry {
        let body = String(repeating: "x", count: bytes)
        let entry = JournalEntry(
            events: (0..<events).map {
                JournalRig.event("\($0)", body: body, workspace: workspace, channel: channel)
            })
        let end = end ?? now + .seconds(60)
        return await withCheckedContinuation { made in
            Task {
                _ = await withCheckedContinuation { continuation in
                    made.resume(returning: PendingEntry(entry, end: end, continuation))
                }
            }
        }
    }

    private func finish(_ entries: [PendingEntry]) {
        for entry in entries { entry.finish(.success([])) }
    }
}

private func === (one: [PendingEntry], other: ArraySlice<PendingEntry>) -> Bool {
    one.elementsEqual(other) { $0 === $1 }
}

/// A queue that an expectation may change.
private final class HeldQueue {
    private var queue: JournalQueue

    init(_ queue: JournalQueue) { self.queue = queue }

    var waitingEvents: Int { queue.waitingEvents }
    var heldEvents: Int { queue.heldEvents }
    var heldBytes: Int { queue.heldBytes }

    func append(_ entry: PendingEntry) -> Bool { queue.append(entry) }
    func takeBatch(writer: Int) -> [PendingEntry] { queue.takeBatch(writer: writer) }
    func finish(writer: Int) { queue.finish(writer: writer) }
    func takeLate(now: ContinuousClock.Instant) -> [PendingEntry] { queue.takeLate(now: now) }
}
