import Contacts
import Files
import Foundation
import Logging
import OpenSSL
import Postgres
import Store
import Telemetry

/// The thread that brings spooled events to the database, and finds out when it is back.
final class SpoolDrain {
    private let journal: Journal
    private let spool: Spool
    private var connection: Connection?
    private var lookedAt: ContinuousClock.Instant?
    private var adopted: [SpoolFolder] = []
    /// Events that were found to be in the database, by the key that they have as overtaken ones.
    private var known: [[UInt8]: JournalEvent] = [:]
    /// Paths of files that were told of as unusable.
    private var told: Set<String> = []

    init(journal: Journal, spool: Spool) {
        self.journal = journal
        self.spool = spool
    }

    /// Drains until the spool is closed.
    func run() {
        connection = try? journal.connect()
        var pause = Duration.milliseconds(100)
        while !spool.locked({ $0.isClosed }) {
            adopt()
            if spool.locked({ $0.files.isEmpty && $0.awaySince == nil }) {
                spool.wait(.milliseconds(500)) { !$0.isClosed && $0.files.isEmpty && $0.awaySince == nil }
                continue
            }
            do throws(PostgresFailure) {
                if connection?.isBroken != false { connection = try journal.connect() }
                if let connection { try drain(connection) }
                spool.databaseIsBack()
                pause = .milliseconds(100)
            } catch {
                if connection?.isBroken == true { connection = nil }
                spool.log.debug("not drained", metadata: ["cause": "\(error)"])
                let end = ContinuousClock.now + pause
                while ContinuousClock.now < end, !spool.locked({ $0.isClosed }) {
                    spool.wait(end - .now) { !$0.isClosed }
                }
                pause = min(pause * 2, .milliseconds(500))
            }
        }
        for folder in adopted { folder.removeIfEmpty() }
    }

    /// Now and then: takes over what processes left that have ended, and tries again what could not be read.
    private func adopt() {
        if let lookedAt, ContinuousClock.now - lookedAt < .seconds(5) { return }
        lookedAt = .now
        spool.makeReady()
        spool.locked { state in
            state.files = (state.files + state.unreadable).sorted { $0.number < $1.number }
            state.unreadable = []
        }
        for folder in (try? SpoolFolder.orphans(in: spool.root)) ?? [] {
            guard let files = try? folder.files() else { continue }
            if files.isEmpty {
                folder.removeIfEmpty()
                continue
            }
            adopted.append(folder)
            spool.locked { state in
                state.files = (state.files + files).sorted { $0.number < $1.number }
                state.bytes += files.reduce(0) { $0 + $1.size }
            }
            spool.log.info("spooled events adopted", metadata: ["files": "\(files.count)"])
        }
    }

    /// Brings the oldest files to the database, then removes them; without any, asks whether it could be written.
    private func drain(_ connection: Connection) throws(PostgresFailure) {
        let (files, events) = readOldest()
        if events.isEmpty {
            try connection.probeJournal()
        } else {
            try keep(events[...], connection)
            spool.figures.events.add(events.count, ["drained"])
        }
        remove(files)
    }

    /// About a transaction's worth.
    private func readOldest() -> ([SpoolFile], [JournalEvent]) {
        var (files, events, size): ([SpoolFile], [JournalEvent], Int) = ([], [], 0)
        for file in spool.locked({ Array($0.files.prefix(64)) })
        where events.count < journal.options.batchEvents && size < journal.options.batchBytes {
            do {
                events += try SpoolBatch.events(in: Disk.read(file.path))
                files.append(file)
                size += file.size
            } catch let failure as SpoolBatch.Failure {
                setAside(file, "\(failure)")
            } catch {
                leave(file, "\(error)")
            }
        }
        return (files, events)
    }

