import Adapters
import Contacts
import Foundation
import JSON

/// What each unit of a batch becomes, once its card is known and locked: leads, activities, changes owed to others, outcomes.
/// Pure: reads no clock and no database.
struct BatchPlan {
    /// A lead as read under its card's lock.
    struct KnownLead: Sendable, Hashable {
        let id: UUID
        let closedAt: Instant?
    }

    struct LeadPlace: Hashable {
        let cardID: UUID
        let pipeline: String
    }

    private(set) var rows = BatchRows()
    private var open: [LeadPlace: UUID]
    private let closed: [LeadPlace: KnownLead]
    private let now: Instant
    private let makeID: () -> UUID

    /// - Parameters:
    ///   - cards: those that exist, as read under lock.
    ///   - closed: the newest closed lead of each card and pipeline.
    init(
        cards: [UUID: BatchRows.Card], open: [LeadPlace: UUID], closed: [LeadPlace: KnownLead], now: Instant,
        makeID: @escaping () -> UUID
    ) {
        rows.cards = cards
        self.open = open
        self.closed = closed
        self.now = now
        self.makeID = makeID
    }

    /// Takes the units in the order received.
    mutating func take(_ unit: ResolvingUnit, _ identity: IdentityPlan.Identity) {
        fillCard(unit, identity)
        let rule = LeadRule(unit)
        let (leadID, leadWord) = lead(for: unit, on: identity.cardID, rule)
        if let leadID { setDue(leadID, unit, rule) }
        let because = because(unit, identity, rule, leadWord)
        let activityID = activity(unit, identity.cardID, leadID, rule, because)
        for other in identity.others { link(identity, other, unit) }
        for event in unit.events {
            rows.outcomes.append(
                BatchRows.Outcome(
                    event: event.claimed, ordinal: event.ordinal, status: "done", reason: nil,
                    cardID: identity.cardID, leadID: leadID, activityID: activityID, because: because,
                    adapterVersion: event.adapterVersion))
        }
    }

    mutating func take(outcome: BatchRows.Outcome) {
        rows.outcomes.append(outcome)
    }

    // MARK: - Card

    private mutating func fillCard(_ unit: ResolvingUnit, _ identity: IdentityPlan.Identity) {
        let contact = unit.first.event.contact
        var card =
            rows.cards[identity.cardID]
            ?? BatchRows.Card(id: identity.cardID, isNew: true, seq: 0, isChanged: true)
        let isFirst = card.isNew && card.seq == 0
        for (path, value) in [
            (\BatchRows.Card.name, unit.name), (\.company, contact.company), (\.locale, contact.locale),
        ] where card[keyPath: path] == nil && value != nil {
            card[keyPath: path] = value
            card.isChanged = true
        }
        if unit.first.isImportedCard {
            for field in unit.first.event.fields where card.attributes[field.name] == nil {
                card.attributes[field.name] = .string(field.value)
                card.isChanged = true
            }
        }
        rows.cards[identity.cardID] = card
        if isFirst { change("card.created", identity.cardID, unit, [:]) }
    }

    // MARK: - Lead

    private mutating func lead(
        for unit: ResolvingUnit, on cardID: UUID, _ rule: LeadRule
    ) -> (UUID?, String) {
        if rule == .noteHasNone { return (nil, "none") }
        let rules = unit.first.channel.rules
        if let kept = unit.call?.thread.leadID {
            if let activity = unit.call?.thread.activityID {
                rows.backdated.append(
                    (kept, activity, unit.occurredAt, rules.respondWithin.map { unit.occurredAt + $0 }))
            }
            return (kept, "kept")
        }
        let place = LeadPlace(cardID: cardID, pipeline: rules.pipeline)
        if let known = open[place] { return (known, "joined") }
        guard rule.opens else { return (nil, "none") }
        if let last = closed[place], let closedAt = last.closedAt, let within = rules.reopenWithin,
            unit.occurredAt.duration(since: closedAt) <= within
        {
            open[place] = last.id
            rows.reopened.append(last.id)
            change("lead.reopened", cardID, unit, ["lead_id": .string(last.id.text)])
            return (last.id, "reopened")
        }
        let id = makeID()
        open[place] = id
        rows.leads.append(
            BatchRows.Lead(
                id: id, cardID: cardID, pipeline: rules.pipeline, source: unit.first.channel.key,
                attribution: unit.first.event.attribution, previous: closed[place]?.id,
                openedAt: unit.occurredAt, due: rules.respondWithin.map { unit.occurredAt + $0 }))
        change(
            "lead.opened", cardID, unit, ["lead_id": .string(id.text), "pipeline": .string(rules.pipeline)])
        return (id, closed[place] == nil ? "opened" : "opened again")
    }

