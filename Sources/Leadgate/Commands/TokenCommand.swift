import API
import Adapters
import ArgumentParser
import Configuring
import Contacts
import Foundation
import Postgres
import Store

struct TokenCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "token", abstract: "Make, list and revoke tokens for the API.",
        subcommands: [Create.self, List.self, Revoke.self])
}

extension TokenCommand {
    struct Create: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Make a token and print it.",
            discussion: "It is printed this once: the database keeps its SHA-256 only.")

        @OptionGroup var option: ConfigurationOption
        @OptionGroup var tenant: WorkspaceOption

        @Argument(help: "What the token is for, for the list.")
        var name: String

        @Option(
            name: .customLong("scope"),
            help: "What it allows, divided by commas: read, write (replay), ingest, admin (everything).")
        var scopes = WordList<Scope>([.read])

        @Option(help: ArgumentHelp("Days until it ends; never if not given.", valueName: "days"))
        var days: Int?

        func validate() throws {
            if let days, !(1...36_500).contains(days) { throw ValidationError("--days: expected 1 to 36500") }
        }

        func run() async throws {
            try await reporting {
                let configuration = try Settings.load(option).configuration
                let workspace = try tenant.id(in: configuration)
                let token = BearerToken.make()
                let now = Instant.now()
                try Database.withConnection(configuration) { connection in
                    _ = try connection.createToken(
                        workspaceID: workspace, hash: token.hash, name: name, scopes: scopes.words, now: now,
                        expiresAt: days.map { now + .seconds($0 * 86_400) })
                }
                Terminal.print(token.secret.reveal())
            }
        }
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "List the tokens of a workspace, revoked ones too.")

        @OptionGroup var option: ConfigurationOption
        @OptionGroup var tenant: WorkspaceOption

        func run() async throws {
            try await reporting {
                let configuration = try Settings.load(option).configuration
                let workspace = try tenant.id(in: configuration)
                let tokens = try Database.withConnection(configuration) {
                    try $0.tokens(workspaceID: workspace)
                }
                let rows = tokens.map { token in
                    [
                        token.id.text, token.scopes.map(\.rawValue).sorted().joined(separator: ","),
                        token.createdAt.iso8601, token.lastUsedAt?.iso8601 ?? "never", state(token),
                        token.name,
                    ]
                }
                let head = ["ID", "SCOPES", "CREATED", "LAST USED", "STATE", "NAME"]
                for line in Terminal.table([head] + rows) { Terminal.print(line) }
            }
        }

        private func state(_ token: TokenRow) -> String {
            if token.revokedAt != nil { return "revoked" }
            guard let end = token.expiresAt else { return "valid" }
            return end <= .now() ? "expired" : "valid until \(end.iso8601)"
        }
    }

    struct Revoke: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "End a token.", discussion: "A running gateway may honour it for five seconds more.")

        @OptionGroup var option: ConfigurationOption
        @OptionGroup var tenant: WorkspaceOption

        @Argument(help: "The token's id, from `token list`.", transform: uuid)
        var id: UUID

        func run() async throws {
            try await reporting {
                let configuration = try Settings.load(option).configuration
                let workspace = try tenant.id(in: configuration)
                let isFound = try Database.withConnection(configuration) {
                    try $0.revokeToken(workspaceID: workspace, id: id, now: .now())
                }
                guard isFound else { throw CommandFailure("there is no token \(id.text) in force") }
                Terminal.print("revoked \(id.text)")
            }
        }
    }
}

/// An id on the command line.
@Sendable func uuid(_ text: String) throws -> UUID {
    guard text.utf8.count == 36, let id = UUID(uuidString: text) else {
        throw ValidationError("expected an id as 019abc12-3456-7def-8012-3456789abcde")
    }
    return id
}
