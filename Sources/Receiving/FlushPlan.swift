import Contacts
import Foundation
import Postgres
import Store

/// Which events of a batch go to the database: of those with one key, the first.
struct FlushPlan {
    /// How an event fared.
    enum Judgement: Hashable {
        case kept
        case repeated(of: UUID)
        /// Its key names an event with another content.
        case otherContent
    }
    private struct Key: Hashable {
        let workspaceID: Int64
        let channelID: Int64
        let bytes: [UInt8]
    }
    /// `intake.reason` of an event of another content.
    static let otherContentReason = IgnoredReason.sameKeyOtherContent.rawValue

    /// Of different keys.
    private(set) var leaders: [JournalEvent] = []
    /// Index in ``leaders`` for each event of each entry.
    private(set) var leaderOf: [[Int]] = []
    let companions: [(Statement, [Value])]

    init(_ entries: [JournalEntry]) {
        companions = entries.flatMap(\.companions)
        var known: [Key: Int] = [:]
        leaderOf.reserveCapacity(entries.count)
        for entry in entries {
            leaderOf.append(
                entry.events.map { event in
                    let key = Key(
                        workspaceID: event.workspaceID, channelID: event.channelID, bytes: event.key)
                    if let index = known[key] { return index }
                    known[key] = leaders.count
                    leaders.append(event)
                    return leaders.count - 1
                })
        }
    }

    /// - Parameter owner: who holds the event's key after the commit.
    func judge(_ event: JournalEvent, owner: KeyOwner?) -> Judgement {
        guard let owner else { return .otherContent }
        if owner.eventID == event.id { return .kept }
        return owner.contentSHA256 == event.contentSHA256 ? .repeated(of: owner.eventID) : .otherContent
    }
}
