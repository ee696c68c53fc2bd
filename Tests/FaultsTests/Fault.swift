import Cluster
import Foundation
import Glibc
import Harness
import Postgres
import Testing

/// One way to break an installation under load. The list is the only one: tests and soak draw from it.
struct Fault: Sendable, CustomTestStringConvertible {
    let name: String
    /// Whether it is struck by itself where nobody asks for more, as in `deploy/test`.
    var isBrief = false
    /// How many gateways it may happen to.
    var gateways = 1...2
    /// Whether the gateways' clock has to be movable.
    var hasClock = false
    /// How often each request is posted.
    var copies = 1
    /// What it brings about itself, and is no broken promise therefore.
    var tolerated: Set<Finding.Rule> = []
    /// Breaks it. What stays broken is mended by ``Arena/heal()``; ``Missed`` if the moment did not come.
    let strike: @Sendable (Arena, inout Seed) throws -> Void

    var testDescription: String { name }

    /// Those whose names hold what `LEADGATE_FAULT` says, `all` for each; by default the brief ones.
    static var chosen: [Fault] {
        guard let part = ProcessInfo.processInfo.environment["LEADGATE_FAULT"] else {
            return all.filter(\.isBrief)
        }
        return part == "all" ? all : all.filter { $0.name.contains(part) }
    }

    static let all: [Fault] = [
        Fault(name: "gateway killed") { arena, seed in
            try arena.kill([arena.gateways.randomElement(using: &seed)].compactMap { $0 })
        },
        Fault(name: "gateway killed between commit and answer", isBrief: true, gateways: 1...1) { arena, _ in
            try HeldCommit.hold(arena, "event_key") { held in
                for gateway in arena.gateways { gateway.pause() }
                try held.release()
                try arena.kill(arena.gateways)
            }
        },
        Fault(name: "gateway killed between keeping and commit") { arena, seed in
            try killBeforeCommit(arena, "event_key", &seed)
        },
        Fault(name: "gateway killed between resolving and commit", isBrief: true) { arena, seed in
            try killBeforeCommit(arena, "outcome", &seed)
        },
        Fault(name: "gateway killed as the database comes back", isBrief: true) { arena, seed in
            try arena.cluster.cluster.stopServer(.fast)
            wait(0.2...0.6, &seed)
            try arena.cluster.start()
            let barrier = try arena.connect()
            try barrier.script("BEGIN; LOCK TABLE event_key IN SHARE MODE")
            let waiting = Statement(
                name: "fault.waiting",
                sql: "SELECT count(*) FROM pg_locks WHERE relation = 'event_key'::regclass AND NOT granted")
            try moment("nobody keeps anything") { try barrier.query(waiting).bigint(0, 0) ?? 0 > 0 }
            try arena.kill([arena.gateways.randomElement(using: &seed)].compactMap { $0 })
            try barrier.rollback()
        },
        Fault(name: "gateway asleep past its leases", gateways: 2...2) { arena, seed in
            guard let sleeper = arena.gateways.randomElement(using: &seed) else { return }
            sleeper.pause()
            wait(5.2...6, &seed)
            sleeper.resume()
        },
        Fault(name: "gateway told to stop") { arena, seed in
            guard let gateway = arena.gateways.randomElement(using: &seed) else { return }
            gateway.terminate()
            try gateway.waitUntilExit(timeout: .seconds(15))
        },
        Fault(name: "sessions ended") { arena, seed in
            let connection = try arena.connect()
            for _ in 0..<10 {
                _ = try connection.query(
                    Statement(
                        name: "fault.end",
                        sql: """
                            SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                            WHERE datname = current_database() AND pid <> pg_backend_pid()
                            """))
                wait(0.02...0.2, &seed)
            }
        },
        Fault(name: "server process killed") { arena, seed in
            let busy = Statement(
                name: "fault.busy",
                sql: """
                    SELECT pid FROM pg_stat_activity
                    WHERE datname = current_database() AND pid <> pg_backend_pid() AND state <> 'idle'
                    """)
            let connection = try arena.connect()
            var pid: Int32?
            try moment("no server process is busy") {
                pid = try connection.query(busy).int(0, 0)
                return pid != nil
            }
            if let pid { kill(pid, SIGKILL) }
            wait(0.1...0.3, &seed)
        },
        Fault(name: "database stopped at once", isBrief: true) { arena, seed in
            try arena.cluster.cluster.stopServer(.immediate)
            wait(0...1, &seed)
        },
        Fault(name: "database restarted again and again") { arena, seed in
            for _ in 0..<3 {
                try arena.cluster.restart(isImmediate: Bool.random(using: &seed))
                wait(0...0.4, &seed)
            }
        },
        Fault(name: "deadlock", tolerated: [.deadlock]) { arena, _ in try deadlock(arena) },
        Fault(name: "snapshot held") { arena, _ in
            let connection = try arena.connect()
            try connection.script("BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT count(*) FROM intake")
            arena.held.append(connection)
        },
        Fault(name: "each request fifty times over two gateways", isBrief: true, gateways: 2...2, copies: 50)
        { _, _ in },
        Fault(name: "clock jumps", isBrief: true, hasClock: true) { arena, seed in
            try clockJumps(arena, &seed)
        },
    ]

