import Foundation
import Harness
import Testing

@Suite("leadgate send")
struct SendTests {
    private static func fixture(_ name: String) -> String {
        "\(Program.repository)/adapters/\(name).request.json"
    }

    @Test(
        "a recorded request is signed anew and taken",
        arguments: [
            ("pbx", "telephony/zadarma/fixtures/start"),
            ("bot", "messenger/telegram/fixtures/smallest-message"),
            ("gen", "form/generic/fixtures/typical-json"), ("site", "form/web-form/fixtures/json"),
        ])
    func sends(_ channel: String, _ fixture: String) throws {
        let installation = try Installation()
        try installation.withGateway { _ in
            let ended = try installation.run("send", channel, Self.fixture(fixture))
            #expect(ended.status == 0, "\(ended.output)\(ended.errors)")
            #expect(ended.lines.first == "200")
            #expect(ended.errors == "")
            try installation.waitUntilResolved(1)
            #expect(try installation.rows(of: "activity") == 1)
        }
    }

    @Test("with the key of the channel a form's request is taken, without one it is not signed")
    func signsWithOptionalKey() throws {
        let installation = try Installation(
            """
            region: UA
            channels:
              keyed: {adapter: generic, token: gen-token-0123456789, settings: {key: the-key-of-it}}
            """)
        try installation.withGateway { _ in
            let request = Self.fixture("form/generic/fixtures/typical-json")
            #expect(try installation.run("send", "keyed", request).lines.first == "200")
            let unsigned = try installation.run("send", "keyed", request, "--unsigned")
            #expect(unsigned.status == 1)
            #expect(unsigned.lines.first == "401")
            #expect(unsigned.output.contains("signature_missing"))
        }
    }

    @Test("where the scheme has no shared secret the reason is told and nothing is sent")
    func tellsWhyNot() throws {
        let adapters = try AdapterFolder()
        let listed = "verify = { { kind = \"allow_list\", addresses = { \"203.0.113.0/24\" } } }, event_key"
        try adapters.write(TestAdapter.good.replacing("event_key", with: listed), named: "acme")
        let installation = try Installation(EventsTests.acme(adapters))
        let request = "\(adapters.path)/form/acme/fixtures/typical.request.json"
        try TestAdapter.request.write(toFile: request, atomically: true, encoding: .utf8)
        try installation.withGateway { _ in
            let ended = try installation.run("send", "acme", request)
            #expect(ended.status == 1)
            #expect(
                ended.errors
                    == "leadgate: the request cannot be signed: the channel takes requests from the provider's own "
                    + "addresses only; --unsigned sends it as recorded\n")
            #expect(try installation.run("send", "acme", request, "--unsigned").lines.first == "403")
            #expect(try installation.rows(of: "inbound_event") == 0)
        }
    }

    @Test("what cannot be sent is told in one line")
    func tellsMistakes() throws {
        let installation = try Installation()
        let request = Self.fixture("telephony/zadarma/fixtures/start")
        let unknown = try installation.run("send", "phone", request)
        #expect(unknown.status == 1)
        #expect(unknown.errors == "leadgate: there is no channel phone; there are site, gen, pbx, bot\n")
        let missing = try installation.run("send", "pbx", "nowhere.request.json")
        #expect(missing.status == 1)
        #expect(missing.errors == "leadgate: nowhere.request.json cannot be read\n")
        let silent = try installation.run("send", "pbx", request)
        #expect(silent.status == 1)
        #expect(silent.output == "")
        #expect(silent.complaints.count == 1)
        #expect(silent.errors.contains("is `leadgate serve` running?"))
        #expect(!silent.errors.contains("pbx-token-0123456789"))
    }

    @Test("a request with the wrong token is turned away and the status tells")
    func tellsRejection() throws {
        let installation = try Installation()
        try installation.withGateway { _ in
            try installation.configure(
                Installation.oneOfEach.replacing("gen-token-0123456789", with: "gen-token-of-tomorrow"))
            let ended = try installation.run(
                "send", "gen", Self.fixture("form/generic/fixtures/typical-json"))
            #expect(ended.status == 1)
            #expect(ended.lines.first == "401")
            #expect(ended.output.contains("bad_token"))
        }
    }
}

@Suite("leadgate adapter")
struct AdapterTests {
    @Test("the list names the adapters with their versions")
    func lists() throws {
        let ended = try Program.run(["adapter", "list", "\(Program.repository)/adapters"])
        #expect(ended.status == 0)
        #expect(ended.errors == "")
        for name in ["zadarma", "telegram", "generic", "web-form"] {
            #expect(ended.output.contains(" \(name) "))
        }
        let missing = try Program.run(["adapter", "list", "/nowhere"])
        #expect(missing.status == 1)
        #expect(missing.errors == "leadgate: /nowhere: the folder of adapters cannot be read\n")
    }

    @Test("an adapter that does not load is told beside the others")
    func tellsProblems() throws {
        let adapters = try AdapterFolder()
        try adapters.write("return {", named: "torn")
        let ended = try Program.run(["adapter", "list", adapters.path])
        #expect(ended.status == 1)
        #expect(ended.output.contains(" zadarma "))
        #expect(ended.errors.contains("form/torn/adapter.lua:1: "))
    }

    @Test("the repository's adapters do what their recorded requests say")
    func testsAll() throws {
        let ended = try Program.run(["adapter", "test", "\(Program.repository)/adapters"])
        #expect(ended.status == 0)
        #expect(ended.output.hasSuffix(" as expected, 0 not\n"))
        let one = try Program.run(
            ["adapter", "test", "\(Program.repository)/adapters/telephony/zadarma", "--verbose"])
        #expect(one.status == 0)
        #expect(one.output.contains("ok    zadarma start\n"))
    }

    @Test("a request that comes out otherwise is shown line by line")
    func showsDifference() throws {
        let adapters = try AdapterFolder()
        try adapters.write(TestAdapter.good, named: "acme")
        try adapters.record("acme")
        let folder = "\(adapters.path)/form/acme"
        try adapters.write(TestAdapter.good.replacing("\"inbound\"", with: "\"outbound\""), named: "acme")
        let ended = try Program.run(["adapter", "test", folder])
        #expect(ended.status == 1)
        #expect(ended.output.hasPrefix("FAIL  acme typical  \(folder)/fixtures/typical.request.json\n"))
        #expect(ended.lines.contains { $0.hasPrefix("- ") && $0.contains("\"inbound\"") })
        #expect(ended.lines.contains { $0.hasPrefix("+ ") && $0.contains("\"outbound\"") })
        #expect(ended.output.hasSuffix("0 as expected, 1 not\n"))

        try adapters.write(TestAdapter.failing, named: "acme")
        let failing = try Program.run(["adapter", "test", folder])
        #expect(failing.status == 1)
        #expect(failing.output.contains("adapter.lua:9") || failing.output.contains("mapping_failed"))
    }

    @Test("an adapter without recorded requests fails")
    func wantsFixtures() throws {
        let adapters = try AdapterFolder()
        try adapters.write(TestAdapter.good, named: "acme")
        let ended = try Program.run(["adapter", "test", "\(adapters.path)/form/acme"])
        #expect(ended.status == 1)
        #expect(ended.output.hasPrefix("FAIL  acme: there are no recorded requests in fixtures/\n"))
    }
}
