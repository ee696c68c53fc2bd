public import Contacts
public import Foundation
public import Postgres

/// What a token allows.
public enum Scope: String, Sendable, CaseIterable {
    /// To read everything of the workspace.
    case read
    /// To change things: replay events.
    case write
    /// To bring events in.
    case ingest
    /// Everything.
    case admin
}

/// Who a presented token belongs to.
public struct TokenHolder: Sendable, Hashable {
    public let workspaceID: Int64
    public let id: UUID
    /// As given when it was made.
    public let name: String
    public let scopes: Set<Scope>
    /// Nil: never.
    public let expiresAt: Instant?

    public func may(_ scope: Scope) -> Bool { scopes.contains(scope) || scopes.contains(.admin) }

    public func isInForce(at now: Instant) -> Bool { expiresAt.map { now < $0 } ?? true }
}

/// A token as a list shows it; the token itself is nowhere.
public struct TokenRow: Sendable, Hashable {
    public let id: UUID
    public let name: String
    public let scopes: Set<Scope>
    public let createdAt: Instant
    public let expiresAt: Instant?
    /// To the minute.
    public let lastUsedAt: Instant?
    public let revokedAt: Instant?
}

extension Connection {
    /// The holder of a token, and a note of its use if the last one is over a minute old.
    ///
    /// - Parameter hash: SHA-256 of the token's text.
    /// - Returns: nil for an unknown, revoked or expired one.
    public func tokenHolder(hash: [UInt8], now: Instant) throws(PostgresFailure) -> TokenHolder? {
        let rows = try pipeline([
            (SQL.statement("token.present"), [.text(hash.hex)]),
            (SQL.statement("token.holder"), [.bytea(hash)]),
        ])[1]
        guard !rows.isEmpty, let workspace = rows.bigint(0, 0), let id = rows.uuid(0, 1) else { return nil }
        let holder = TokenHolder(
            workspaceID: workspace, id: id, name: rows.text(0, 2) ?? "", scopes: rows.scopes(0, 3),
            expiresAt: rows.instant(0, 4))
        guard holder.isInForce(at: now) else { return nil }
        let last = rows.instant(0, 5)
        // Once a minute is enough: a row written at every request would be a hot spot.
        guard last.map({ now.duration(since: $0) >= .seconds(60) }) ?? true else { return holder }
        let values: [Value] = [
            .bigint(workspace), .uuid(id), .timestamp(now.microseconds), .timestamp(last?.microseconds),
        ]
        _ = try change(workspaceID: workspace, [(SQL.statement("token.use"), values)])
        return holder
    }

    /// Keeps a new token.
    ///
    /// - Parameters:
    ///   - hash: SHA-256 of the token's text.
    ///   - name: what people call it; 1...200 characters.
    ///   - scopes: at least one.
    ///   - expiresAt: nil: never.
    /// - Returns: its id, by which it is revoked.
    /// - Throws: `.invalid` for an unknown workspace or an empty list of scopes.
    public func createToken(
        workspaceID: Int64, hash: [UInt8], name: String, scopes: Set<Scope>, now: Instant, expiresAt: Instant?
    ) throws(PostgresFailure) -> UUID {
        guard !scopes.isEmpty else { throw PostgresFailure(.invalid, "a token needs a scope") }
        guard !name.isEmpty, name.count <= 200, !name.utf8.contains(0) else {
            throw PostgresFailure(.invalid, "a token needs a name of 1 to 200 characters")
        }
        let id = UUID.v7(at: now)
        let values: [Value] = [
            .bigint(workspaceID), .uuid(id), .text(name), .bytea(hash),
            .texts(scopes.map(\.rawValue).sorted()), .timestamp(now.microseconds),
            .timestamp(expiresAt?.microseconds),
        ]
        _ = try change(workspaceID: workspaceID, [(SQL.statement("token.create"), values)])
        return id
    }

    /// The tokens of a workspace, oldest first, revoked ones too; at most 1,000.
    public func tokens(workspaceID: Int64) throws(PostgresFailure) -> [TokenRow] {
        try read(workspaceID: workspaceID, [(SQL.statement("token.list"), [.bigint(workspaceID)])])[0]
            .map(TokenRow.init)
    }

    /// Ends a token; processes that have just seen it may honour it for five seconds more.
    ///
    /// - Returns: false if the workspace has none of this id.
    public func revokeToken(workspaceID: Int64, id: UUID, now: Instant) throws(PostgresFailure) -> Bool {
        let values: [Value] = [.bigint(workspaceID), .uuid(id), .timestamp(now.microseconds)]
        return try change(workspaceID: workspaceID, [(SQL.statement("token.revoke"), values)])[0].affected > 0
    }
}

// MARK: - Columns

extension TokenRow {
    fileprivate init?(_ rows: Rows, _ row: Int) {
        guard let id = rows.uuid(row, 0), let created = rows.instant(row, 3) else { return nil }
        self.init(
            id: id, name: rows.text(row, 1) ?? "", scopes: rows.scopes(row, 2), createdAt: created,
            expiresAt: rows.instant(row, 4), lastUsedAt: rows.instant(row, 5), revokedAt: rows.instant(row, 6)
        )
    }
}

extension Rows {
    /// Words that this program does not know are left out: they allow nothing here.
    fileprivate func scopes(_ row: Int, _ column: Int) -> Set<Scope> {
        Set((texts(row, column) ?? []).compactMap { $0.flatMap(Scope.init(rawValue:)) })
    }
}

extension [UInt8] {
    /// Two lower-case digits a byte.
    fileprivate var hex: String {
        map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }
}
