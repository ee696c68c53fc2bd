import Contacts
import Files
import Foundation
import Harness
import Postgres
import Store
import Telemetry
import Testing

@testable import Receiving

@Suite("The spool", .inTurn)
struct SpoolTests {
    @Test("what is read from a file is what was written, whatever it holds")
    func roundTrip() throws {
        var seed = Seed()
        for _ in 0..<200 {
            let events = (0..<Int.random(in: 0...4, using: &seed)).map { _ in Self.anyEvent(&seed) }
            let bytes = SpoolBatch.bytes(of: events)
            let read = try SpoolBatch.events(in: bytes)
            #expect(SpoolBatch.bytes(of: read) == bytes, "\(seed)")
            #expect(read.map(\.id) == events.map(\.id) && read.map(\.body) == events.map(\.body), "\(seed)")
            #expect(read.map(\.receivedAt) == events.map(\.receivedAt), "\(seed)")
            #expect(read.map(\.reusableAt) == events.map(\.reusableAt), "\(seed)")
        }
    }

    @Test("a file that is cut or changed anywhere is known as damaged")
    func knowsDamage() {
        let bytes = SpoolBatch.bytes(of: [JournalRig.event("one")])
        for place in bytes.indices {
            #expect(throws: SpoolBatch.Failure.self) { try SpoolBatch.events(in: Array(bytes[..<place])) }
            var changed = bytes
            changed[place] ^= 1
            #expect(throws: SpoolBatch.Failure.self) { try SpoolBatch.events(in: changed) }
        }
    }

    @Test("a folder is adopted when its process has ended, and not before")
    func adopts() throws {
        let root = Self.newRoot()
        defer { Self.remove(root) }
        var folder: SpoolFolder? = try SpoolFolder.make(in: root, now: JournalRig.start)
        let path = try #require(folder).path
        _ = try folder?.write([1], number: 2)
        _ = try folder?.write([2], number: 1)
        #expect(try SpoolFolder.orphans(in: root).isEmpty)
        folder = nil
        let found = try SpoolFolder.orphans(in: root)
        #expect(found.map(\.path) == [path])
        #expect(try found.first?.files().map(\.number) == [1, 2])
        #expect(try SpoolFolder.orphans(in: root).isEmpty, "it is held by its new owner")
    }

