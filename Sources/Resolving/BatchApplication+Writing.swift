import Adapters
import Contacts
import Foundation
import JSON
import Postgres
import Store

extension BatchApplication {
    /// The fourth round trip: everything is written, the debt ends, the transaction commits.
    func write(_ rows: BatchRows, _ work: BatchWork) throws {
        var steps: [(Statement, [Value])] = []
        steps += cardSteps(rows)
        steps += leadSteps(rows)
        let activities = activitySteps(rows)
        let activityPlace = activities.isEmpty ? nil : steps.count
        steps += activities
        steps += threadSteps(rows)
        steps += outboxSteps(rows)
        steps += outcomeSteps(rows)
        steps += intakeSteps(work)
        // The activities' unique key may say that another worker was first: read its answer before the commit.
        let answers = try connection.pipeline(steps)
        if let activityPlace, answers[activityPlace].count != rows.activities.count {
            throw Interruption.overtaken
        }
        _ = try connection.query(isRehearsal ? .rollback : .commit)
    }

    private var workspace: Value { .bigint(workspaceID) }
    private var time: Value { .timestamp(now.microseconds) }

    private func step(_ name: String, _ values: [Value]) -> (Statement, [Value]) {
        (SQL.statement(name), [workspace] + values)
    }

    private func cardSteps(_ rows: BatchRows) -> [(Statement, [Value])] {
        let cards = rows.cards.values.filter(\.isChanged).sorted { $0.id < $1.id }
        guard !cards.isEmpty else { return [] }
        return [
            step(
                "card.save",
                [
                    .uuids(cards.map(\.id)), .texts(cards.map(\.name)), .texts(cards.map(\.company)),
                    .texts(cards.map(\.locale)), .bigints(cards.map(\.seq)), time,
                    .jsonbs(cards.map { JSON.object($0.attributes).text() }),
                ])
        ]
    }

    private func leadSteps(_ rows: BatchRows) -> [(Statement, [Value])] {
        var steps: [(Statement, [Value])] = []
        if !rows.reopened.isEmpty { steps.append(step("lead.reopen", [.uuids(rows.reopened)])) }
        if !rows.leads.isEmpty {
            let leads = rows.leads
            steps.append(
                step(
                    "lead.insert",
                    [
                        .uuids(leads.map(\.id)), .uuids(leads.map(\.cardID)), .texts(leads.map(\.pipeline)),
                        .texts(leads.map(\.source)),
                        .jsonbs(leads.map { JSON.object($0.attribution).text() }),
                        .uuids(leads.map { _ in nil }), .uuids(leads.map(\.previous)),
                        .timestamps(leads.map(\.openedAt.microseconds)),
                        .timestamps(leads.map { $0.due?.microseconds }),
                    ]))
        }
        if !rows.backdated.isEmpty {
            let calls = rows.backdated.sorted { ($0.leadID, $0.activityID) < ($1.leadID, $1.activityID) }
            steps.append(
                step(
                    "lead.backdate",
                    [
                        .uuids(calls.map(\.leadID)), .uuids(calls.map(\.activityID)),
                        .timestamps(calls.map(\.openedAt.microseconds)),
                        .timestamps(calls.map { $0.due?.microseconds }),
                    ]))
        }
        for (name, times) in [("lead.changeDue", rows.due), ("lead.respond", rows.responded)]
        where !times.isEmpty {
            let sorted = times.sorted { $0.key < $1.key }
            steps.append(
                step(name, [.uuids(sorted.map(\.key)), .timestamps(sorted.map(\.value.microseconds))]))
        }
        return steps
    }

    private func activitySteps(_ rows: BatchRows) -> [(Statement, [Value])] {
        var steps: [(Statement, [Value])] = []
        if !rows.activities.isEmpty {
            let activities = rows.activities
            steps.append(
                step(
                    "activity.insert",
                    [
                        .uuids(activities.map(\.id)), .uuids(activities.map(\.cardID)),
                        .uuids(activities.map(\.leadID)), .bigints(activities.map(\.channelID)),
                        .texts(activities.map(\.eventID)), .uuids(activities.map(\.inboundEventID)),
                        .texts(activities.map(\.kind.rawValue)), .texts(activities.map(\.direction.rawValue)),
                        .timestamps(activities.map(\.occurredAt.microseconds)),
                        .texts(activities.map(\.title)),
                        .texts(activities.map(\.text)), .jsonbs(activities.map { $0.details.text() }),
                        .texts(activities.map(\.thread)), .jsonbs(activities.map { $0.because.text() }), time,
                    ]))
        }
        if !rows.refolds.isEmpty {
            let refolds = rows.refolds
            steps.append(
                step(
                    "activity.refold",
                    [
                        .uuids(refolds.map(\.id)), .texts(refolds.map(\.fold.direction.rawValue)),
                        .timestamps(refolds.map(\.occurredAt.microseconds)),
                        .texts(refolds.map(\.fold.title)),
                        .jsonbs(refolds.map { $0.fold.details.text() }), .texts(refolds.map(\.rule.rawValue)),
                    ]))
        }
        return steps
    }

