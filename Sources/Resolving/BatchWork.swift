import Adapters
import Contacts
import Foundation
import JSON
import Postgres

/// A mapped batch on its way to units: calls gathered by thread, repeats set apart, the rest as it came.
struct BatchWork {
    struct Statement {
        let thread: ThreadKey
        let stored: StoredStatement
        let inboundEventID: UUID
        let receivedAt: Instant
    }

    /// How long a call that nobody identified is waited for.
    static let parkedFor: Duration = .seconds(7 * 86_400)

    let claimed: [ClaimedEvent]
    /// Outcomes that need no card: ignored, dead, repeated.
    private(set) var settled: [BatchRows.Outcome] = []
    /// Events of calls that are not identified yet; they stay owed.
    private(set) var parked: [ClaimedEvent] = []
    /// What makes an activity of its own, in the order received.
    private(set) var contacts: [Contacting] = []
    private var calls: [ThreadKey: [Contacting]] = [:]
    private var folds: [ThreadKey: ResolvingCall] = [:]
    private let now: Instant

    init(_ mapped: [(ClaimedEvent, MappedEvent)], now: Instant) {
        self.now = now
        claimed = mapped.map(\.0).sorted { ($0.channelID, $0.id) < ($1.channelID, $1.id) }
        for (event, made) in mapped.sorted(by: { $0.0.id < $1.0.id }) {
            switch made {
            case .contacts(let contacts): for contact in contacts { take(contact) }
            case .ignored(let reason): settle(event, "ignored", reason.rawValue, [:])
            case .dead(let reason, let detail):
                settle(event, "dead", reason.rawValue, ["detail": .string(detail)])
            case .retry: break
            }
        }
    }

    private mutating func take(_ contact: Contacting) {
        let isInternal = contact.event.type != .note && contact.event.direction == .internal
        if isInternal || contact.event.call?.direction == .internal {
            settle(contact, "ignored", .internal)
        } else if contact.points.isOnlyOurs {
            settle(contact, "ignored", .own)
        } else if contact.event.type == .call, let thread = contact.event.thread {
            calls[ThreadKey(channelID: contact.channel.id, key: thread), default: []].append(contact)
        } else {
            contacts.append(contact)
        }
    }

    // MARK: - Calls

    var threadKeys: [ThreadKey] { calls.keys.sorted() }

    var statements: [Statement] {
        calls.flatMap { key, events in
            events.compactMap { event in
                event.event.call.map { call in
                    Statement(
                        thread: key, stored: StoredStatement(eventID: event.eventID, statement: call),
                        inboundEventID: event.claimed.id, receivedAt: event.claimed.request.receivedAt)
                }
            }
        }
    }

    /// - Parameters:
    ///   - threads: rows of `thread.lock`.
    ///   - new: rows of `thread.insert`.
    ///   - statements: rows of `callStatement.read`: all there are, this batch's among them.
    mutating func takeThreads(_ threads: Rows, new: Rows, statements: Rows) {
        var told: [ThreadKey: [StoredStatement]] = [:]
        for row in 0..<statements.count {
            guard let key = threadKey(statements, row), let eventID = statements.text(row, 2),
                let text = statements.json(row, 3), let json = try? JSON.parse(text),
                let statement = try? CallStatement(json: json)
            else { continue }
            told[key, default: []].append(StoredStatement(eventID: eventID, statement: statement))
        }
        let begun = Set((0..<new.count).compactMap { threadKey(new, $0) })
        for row in 0..<threads.count {
            guard let key = threadKey(threads, row) else { continue }
            let state = ThreadState(
                key: key, cardID: threads.uuid(row, 2), leadID: threads.uuid(row, 3),
                activityID: threads.uuid(row, 4), isNew: begun.contains(key))
            folds[key] = ResolvingCall(fold: foldCall(told[key] ?? []), thread: state)
        }
    }

    private func threadKey(_ rows: Rows, _ row: Int) -> ThreadKey? {
        guard let channel = rows.bigint(row, 0), let key = rows.text(row, 1) else { return nil }
        return ThreadKey(channelID: channel, key: key)
    }