    @Test("while the database is away events are accepted onto the disk, and drained once with their ids")
    func survivesAbsence() async throws {
        let cluster = try TestCluster.make()
        let rig = try JournalRig(on: cluster)
        let name = rig.database.name
        let root = Self.newRoot()
        defer { Self.remove(root) }
        let spool = Self.spool(rig, root)
        let journal = rig.journal(by: { cluster.url(of: name) }, spool: spool)
        try cluster.stop()
        let events = (0..<40).map { JournalRig.event("\($0)") }
        for event in events { #expect(try await journal.append(event) == .accepted(event.id)) }
        #expect(spool.isActive && spool.canTake)
        #expect(spool.locked { $0.files.map(\.number) == $0.files.map(\.number).sorted() })
        let file = try #require(spool.locked { $0.files.first }).path
        // Half a file among whole ones stops none of them.
        try Data([1, 2, 3]).write(to: URL(fileURLWithPath: file))
        try cluster.start()
        try await Poll.until("an empty spool") { spool.locked { $0.files.isEmpty } }
        try await Poll.until("the database in use") { !spool.isActive }
        #expect(try Disk.names(in: "\(root)/damaged").count == 1)
        #expect(rig.metrics.render().contains("leadgate_spool_damaged 1.0\n"))
        let admin = try rig.admin()
        let ids = Value.uuids(events.dropFirst().map(\.id))
        #expect(try admin.number("SELECT count(*) FROM inbound_event WHERE id = ANY ($1)", [ids]) == 39)
        #expect(try admin.number("SELECT count(*) FROM intake") == 39)
        try await rig.close(journal)
        try cluster.stop()
    }

    @Test("an event that was spooled and committed too is kept once")
    func drainsWhatIsKept() async throws {
        let rig = try JournalRig()
        defer { try? rig.database.drop() }
        let root = Self.newRoot()
        defer { Self.remove(root) }
        let admin = try rig.admin()
        try admin.lock("event_key")
        let spool = Self.spool(rig, root)
        let journal = rig.journal(spool: spool)
        let event = JournalRig.event("one")
        #expect(try await journal.append(event) == .accepted(event.id))
        #expect(spool.isActive)
        try admin.rollback()
        try await Poll.until("an empty spool") { spool.locked { $0.files.isEmpty } }
        #expect(try admin.number("SELECT count(*) FROM inbound_event") == 1)
        try await rig.close(journal)
    }

    @Test(
        "a body that came again when its time was over is an event of its own, however late the first is drained",
        .timeLimit(.minutes(10)))
    func drainsAfterReuse() async throws {
        let rig = try JournalRig()
        defer { try? rig.database.drop() }
        let root = Self.newRoot()
        defer { Self.remove(root) }
        func event(after minutes: Double) -> JournalEvent {
            let time = JournalRig.start + .seconds(minutes * 60)
            return JournalRig.event("same", reusableAt: time + .seconds(600), at: time)
        }
        // First, repetition, after its time, repetition of that; the newest is in the database already.
        let spooled = [event(after: 0), event(after: 5), event(after: 20), event(after: 25)]
        let newest = event(after: 60)
        let journal = rig.journal()
        #expect(try await journal.append(newest) == .accepted(newest.id))
        try await rig.close(journal)
        let kept = [spooled[0].id, spooled[2].id, newest.id].map(\.text).sorted()
        let admin = try rig.admin()
        // The second time as after a crash between the commit and the removal.
        for _ in 1...2 {
            let orphan = try Self.orphan(in: root, [Array(spooled[..<3]), Array(spooled[3...])])
            try await drain(rig, root, until: orphan)
            #expect(try admin.words("SELECT id::text FROM inbound_event ORDER BY 1") == kept)
            #expect(try admin.words("SELECT event_id::text FROM intake ORDER BY 1") == kept)
            #expect(try Disk.names(in: "\(root)/damaged").isEmpty)
        }
    }

    @Test("an event that was drained and then lost its key to a later one is not drained again")
    func drainsBeforeReuse() async throws {
        let rig = try JournalRig()
        defer { try? rig.database.drop() }
        let root = Self.newRoot()
        defer { Self.remove(root) }
        let first = JournalRig.event("same", reusableAt: JournalRig.start + .seconds(600))
        let later = JournalRig.start + .seconds(3_600)
        let newest = JournalRig.event("same", reusableAt: later + .seconds(600), at: later)
        let journal = rig.journal()
        for event in [first, newest] { #expect(try await journal.append(event) == .accepted(event.id)) }
        try await rig.close(journal)
        try await drain(rig, root, until: Self.orphan(in: root, [[first, JournalRig.event("other")]]))
        #expect(try rig.admin().number("SELECT count(*) FROM inbound_event") == 3)
        #expect(try Disk.names(in: "\(root)/damaged").isEmpty)
    }

    @Test("a file that the disk does not give stops none behind it")
    func passesUnreadable() async throws {
        let rig = try JournalRig()
        defer { try? rig.database.drop() }
        let root = Self.newRoot()
        defer { Self.remove(root) }
        let orphan = try Self.orphan(in: root, (1...3).map { [JournalRig.event("\($0)")] })
        // In front of them, and more than are looked at once.
        for number in 1...70 { try Disk.makeFolder("\(orphan)/new/\(number)") }
        let spool = Self.spool(rig, root)
        let journal = rig.journal(spool: spool)
        let admin = try rig.admin()
        try await Poll.until("the events") { try admin.number("SELECT count(*) FROM inbound_event") == 3 }
        #expect(rig.metrics.render().contains("leadgate_spool_unreadable 70.0\n"))
        try await Poll.until("their removal") { spool.locked { $0.files.isEmpty } }
        #expect(!spool.isActive)
        try await rig.close(journal)
    }

    @Test("before the schema is there events are spooled")
    func spoolsBeforeMigration() async throws {
        let rig = try JournalRig()
        let empty = try TestDatabase.make(isMigrated: false)
        defer {
            try? rig.database.drop()
            try? empty.drop()
        }
        let root = Self.newRoot()
        defer { Self.remove(root) }
        let spool = Self.spool(rig, root)
        let journal = rig.journal(by: { empty.url }, spool: spool)
        let event = JournalRig.event("early")
        #expect(try await journal.append(event) == .accepted(event.id))
        #expect(spool.isActive)
        #expect(try Disk.names(in: "\(root)/damaged").isEmpty)
        try Schema.migrate(Connection(empty.url, options: .administration), login: nil)
        try await Poll.until("the database in use") { !spool.isActive && spool.locked { $0.files.isEmpty } }
        let admin = try Connection(empty.url, options: .administration)
        #expect(try admin.number("SELECT count(*) FROM leadgate.inbound_event") == 1)
        try await rig.close(journal)
    }

    @Test(
        "a database that answers but takes nothing is away", arguments: ["read-only", "locked"])
    func knowsWhatTakesNothing(_ fault: String) async throws {
        let rig = try JournalRig()
        defer { try? rig.database.drop() }
        let admin = try rig.admin()
        let connection = try rig.database.connect(
            role: "leadgate_ingress", options: ConnectionOptions(lockTimeout: .milliseconds(50)))
        try connection.probeJournal()
        if fault == "locked" {
            try admin.lock("inbound_event")
        } else {
            try connection.script("SET default_transaction_read_only = on")
        }
        #expect(throws: PostgresFailure.self) { try connection.probeJournal() }
    }

    @Test("callers do not wait for a disk that does not answer")
    func givesUp() async throws {
        let rig = try JournalRig()
        defer { try? rig.database.drop() }
        let root = Self.newRoot()
        defer { Self.remove(root) }
        // Nobody writes.
        let spool = Self.spool(rig, root)
        let answer = await withCheckedContinuation { continuation in
            let entry = PendingEntry(
                JournalEntry(events: [JournalRig.event("one")]), end: .now, continuation)
            spool.append(entry, within: JournalOptions())
            spool.giveUp(on: entry.end - .seconds(1))
            #expect(spool.locked { $0.waitingEvents } == 1)
            spool.giveUp(on: .now)
        }
        #expect(throws: JournalFailure.unavailable) { try answer.get() }
        #expect(spool.locked { $0.waiting.isEmpty && $0.waitingEvents == 0 && $0.waitingBytes == 0 })
    }

    @Test("past its limit, or on a disk that fails, nothing is accepted")
    func refuses() async throws {
        let rig = try JournalRig()
        defer { try? rig.database.drop() }
        let root = Self.newRoot()
        defer { Self.remove(root) }
        let spool = Self.spool(rig, root, limit: 2_000)
        // Nobody listens there.
        let journal = rig.journal(by: { "postgresql:///none?host=/nowhere" }, spool: spool)
        let small = JournalRig.event("small")
        #expect(try await journal.append(small) == .accepted(small.id))
        await #expect(throws: JournalFailure.unavailable) {
            try await journal.append(JournalRig.event("large", body: String(repeating: "x", count: 3_000)))
        }
        #expect(!spool.canTake)
        let folder = try #require(spool.locked { $0.own }).path
        Disk.removeFolder("\(folder)/tmp")
        try Data().write(to: URL(fileURLWithPath: "\(folder)/tmp"))
        await #expect(throws: JournalFailure.unavailable) {
            try await journal.append(JournalRig.event("two"))
        }
        #expect(try Disk.names(in: "\(folder)/new").count == 1)
        try await rig.close(journal)
    }

