import Adapters
import Contacts
import Foundation
import Harness
import JSON
import Postgres
import Store
import Telemetry
import Testing

@testable import Resolving

@Suite("What goes wrong")
struct TroubleTests {
    @Test(
        "an event that the database refuses is found by halving; the others go on, it ends as a dead letter after five attempts"
    )
    func poison() throws {
        let desk = try Desk()
        try desk.run("ALTER TABLE leadgate.card ADD CONSTRAINT poison CHECK (name <> 'poison')")
        for number in 0..<50 {
            try desk.post(contact(phone: "0501234\(100 + number)", name: number == 17 ? "poison" : "Ann"))
        }
        try desk.work()
        #expect(try desk.count("activity") == 49)
        #expect(
            try desk.count("intake", where: "attempts = 1 AND lease_token IS NULL AND reason LIKE '%poison%'")
                == 1)
        for _ in 0..<5 {
            desk.advance(.seconds(301))
            try desk.work()
        }
        #expect(
            try desk.count(
                "outcome", where: "status = 'dead' AND reason = 'resolution_failed' AND attempts = 5") == 1)
        #expect(try desk.count("intake") == 0)
        let detail = try desk.rows(
            "SELECT because->>'detail' AS detail FROM leadgate.outcome WHERE status = 'dead'")
        #expect(detail.first?[0]?.contains("Ann") == false)
    }

    @Test("a script's error, a script without end and a body that is none are dead at once, with the reason")
    func mapping() throws {
        let desk = try Desk()
        try desk.post(["fail": "on purpose"])
        try desk.post(["loop": true])
        try desk.post(Array("{".utf8), type: "application/json", to: "desk")
        try desk.post(["ignored": "spam"])
        try desk.post(contact(phone: "0501234567"))
        try desk.work()
        #expect(
            try desk.outcomes() == [
                "dead mapping_failed", "dead mapping_limit", "dead undecodable", "ignored spam", "done",
            ])
        let details = try desk.rows(
            "SELECT because->>'detail' AS d FROM leadgate.outcome WHERE status = 'dead' ORDER BY event_id")
        #expect(details.first?[0]?.contains("line 7") == true)
    }

    @Test("an event whose adapter is gone is tried again, and given up on after five attempts")
    func adapterGone() throws {
        let desk = try Desk(channels: [Desk.channel(), Desk.channel("old", adapter: "gone")])
        try desk.post(contact(phone: "0501234567"), to: "old")
        try desk.work()
        #expect(try desk.count("intake", where: "attempts = 1") == 1)
        for _ in 0..<5 {
            desk.advance(.seconds(301))
            try desk.work()
        }
        #expect(try desk.outcomes() == ["dead attempts_exhausted"])
    }

    @Test(
        "what took a process down again and again ends alone and is given up on; its neighbours are done, in few batches"
    )
    func suspects() throws {
        let desk = try Desk()
        for number in 0..<150 { try desk.post(contact(phone: "0501234\(100 + number)")) }
        // Two processes died with these in their hands, with the first one even five.
        try desk.run("UPDATE leadgate.intake SET attempts = 2")
        try desk.run(
            "UPDATE leadgate.intake SET attempts = 5 WHERE event_id = (SELECT min(event_id::text)::uuid FROM leadgate.intake)"
        )
        try desk.work()
        #expect(try desk.count("outcome", where: "status = 'done'") == 149)
        #expect(try desk.count("outcome", where: "reason = 'attempts_exhausted'") == 1)
        #expect(desk.metrics.render().contains("leadgate_resolve_batch_events_count 6\n"), "32 together")
    }

    @Test("an event that takes the process down each time is worked with fewer and fewer, and at last alone")
    func company() throws {
        let policy = RetryPolicy()
        let sizes = (1...policy.attempts).map { policy.company(at: $0) ?? .max }
        #expect(zip(sizes, sizes.dropFirst()).allSatisfy { $0 >= $1 })
        #expect(sizes.last == 1)
    }

    @Test("a worker that slept past its lease changes nothing when it wakes")
    func fenced() throws {
        let desk = try Desk()
        try desk.post(contact(phone: "0501234567"))
        let intake = Intake(workspaceID: Desk.workspaceID, connection: try desk.workers.connect())
        let (late, lease) = (desk.now, UUID())
        let claimed = try intake.claim(
            desk.workers.lanes(of: Desk.workspaceID), lease: lease, now: late, until: late + .seconds(5))
        #expect(claimed.count == 1)
        try desk.work()
        #expect(try desk.count("outcome") == 0, "the lease holds")
        desk.advance(.seconds(6))
        try desk.work()
        #expect(try desk.count("activity") == 1)
        var run = BatchRun(
            workers: desk.workers, workspaceID: Desk.workspaceID, lease: lease,
            connection: try desk.workers.connect())
        try run.work(claimed)
        #expect(try desk.count("activity") == 1)
        #expect(try desk.count("outcome") == 1)
        #expect(desk.metrics.render().contains("leadgate_fenced_total 1"))
    }

    @Test(
        "a connection that is lost in COMMIT is not an answer: the batch is done once",
        arguments: [true, false])
    func lostCommit(isKept: Bool) throws {
        let desk = try Desk()
        // The server ends the session at the end of the transaction: before the commit, or just behind it.
        let when = isKept ? "AFTER INSERT ON leadgate.outbox" : "AFTER INSERT ON leadgate.outcome"
        try desk.run(
            """
            CREATE TABLE public.killed (at timestamptz);
            GRANT SELECT, INSERT ON public.killed TO leadgate_serve;
            CREATE FUNCTION public.lose() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
            BEGIN
                IF (SELECT last_value FROM public.once) = 1 AND nextval('public.once') = 2 THEN
                    PERFORM pg_terminate_backend(pg_backend_pid());
                END IF;
                RETURN NULL;
            END $$;
            CREATE SEQUENCE public.once START 1;
            SELECT nextval('public.once');
            CREATE CONSTRAINT TRIGGER lose \(when) DEFERRABLE INITIALLY DEFERRED
                FOR EACH ROW EXECUTE FUNCTION public.lose()
            """)
        for number in 0..<5 { try desk.post(contact(phone: "050123456\(number)")) }
        try desk.work()
        #expect(try desk.count("activity") == 5)
        #expect(try desk.outcomes() == Array(repeating: "done", count: 5))
        #expect(try desk.count("intake") == 0)
    }

    @Test("the same event id in two requests is one activity, in one batch and later")
    func sameEventID() throws {
        let desk = try Desk()
        try desk.post(contact("message", phone: "0501234567", id: "m1"))
        try desk.post(contact("message", phone: "0501234567", id: "m1"))
        try desk.work()
        try desk.post(contact("message", phone: "0501234567", id: "m1"))
        try desk.work()
        #expect(try desk.count("activity") == 1)
        #expect(try desk.outcomes() == ["done", "done", "done"])
    }

    @Test("a flood in one channel does not keep another waiting")
    func lanes() throws {
        let desk = try Desk(channels: [Desk.channel(), Desk.channel("flood")])
        for number in 0..<600 { try desk.post(contact(phone: "0501\(100_000 + number)"), to: "flood") }
        let worker = Worker(workers: desk.workers)
        #expect(try worker.work(Desk.workspaceID) == LaneMarks.batch)
        try desk.post(contact(phone: "0671234567"))
        _ = try worker.work(Desk.workspaceID)
        #expect(try desk.count("contact_point", where: "value = '+380671234567'") == 1)
        #expect(try desk.count("intake") > 0)
    }

    @Test("workers of a process that runs take what comes, and end when closed")
    func threads() throws {
        let desk = try Desk(threads: 2)
        for number in 0..<300 { try desk.post(contact(phone: "0501\(100_000 + number)")) }
        let end = ContinuousClock.now + .seconds(20)
        while try desk.count("intake") > 0, ContinuousClock.now < end { desk.advance(.milliseconds(600)) }
        #expect(try desk.count("activity") == 300)
        desk.workers.close()
        #expect(try desk.count("intake", where: "lease_token IS NOT NULL") == 0)
    }
}
