import ArgumentParser
import Configuring
import Contacts
import Foundation
import OpenSSL
import Postgres
import Store

struct UserCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "user", abstract: "Let people into the console, and out.",
        subcommands: [Add.self, List.self, Password.self, Disable.self])
}

extension UserCommand {
    struct Add: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Make an account and print its password.",
            discussion: """
                The password is made here and printed this once: the database keeps its scrypt hash only. A viewer looks at \
                everything, an operator replays events as well, an admin sees the addresses with their tokens and the log of who \
                did what.
                """)

        @OptionGroup var option: ConfigurationOption
        @OptionGroup var tenant: WorkspaceOption
        @OptionGroup var typed: TypedPassword

        @Argument(help: "The name to log in with, unique in the installation.")
        var name: String

        @Option(help: "viewer, operator or admin.", transform: accountRole)
        var role = AccountRole.operator

        func run() async throws {
            try await reporting {
                let configuration = try Settings.load(option).configuration
                let workspace = try tenant.id(in: configuration)
                let password = try typed.password()
                do {
                    _ = try Database.withConnection(configuration) { connection in
                        try connection.createAccount(
                            workspaceID: workspace, name: name, role: role,
                            password: PasswordHash(of: password).text, now: .now())
                    }
                } catch let failure as PostgresFailure where failure.kind == .uniqueViolation {
                    throw CommandFailure(
                        "there is an account \(name) already; `leadgate user password` gives it a new password"
                    )
                }
                if !typed.isFromInput { Terminal.print(password) }
            }
        }
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List the accounts of a workspace.")

        @OptionGroup var option: ConfigurationOption
        @OptionGroup var tenant: WorkspaceOption

        func run() async throws {
            try await reporting {
                let configuration = try Settings.load(option).configuration
                let workspace = try tenant.id(in: configuration)
                let accounts = try Database.withConnection(configuration) {
                    try $0.accounts(workspaceID: workspace)
                }
                let rows = accounts.map {
                    [
                        $0.name, $0.role.rawValue, $0.createdAt.iso8601,
                        $0.disabledAt.map { "disabled \($0.iso8601)" } ?? "in force",
                    ]
                }
                for line in Terminal.table([["NAME", "ROLE", "CREATED", "STATE"]] + rows) {
                    Terminal.print(line)
                }
            }
        }
    }

    struct Password: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Give an account a new password and print it.",
            discussion: "Ends the account's sessions. A disabled account is let in again.")

        @OptionGroup var option: ConfigurationOption
        @OptionGroup var tenant: WorkspaceOption
        @OptionGroup var typed: TypedPassword

        @Argument(help: "The account's name.")
        var name: String

        func run() async throws {
            try await reporting {
                let configuration = try Settings.load(option).configuration
                let workspace = try tenant.id(in: configuration)
                let password = try typed.password()
                let isFound = try Database.withConnection(configuration) {
                    try $0.setPassword(
                        workspaceID: workspace, name: name, password: PasswordHash(of: password).text)
                }
                guard isFound else { throw CommandFailure("there is no account \(name)") }
                if !typed.isFromInput { Terminal.print(password) }
            }
        }
    }

    struct Disable: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Let an account in no more, and end its sessions.")

        @OptionGroup var option: ConfigurationOption
        @OptionGroup var tenant: WorkspaceOption

        @Argument(help: "The account's name.")
        var name: String

        func run() async throws {
            try await reporting {
                let configuration = try Settings.load(option).configuration
                let workspace = try tenant.id(in: configuration)
                let isFound = try Database.withConnection(configuration) {
                    try $0.disableAccount(workspaceID: workspace, name: name, now: .now())
                }
                guard isFound else { throw CommandFailure("there is no account \(name) in force") }
                Terminal.print("disabled \(name)")
            }
        }
    }
}

/// Where a password comes from: made here, unless it is given on the input.
struct TypedPassword: ParsableArguments {
    @Flag(
        name: .customLong("stdin"),
        help: "Read the password from the first line of the input; at least 12 characters.")
    var isFromInput = false

    func password() throws -> String {
        guard isFromInput else { return Base64.encode(randomBytes(15), urlSafe: true) }
        guard let line = readLine(), line.count >= 12, line.utf8.count <= 1_024 else {
            throw CommandFailure("the password must have at least 12 characters")
        }
        return line
    }
}

@Sendable private func accountRole(_ text: String) throws -> AccountRole {
    guard let role = AccountRole(rawValue: text) else {
        throw ValidationError("expected viewer, operator or admin")
    }
    return role
}
