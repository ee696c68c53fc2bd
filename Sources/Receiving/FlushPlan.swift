import Contacts
import Foundation
import OpenSSL
import Postgres
import Store

/// Which events of a batch go to the database, and what came of each.
///
/// Of those with one key the first goes. What has the key of an event with another content goes in a second step, under a key
/// that its content is part of: it is kept once too, with its reason.
struct FlushPlan {
    /// Of different keys.
    let leaders: [JournalEvent]
    let companions: [(Statement, [Value])]
    private let entries: [JournalEntry]
    /// Index in ``leaders``.
    private let places: [Key: Int]

    private struct Key: Hashable {
        let workspaceID: Int64
        let channelID: Int64
        let bytes: [UInt8]

        init(_ event: JournalEvent) {
            (workspaceID, channelID, bytes) = (event.workspaceID, event.channelID, event.key)
        }
    }

    init(_ entries: [JournalEntry]) {
        self.entries = entries
        companions = entries.flatMap(\.companions)
        (leaders, places) = FlushPlan.firsts(entries.flatMap(\.events))
    }

    /// What is to be kept besides the leaders: events whose key belongs to another content.
    /// - Parameter owners: who holds the leaders' keys.
    func others(_ owners: [KeyOwner?]) -> [JournalEvent] {
        let events = entries.lazy.flatMap(\.events).filter { event in
            places[Key(event)].map { outcome(event, owners[$0]) == nil } ?? false
        }
        return FlushPlan.firsts(events.map(FlushPlan.withOwnKey)).0
    }

    /// What each event of each entry came to.
    /// - Parameters:
    ///   - owners: who holds the leaders' keys after the commit.
    ///   - others: what ``others(_:)`` gave, and who holds their keys.
    func outcomes(_ owners: [KeyOwner?], others: [(JournalEvent, KeyOwner?)]) -> [[JournalOutcome]] {
        let besides = Dictionary(others.map { (Key($0), $1) }, uniquingKeysWith: { first, _ in first })
        return entries.map { entry in
            entry.events.map { event in
                if let place = places[Key(event)], let known = outcome(event, owners[place]) { return known }
                let marked = FlushPlan.withOwnKey(event)
                return besides[Key(marked)].flatMap { outcome(marked, $0) } ?? .accepted(event.id)
            }
        }
    }

    /// Keeps the events with the companions.
    /// - Returns: what each event of each entry came to.
    func keep(_ connection: Connection) throws(PostgresFailure) -> [[JournalOutcome]] {
        var others: [JournalEvent] = []
        let owners = try connection.keep(leaders, companions: companions) { owners in
            others = self.others(owners)
            return others
        }
        return outcomes(owners.owners, others: Array(zip(others, owners.others)))
    }

    /// Nil: the key names another content.
    private func outcome(_ event: JournalEvent, _ owner: KeyOwner?) -> JournalOutcome? {
        guard let owner else { return nil }
        if owner.eventID == event.id { return .accepted(event.id) }
        return owner.contentSHA256 == event.contentSHA256 ? .duplicate(of: owner.eventID) : nil
    }

    private static func withOwnKey(_ event: JournalEvent) -> JournalEvent {
        var other = event
        other.key = digest(event.key + event.contentSHA256, .sha256)
        other.reason = IgnoredReason.sameKeyOtherContent.rawValue
        return other
    }

    private static func firsts(_ events: [JournalEvent]) -> ([JournalEvent], [Key: Int]) {
        var firsts: [JournalEvent] = []
        var places: [Key: Int] = [:]
        for event in events where places[Key(event)] == nil {
            places[Key(event)] = firsts.count
            firsts.append(event)
        }
        return (firsts, places)
    }
}