    private mutating func setDue(_ leadID: UUID, _ unit: ResolvingUnit, _ rule: LeadRule) {
        guard let fold = unit.call?.fold else { return }
        if rule == .missedCallIsDue {
            let due = fold.endedAt ?? unit.occurredAt
            rows.due[leadID] = min(rows.due[leadID] ?? due, due)
        } else if fold.state == .ended, let answered = fold.answeredAt {
            // Not while it rings or talks: what ends as a missed call was nobody's answer.
            rows.responded[leadID] = min(rows.responded[leadID] ?? answered, answered)
        }
    }

    // MARK: - Other cards

    /// Another card has a point of this event, too: perhaps the same person. Merged at once only where the channel says so and
    /// proves both points; else suggested to people.
    private mutating func link(
        _ identity: IdentityPlan.Identity, _ other: IdentityPlan.Other, _ unit: ResolvingUnit
    ) {
        rows.suggestions.insert(.init(identity.cardID, other.cardID))
        guard unit.first.channel.rules.mergesAutomatically, other.isVerified,
            identity.matched?.verified == true
        else { return }
        rows.merges.append(
            (
                identity.cardID, other.cardID,
                [
                    "rule": "the channel merges cards that an event proves to be one",
                    "channel": .string(unit.first.channel.key),
                ]
            ))
    }

    // MARK: - Activity

    private mutating func activity(
        _ unit: ResolvingUnit, _ cardID: UUID, _ leadID: UUID?, _ rule: LeadRule, _ because: JSON
    ) -> UUID {
        if let call = unit.call, let known = call.thread.activityID {
            rows.refolds.append((known, call.fold, unit.occurredAt, rule))
            change("activity.updated", cardID, unit, ["activity_id": .string(known.text)])
            return known
        }
        let id = makeID()
        let first = unit.first
        rows.activities.append(
            BatchRows.Activity(
                id: id, cardID: cardID, leadID: leadID, channelID: first.channel.id,
                eventID: unit.call.map { "call:" + $0.thread.key.key } ?? first.eventID,
                inboundEventID: first.claimed.id, kind: unit.kind, direction: unit.direction,
                occurredAt: unit.occurredAt, title: title(unit), text: first.event.text,
                details: details(unit),
                thread: unit.call?.thread.key.key ?? first.event.thread, because: because))
        if let call = unit.call {
            var thread = call.thread
            (thread.cardID, thread.leadID, thread.activityID) = (cardID, leadID, id)
            rows.threads.append(thread)
        }
        change(
            "activity.added", cardID, unit,
            ["activity_id": .string(id.text), "lead_id": leadID.map { .string($0.text) } ?? .null])
        return id
    }

    private func title(_ unit: ResolvingUnit) -> String {
        if let fold = unit.call?.fold { return fold.title }
        if let subject = unit.first.event.subject { return subject }
        let word = unit.kind.rawValue.replacing("_", with: " ")
        return word.prefix(1).uppercased() + word.dropFirst()
    }

    private func details(_ unit: ResolvingUnit) -> JSON {
        if let fold = unit.call?.fold { return fold.details }
        let event = unit.first.event
        var details = JSONObject()
        if !event.fields.isEmpty {
            details["fields"] = .array(
                event.fields.map { .object(["name": .string($0.name), "value": .string($0.value)]) })
        }
        if !event.attachments.isEmpty { details["attachments"] = .array(event.attachments) }
        if !event.attribution.isEmpty { details["attribution"] = .object(event.attribution) }
        return .object(details)
    }

    // MARK: - Reasons and changes

    private func because(
        _ unit: ResolvingUnit, _ identity: IdentityPlan.Identity, _ rule: LeadRule, _ lead: String
    ) -> JSON {
        var because = JSONObject()
        if let matched = identity.matched {
            because["matched"] = .string(matched.kind.rawValue)
            because["verified"] = .bool(matched.verified)
        } else {
            because["matched"] = .string(identity.isNew ? "nothing, a new card" : "the call's thread")
        }
        because["rule"] = .string(rule.rawValue)
        because["lead"] = .string(lead)
        if !unit.points.dropped.isEmpty {
            because["dropped"] = .array(
                unit.points.dropped.map {
                    .object(["kind": .string($0.kind.rawValue), "reason": .string($0.reason)])
                })
        }
        if !identity.others.isEmpty {
            because["other_cards"] = .array(identity.others.map { .string($0.cardID.text) })
        }
        return .object(because)
    }

    private mutating func change(_ kind: String, _ cardID: UUID, _ unit: ResolvingUnit, _ body: JSONObject) {
        guard var card = rows.cards[cardID] else { return }
        card.seq += 1
        card.isChanged = true
        rows.cards[cardID] = card
        var body = body
        body["card_id"] = .string(cardID.text)
        body["channel"] = .string(unit.first.channel.key)
        rows.changes.append(
            BatchRows.Change(
                cardID: cardID, seq: card.seq, id: makeID(), kind: kind, body: .object(body),
                inboundEventID: unit.first.claimed.id))
    }
}
