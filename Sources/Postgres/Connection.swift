import CPQ

/// One session with the server. Owns its `PGconn`, closed in `deinit`. Not `Sendable`: one per thread.
///
/// libpq works in non-blocking mode here and one loop reads and writes, so that a long pipeline cannot
/// deadlock with the server and a silent server cannot hold the thread longer than
/// ``ConnectionOptions/silence``.
@safe public final class Connection {
    let handle: OpaquePointer
    let options: ConnectionOptions
    private let inbox: NoticeInbox
    /// Statements prepared in this session, by the caller's name.
    var prepared: [String: [PreparedStatement]] = [:]
    var preparedCount = 0
    /// Set when the conversation cannot go on although the socket may be open.
    var isGivenUp = false

    /// Connects, logs in, takes on the role. Blocks for at most `connectTimeout` per address of the URL.
    ///
    /// - Parameter url: `postgresql://…` or libpq's `key=value` form.
    /// - Throws: `.unavailable` if no server answers or it cannot take us now; `.other` if the URL, the database, the login
    ///   or the role is wrong, the server is older than 15, or a pooler stands between.
    public init(_ url: String, options: ConnectionOptions = ConnectionOptions()) throws(PostgresFailure) {
        guard Self.isUnderstood(url) else {
            // libpq's own words would quote the URL, and with it the password.
            throw PostgresFailure(.other, "the database URL is not one that libpq understands")
        }
        // Before the URL: defaults. Behind it: what must not be changed.
        let keywords = [
            "connect_timeout", "tcp_user_timeout", "application_name", "dbname", "client_encoding",
        ]
        let values = [
            "\(max(2, options.connectTimeout.wholeMilliseconds / 1000))",
            "\(options.tcpUserTimeout.wholeMilliseconds)", options.applicationName, url, "UTF8",
        ]
        let opened = unsafe withCStrings(keywords) { keywords in
            unsafe withCStrings(values) { values in
                unsafe PQconnectdbParams(keywords, values, 1)
            }
        }
        guard let opened = unsafe opened else { throw PostgresFailure(.unavailable, "out of memory") }
        unsafe handle = opened
        self.options = options
        inbox = NoticeInbox()
        guard unsafe PQstatus(handle) == CONNECTION_OK else { throw unsafe Self.refusal(of: handle) }
        unsafe PQsetNoticeReceiver(
            handle,
            { context, result in
                guard let context = unsafe context, let result = unsafe result else { return }
                unsafe Unmanaged<NoticeInbox>.fromOpaque(context).takeUnretainedValue().take(Notice(result))
            }, Unmanaged.passUnretained(inbox).toOpaque())
        guard unsafe PQsetnonblocking(handle, 1) == 0 else {
            throw PostgresFailure(.unavailable, "libpq refuses non-blocking mode")
        }
        guard unsafe PQserverVersion(handle) >= 150_000 else {
            throw PostgresFailure(.other, "the PostgreSQL server is older than 15")
        }
        try refusePooler()
        do throws(PostgresFailure) {
            try script(options.preamble)
        } catch {
            throw error.kind == .unknownCommit ? error.changed(to: .unavailable) : error
        }
    }

    deinit {
        unsafe PQfinish(handle)
    }

    // MARK: - Asking

    /// Runs one statement in one round trip, preparing it first if this session has not seen it.
    ///
    /// Outside a transaction it is one of its own. A failure inside a transaction rolls it back.
    public func query(_ statement: Statement, _ values: [Value] = []) throws(PostgresFailure) -> Rows {
        let answers = try pipeline([(statement, values)])
        return answers.first ?? .empty
    }

    /// Runs many statements, divided by semicolons, without parameters: one transaction unless the text has
    /// its own BEGIN and COMMIT.
    /// - Throws: the first failure; a transaction left open by it is rolled back. `.unknownCommit` if the
    ///   connection ended without a word of the server.
    public func script(_ sql: String) throws(PostgresFailure) {
        guard !sql.utf8.contains(0) else { throw PostgresFailure(.invalid, "NUL in an SQL script") }
        try begin()
        guard unsafe PQsendQuery(handle, sql) == 1 else { throw lost(whileCommitting: false) }
        var failure: PostgresFailure?
        do throws(PostgresFailure) {
            while let result = unsafe try nextResult(whileCommitting: true) {
                defer { unsafe PQclear(result) }
                failure = unsafe failure ?? scriptFailure(result)
                if isGivenUp { break }
            }
            if isBroken { throw lost(whileCommitting: true) }
        } catch {
            failure = failure ?? error
        }
        if let failure {
            rollbackIfFailed()
            throw failure
        }
        try throwIfReplicationWaitWasCancelled()
    }

    private func scriptFailure(_ result: OpaquePointer) -> PostgresFailure? {
        switch unsafe PQresultStatus(result) {
        case PGRES_COMMAND_OK, PGRES_TUPLES_OK, PGRES_EMPTY_QUERY: return nil
        case PGRES_COPY_IN, PGRES_COPY_OUT, PGRES_COPY_BOTH:
            isGivenUp = true
            return PostgresFailure(.other, "COPY is not supported")
        default:
            let failure = unsafe PostgresFailure(result, isRedacted: false)
            return failure.sqlState == nil ? failure.changed(to: .unknownCommit) : failure
        }
    }