    /// Keeps events; of those that the database refuses, the halves.
    private func keep(_ events: ArraySlice<JournalEvent>, _ connection: Connection) throws(PostgresFailure) {
        if let place = SpoolDrain.reuse(in: events) {
            try keep(events[..<place], connection)
            return try keep(events[place...], connection)
        }
        let outcomes: [JournalOutcome]
        do throws(PostgresFailure) {
            outcomes = try FlushPlan([JournalEntry(events: Array(events))]).keep(connection).flatMap { $0 }
        } catch {
            guard error.isData, !connection.isBroken else { throw error }
            if events.count > 1 {
                let middle = events.startIndex + events.count / 2
                try keep(events[..<middle], connection)
                try keep(events[middle...], connection)
            } else if let event = events.first, error.kind == .uniqueViolation {
                // Its id is there: it was kept before, and another event has its key since.
                known[event.key] = event
            } else if let event = events.first {
                try setAside(event, error)
            }
            return
        }
        journal.rang(
            Set(
                zip(events, outcomes).compactMap { event, outcome in
                    if case .accepted = outcome { event.workspaceID } else { nil }
                }))
        for event in zip(events, outcomes).compactMap(SpoolDrain.overtaken) {
            if let first = known[event.key]?.reusableAt, event.receivedAt < first { continue }
            try keep([event], connection)
        }
    }

    /// The place of the first event whose key was free again when it came, though an earlier one here has it.
    private static func reuse(in events: ArraySlice<JournalEvent>) -> Int? {
        var ends: [[UInt8]: Instant] = [:]
        for (place, event) in zip(events.indices, events) {
            if let end = ends[event.key], end <= event.receivedAt { return place }
            if ends[event.key] == nil { ends[event.key] = event.reusableAt }
        }
        return nil
    }

    /// An event that was taken for a repetition of one that came when its key was free again: the same under a key that both
    /// are part of, by which its own repetitions are known.
    private static func overtaken(_ event: JournalEvent, _ outcome: JournalOutcome) -> JournalEvent? {
        guard case .duplicate(let owner) = outcome, let end = event.reusableAt,
            owner.instant >= end - .milliseconds(1)
        else { return nil }
        var event = event
        event.key = digest(event.key + Array(owner.text.utf8), .sha256)
        return event
    }

    /// An event that the database will never take: for a person to look at.
    private func setAside(_ event: JournalEvent, _ cause: PostgresFailure) throws(PostgresFailure) {
        let name = event.id.uuidString.lowercased()
        do throws(FileFailure) {
            try Disk.remove("\(spool.root)/damaged/\(name).tmp")
            try Disk.keep(
                SpoolBatch.bytes(of: [event]), in: "\(spool.root)/damaged", as: name,
                through: "\(spool.root)/damaged/\(name).tmp")
        } catch {
            throw PostgresFailure(.unavailable, "\(error)")
        }
        spool.figures.events.add(1, ["refused"])
        spool.locked { $0.damaged += 1 }
        spool.log.error("spooled event refused", metadata: ["event": "\(name)", "cause": "\(cause)"])
    }

    /// A file that cannot be read as one of ours.
    private func setAside(_ file: SpoolFile, _ cause: String) {
        let name = "\(URL(fileURLWithPath: file.folder.path).lastPathComponent)-\(file.name)"
        do throws(FileFailure) {
            try Disk.move(file.path, to: "\(spool.root)/damaged/\(name)")
        } catch {
            return leave(file, "\(error)")
        }
        spool.log.error("spooled file damaged", metadata: ["file": "\(name)", "cause": "\(cause)"])
        spool.locked { $0.damaged += 1 }
        forget([file])
    }

    /// A file that cannot be read now: the others do not wait for it.
    private func leave(_ file: SpoolFile, _ cause: String) {
        if told.insert(file.path).inserted {
            spool.log.error("spooled file not read", metadata: ["file": "\(file.path)", "cause": "\(cause)"])
        }
        spool.locked { state in
            state.files.removeAll { $0.path == file.path }
            state.unreadable.append(file)
        }
    }

    private func remove(_ files: [SpoolFile]) {
        for file in files {
            do { try Disk.remove(file.path) } catch {
                // It is brought again at the next start, which does no harm.
                spool.log.error("drained file not removed", metadata: ["cause": "\(error)"])
            }
        }
        for folder in Set(files.map(\.folder.path)) { try? Disk.sync("\(folder)/new") }
        forget(files)
    }

    private func forget(_ files: [SpoolFile]) {
        let gone = Set(files.map(\.path))
        let left = spool.locked { state in
            state.files.removeAll { gone.contains($0.path) }
            let left = state.files + state.unreadable
            state.bytes = left.reduce(0) { $0 + $1.size }
            if state.bytes < spool.limit { state.isFailing = false }
            return Set(left.map(\.folder.path))
        }
        for folder in adopted where !left.contains(folder.path) { folder.removeIfEmpty() }
        adopted.removeAll { !left.contains($0.path) }
    }
}
