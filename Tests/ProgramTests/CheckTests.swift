import Curl
import Foundation
import Harness
import Postgres
import Testing

@Suite("leadgate check")
struct CheckTests {
    @Test("each part has its line, with and without a running gateway")
    func tellsEachPart() throws {
        let installation = try Installation()
        let url = "http://0.0.0.0:\(installation.port)"
        try installation.configure(Installation.oneOfEach + "\npublic_url: \(url)")
        let before = try installation.run("check")
        #expect(before.status == 0)
        #expect(before.errors == "")
        for line in [
            "ok    configuration  \(installation.file): 1 workspace, 4 channels",
            "ok    adapter        zadarma ",
            "ok    database       configured, schema version ",
            "ok    listen         127.0.0.1:\(installation.port): nothing answers yet",
            "warn  public_url     \(url) does not answer, and no gateway runs here",
        ] {
            #expect(before.output.contains(line), "\(line) is not in\n\(before.output)")
        }
        try installation.withGateway { _ in
            let running = try installation.run("check")
            #expect(running.status == 0)
            #expect(
                running.output.contains(
                    "ok    listen         127.0.0.1:\(installation.port): a gateway is ready"))
            #expect(running.output.contains("ok    public_url     \(url) leads to a gateway"))
        }
    }

    @Test("every line begins with its verdict")
    func beginsWithVerdict() throws {
        for line in try Installation().run("check").lines {
            #expect(["ok    ", "warn  ", "FAIL  "].contains { line.hasPrefix($0) }, "\(line)")
        }
    }

    @Test("an adapter that does not load, and one whose requests come out otherwise, fail")
    func findsBrokenAdapters() throws {
        let adapters = try AdapterFolder()
        try adapters.write(TestAdapter.good, named: "acme")
        try adapters.record("acme")
        try adapters.write("return { name = \"torn\"", named: "torn")
        let installation = try Installation(
            "region: UA\nchannels: {site: {adapter: web-form}}\nadapters: \(adapters.path)")
        let torn = try installation.run("check")
        #expect(torn.status == 1)
        #expect(torn.output.contains("FAIL  adapter        \(adapters.path)/form/torn/adapter.lua:1: "))
        #expect(torn.output.contains("ok    adapter        acme "))

        try adapters.remove("torn")
        #expect(try installation.run("check").status == 0)
        try adapters.write(TestAdapter.good.replacing("\"inbound\"", with: "\"outbound\""), named: "acme")
        let changed = try installation.run("check")
        #expect(changed.status == 1)
        #expect(
            changed.output.contains(
                "FAIL  adapter        acme: 1 of 1 recorded requests are not as expected (typical); `leadgate adapter test"
            ))
    }

    @Test("a database without schema fails, unless the next start makes it")
    func tellsOfMissingSchema() throws {
        let empty = try TestDatabase.make(isMigrated: false)
        let installation = try Installation(database: empty)
        let ended = try installation.run("check")
        #expect(ended.status == 1)
        #expect(
            ended.output.contains(
                "FAIL  database       configured, there is no schema yet: run leadgate migrate"))
        try installation.configure(Installation.oneOfEach + "\nmigrate_database: \(empty.url)")
        let migrating = try installation.run("check")
        #expect(migrating.status == 0)
        #expect(migrating.output.contains("warn  database"))
    }

    @Test("a schema of another version fails")
    func tellsOfOtherSchema() throws {
        let installation = try Installation()
        let connection = try installation.database.connect()
        try connection.script("DELETE FROM leadgate.schema_version WHERE version > 1")
        let behind = try installation.run("check")
        #expect(behind.status == 1)
        #expect(behind.output.contains("FAIL  database       configured, schema is behind (version 1 of "))
        try connection.script("INSERT INTO leadgate.schema_version (version, name) VALUES (99, 'later')")
        let ahead = try installation.run("check")
        #expect(ahead.status == 1)
        #expect(ahead.output.contains("schema version 99 is newer than this program's"))
    }

    @Test("a database that refuses fails with the server's reason, and the other lines still come")
    func tellsOfRefusal() throws {
        let installation = try Installation()
        let url = installation.database.url.replacing("/\(installation.database.name)?", with: "/nowhere?")
        try installation.configure(Installation.oneOfEach + "\ndatabase: \(url)")
        let ended = try installation.run("check")
        #expect(ended.status == 1)
        #expect(ended.output.contains("FAIL  database"))
        #expect(ended.output.contains("\"nowhere\" does not exist"))
        #expect(ended.output.contains("ok    listen"))
    }

    @Test("a gateway without its database and without a spool is there but not ready")
    func tellsOfUnready() throws {
        let installation = try Installation(
            Installation.oneOfEach
                + "\ndatabase: postgres://leadgate@127.0.0.1:1/leadgate\nlimits: {spool: 0}")
        let gateway = try installation.start()
        defer { gateway.killNow() }
        try gateway.waitUntilLogged("serving")
        #expect(try gateway.submit("e-1").status == 503)
        let ended = try installation.run("check")
        #expect(ended.status == 1)
        #expect(ended.output.contains("warn  listen"))
        #expect(ended.output.contains("a gateway runs there but is not ready"))
    }
}
