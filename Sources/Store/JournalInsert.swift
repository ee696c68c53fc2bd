import Contacts
public import Foundation
public import Postgres

/// Who holds an event's key after a batch was committed.
public struct KeyOwner: Sendable, Hashable {
    public let eventID: UUID
    /// The ``JournalEvent/contentSHA256`` of the event that took the key.
    public let contentSHA256: [UInt8]
}

extension Connection {
    /// To be called once on a connection of a journal writer.
    public func prepareForJournal() throws(PostgresFailure) {
        _ = try query(SQL.statement("journal.session"))
    }

    /// Keeps a batch: in one round trip, or with companions in one transaction of two.
    ///
    /// Safe to repeat with the same ids: an event that was kept before is not kept twice, and owns its key.
    ///
    /// - Parameters:
    ///   - events: of different keys (workspace, channel, key).
    ///   - companions: statements of others that must be committed with everything kept here, or not at all.
    ///   - others: told who owns the keys, gives what is to be kept besides, of different keys too. Without companions it
    ///     has a transaction of its own behind the first.
    /// - Returns: the owner of each event's key, in the order of `events`, and of what `others` gave; nil where the key was
    ///   free and was not taken, which does not happen.
    /// - SQL: `journal.insert`, `journal.owners`
    public func keep(
        _ events: [JournalEvent], companions: [(Statement, [Value])] = [],
        others: ([KeyOwner?]) -> [JournalEvent] = { _ in [] }
    ) throws(PostgresFailure) -> (owners: [KeyOwner?], others: [KeyOwner?]) {
        let isWhole = companions.isEmpty
        let first = try pipeline(
            [(.begin, [])] + insertion(of: events) + (isWhole ? [(.commit, [])] : []))
        let owners = owners(of: events, in: first[1...])
        let rest = others(owners)
        if isWhole, rest.isEmpty { return (owners, []) }
        let start: [(Statement, [Value])] = isWhole ? [(.begin, [])] : []
        let second = try pipeline(start + insertion(of: rest) + companions + [(.commit, [])])
        return (owners, self.owners(of: rest, in: second[start.count...]))
    }

    /// Two statements, or none for no events.
    private func insertion(of events: [JournalEvent]) -> [(Statement, [Value])] {
        if events.isEmpty { return [] }
        let workspaces = Value.bigints(events.map(\.workspaceID))
        let channels = Value.bigints(events.map(\.channelID))
        let keys = Value.byteas(events.map(\.key))
        return [
            (
                SQL.statement("journal.insert"),
                [
                    workspaces, channels, keys, .uuids(events.map(\.id)), .texts(events.map(\.adapter)),
                    .texts(events.map(\.method)), .texts(events.map(\.tail)), .texts(events.map(\.query)),
                    .texts(events.map(\.url)), .jsonbs(events.map { JournalHeader.json($0.headers) }),
                    .byteas(events.map(\.body)), .byteas(events.map(\.bodySHA256)),
                    .byteas(events.map(\.contentSHA256)), .texts(events.map(\.remote)),
                    .texts(events.map { $0.verified.joined(separator: " ") }),
                    .timestamps(events.map(\.receivedAt.microseconds)),
                    .timestamps(events.map { $0.reusableAt?.microseconds }), .texts(events.map(\.reason)),
                ]
            ),
            (SQL.statement("journal.owners"), [workspaces, channels, keys]),
        ]
    }

    /// - Parameter answers: to the statements of ``insertion(of:)``, and perhaps more behind them.
    private func owners(of events: [JournalEvent], in answers: ArraySlice<Rows>) -> [KeyOwner?] {
        var owners = [KeyOwner?](repeating: nil, count: events.count)
        guard !events.isEmpty, let rows = answers.dropFirst().first else { return owners }
        for row in 0..<rows.count {
            guard let place = rows.int(row, 0), let id = rows.uuid(row, 1), let hash = rows.bytea(row, 2)
            else { continue }
            owners[Int(place) - 1] = KeyOwner(eventID: id, contentSHA256: hash)
        }
        return owners
    }

    /// Commits nothing, as the journal commits events.
    /// - Throws: what the journal would meet now, above all ``PostgresFailure/Kind/unavailable``.
    /// - SQL: `journal.probe`
    public func probeJournal() throws(PostgresFailure) {
        _ = try query(SQL.statement("journal.probe"))
    }

    /// Wakes the workers of other processes.
    /// - SQL: `journal.bell`
    public func ringIntake() throws(PostgresFailure) {
        _ = try query(SQL.statement("journal.bell"))
    }
}

/// Requests turned away for one reason in one minute.
public struct RejectionCount: Sendable, Hashable {
    /// 0 for a channel that does not exist.
    public var workspaceID: Int64
    public var channelID: Int64
    public var reason: String
    /// Its first microsecond, since 1970.
    public var minute: Int64
    public var count: Int64
    /// Of the last one; nil if not known.
    public var lastAddress: String?

    public init(
        workspaceID: Int64, channelID: Int64, reason: String, minute: Int64, count: Int64,
        lastAddress: String?
    ) {
        self.workspaceID = workspaceID
        self.channelID = channelID
        self.reason = reason
        self.minute = minute
        self.count = count
        self.lastAddress = lastAddress
    }
}

extension Connection {
    /// Adds to the counts of requests turned away.
    /// - Parameter counts: of different (workspace, channel, reason, minute).
    /// - SQL: `rejection.count`
    public func addRejections(_ counts: [RejectionCount]) throws(PostgresFailure) {
        guard !counts.isEmpty else { return }
        _ = try query(
            SQL.statement("rejection.count"),
            [
                .bigints(counts.map(\.workspaceID)), .bigints(counts.map(\.channelID)),
                .texts(counts.map(\.reason)),
                .timestamps(counts.map(\.minute)), .bigints(counts.map(\.count)),
                .texts(counts.map(\.lastAddress)),
            ])
    }
}

/// The card a caller's number leads to.
public struct KnownCaller: Sendable, Hashable {
    public let cardID: UUID
    public let name: String?
    public let company: String?
}

extension Connection {
    /// The card of a phone that is known, not merely proposed; nil if there is none.
    /// - Parameter phone: E.164.
    /// - SQL: `workspace.enter`, `lookup.byPhone`
    public func knownCaller(workspaceID: Int64, phone: String) throws(PostgresFailure) -> KnownCaller? {
        let answers = try pipeline([
            (.begin, []), (SQL.statement("workspace.enter"), [.bigint(workspaceID)]),
            (SQL.statement("lookup.byPhone"), [.bigint(workspaceID), .text(phone)]), (.commit, []),
        ])
        let rows = answers[2]
        guard rows.count > 0, let card = rows.uuid(0, 0) else { return nil }
        return KnownCaller(cardID: card, name: rows.text(0, 1), company: rows.text(0, 2))
    }
}