    /// What is kept while the clock is wrong is still to be worked when it is right again.
    private static func clockJumps(_ arena: Arena, _ seed: inout Seed) throws {
        let barrier = try arena.connect()
        try barrier.script("BEGIN; LOCK TABLE contact_point IN SHARE MODE")
        for jump in [3_600, -7_200, 300, -300, 86_400].shuffled(using: &seed) {
            try arena.setClock(jump)
            wait(0.1...0.4, &seed)
        }
        try arena.setClock(0)
        try barrier.rollback()
        let jumps = Statement(
            name: "fault.jumps",
            sql: """
                SELECT count(DISTINCT round(extract(epoch FROM received_at - now()) / 300)) FROM inbound_event
                """)
        if try barrier.query(jumps).bigint(0, 0) ?? 0 < 3 { throw Missed(what: "the clock did not jump") }
    }

    /// - Throws: ``Missed`` if it does not become so.
    fileprivate static func moment(_ missed: String, _ isThere: () throws -> Bool) throws {
        if try !becomes(within: .seconds(5), isThere) { throw Missed(what: missed) }
    }

    private static func wait(_ seconds: ClosedRange<Double>, _ seed: inout Seed) {
        Thread.sleep(forTimeInterval: Double.random(in: seconds, using: &seed))
    }

    /// The waiting sessions are ended, too: they would commit what they hold as soon as they could.
    private static func killBeforeCommit(_ arena: Arena, _ table: String, _ seed: inout Seed) throws {
        let victim = arena.gateways.randomElement(using: &seed)
        try HeldCommit.hold(arena, table) { held in
            try arena.kill([victim].compactMap { $0 })
            try held.endWaiting()
        }
    }

    /// Takes the last card, and when somebody who has others waits for it, the first. A worker notices first, since it waits
    /// longer.
    private static func deadlock(_ arena: Arena) throws {
        let connection = try arena.connect()
        try connection.script(
            """
            SET deadlock_timeout = '30s';
            SET lock_timeout = '20s';
            BEGIN;
            SELECT FROM card WHERE id = (SELECT id FROM card ORDER BY id DESC LIMIT 1) FOR UPDATE
            """)
        let waiting = Statement(
            name: "fault.blocked",
            sql: """
                SELECT count(*) FROM pg_stat_activity
                WHERE datname = current_database() AND pg_backend_pid() = ANY (pg_blocking_pids(pid))
                """)
        try moment("nobody waits for the last card") { try connection.query(waiting).bigint(0, 0) ?? 0 > 0 }
        try connection.script(
            "SELECT FROM card WHERE id = (SELECT id FROM card ORDER BY id LIMIT 1) FOR UPDATE")
        try connection.rollback()
        let deadlocks = Statement(
            name: "fault.deadlocks",
            sql: "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")
        try moment("no deadlock") { try connection.query(deadlocks).bigint(0, 0) ?? 0 > 0 }
    }
}

/// A fault that did not come about, so that its schedule says nothing.
struct Missed: Error, CustomStringConvertible {
    let what: String

    var description: String { what }
}

/// Makes the transactions that insert into a table stand still at their commit: a deferred trigger waits for a lock.
private struct HeldCommit {
    private static let lock = 4_711
    let connection: Connection

    /// Calls `body` once a transaction stands still; lets all go on afterwards.
    static func hold(_ arena: Arena, _ table: String, _ body: (HeldCommit) throws -> Void) throws {
        let held = HeldCommit(connection: try arena.connect())
        try held.connection.script(
            """
            SELECT pg_advisory_lock(\(lock));
            CREATE OR REPLACE FUNCTION public.hold_commit() RETURNS trigger LANGUAGE plpgsql AS
                'BEGIN PERFORM pg_advisory_xact_lock_shared(\(lock)); RETURN NULL; END';
            DROP TRIGGER IF EXISTS hold_commit ON \(table);
            CREATE CONSTRAINT TRIGGER hold_commit AFTER INSERT ON \(table) DEFERRABLE INITIALLY DEFERRED
                FOR EACH ROW EXECUTE FUNCTION public.hold_commit()
            """)
        try Fault.moment("nothing is committed") { try !held.waiting().isEmpty }
        try body(held)
        try held.connection.script("SELECT pg_advisory_unlock_all()")
    }

    /// Lets them commit, and waits until they have.
    func release() throws {
        let pids = try waiting()
        try connection.script("SELECT pg_advisory_unlock_all()")
        let busy = Statement(
            name: "fault.committing",
            sql: "SELECT count(*) FROM pg_stat_activity WHERE pid = ANY ($1) AND state = 'active'")
        _ = try becomes(within: .seconds(5)) { try connection.query(busy, [.ints(pids)]).bigint(0, 0) == 0 }
    }

    /// Ends those that stand still: nothing of theirs is committed.
    func endWaiting() throws {
        let end = Statement(
            name: "fault.endWaiting",
            sql: "SELECT pg_terminate_backend(pid) FROM unnest($1::int[]) AS w (pid)")
        let pids = try waiting()
        _ = try connection.query(end, [.ints(pids)])
        _ = try becomes(within: .seconds(5)) { try Set(waiting()).isDisjoint(with: pids) }
    }

    private func waiting() throws -> [Int32] {
        let rows = try connection.query(
            Statement(
                name: "fault.held",
                sql: """
                    SELECT l.pid FROM pg_locks l JOIN pg_database d ON d.oid = l.database
                    WHERE d.datname = current_database() AND l.locktype = 'advisory' AND NOT l.granted
                    """))
        return (0..<rows.count).compactMap { rows.int($0, 0) }
    }
}
