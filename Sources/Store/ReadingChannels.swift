public import Contacts
import Foundation
public import Postgres

/// A channel with its queue.
public struct ChannelRow: Sendable, Hashable {
    public let key: String
    /// The adapter's name.
    public let adapter: String
    /// No longer configured; its queue still drains.
    public let isRetired: Bool
    public let updatedAt: Instant
    /// Events that wait to be resolved.
    public let queued: Int64
    /// Events of calls whose direction or number is not known yet; they wait for further events.
    public let parked: Int64
    /// When the oldest queued one was received, to the millisecond; nil if none waits.
    public let oldestQueuedAt: Instant?
    /// When the newest event was received, to the millisecond; nil if there is none.
    public let lastEventAt: Instant?
}

/// A channel's queue in figures, for monitoring.
public struct ChannelQueue: Sendable, Hashable {
    public let workspaceID: Int64
    /// The channel's key.
    public let channel: String
    public let queued: Int64
    public let parked: Int64
    /// 0 if none waits.
    public let oldestSeconds: Double
    /// Events given up on that nobody has replayed.
    public let dead: Int64
}

/// What went through the channels of a workspace since a moment.
public struct Stats: Sendable, Hashable {
    /// Counts of events received since then, by what became of them by now.
    public struct Counts: Sendable, Hashable {
        public var received: Int64 = 0
        public var done: Int64 = 0
        public var ignored: Int64 = 0
        public var dead: Int64 = 0
        /// All that wait for a worker, also those received before.
        public var queued: Int64 = 0
        /// All that wait for the rest of their call, also those received before.
        public var parked: Int64 = 0
        /// Deliveries since then of what was there already; answered alike, without effect.
        public var duplicates: Int64 = 0
        /// Requests turned away since then, by reason.
        public var rejected: [String: Int64] = [:]

        public init() {}
    }
    /// The word under which receivers count duplicates beside the reasons of rejection.
    public static let duplicate = "duplicate"

    /// By channel key; every channel of the workspace is there.
    public var channels: [String: Counts] = [:]
    public var leadsOpened: Int64 = 0
    /// Age of the oldest event that waits; nil if none does.
    public var oldestQueuedSeconds: Double?
}

extension Connection {
    /// The channels of a workspace by key; never a secret, since the database has none.
    public func channels(workspaceID: Int64) throws(PostgresFailure) -> [ChannelRow] {
        try read(workspaceID: workspaceID, [(.queues, [.bigint(workspaceID)])])[0].map(ChannelRow.init)
    }

    /// The queues of several workspaces, one after another in one round trip.
    public func channelQueues(workspaces: [Int64], now: Instant) throws(PostgresFailure) -> [ChannelQueue] {
        var steps: [(Statement, [Value])] = []
        for id in workspaces {
            steps += [
                (.enter, [.bigint(id)]), (.queues, [.bigint(id)]),
                (SQL.statement("channel.dead"), [.bigint(id)]),
            ]
        }
        let answers = try pipeline([(.reading, [])] + steps + [(.commit, [])])
        var queues: [ChannelQueue] = []
        for (index, id) in workspaces.enumerated() {
            let dead = answers[3 * index + 3].counts
            queues += answers[3 * index + 2].map(ChannelRow.init).map { channel in
                ChannelQueue(
                    workspaceID: id, channel: channel.key, queued: channel.queued, parked: channel.parked,
                    oldestSeconds: channel.oldestQueuedAt.map { seconds(from: $0, to: now) } ?? 0,
                    dead: dead[channel.key] ?? 0)
            }
        }
        return queues
    }

    /// What went through a workspace's channels.
    ///
    /// Costs a walk over the ids of all events since then: for days, not for years.
    public func stats(workspaceID: Int64, since: Instant, now: Instant) throws(PostgresFailure) -> Stats {
        let workspace = Value.bigint(workspaceID)
        let floor = Value.uuid(.v7Floor(at: since))
        let time = Value.timestamp(since.microseconds)
        let answers = try read(
            workspaceID: workspaceID,
            [
                (.queues, [workspace]), (SQL.statement("stats.received"), [workspace, floor]),
                (SQL.statement("stats.finished"), [workspace, floor]),
                (SQL.statement("stats.rejected"), [workspace, time]),
                (
                    SQL.statement("stats.leads"),
                    [workspace, .uuid(.v7Floor(at: since - .seconds(86_400))), time]
                ),
            ])
        var stats = Stats()
        for channel in answers[0].map(ChannelRow.init) {
            stats.channels[channel.key, default: .init()].queued = channel.queued
            stats.channels[channel.key, default: .init()].parked = channel.parked
            guard let oldest = channel.oldestQueuedAt else { continue }
            stats.oldestQueuedSeconds = max(stats.oldestQueuedSeconds ?? 0, seconds(from: oldest, to: now))
        }
        for (key, count) in answers[1].counts { stats.channels[key, default: .init()].received = count }
        for (key, word, count) in answers[2].countsByWord {
            switch EventStatus(rawValue: word) {
            case .done: stats.channels[key, default: .init()].done = count
            case .ignored: stats.channels[key, default: .init()].ignored = count
            case .dead: stats.channels[key, default: .init()].dead = count
            case .queued, nil: break
            }
        }
        for (key, reason, count) in answers[3].countsByWord {
            if reason == Stats.duplicate {
                stats.channels[key, default: .init()].duplicates = count
            } else {
                stats.channels[key, default: .init()].rejected[reason] = count
            }
        }
        stats.leadsOpened = answers[4].bigint(0, 0) ?? 0
        return stats
    }
}

extension Statement {
    fileprivate static let queues = SQL.statement("channel.queues")
}

private func seconds(from: Instant, to: Instant) -> Double {
    max(0, Double(to.duration(since: from).wholeMicroseconds) / 1_000_000)
}

// MARK: - Columns

extension ChannelRow {
    /// A row of `channel.queues`.
    fileprivate init?(_ rows: Rows, _ row: Int) {
        guard let key = rows.text(row, 0), let adapter = rows.text(row, 1), let state = rows.text(row, 2),
            let updated = rows.instant(row, 3)
        else { return nil }
        self.init(
            key: key, adapter: adapter, isRetired: state == "retired", updatedAt: updated,
            queued: rows.bigint(row, 4) ?? 0, parked: rows.bigint(row, 5) ?? 0,
            oldestQueuedAt: rows.uuid(row, 6)?.instant, lastEventAt: rows.uuid(row, 7)?.instant)
    }
}

extension Rows {
    /// Rows of a key and a count.
    fileprivate var counts: [String: Int64] {
        Dictionary(
            map { rows, row in rows.text(row, 0).map { ($0, rows.bigint(row, 1) ?? 0) } },
            uniquingKeysWith: { $0 + $1 })
    }

    /// Rows of a key, a word and a count.
    fileprivate var countsByWord: [(String, String, Int64)] {
        map { rows, row in
            guard let key = rows.text(row, 0), let word = rows.text(row, 1) else { return nil }
            return (key, word, rows.bigint(row, 2) ?? 0)
        }
    }
}
