import Foundation
import Harness
import Testing

@Suite("The command line")
struct CommandLineTests {
    struct Help: CustomTestStringConvertible, Sendable {
        let words: [String]
        let named: [String]
        var testDescription: String { (["leadgate"] + words).joined(separator: " ") }

        init(_ words: String, _ named: String) {
            self.words = words.split(separator: " ").map(String.init)
            self.named = named.split(separator: " ").map(String.init)
        }
    }

    @Test(
        "--help names what a command takes, and its words",
        arguments: [
            Help("", "serve migrate check adapter events import send token version"),
            Help("serve", "--config --role --log-format --log-level SIGTERM SIGHUP lookup worker"),
            Help("migrate", "--config migrate_database"), Help("check", "--config"),
            Help("adapter", "list test"), Help("adapter list", "<dir>"),
            Help("adapter test", "<dir> --update --verbose"), Help("events", "list show replay"),
            Help("events list", "--config --workspace --status --channel --limit queued dead"),
            Help("events show", "--config --workspace --raw <id>"),
            Help("events replay", "--config --workspace --status --channel --dry-run <ids>"),
            Help("import", "--config --workspace --map --dry-run --yes <file> first_name errors.csv 130"),
            Help("send", "--config --url --unsigned <channel> <fixture>"),
            Help("token", "create list revoke"),
            Help("token create", "--config --workspace --scope --days <name> read write ingest admin"),
            Help("token list", "--config --workspace"), Help("token revoke", "--config --workspace <id>"),
            Help("version", "USAGE"),
        ])
    func helps(_ help: Help) throws {
        let ended = try Program.run(help.words + ["--help"])
        #expect(ended.status == 0)
        #expect(ended.errors == "")
        for word in help.named { #expect(ended.output.contains(word), "\(word) is not in\n\(ended.output)") }
    }

    @Test(
        "wrong arguments exit 64 and say what is right",
        arguments: [
            ["nothing"], ["serve", "more"], ["serve", "--role", "ingres"], ["serve", "--role", "ingress,"],
            ["serve", "--log-level", "loud"], ["serve", "--log-format", "xml"],
            ["events"].dropLast() + ["--no"],
            ["events", "list", "--limit", "0"], ["events", "list", "--limit", "201"],
            ["events", "list", "--status", "lost"], ["events", "show"], ["events", "show", "7"],
            ["events", "replay"], ["events", "replay", "--status", "done"],
            ["events", "replay", "--channel", "pbx"], ["send", "pbx"], ["import"],
            ["import", "c.csv", "--map", "A=fax"], ["token", "create"],
            ["token", "create", "crm", "--scope", "rule"], ["token", "create", "crm", "--days", "0"],
            ["token", "revoke", "crm"], ["adapter", "test", "--fast"],
        ])
    func refusesArguments(_ arguments: [String]) throws {
        let ended = try Program.run(arguments)
        #expect(ended.status == 64)
        #expect(ended.output == "")
        #expect(ended.errors.hasPrefix("Error: "))
        #expect(ended.errors.contains("Usage: leadgate"))
    }

    @Test("a wrong role is answered with the roles there are")
    func namesRoles() throws {
        let ended = try Program.run(["serve", "--role", "ingres"])
        for role in ["ingress", "worker", "mail", "delivery", "console"] {
            #expect(ended.errors.contains(role))
        }
    }

    @Test("the version is told by both ways to ask")
    func tellsVersion() throws {
        let (word, option) = (try Program.run(["version"]), try Program.run(["--version"]))
        #expect(word.status == 0)
        #expect(word.output.hasPrefix("leadgate "))
        #expect(option.output == word.output)
    }

    static let mistaken = """
        region: ua
        colour: blue
        retention: soon
        channels:
          site: {adapter: web-from}
          pbx: {adapter: zadarma, token: "not for a URL"}
        """

    @Test(
        "a wrong configuration exits 78 with every mistake at its line and column",
        arguments: [
            ["serve"], ["check"], ["migrate"], ["events", "list"], ["token", "list"],
            ["token", "create", "crm"],
            ["send", "site", "x.request.json"],
        ])
    func reportsMistakes(_ arguments: [String]) throws {
        let installation = try Installation(Self.mistaken)
        let ended = try Program.run(arguments + ["--config", installation.file])
        #expect(ended.status == 78)
        let said = ended.output + ended.errors
        for place in [
            "1:9: region", "2:1: colour", "3:12: retention", "5:19: channels.site.adapter",
            "6:34: channels.pbx.token", "6:3: channels.pbx.settings.secret",
        ] {
            #expect(said.contains("\(installation.file):\(place)"), "\(place) is not in\n\(said)")
        }
        #expect(said.contains("web-form"))
        #expect(said.split(separator: "\n").count == 6)
        #expect(!said.contains("not for a URL"))
    }

    @Test(
        "a database URL with an unescaped password is refused before a part of the password is told",
        arguments: [
            "postgres://gate:canary/word@127.0.0.1/leadgate",
            "postgres://gate:canary@word@127.0.0.1/leadgate",
            "postgres://gate:canary?word@127.0.0.1/leadgate", "postgres://gate:7/canary@127.0.0.1/leadgate",
            "postgres://127.0.0.1:canary/leadgate",
        ])
    func refusesTornURL(_ url: String) throws {
        let installation = try Installation(Installation.oneOfEach + "\ndatabase: \(url)")
        for command in ["migrate", "check"] {
            let ended = try installation.run(command)
            #expect(ended.status == 78)
            #expect((ended.output + ended.errors).contains(":7:11: database: expected a URL as postgres://"))
            #expect(!(ended.output + ended.errors).contains("canary"))
        }
    }

    @Test("a database URL with an escaped password, several hosts or a socket is taken")
    func takesURLs() throws {
        for url in [
            "postgres://gate:can%2Fary@127.0.0.1:1/leadgate",
            "postgresql://gate@127.0.0.1:1,[::1]:1/leadgate",
            "postgresql:///leadgate?host=/nowhere&user=a@b",
        ] {
            let installation = try Installation(Installation.oneOfEach + "\ndatabase: \(url)")
            #expect(try installation.run("migrate").status == 1)
        }
    }

    @Test("without a configuration file one line says where it is looked for")
    func asksForConfiguration() throws {
        let ended = try Program.run(["events", "list"])
        #expect(ended.status == 78)
        #expect(
            ended.errors
                == "leadgate: there is no leadgate.yaml or /etc/leadgate/leadgate.yaml; name one with --config\n"
        )
        let other = try Program.run(["check"], environment: ["LEADGATE_CONFIG": "/nowhere/leadgate.yaml"])
        #expect(other.status == 78)
        #expect((other.output + other.errors).contains("/nowhere/leadgate.yaml"))
    }

