import Curl
import Foundation
import Glibc
import Harness
import Testing

@Suite("Stopping")
struct StopTests {
    /// The ids of the generic form's events in the table.
    private func kept(_ installation: Installation) throws -> Set<String> {
        Set(
            try installation.texts(
                "SELECT convert_from(body, 'UTF8')::jsonb ->> 'event_id' FROM leadgate.inbound_event"))
    }

    @Test(
        "under load nothing that was acknowledged is lost and no lease is left", arguments: [SIGTERM, SIGINT])
    func stopsUnderLoad(_ signal: Int32) throws {
        let installation = try Installation()
        let gateway = try installation.start()
        defer { gateway.killNow() }
        try gateway.waitUntilReady()
        let load = Load(on: gateway)
        try eventually("some were taken") { load.acknowledged.count > 100 }
        gateway.signal(signal)
        // The limit is five seconds; a busy machine is given some more.
        let ended = try gateway.waitUntilExit(timeout: .seconds(8))
        load.stop()
        #expect(ended.status == 0 && !ended.isSignal, "\(ended.errors)")
        #expect(ended.errors.contains("stopping signal=\(signal == SIGTERM ? "SIGTERM" : "SIGINT")"))
        #expect(ended.errors.contains("stopped"))
        #expect(load.statuses.keys.allSatisfy { [0, 200, 503].contains($0) }, "\(load.statuses)")
        let kept = try kept(installation)
        let lost = load.acknowledged.filter { !kept.contains($0) }
        #expect(lost.isEmpty, "\(lost.count) of \(load.acknowledged.count) acknowledged events are lost")
        #expect(
            try installation.count("SELECT count(*) FROM leadgate.intake WHERE lease_token IS NOT NULL") == 0)
        try eventually("the server has ended its sessions") {
            try installation.count(
                """
                SELECT count(*) FROM pg_stat_activity
                WHERE datname = current_database() AND pid <> pg_backend_pid()
                """) == 0
        }
    }

    @Test("what waits when it stops is resolved after the next start")
    func goesOn() throws {
        let installation = try Installation()
        try installation.withGateway(["--role", "ingress"]) { ingress throws in
            for number in 1...20 { #expect(try ingress.submit("e-\(number)").status == 200) }
            ingress.terminate()
            #expect(try ingress.waitUntilExit().status == 0)
        }
        #expect(try installation.rows(of: "intake") == 20)
        try installation.withGateway { _ in try installation.waitUntilResolved(20) }
        #expect(try installation.rows(of: "activity") == 20)
        #expect(try installation.rows(of: "card") == 1)
    }

    @Test("once it is told to stop it is ready no more")
    func unreadies() throws {
        let installation = try Installation()
        let gateway = try installation.start()
        defer { gateway.killNow() }
        try gateway.waitUntilReady()
        gateway.terminate()
        func isReady() -> Bool {
            (try? HTTP.call("GET", "\(gateway.url)/health/ready", timeout: .seconds(2)).status) == 200
        }
        try eventually("it says no") { !isReady() }
        #expect(!isReady())
        #expect(try gateway.waitUntilExit().status == 0)
        #expect(throws: (any Error).self) { try HTTP.get("\(gateway.url)/health/live") }
    }

    @Test("the embedded PostgreSQL stops with it")
    func stopsCluster() throws {
        let installation = try Installation(isEmbedded: true)
        let gateway = try installation.start()
        defer { gateway.killNow() }
        try gateway.waitUntilReady()
        #expect(try gateway.submit("e-1").status == 200)
        #expect(hasServer(installation))
        let check = try installation.run("check")
        #expect(check.status == 0)
        #expect(
            check.output.contains("ok    database       embedded in \(installation.folder)/data/postgres"))
        gateway.terminate()
        #expect(try gateway.waitUntilExit().status == 0)
        #expect(!hasServer(installation))
        // A command starts it for itself and stops it again.
        let listed = try installation.run("events", "list")
        #expect(listed.status == 0)
        #expect(listed.lines.count == 2)
        #expect(!hasServer(installation))
    }

    @Test("told to stop while the embedded PostgreSQL is being made, it leaves none behind")
    func stopsDuringStart() throws {
        let installation = try Installation(isEmbedded: true)
        let gateway = try installation.start()
        defer { gateway.killNow() }
        try gateway.waitUntilLogged("making a PostgreSQL")
        gateway.terminate()
        let ended = try gateway.waitUntilExit(timeout: .seconds(30))
        #expect(ended.status == 0 && !ended.isSignal, "\(ended.errors)")
        #expect(!hasServer(installation))
        // What was begun can be gone on with.
        try installation.withGateway { gateway throws in
            #expect(try gateway.submit("e-1").status == 200)
            gateway.terminate()
            #expect(try gateway.waitUntilExit().status == 0)
        }
    }

    @Test("it stops while it waits for its database, and SIGHUP then does not end it")
    func stopsWithoutDatabase() throws {
        let installation = try Installation(
            Installation.oneOfEach + "\ndatabase: postgres://leadgate@127.0.0.1:1/leadgate")
        let gateway = try installation.start()
        defer { gateway.killNow() }
        try gateway.waitUntilLogged("the database is away")
        gateway.reload()
        try gateway.waitUntilLogged("configuration taken")
        try gateway.waitUntilLogged("serving")
        #expect(try gateway.submit("e-1").status == 200)
        #expect(try HTTP.get("\(gateway.url)/health/ready").status == 200)
        #expect(try HTTP.get("\(gateway.url)/health/live").status == 200)
        gateway.terminate()
        #expect(try gateway.waitUntilExit(timeout: .seconds(8)).status == 0)
    }

    private func hasServer(_ installation: Installation) -> Bool {
        let folder = "\(installation.folder)/data/postgres"
        let majors = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        return majors.contains { FileManager.default.fileExists(atPath: "\(folder)/\($0)/postmaster.pid") }
    }
}