    /// Ends an open transaction without keeping it; does nothing outside one.
    public func rollback() throws(PostgresFailure) {
        guard isInTransaction else { return }
        _ = try query(.rollback)
    }

    // MARK: - State

    /// Nothing more can be asked: open another connection.
    public var isBroken: Bool {
        unsafe isGivenUp || PQstatus(handle) != CONNECTION_OK
    }

    /// A transaction is open, failed or not.
    public var isInTransaction: Bool {
        let status = unsafe PQtransactionStatus(handle)
        return status == PQTRANS_INTRANS || status == PQTRANS_INERROR
    }

    /// Whether the server has ended this idle session, as far as the socket tells; costs one system call.
    public var isStillOpen: Bool {
        // A farewell and the end of the connection come in two reads.
        while !isBroken, wait(forWriting: false, timeout: .zero) {
            let isRead = unsafe PQconsumeInput(handle) == 1
            _ = unsafe PQisBusy(handle)
            if !isRead || inbox.notices.contains(where: { $0.severity == "FATAL" }) { isGivenUp = true }
        }
        return !isBroken
    }

    /// The server's warnings and notices since the last command began, at most 100.
    public var notices: [Notice] { inbox.notices }

    /// The server process of this session.
    public var backendPID: Int32 { unsafe PQbackendPID(handle) }

    // MARK: - Parts of a command

    /// Clears the notices and refuses a broken connection.
    func begin() throws(PostgresFailure) {
        inbox.notices.removeAll()
        if isBroken { throw PostgresFailure(.unavailable, "the connection is broken") }
    }

    /// ROLLBACK if the transaction has failed. A failure of its own only breaks the connection, which callers
    /// see.
    func rollbackIfFailed() {
        guard !isBroken, unsafe PQtransactionStatus(handle) == PQTRANS_INERROR else { return }
        let told = inbox.notices
        _ = try? query(.rollback)
        inbox.notices = told
    }

    /// A commit whose wait for synchronous replicas was cancelled is answered with success and a warning.
    func throwIfReplicationWaitWasCancelled() throws(PostgresFailure) {
        if let notice = notices.first(where: \.isCancelledReplicationWait) {
            throw PostgresFailure(.unknownCommit, notice.message, sqlState: notice.sqlState)
        }
    }

    /// The failure of a connection that ended, with what libpq knows of it.
    func lost(whileCommitting: Bool) -> PostgresFailure {
        isGivenUp = true
        let text = unsafe String(cString: PQerrorMessage(handle)).firstLine
        return PostgresFailure(
            whileCommitting ? .unknownCommit : .unavailable, text.isEmpty ? "the connection was lost" : text)
    }

    private static func refusal(of handle: OpaquePointer) -> PostgresFailure {
        let text = unsafe String(cString: PQerrorMessage(handle)).firstLine
        // A login failure has no result, so that its SQLSTATE is out of reach: tell it by what the server says in English.
        // In another language it counts as a server that cannot take us now.
        let state: String? =
            if unsafe PQconnectionNeedsPassword(handle) == 1 || text.contains("authentication failed") {
                "28P01"
            } else if text.contains("FATAL:  database "), text.hasSuffix("does not exist") {
                "3D000"
            } else if text.contains("FATAL:  role ") || text.contains("FATAL:  no pg_hba.conf entry") {
                "28000"
            } else {
                nil
            }
        return PostgresFailure(state == nil ? .unavailable : .other, text, sqlState: state)
    }

    /// A pooler hands out other sessions than it opened, with another's role and prepared statements.
    private func refusePooler() throws(PostgresFailure) {
        let rows = try query(Statement(name: "session.backend", sql: "SELECT pg_backend_pid()"))
        if rows.int(0, 0) != backendPID {
            throw PostgresFailure(
                .other, "the database URL leads to a connection pooler: give the address of the server itself"
            )
        }
    }

    private static func isUnderstood(_ url: String) -> Bool {
        guard !url.utf8.contains(0) else { return false }
        guard let parsed = unsafe PQconninfoParse(url, nil) else { return false }
        unsafe PQconninfoFree(parsed)
        return true
    }
}

/// Calls `body` with `texts` as C strings, valid during the call only. The texts hold no NUL.
func withCStrings<Answer>(
    _ texts: [String], _ body: (UnsafePointer<UnsafePointer<CChar>?>?) -> Answer
) -> Answer {
    var bytes: [CChar] = []
    var starts: [Int] = []
    for text in texts {
        starts.append(bytes.count)
        bytes.append(contentsOf: text.utf8.map { CChar(bitPattern: $0) })
        bytes.append(0)
    }
    return unsafe bytes.withUnsafeBufferPointer { buffer in
        let pointers = unsafe starts.map { unsafe buffer.baseAddress?.advanced(by: $0) } + [nil]
        return unsafe pointers.withUnsafeBufferPointer { unsafe body($0.baseAddress) }
    }
}

extension String {
    /// libpq appends hints and further lines.
    fileprivate var firstLine: String {
        String(split(whereSeparator: \.isNewline).first ?? "")
    }
}
