import Foundation

/// PostgreSQL's programs of one major version, run as the user that owns the data.
struct Programs: Sendable {
    let major: Int
    let folder: String
    /// The user to switch to; nil to stay who we are.
    let user: String?

    /// Oldest version that Leadgate's SQL works with.
    static let oldestMajor = 15

    /// Major versions in `root`, each with its folder of programs.
    static func installed(in root: String) -> [Int: String] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: root)) ?? []
        var found: [Int: String] = [:]
        for name in names {
            guard let major = Int(name), major >= oldestMajor else { continue }
            let folder = "\(root)/\(name)/bin"
            let isComplete = ["postgres", "initdb", "pg_ctl", "pg_isready"].allSatisfy {
                FileManager.default.isExecutableFile(atPath: "\(folder)/\($0)")
            }
            if isComplete { found[major] = folder }
        }
        return found
    }

    /// Runs a PostgreSQL program to its end.
    /// - Throws: `.program` with the last lines it wrote if it cannot be started or fails.
    func run(_ name: String, _ arguments: [String], input: String? = nil) throws(ClusterFailure) {
        let path = "\(folder)/\(name)"
        let (status, output) =
            if let user {
                try Self.run("/usr/sbin/runuser", ["-u", user, "--", path] + arguments, input: input)
            } else {
                try Self.run(path, arguments, input: input)
            }
        if status != 0 { throw .program(name, output: output) }
    }

    /// Runs any program to its end, with a small environment of its own: nothing of ours (PGDATA, PGOPTIONS,
    /// secrets) reaches it.
    /// - Returns: exit status (128 and the signal's number after a signal), and the last five lines it wrote
    ///   in one.
    static func run(
        _ path: String, _ arguments: [String], input: String? = nil
    ) throws(ClusterFailure) -> (status: Int32, output: String) {
        let environment = [
            "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C.UTF-8", "TZ=UTC",
        ]
        let (status, output) = try runDetached(path, arguments, environment: environment, input: input ?? "")
        let lines = output.split(whereSeparator: \.isNewline).suffix(5)
        return (status, lines.joined(separator: "; "))
    }
}
