public import Contacts
public import Foundation
public import Postgres

/// What a person may do in the console; each may what the one before may.
public enum AccountRole: String, Sendable, CaseIterable, Comparable {
    /// Looks at everything of the workspace.
    case viewer
    /// Replays events.
    case `operator`
    /// Sees the addresses with their tokens, and who did what.
    case admin

    public static func < (left: AccountRole, right: AccountRole) -> Bool { left.rank < right.rank }

    private var rank: Int { AccountRole.allCases.firstIndex(of: self) ?? 0 }
}

/// A person who is logged in.
public struct Account: Sendable, Hashable {
    public let workspaceID: Int64
    public let id: UUID
    public let name: String
    public let role: AccountRole
}

/// An account as a list shows it.
public struct AccountRow: Sendable, Hashable {
    public let id: UUID
    public let name: String
    public let role: AccountRole
    public let createdAt: Instant
    public let disabledAt: Instant?
}

/// One line of who did what.
public struct AuditRow: Sendable, Hashable {
    public let id: UUID
    public let account: String
    public let action: String
    public let subject: String?
    /// The address it was done from.
    public let remote: String
    public let at: Instant
}

extension Connection {
    /// - Parameters:
    ///   - name: 1...100 characters, unique in the installation whatever its case.
    ///   - password: the text of its hash.
    /// - Throws: `.uniqueViolation` if the name is taken, `.invalid` for a name that is none.
    @discardableResult public func createAccount(
        workspaceID: Int64, name: String, role: AccountRole, password: String, now: Instant
    ) throws(PostgresFailure) -> UUID {
        guard (1...100).contains(name.count), !name.utf8.contains(0) else {
            throw PostgresFailure(.invalid, "an account needs a name of 1 to 100 characters")
        }
        let id = UUID.v7(at: now)
        let values: [Value] = [
            .bigint(workspaceID), .uuid(id), .text(name), .text(role.rawValue), .text(password),
            .timestamp(now.microseconds),
        ]
        _ = try change(workspaceID: workspaceID, [(SQL.statement("account.create"), values)])
        return id
    }

    /// An account that is in force, with the text of its password's hash.
    public func account(named name: String) throws(PostgresFailure) -> (Account, password: String)? {
        let key = name.lowercased()
        guard !key.utf8.contains(0) else { return nil }
        let rows = try pipeline([
            (SQL.statement("account.present"), [.text(key)]), (SQL.statement("account.named"), [.text(key)]),
        ])[1]
        guard !rows.isEmpty, let workspace = rows.bigint(0, 0), let id = rows.uuid(0, 1),
            let role = rows.text(0, 3).flatMap(AccountRole.init(rawValue:)), let password = rows.text(0, 4)
        else { return nil }
        return (Account(workspaceID: workspace, id: id, name: rows.text(0, 2) ?? "", role: role), password)
    }

    /// The accounts of a workspace, oldest first; at most 1,000.
    public func accounts(workspaceID: Int64) throws(PostgresFailure) -> [AccountRow] {
        try read(workspaceID: workspaceID, [(SQL.statement("account.list"), [.bigint(workspaceID)])])[0].map {
            rows, row in
            guard let id = rows.uuid(row, 0), let created = rows.instant(row, 3),
                let role = rows.text(row, 2).flatMap(AccountRole.init(rawValue:))
            else { return nil }
            return AccountRow(
                id: id, name: rows.text(row, 1) ?? "", role: role, createdAt: created,
                disabledAt: rows.instant(row, 4))
        }
    }

    /// Sets a new password, lets a disabled account in again, and ends its sessions.
    /// - Returns: false if the workspace has no account of this name.
    public func setPassword(
        workspaceID: Int64, name: String, password: String
    ) throws(PostgresFailure) -> Bool {
        try endSessions(
            workspaceID, SQL.statement("account.setPassword"), [.text(name.lowercased()), .text(password)])
    }

    /// Lets an account in no more, and ends its sessions.
    /// - Returns: false if the workspace has none of this name in force.
    public func disableAccount(
        workspaceID: Int64, name: String, now: Instant
    ) throws(PostgresFailure) -> Bool {
        try endSessions(
            workspaceID, SQL.statement("account.disable"),
            [.text(name.lowercased()), .timestamp(now.microseconds)])
    }

    private func endSessions(
        _ workspaceID: Int64, _ statement: Statement, _ values: [Value]
    ) throws(PostgresFailure) -> Bool {
        let rows = try change(
            workspaceID: workspaceID, [(statement, [.bigint(workspaceID)] + values)])[0]
        guard !rows.isEmpty, let id = rows.uuid(0, 0) else { return false }
        _ = try change(
            workspaceID: workspaceID,
            [(SQL.statement("session.closeAll"), [.bigint(workspaceID), .uuid(id)])])
        return true
    }