    // MARK: - Repeats

    /// - Parameter existing: rows of `activity.existing`: these events were resolved before, perhaps from another request.
    mutating func takeExisting(_ existing: Rows) {
        var known: [ContactKey: (card: UUID?, lead: UUID?, activity: UUID?)] = [:]
        for row in 0..<existing.count {
            guard let channel = existing.bigint(row, 0), let event = existing.text(row, 1) else { continue }
            known[ContactKey(channelID: channel, eventID: event)] = (
                existing.uuid(row, 3), existing.uuid(row, 4), existing.uuid(row, 2)
            )
        }
        let given = contacts
        contacts = []
        for contact in given {
            guard let before = known[ContactKey(contact)] else {
                contacts.append(contact)
                continue
            }
            settled.append(
                outcome(
                    contact, "done", nil, ["rule": "this event was resolved before"], card: before.card,
                    lead: before.lead, activity: before.activity))
        }
    }

    private struct ContactKey: Hashable {
        let channelID: Int64
        let eventID: String

        init(channelID: Int64, eventID: String) {
            (self.channelID, self.eventID) = (channelID, eventID)
        }

        init(_ contact: Contacting) {
            self.init(channelID: contact.channel.id, eventID: contact.eventID)
        }
    }

    // MARK: - Units

    /// Everything that makes or changes an activity, in the order received. Calls nobody identified are parked, or given up
    /// after ``parkedFor``; the second of two equal events in one batch joins the first.
    mutating func units() -> [ResolvingUnit] {
        var units: [(at: UUID, ordinal: Int32, unit: ResolvingUnit)] = []
        var places: [ContactKey: Int] = [:]
        for contact in contacts {
            let key = ContactKey(contact)
            if let place = places[key] {
                let before = units[place].unit
                units[place].unit = ResolvingUnit(
                    events: before.events + [contact], call: nil, points: before.points)
            } else {
                places[key] = units.count
                let unit = ResolvingUnit(events: [contact], call: nil, points: contact.points)
                units.append((contact.claimed.id, contact.ordinal, unit))
            }
        }
        for (key, events) in calls {
            guard let call = folds[key], call.fold.isIdentified else {
                for event in events { park(event) }
                continue
            }
            if call.fold.direction == .internal {
                for event in events { settle(event, "ignored", .internal) }
                continue
            }
            let remote = call.fold.remote.map { [$0] } ?? []
            let points =
                events.first { $0.event.contact.points == remote }?.points
                ?? events[0].normaliser.normalise(remote)
            if points.isOnlyOurs, call.thread.cardID == nil {
                for event in events { settle(event, "ignored", .own) }
                continue
            }
            let unit = ResolvingUnit(events: events, call: call, points: points)
            units.append((events[0].claimed.id, events[0].ordinal, unit))
        }
        return units.sorted { ($0.at, $0.ordinal) < ($1.at, $1.ordinal) }.map(\.unit)
    }

    private mutating func park(_ contact: Contacting) {
        if now.duration(since: contact.claimed.request.receivedAt) >= Self.parkedFor {
            settle(contact, "ignored", .callNeverIdentified)
        } else {
            parked.append(contact.claimed)
        }
    }

    // MARK: - Settling

    private mutating func settle(_ contact: Contacting, _ status: String, _ reason: IgnoredReason) {
        settled.append(outcome(contact, status, reason.rawValue, [:]))
    }

    private mutating func settle(_ event: ClaimedEvent, _ status: String, _ reason: String, _ because: JSON) {
        settled.append(
            BatchRows.Outcome(
                event: event, ordinal: 0, status: status, reason: reason, because: because, adapterVersion: ""
            ))
    }

    private func outcome(
        _ contact: Contacting, _ status: String, _ reason: String?, _ because: JSON, card: UUID? = nil,
        lead: UUID? = nil, activity: UUID? = nil
    ) -> BatchRows.Outcome {
        BatchRows.Outcome(
            event: contact.claimed, ordinal: contact.ordinal, status: status, reason: reason, cardID: card,
            leadID: lead, activityID: activity, because: because, adapterVersion: contact.adapterVersion)
    }
}
