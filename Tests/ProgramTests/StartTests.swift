import Curl
import Foundation
import Harness
import Testing

@Suite("Starting")
struct StartTests {
    /// One channel without a secret in the file, so that nothing is warned of.
    private static let quiet = "region: UA\nchannels: {site: {adapter: web-form}}"

    @Test(
        "a port that is taken is told in one line before anything is changed, and the first gateway goes on")
    func tellsOfPort() throws {
        let installation = try Installation(Self.quiet)
        try installation.withGateway { gateway in
            try installation.configure("region: UA\nchannels: {late: {adapter: web-form}}")
            let second = try installation.run("serve")
            #expect(second.status == 1)
            let said = try #require(second.complaints.last)
            #expect(
                said == "leadgate: cannot listen at 127.0.0.1:\(installation.port): Address already in use")
            #expect(try HTTP.get("\(gateway.url)/health/ready").status == 200)
            #expect(try installation.count("SELECT count(*) FROM leadgate.channel WHERE key = 'late'") == 0)
        }
    }

    @Test("a database that is not there, or a login that it does not take, is told at once, with what to do")
    func tellsOfDatabase() throws {
        let installation = try Installation(Self.quiet)
        let url = installation.database.url
        for (wrong, said) in [
            (url.replacing(installation.database.name, with: "nowhere"), "create it, or name another"),
            (url.replacing(/user=[^&]*/, with: "user=nobody"), "correct user and password"),
        ] {
            try installation.configure(Self.quiet + "\ndatabase: \(wrong)")
            for command in ["serve", "migrate", "check"] {
                let ended = try installation.run(command)
                #expect(ended.status == 1)
                #expect((ended.output + ended.errors).contains("does not exist: \(said)"), "\(ended.errors)")
            }
        }
    }

    @Test("an address that is not this machine's is told")
    func tellsOfAddress() throws {
        let installation = try Installation(Self.quiet + "\nlisten: 203.0.113.1:8080")
        let ended = try installation.run("serve")
        #expect(ended.status == 1)
        #expect(ended.complaints.last?.hasPrefix("leadgate: cannot listen at 203.0.113.1:8080: ") ?? false)
    }

    @Test(
        "a data folder that cannot be made is told in one line", arguments: ["/proc/leadgate", "/dev/null"])
    func tellsOfData(_ folder: String) throws {
        let installation = try Installation(Self.quiet + "\ndata: \(folder)", isEmbedded: true)
        for command in ["serve", "migrate"] {
            let ended = try installation.run(command)
            #expect(ended.status == 1)
            #expect(ended.complaints.count == 1)
            #expect(ended.errors.hasPrefix("leadgate: the folder \(folder)"))
            #expect(!ended.errors.contains("Cocoa") && !ended.errors.contains("operation"))
        }
    }

    @Test("a missing folder of adapters is told with the setting's line")
    func tellsOfAdapters() throws {
        let installation = try Installation(Self.quiet + "\nadapters: /nowhere/adapters")
        let ended = try installation.run("serve")
        #expect(ended.status == 78)
        #expect(
            ended.errors
                == "\(installation.file):3:11: adapters: /nowhere/adapters: the folder of adapters cannot be read\n"
        )
    }

    @Test("a channel whose adapter does not load is told with the adapter's line")
    func tellsOfBrokenAdapter() throws {
        let adapters = try AdapterFolder()
        try adapters.write("return {", named: "acme")
        let ended = try Installation(EventsTests.acme(adapters)).run("serve")
        #expect(ended.status == 78)
        #expect(ended.errors.contains("2:28: channels.acme.adapter: the adapter acme cannot be used: "))
        #expect(ended.errors.contains("acme/adapter.lua:1: "))
    }

    @Test("single settings are replaced by the environment")
    func readsEnvironment() throws {
        let port = Program.freePort()
        let installation = try Installation(Self.quiet, environment: ["LEADGATE_LISTEN": "127.0.0.1:\(port)"])
        let gateway = try installation.start(port: port)
        defer { gateway.killNow() }
        try gateway.waitUntilReady()
        #expect(gateway.errors.contains("serving address=127.0.0.1:\(port)"))
    }

    @Test("a log for machines is one JSON object a line")
    func logsJSON() throws {
        let installation = try Installation(Self.quiet)
        try installation.withGateway(["--log-format", "json", "--log-level", "debug"]) { gateway in
            try gateway.waitUntilLogged("\"message\":\"serving\"")
            for line in gateway.errors.split(separator: "\n") {
                #expect(line.hasPrefix("{\"time\":\"20") && line.hasSuffix("}"))
            }
        }
    }
}