    // MARK: - Sessions

    /// - Parameter hash: SHA-256 of the token that the browser keeps.
    public func openSession(
        _ account: Account, hash: [UInt8], now: Instant, endsAt: Instant
    ) throws(PostgresFailure) {
        let workspace = Value.bigint(account.workspaceID)
        _ = try change(
            workspaceID: account.workspaceID,
            [
                (SQL.statement("session.sweep"), [workspace, .timestamp(now.microseconds)]),
                (
                    SQL.statement("session.open"),
                    [
                        workspace, .bytea(hash), .uuid(account.id), .timestamp(now.microseconds),
                        .timestamp(endsAt.microseconds),
                    ]
                ),
            ])
    }

    /// Who a session belongs to, and a note of its use if the last one is over a minute old.
    /// - Parameter idle: the longest time without a use.
    public func sessionHolder(hash: [UInt8], idle: Duration, now: Instant) throws(PostgresFailure) -> Account?
    {
        let text = hash.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
        let found = try pipeline([
            (SQL.statement("session.present"), [.text(text)]),
            (SQL.statement("session.find"), [.bytea(hash)]),
        ])[1]
        guard !found.isEmpty, let workspace = found.bigint(0, 0) else { return nil }
        let values: [Value] = [
            .bigint(workspace), .bytea(hash), .timestamp(now.microseconds),
            .timestamp((now - idle).microseconds),
        ]
        let rows = try read(workspaceID: workspace, [(SQL.statement("session.holder"), values)])[0]
        guard !rows.isEmpty, let id = rows.uuid(0, 0), let seen = rows.instant(0, 3),
            let role = rows.text(0, 2).flatMap(AccountRole.init(rawValue:))
        else { return nil }
        if now.duration(since: seen) > .seconds(60) {
            let values: [Value] = [.bigint(workspace), .bytea(hash), .timestamp(now.microseconds)]
            _ = try change(workspaceID: workspace, [(SQL.statement("session.seen"), values)])
        }
        return Account(workspaceID: workspace, id: id, name: rows.text(0, 1) ?? "", role: role)
    }

    public func closeSession(workspaceID: Int64, hash: [UInt8]) throws(PostgresFailure) {
        let values: [Value] = [.bigint(workspaceID), .bytea(hash)]
        _ = try change(workspaceID: workspaceID, [(SQL.statement("session.close"), values)])
    }

    // MARK: - Who did what

    /// A line for each subject.
    /// - Parameter subjects: an id or a word each, never a person; nil where the action is about nothing else.
    public func note(
        _ action: String, of account: Account, subjects: [String?], remote: String, now: Instant
    ) throws(PostgresFailure) {
        let values: [Value] = [
            .bigint(account.workspaceID), .uuids(subjects.map { _ in .v7(at: now) }), .uuid(account.id),
            .text(action), .texts(subjects), .text(remote), .timestamp(now.microseconds),
        ]
        _ = try change(workspaceID: account.workspaceID, [(SQL.statement("audit.note"), values)])
    }

    /// A page of who did what, newest first.
    public func auditLog(
        workspaceID: Int64, before: UUID?, limit: Int
    ) throws(PostgresFailure) -> Page<AuditRow, UUID> {
        let values: [Value] = [.bigint(workspaceID), .uuid(before ?? .last), .bigint(Int64(limit) + 1)]
        let rows = try read(workspaceID: workspaceID, [(SQL.statement("audit.page"), values)])[0].map {
            rows, row -> AuditRow? in
            guard let id = rows.uuid(row, 0), let at = rows.instant(row, 5) else { return nil }
            return AuditRow(
                id: id, account: rows.text(row, 1) ?? "", action: rows.text(row, 2) ?? "",
                subject: rows.text(row, 3), remote: rows.text(row, 4) ?? "", at: at)
        }
        return Page(rows, limit: limit, key: \.id)
    }

    /// Events by channel and hour since a time.
    /// - Returns: for each channel with an event `hours` counts, the oldest first.
    public func eventsByHour(
        workspaceID: Int64, since: Instant, hours: Int
    ) throws(PostgresFailure) -> [String: [Int]] {
        let values: [Value] = [
            .bigint(workspaceID), .uuid(.v7Floor(at: since)), .timestamp(since.microseconds),
        ]
        let rows = try read(workspaceID: workspaceID, [(SQL.statement("console.hours"), values)])[0]
        var counts: [String: [Int]] = [:]
        for row in 0..<rows.count {
            guard let key = rows.text(row, 0), let hour = rows.bigint(row, 1),
                let count = rows.bigint(row, 2),
                (0..<Int64(hours)).contains(hour)
            else { continue }
            counts[key, default: Array(repeating: 0, count: hours)][Int(hour)] = Int(count)
        }
        return counts
    }
}
