import Foundation
import Harness
import Testing

/// What the built program must survive. One suite after another: each loads the machine by itself.
@Suite("faults", .serialized) struct Faults {
    /// Syncs to the disk as in production, so that what is killed here is killed there.
    static var cluster: TestCluster {
        get throws { try clusterResult.get() }
    }

    private static let clusterResult = Result { try TestCluster.make(isDurable: true) }
}

/// The installation that every test here runs: a form, an exchange and a bot in a Ukrainian workspace.
enum Installation {
    static let pbxSecret = "faults_pbx_secret"
    static let botSecret = "faults_bot_secret"
    private static let token = "faults-token-0123456789"

    /// Where a provider of this channel posts to.
    static func path(of channel: String) -> String { "/in/\(channel)/\(token)" }

    /// - Parameter database: nil for the embedded one.
    static func config(database: String?) -> String {
        """
        \(database.map { "database: \"\($0)\"\n" } ?? "")region: UA
        own: {phones: ["+380443334455"], domains: [shop.example]}
        channels:
          site: {adapter: generic, token: \(token)}
          pbx: {adapter: zadarma, token: \(token), settings: {secret: \(pbxSecret), timezone: UTC}}
          bot: {adapter: telegram, token: \(token), settings: {secret_token: \(botSecret), account: shop_bot}}
        """
    }

    /// Starts a gateway and waits until it is ready.
    /// - Parameters:
    ///   - roles: as `--role`; nil for all.
    ///   - earlier: the run to go on with, in its folder and on its port.
    static func serve(_ database: String?, roles: String? = nil, after earlier: Program? = nil) throws
        -> Program
    {
        let program = try start(database, roles: roles, after: earlier)
        try program.waitUntilReady()
        return program
    }

    /// Starts a gateway.
    static func start(_ database: String?, roles: String? = nil, after earlier: Program? = nil) throws
        -> Program
    {
        try Program(
            ["serve"] + (roles.map { ["--role", $0] } ?? []), config: config(database: database),
            folder: earlier?.folder, port: earlier?.port)
    }

    /// Runs `body` with gateways on a database of its own, and ends them.
    /// - Parameter roles: one gateway each; nil for all roles.
    static func withGateways(
        _ roles: [String?], _ body: (TestDatabase, [Program]) throws -> Void
    ) throws {
        let database = try TestDatabase.make(on: Faults.cluster)
        let programs = try roles.map { try start(database.url, roles: $0) }
        defer {
            for program in programs { program.killNow() }
            try? database.drop()
        }
        for program in programs { try program.waitUntilReady() }
        try body(database, programs)
    }
}

extension Program {
    /// What lies in the spool's folder.
    var spoolFolder: [String] { names(in: "\(folder)/data/spool") }

    /// The spool's files that are to be drained, by any process on the same data.
    var spooled: [String] {
        spoolFolder.flatMap { names(in: "\(folder)/data/spool/\($0)/new") }
    }

    /// Waits until what was acknowledged from the spool is in the database, where the oracle looks.
    func expectDrained(sourceLocation: SourceLocation = #_sourceLocation) {
        let isDrained = becomes(within: .seconds(60)) { spooled.isEmpty }
        #expect(isDrained, "\(spooled.count) files are left", sourceLocation: sourceLocation)
    }

    private func names(in folder: String) -> [String] {
        (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    }
}

/// Asks again until `isSo` or the time is over.
/// - Returns: whether it became so.
func becomes(within limit: Duration, _ isSo: () throws -> Bool) rethrows -> Bool {
    let end = ContinuousClock.now + limit
    while ContinuousClock.now < end {
        if try isSo() { return true }
        Thread.sleep(forTimeInterval: 0.01)
    }
    return try isSo()
}