    private func threadSteps(_ rows: BatchRows) -> [(Statement, [Value])] {
        guard !rows.threads.isEmpty else { return [] }
        let threads = rows.threads
        let save = step(
            "thread.save",
            threadColumns(threads) + [
                .uuids(threads.map(\.cardID)), .uuids(threads.map(\.leadID)),
                .uuids(threads.map(\.activityID)), time,
            ])
        let known = threads.filter { !$0.isNew }
        if known.isEmpty { return [save] }
        return [save, step("intake.wakeParked", threadColumns(known) + [time])]
    }

    private func threadColumns(_ threads: [ThreadState]) -> [Value] {
        [.bigints(threads.map(\.key.channelID)), .texts(threads.map(\.key.key))]
    }

    private func outboxSteps(_ rows: BatchRows) -> [(Statement, [Value])] {
        var steps: [(Statement, [Value])] = []
        if !rows.suggestions.isEmpty {
            let pairs = Array(rows.suggestions)
            steps.append(
                step(
                    "cardSuggestion.insert",
                    [
                        .uuids(pairs.map(\.cardID)), .uuids(pairs.map(\.otherID)),
                        .jsonbs(pairs.map { _ in #"{"rule":"one event has points of both"}"# }), time,
                    ]))
        }
        if !rows.changes.isEmpty {
            let changes = rows.changes
            steps.append(
                step(
                    "outbox.insert",
                    [
                        .uuids(changes.map(\.cardID)), .bigints(changes.map(\.seq)),
                        .uuids(changes.map(\.id)),
                        .texts(changes.map(\.kind)), .jsonbs(changes.map { $0.body.text() }),
                        .uuids(changes.map(\.inboundEventID)), time,
                    ]))
        }
        return steps
    }

    private func outcomeSteps(_ rows: BatchRows) -> [(Statement, [Value])] {
        guard !rows.outcomes.isEmpty else { return [] }
        let outcomes = rows.outcomes
        return [
            step(
                "outcome.insert",
                [
                    .uuids(outcomes.map(\.event.id)), .ints(outcomes.map(\.event.run)),
                    .ints(outcomes.map(\.ordinal)), .bigints(outcomes.map(\.event.channelID)),
                    .texts(outcomes.map(\.status)), .texts(outcomes.map(\.reason)),
                    .ints(outcomes.map(\.event.attempts)), .uuids(outcomes.map(\.cardID)),
                    .uuids(outcomes.map(\.leadID)), .uuids(outcomes.map(\.activityID)),
                    .jsonbs(outcomes.map { $0.because.text() }), .texts(outcomes.map(\.adapterVersion)), time,
                ])
        ]
    }

    /// Parked events stay owed, for as long as their call may still be identified; the others are paid.
    private func intakeSteps(_ work: BatchWork) -> [(Statement, [Value])] {
        let parked = Set(work.parked.map(\.id))
        var steps: [(Statement, [Value])] = []
        let paid = work.claimed.filter { !parked.contains($0.id) }
        if !paid.isEmpty {
            steps.append(
                step("intake.finish", [.bigints(paid.map(\.channelID)), .uuids(paid.map(\.id))]))
        }
        let waiting = work.claimed.filter { parked.contains($0.id) }
        if !waiting.isEmpty {
            steps.append(
                step(
                    "intake.release",
                    [
                        .uuid(lease), .bigints(waiting.map(\.channelID)), .uuids(waiting.map(\.id)),
                        .timestamps(
                            waiting.map { ($0.request.receivedAt + BatchWork.parkedFor).microseconds }),
                        .texts(waiting.map { _ in "parked" }), .bool(false),
                    ]))
        }
        return steps
    }
}
