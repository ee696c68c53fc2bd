import API
import Adapters
import Contacts
import Foundation
import Hummingbird
import JSON
import NIOCore
import Receiving
import Store

extension Console {
    /// `/console` and the stream that keeps it live.
    func addNow() {
        let services = services
        let snapshots = NowSnapshots(services: services)
        page("console") { visit in
            let snapshot = try await snapshots.snapshot(of: visit.workspaceID)
            return Console.response("now", visit, current: "now", snapshot.values(visit.words))
        }
        page("console/live") { visit in
            guard let watcher = snapshots.watchers.enter() else { throw ConsoleFailure.unavailable }
            return Response(
                status: .ok,
                headers: [
                    .contentType: "text/event-stream; charset=utf-8", .cacheControl: "no-store",
                ],
                body: ResponseBody { writer in
                    defer { withExtendedLifetime(watcher) {} }
                    var last = ""
                    let end = services.now + .seconds(600)
                    // Ends now and then, so that a session that ran out is noticed; the browser comes back by itself.
                    while !services.api.isStopping(), !Task.isCancelled, services.now < end {
                        if let snapshot = try? await snapshots.snapshot(of: visit.workspaceID) {
                            let html = Console.pages.text("figures", snapshot.values(visit.words))
                            let line = JSON.string(html).text()
                            let message = line == last ? ": still here\n\n" : "data: \(line)\n\n"
                            last = line
                            try await writer.write(ByteBuffer(string: message))
                        }
                        for _ in 0..<4 where !services.api.isStopping() {
                            try await Task.sleep(for: .milliseconds(500))
                        }
                    }
                    try await writer.finish(nil)
                })
        }
    }
}

/// What the page Now shows, as the database had it.
struct NowSnapshot: Sendable {
    static let hours = 24

    let channels: [ChannelRow]
    let stats: Stats
    let byHour: [String: [Int]]
    /// How each channel's requests are verified.
    let verified: [String: String]
    let dead: [String: Int64]
    let now: Instant

    func values(_ words: ConsoleWords) -> [String: Any] {
        let counts = stats.channels.values
        let dead = dead.values.reduce(0, +)
        let queued = counts.reduce(0) { $0 + $1.queued }
        let tiles: [(String, String, String)] = [
            ("\(counts.reduce(0) { $0 + $1.received })", "\(words["received"]), \(words["day"])", ""),
            ("\(counts.reduce(0) { $0 + $1.done })", "\(words["done"]), \(words["day"])", ""),
            ("\(stats.leadsOpened)", "\(words["opened"]), \(words["day"])", ""),
            ("\(queued)", words["queued"], queued > 1_000 ? "warn" : ""),
            (
                stats.oldestQueuedSeconds.map { "\(Int($0))" } ?? "–", words["oldest"],
                (stats.oldestQueuedSeconds ?? 0) > 60 ? "warn" : ""
            ),
            ("\(dead)", words["dead"], dead > 0 ? "bad" : ""),
        ]
        return [
            "w": words.table,
            "tiles": tiles.map { ["value": $0, "text": $1, "tone": $2] },
            // The way of imports is none that somebody waits at.
            "channels": channels.filter { $0.adapter != Channel.importAdapter }.map { line($0, words) },
        ]
    }

    private func line(_ channel: ChannelRow, _ words: ConsoleWords) -> [String: Any] {
        let counts = stats.channels[channel.key] ?? Stats.Counts()
        let dead = dead[channel.key] ?? 0
        let hours = byHour[channel.key] ?? []
        let most = max(1, hours.max() ?? 0)
        let (state, tone) = state(channel, dead: dead)
        var line: [String: Any] = [
            "key": channel.key, "state": words[state], "tone": tone, "queued": "\(channel.queued)",
            "oldest": channel.oldestQueuedAt.map { "\(Int(now.duration(since: $0) / .seconds(1)))" } ?? "",
            "received": "\(counts.received)", "rejected": "\(counts.rejected.values.reduce(0, +))",
            "verified": verified[channel.key] ?? "", "total": "\(hours.reduce(0, +))",
            "bars": hours.enumerated().filter { $0.element > 0 }.map { hour, count in
                let height = max(1, count * 20 / most)
                return ["x": "\(hour * 4)", "y": "\(20 - height)", "height": "\(height)"]
            },
        ]
        if dead > 0 { line["dead"] = "\(dead)" }
        if let last = channel.lastEventAt { line["last"] = last.iso8601 }
        return line
    }

    /// In words, the worst first.
    private func state(_ channel: ChannelRow, dead: Int64) -> (String, String) {
        if channel.isRetired { return ("retired", "quiet") }
        if let oldest = channel.oldestQueuedAt, now.duration(since: oldest) > .seconds(60) {
            return ("waiting", "warn")
        }
        if dead > 0 { return ("failing", "bad") }
        guard let last = channel.lastEventAt else { return ("never", "quiet") }
        return now.duration(since: last) > .seconds(86_400) ? ("quiet", "quiet") : ("well", "good")
    }
}

/// One snapshot for all who watch a workspace, two seconds old at the most.
actor NowSnapshots {
    private static let freshness = Duration.seconds(2)
    /// Live pages at a time.
    private static let most = 100

    private let services: ConsoleServices
    private var known: [Int64: NowSnapshot] = [:]
    private var reading: [Int64: Task<NowSnapshot, any Error>] = [:]
    nonisolated let watchers = Places(NowSnapshots.most)

    init(services: ConsoleServices) { self.services = services }

    func snapshot(of workspaceID: Int64) async throws -> NowSnapshot {
        if let known = known[workspaceID], services.now.duration(since: known.now) < NowSnapshots.freshness {
            return known
        }
        if let task = reading[workspaceID] { return try await task.value }
        let services = services
        let task = Task { try await NowSnapshots.read(workspaceID, services) }
        reading[workspaceID] = task
        defer { reading[workspaceID] = nil }
        let snapshot = try await task.value
        known[workspaceID] = snapshot
        return snapshot
    }

    private static func read(_ workspaceID: Int64, _ services: ConsoleServices) async throws -> NowSnapshot {
        let now = services.now
        let hour: Int64 = 3_600_000_000
        // Whole hours, so that a bar does not change its hour while one looks.
        let since = Instant(
            microseconds: (now.microseconds / hour - Int64(NowSnapshot.hours) + 1) * hour)
        let (channels, stats, hours, queues) = try await services.read { connection in
            (
                try connection.channels(workspaceID: workspaceID),
                try connection.stats(workspaceID: workspaceID, since: now - .seconds(86_400), now: now),
                try connection.eventsByHour(
                    workspaceID: workspaceID, since: since, hours: NowSnapshot.hours),
                try connection.channelQueues(workspaces: [workspaceID], now: now)
            )
        }
        let snapshot = services.api.adapters()
        let verified = channels.map { ($0.key, snapshot.byName[$0.adapter]?.verifiedHow ?? "") }
        return NowSnapshot(
            channels: channels, stats: stats, byHour: hours,
            verified: Dictionary(verified, uniquingKeysWith: { $1 }),
            dead: Dictionary(queues.map { ($0.channel, $0.dead) }, uniquingKeysWith: +), now: now)
    }
}