    @Test(
        "while the database is away a command exits 1 with one line",
        arguments: [
            ["migrate"], ["events", "list"], ["token", "list"], ["token", "create", "crm"],
            ["events", "show", "019abc12-3456-7def-8012-3456789abcde"],
            ["events", "replay", "--status", "dead"],
        ])
    func tellsOfDatabase(_ arguments: [String]) throws {
        let away = "postgres://leadgate@127.0.0.1:1/leadgate"
        let installation = try Installation(Installation.oneOfEach + "\ndatabase: \(away)")
        let ended = try Program.run(arguments + ["--config", installation.file])
        #expect(ended.status == 1)
        #expect(ended.output == "")
        #expect(ended.complaints.count == 1)
        #expect(ended.errors.hasPrefix("leadgate: ") && ended.errors.contains("Connection refused"))
    }

    @Test("where there are several workspaces a command wants to be told which")
    func asksForWorkspace() throws {
        let installation = try Installation(
            """
            region: UA
            workspaces:
              north: {channels: {a: {adapter: web-form}}}
              south: {channels: {b: {adapter: web-form}}}
            """)
        let ended = try installation.run("token", "list")
        #expect(ended.status == 1)
        #expect(ended.errors == "leadgate: name one of the workspaces north, south with --workspace\n")
        #expect(try installation.run("token", "list", "--workspace", "north").status == 0)
        let wrong = try installation.run("events", "list", "--workspace", "east")
        #expect(wrong.status == 1)
        #expect(wrong.errors == "leadgate: there is no workspace east; there are north, south\n")
    }
}