    /// Runs a journal until it has drained an orphan.
    private func drain(_ rig: JournalRig, _ root: String, until path: String) async throws {
        let journal = rig.journal(spool: Self.spool(rig, root))
        try await Poll.until("a drained folder") { !FileManager.default.fileExists(atPath: path) }
        try await rig.close(journal)
    }

    /// What a process left that was killed while it spooled: a file of each batch.
    private static func orphan(in root: String, _ batches: [[JournalEvent]]) throws -> String {
        let folder = try SpoolFolder.make(in: root, now: JournalRig.start)
        for (place, batch) in batches.enumerated() {
            _ = try folder.write(SpoolBatch.bytes(of: batch), number: 1_000 + Int64(place))
        }
        return folder.path
    }

    private static func anyEvent(_ seed: inout Seed) -> JournalEvent {
        func text() -> String {
            String(
                String.UnicodeScalarView(
                    (0..<Int.random(in: 0...9, using: &seed)).compactMap { _ in
                        Unicode.Scalar(UInt32.random(in: 0...0x2FFF, using: &seed))
                    }))
        }
        func bytes() -> [UInt8] {
            (0..<Int.random(in: 0...40, using: &seed)).map { _ in .random(in: 0...255, using: &seed) }
        }
        let time = Instant(microseconds: .random(in: 0...Int64.max / 2, using: &seed))
        return JournalEvent(
            workspaceID: .random(in: .min ... .max, using: &seed),
            channelID: .random(in: .min ... .max, using: &seed),
            id: UUID.v7(at: time), adapter: text(), method: text(), tail: text(), query: text(), url: text(),
            headers: (0..<Int.random(in: 0...3, using: &seed)).map { _ in JournalHeader(text(), text()) },
            body: bytes(), bodySHA256: bytes(), contentSHA256: bytes(), remote: text(), verified: [text()],
            key: bytes(), reusableAt: Bool.random(using: &seed) ? time : nil, receivedAt: time,
            reason: Bool.random(using: &seed) ? text() : nil)
    }

    private static func spool(_ rig: JournalRig, _ root: String, limit: Int = 1 << 20) -> Spool {
        Spool(root: root, limit: limit, metrics: rig.metrics, now: { .now() }, log: .silent)
    }

    static func newRoot() -> String {
        FileManager.default.temporaryDirectory.path + "/leadgate-spool-\(UUID().uuidString)/spool"
    }

    static func remove(_ root: String) {
        try? FileManager.default.removeItem(at: URL(fileURLWithPath: root).deletingLastPathComponent())
    }
}
