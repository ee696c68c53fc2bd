/// How an embedded cluster is run. The defaults are for production on a small machine.
public struct ClusterOptions: Sendable {
    /// Off, a power cut may destroy everything: only for tests that make their data anew.
    public var isDurable: Bool
    /// Further settings of PostgreSQL, which win over ours.
    public var further: [String: String]
    /// Where Debian keeps PostgreSQL's programs by major version.
    public var programs: String
    /// The folder of the socket; nil for one in `/run` (as root) or the temporary folder.
    public var socketFolder: String?
    /// Longest wait for other processes that start or stop the server, and for its recovery.
    public var patience: Duration

    public init(
        isDurable: Bool = true, further: [String: String] = [:], programs: String = "/usr/lib/postgresql",
        socketFolder: String? = nil, patience: Duration = .seconds(60)
    ) {
        self.isDurable = isDurable
        self.further = further
        self.programs = programs
        self.socketFolder = socketFolder
        self.patience = patience
    }

    /// The text of the settings file.
    func settings(socketFolder: String) -> String {
        var all = [
            "listen_addresses": "",
            "unix_socket_directories": "\"\(socketFolder)\"",
            "port": "\(ClusterPlace.port)",
            "max_connections": "100",
            "shared_buffers": "128MB",
            "max_wal_size": "1GB",
            // As small as pglz with a seventh of its 0.1 ms a page; Debian's PostgreSQL has it.
            "wal_compression": "lz4",
            "fsync": isDurable ? "on" : "off",
            "full_page_writes": isDurable ? "on" : "off",
            "synchronous_commit": "on",
            // Short statements only: compiling them and sharing them out costs more than it gains, and the
            // second needs more shared memory than a container has.
            "jit": "off",
            "max_parallel_workers_per_gather": "0",
            "timezone": "UTC",
            "log_timezone": "UTC",
            "logging_collector": "on",
            "log_directory": "log",
            "log_filename": "postgresql-%a.log",
            "log_rotation_age": "1d",
            "log_truncate_on_rotation": "on",
            // No detail lines: they quote rows, and rows are people.
            "log_error_verbosity": "terse",
        ]
        for (name, value) in further { all[name] = value }
        var text = "# Written by Leadgate at every start; for settings of your own use ALTER SYSTEM.\n"
        for (name, value) in all.sorted(by: { $0.key < $1.key }) {
            text += "\(name) = '\(value.replacing("'", with: "''"))'\n"
        }
        return text
    }
}
