import CPQ

/// A warning or notice of the server.
public struct Notice: Sendable, Hashable {
    /// WARNING, NOTICE, …; never translated.
    public let severity: String
    public let sqlState: String
    /// The primary message only.
    public let message: String
    /// The server's source function that spoke.
    let function: String

    /// True for what is said when a commit is kept here but perhaps not on the synchronous replicas. Told by
    /// the function, since the words are translated and the SQLSTATE is a general one (server: `syncrep.c`).
    var isCancelledReplicationWait: Bool { function == "SyncRepWaitForLSN" && severity == "WARNING" }

    /// Copies out of `result`, which stays libpq's own.
    init(_ result: OpaquePointer) {
        severity = unsafe field(LG_DIAG_SEVERITY, of: result) ?? ""
        sqlState = unsafe field(LG_DIAG_SQLSTATE, of: result) ?? ""
        message = unsafe field(LG_DIAG_MESSAGE, of: result) ?? ""
        function = unsafe field(LG_DIAG_FUNCTION, of: result) ?? ""
    }
}

/// Where libpq's notice receiver puts its finds. The connection keeps it alive as long as the `PGconn`.
final class NoticeInbox {
    var notices: [Notice] = []

    func take(_ notice: Notice) {
        if notices.count < 100 { notices.append(notice) }
    }
}

extension PostgresFailure {
    /// The failure told by `result`, which stays the caller's.
    init(_ result: OpaquePointer, isRedacted: Bool) {
        let sqlState = unsafe field(LG_DIAG_SQLSTATE, of: result)
        var message = unsafe field(LG_DIAG_MESSAGE, of: result) ?? ""
        if message.isEmpty { message = "the connection was lost" }
        self.init(
            sqlState.map(Kind.init(sqlState:)) ?? .unavailable,
            isRedacted ? Self.redacted(message, sqlState: sqlState) : message, sqlState: sqlState,
            constraint: unsafe field(LG_DIAG_CONSTRAINT, of: result))
    }
}

private func field(_ code: Int32, of result: OpaquePointer) -> String? {
    unsafe PQresultErrorField(result, code).map { unsafe String(cString: $0) }
}
