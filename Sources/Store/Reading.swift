public import Foundation
import Postgres

// Reads for programs and people: values of their own, no rows of tables. Every function is one moment of one workspace.

/// One page of a list, newest first.
public struct Page<Item: Sendable, Key: Sendable>: Sendable {
    public let items: [Item]
    /// Where the next page begins: pass it as the next call's `before`. Nil behind the last page.
    public let next: Key?
}

extension Page {
    /// - Parameter rows: one more than `limit` if there is a next page.
    init(_ rows: [Item], limit: Int, key: (Item) -> Key) {
        items = Array(rows.prefix(limit))
        next = rows.count > limit ? items.last.map(key) : nil
    }
}

extension Connection {
    /// Runs `steps` in one round trip, as one transaction that sees one workspace and one moment.
    func read(
        workspaceID: Int64, _ steps: [(Statement, [Value])]
    ) throws(PostgresFailure) -> [Rows] {
        let answers = try pipeline(
            [(.reading, []), (.enter, [.bigint(workspaceID)])] + steps + [(.commit, [])])
        return Array(answers.dropFirst(2).dropLast())
    }

    /// Asks `first`, then what `then` makes of its answer, in one transaction that sees one workspace and one moment.
    ///
    /// - Parameter then: nil ends the transaction and the whole with nil.
    /// - Returns: one answer for each of the second steps.
    func read(
        workspaceID: Int64, _ first: (Statement, [Value]),
        then: (Rows) -> [(Statement, [Value])]?
    ) throws(PostgresFailure) -> [Rows]? {
        let found = try pipeline([(.reading, []), (.enter, [.bigint(workspaceID)]), first])[2]
        guard let steps = then(found) else {
            _ = try query(.commit)
            return nil
        }
        return try pipeline(steps + [(.commit, [])]).dropLast()
    }

    /// Changes something of one workspace in one round trip and one transaction.
    func change(
        workspaceID: Int64, _ steps: [(Statement, [Value])]
    ) throws(PostgresFailure) -> [Rows] {
        let answers = try pipeline(
            [(.begin, []), (.enter, [.bigint(workspaceID)])] + steps + [(.commit, [])])
        return Array(answers.dropFirst(2).dropLast())
    }
}

extension Statement {
    static let reading = SQL.statement("reading.begin")
    static let enter = SQL.statement("workspace.enter")
}

extension UUID {
    /// Behind every id.
    static let last = UUID(
        uuid: (255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255))
    /// Before every id.
    public static let first = UUID(uuid: (0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0))
}

extension Rows {
    /// The rows as values; one whose columns are not what the query promises is left out.
    func map<Item>(_ make: (Rows, Int) -> Item?) -> [Item] {
        (0..<count).compactMap { make(self, $0) }
    }
}
