import Adapters
import Configuring
import Foundation
import Testing

@Suite("Secrets of a configuration")
struct SecretTests {
    private static let canary = "CANARY-0123456789-abcdef"

    private static let whole = """
        region: UA
        database: {env: DATABASE}
        migrate_database: postgres://owner:\(canary)@db/leadgate
        metrics: {token: \(canary)}
        channels:
          pbx: {adapter: zadarma, token: \(canary), settings: {secret: [\(canary), {file: secret}]}}
        """

    @Test("neither printing, dumping nor reflecting a configuration shows one")
    func hidden() throws {
        let installation = try Installation(
            SecretTests.whole, files: ["secret": SecretTests.canary],
            environment: ["DATABASE": "postgres://a:\(SecretTests.canary)@db/b"])
        let configuration = try installation.load()
        var dumped = ""
        dump(configuration, to: &dumped)
        let surroundings = Surroundings(environment: installation.environment, workingFolder: "/")
        dump(surroundings, to: &dumped)
        for text in ["\(configuration)", String(reflecting: configuration), dumped, "\(surroundings)"] {
            #expect(!text.contains("CANARY"))
        }
        #expect(configuration.database?.reveal() == "postgres://a:\(SecretTests.canary)@db/b")
        #expect(!configuration.warnings.map(\.description).joined().contains("CANARY"))
        #expect(configuration.warnings.count == 4)
    }

    @Test(
        "no mistake quotes one, wherever it stands by mistake",
        arguments: [
            "channels: {pbx: {adapter: zadarma, token: {CANARY: x}, settings: {secret: {env: A, file: CANARY}}}}",
            "channels: {pbx: {adapter: zadarma, token: 'CANARY with blanks', settings: {secret: {}}}}",
            "channels: {pbx: {adapter: zadarma, token: [[CANARY]], settings: {secret: {value: CANARY}}}}",
            "database: CANARY\nmigrate_database: 'mysql://CANARY@db'",
            "public_url: https://user:CANARY@example.com\nlisten: CANARY",
            "region: CANARY\nretention: CANARY\nlimits: {journal: CANARY}\ntrusted_proxies: CANARY",
            "channels: {pbx: {adapter: zadarma, token: CANARY, token: CANARY}}",
            "channels:\n  pbx: {token: \"CANARY\n",
            "metrics: {token: {env: }, listen: CANARY}",
        ])
    func inMistakes(yaml: String) throws {
        let mistakes = try Installation(yaml).mistakes()
        #expect(!mistakes.isEmpty)
        #expect(!mistakes.joined().contains("CANARY"))
    }

    @Test("a secret's file loses the line ends behind it and may be given by a path from the file's folder")
    func files() throws {
        let installation = try Installation(
            "region: UA\nchannels: {a: {adapter: generic, settings: {key: {file: ./key}}}}",
            files: ["key": " two words \r\n\n"])
        #expect(try installation.load().channels.first?.secrets["key"] == [" two words "])
    }

    @Test("a secret that is not there, empty or too long is told by where it was looked for")
    func missing() throws {
        let installation = try Installation(
            """
            region: UA
            channels:
              a: {adapter: generic, settings: {key: {file: none}}}
              b: {adapter: generic, settings: {key: {file: empty}}}
              c: {adapter: generic, settings: {key: {file: long}}}
              d: {adapter: generic, settings: {key: {env: EMPTY}}}
              e: {adapter: generic, settings: {key: ""}}
            """,
            files: ["empty": "\n", "long": String(repeating: "x", count: 70_000)], environment: ["EMPTY": ""])
        let folder = installation.folder
        #expect(
            installation.mistakes() == [
                "leadgate.yaml:3:48: channels.a.settings.key: the file \(folder)/none cannot be read",
                "leadgate.yaml:4:48: channels.b.settings.key: the file \(folder)/empty is empty",
                "leadgate.yaml:5:48: channels.c.settings.key: the file \(folder)/long is no text of at most 65536 bytes",
                "leadgate.yaml:6:47: channels.d.settings.key: the environment variable EMPTY is empty",
                "leadgate.yaml:7:41: channels.e.settings.key: expected {env: NAME}, {file: path} or a text, found nothing",
            ])
    }
}
