import CPQ

/// A statement as this session knows it.
struct PreparedStatement {
    let sql: String
    /// Types of the parameters; 0 where the server was left to choose.
    let types: [UInt32]
    /// The name at the server. Its first 63 bytes are unique in the session.
    let wireName: String
    /// False until the server has confirmed it.
    var isConfirmed = false

    /// Whether `values` can be sent to it: NULL fits any type.
    func fits(_ statement: Statement, _ oids: [UInt32]) -> Bool {
        types.count == oids.count && sql == statement.sql
            && zip(types, oids).allSatisfy { $0 == $1 || $1 == OID.unspecified }
    }
}

/// What was sent and is not yet answered.
private enum Sent {
    /// To be confirmed as the last but `index` variant of the statement's name.
    case preparation(wireName: String, step: Int)
    case execution(step: Int)
}

extension Connection {
    /// Runs `steps` in one round trip (libpq's pipeline mode, one sync at the end): one transaction, unless
    /// BEGIN and COMMIT are among the steps or one is open already.
    ///
    /// After a failed step the rest is not run, an open transaction is rolled back and the connection stays
    /// usable.
    ///
    /// - Returns: one answer per step.
    /// - Throws: the failure of the first failed step, its index and name in the message. `.unknownCommit` if
    ///   the connection ended before the answer to a COMMIT, or to the end of a transaction of its own that
    ///   may have changed something.
    public func pipeline(_ steps: [(Statement, [Value])]) throws(PostgresFailure) -> [Rows] {
        try begin()
        if steps.isEmpty { return [] }
        guard unsafe PQenterPipelineMode(handle) == 1 else { throw lost(whileCommitting: false) }
        var round = Round(steps: steps, isInTransaction: isInTransaction)
        do throws(PostgresFailure) {
            for index in steps.indices { try send(index, in: &round) }
            guard unsafe PQpipelineSync(handle) == 1 else { throw lost(whileCommitting: false) }
            try receive(&round)
        } catch {
            isGivenUp = true
            // What the server said last tells more than the end of the connection behind it.
            throw round.failure ?? error
        }
        forgetUnconfirmed()
        guard unsafe PQexitPipelineMode(handle) == 1 else { throw lost(whileCommitting: false) }
        if let failure = round.failure {
            rollbackIfFailed()
            throw failure
        }
        try throwIfReplicationWaitWasCancelled()
        return round.answers
    }

    // MARK: - Sending

    private func send(_ index: Int, in round: inout Round) throws(PostgresFailure) {
        let (statement, values) = round.steps[index]
        let oids = values.map(\.oid)
        let known = prepared[statement.name]?.first { $0.fits(statement, oids) }
        let wireName = known?.wireName ?? "\(preparedCount + 1)_\(statement.name)"
        if known == nil {
            guard !statement.sql.utf8.contains(0), !wireName.utf8.contains(0) else {
                throw PostgresFailure(.invalid, "NUL in an SQL statement")
            }
            let isSent = unsafe PQsendPrepare(
                handle, wireName, statement.sql, Int32(clamping: oids.count), oids)
            guard isSent == 1 else { throw lost(whileCommitting: false) }
            preparedCount += 1
            prepared[statement.name, default: []].append(
                PreparedStatement(sql: statement.sql, types: oids, wireName: wireName))
            round.sent.append(.preparation(wireName: wireName, step: index))
        }
        guard execute(wireName, values) else { throw lost(whileCommitting: false) }
        round.sent.append(.execution(step: index))
    }

    private func execute(_ wireName: String, _ values: [Value]) -> Bool {
        // Never empty, so that a value of no bytes at the end has an address and is not taken for NULL.
        var bytes: [UInt8] = []
        var places: [Int?] = []
        var lengths: [Int32] = []
        places.reserveCapacity(values.count)
        lengths.reserveCapacity(values.count)
        for value in values {
            let start = bytes.count
            places.append(value.encode(into: &bytes) ? start : nil)
            lengths.append(Int32(clamping: bytes.count - start))
        }
        bytes.append(0)
        let formats = [Int32](repeating: 1, count: values.count)
        return unsafe bytes.withUnsafeBytes { buffer in
            let start = unsafe buffer.baseAddress?.assumingMemoryBound(to: CChar.self)
            let pointers = unsafe places.map { place in
                unsafe place.flatMap { unsafe start?.advanced(by: $0) }
            }
            return unsafe PQsendQueryPrepared(
                handle, wireName, Int32(clamping: values.count), pointers, lengths, formats, 1) == 1
        }
    }

    // MARK: - Receiving

    private func receive(_ round: inout Round) throws(PostgresFailure) {
        while true {
            let result = unsafe try nextResult(whileCommitting: round.isUndecided)
            guard let result = unsafe result else {
                // The end of one command's results.
                if isBroken { throw round.failure ?? lost(whileCommitting: round.isUndecided) }
                round.next += 1
                continue
            }
            defer { unsafe PQclear(result) }
            switch unsafe PQresultStatus(result) {
            case PGRES_PIPELINE_SYNC:
                return
            case PGRES_COMMAND_OK, PGRES_TUPLES_OK, PGRES_EMPTY_QUERY:
                unsafe take(result, in: &round)
            case PGRES_PIPELINE_ABORTED:
                break
            case PGRES_FATAL_ERROR:
                unsafe fail(result, in: &round)
                if let failure = round.failure, isBroken { throw failure }
            default:
                throw PostgresFailure(.other, "\(round.place): COPY is not supported")
            }
        }
    }

    private func take(_ result: OpaquePointer, in round: inout Round) {
        guard let sent = round.current else { return }
        switch sent {
        case .preparation(let wireName, let step):
            confirm(wireName, of: round.steps[step].0.name)
        case .execution(let step):
            round.answers.append(unsafe Rows(result))
            // COMMIT of a failed transaction is answered with ROLLBACK.
            let isCommit = round.steps[step].0.isCommit
            let tag = unsafe String(cString: PQcmdStatus(result))
            if isCommit, tag != "COMMIT", round.failure == nil {
                round.failure = PostgresFailure(.other, "\(round.place): the transaction had failed before")
            }
        }
    }

    private func fail(_ result: OpaquePointer, in round: inout Round) {
        guard round.failure == nil else { return }
        var failure = unsafe PostgresFailure(result, isRedacted: true)
        if failure.sqlState == nil || (round.isCommitting && failure.kind == .unavailable) {
            // The end of the connection, not the server's word on this step.
            if round.isUndecided { failure = failure.changed(to: .unknownCommit) }
        } else if failure.sqlState == "0A000", round.isPreparedBefore {
            // "cached plan must not change result type": a migration ran meanwhile.
            failure = failure.changed(to: .retryable)
        }
        if failure.kind == .retryable, ["0A000", "26000"].contains(failure.sqlState) { prepared.removeAll() }
        round.failure = failure.at(round.place)
    }

    private func confirm(_ wireName: String, of name: String) {
        guard let index = prepared[name]?.lastIndex(where: { $0.wireName == wireName }) else { return }
        prepared[name]?[index].isConfirmed = true
    }

    /// What was to be prepared behind a failed step was not.
    private func forgetUnconfirmed() {
        for (name, variants) in prepared where variants.contains(where: { !$0.isConfirmed }) {
            prepared[name] = variants.filter(\.isConfirmed)
        }
    }
}

// MARK: - One round trip

private struct Round {
    let steps: [(Statement, [Value])]
    /// The end of the round commits what it changed.
    private let isOwnTransaction: Bool
    /// Index of the last COMMIT; -1 if there is none.
    private let lastCommit: Int
    var sent: [Sent] = []
    /// Index in `sent` of what is answered next.
    var next = 0
    var answers: [Rows] = []
    var failure: PostgresFailure?

    init(steps: [(Statement, [Value])], isInTransaction: Bool) {
        self.steps = steps
        lastCommit = steps.lastIndex { $0.0.isCommit } ?? -1
        isOwnTransaction =
            !isInTransaction && lastCommit < 0 && !steps.contains { $0.0.isBegin }
            && steps.contains { !$0.0.isRead }
        sent.reserveCapacity(steps.count)
        answers.reserveCapacity(steps.count)
    }

    var current: Sent? { sent.indices.contains(next) ? sent[next] : nil }

    /// The step being answered; the last one at the sync.
    private var step: Int {
        switch current {
        case .preparation(_, let step), .execution(let step): step
        case nil: steps.count - 1
        }
    }

    var place: String { "step \(step) (\(steps[step].0.name))" }

    var isPreparedBefore: Bool {
        guard case .execution(let step) = current, next > 0 else { return true }
        if case .preparation(_, step) = sent[next - 1] { return false }
        return true
    }

    /// The step being answered is a COMMIT, or the sync.
    var isCommitting: Bool {
        guard let current else { return true }
        if case .execution(let step) = current { return steps[step].0.isCommit }
        return false
    }

    /// Whether the loss of the connection now would leave it open if a change was kept.
    var isUndecided: Bool {
        failure == nil && (isOwnTransaction || step <= lastCommit)
    }
}

// MARK: - Copying a result

extension Rows {
    /// Copies out of `result`, which stays the caller's.
    init(_ result: OpaquePointer) {
        let rows = Int(unsafe PQntuples(result))
        let fields = unsafe PQnfields(result)
        var bytes: [UInt8] = []
        var cells: [Range<Int>?] = []
        cells.reserveCapacity(rows * Int(fields))
        for row in 0..<Int32(clamping: rows) {
            for column in 0..<fields {
                if unsafe PQgetisnull(result, row, column) == 1 {
                    cells.append(nil)
                    continue
                }
                let length = Int(unsafe PQgetlength(result, row, column))
                let value = unsafe UnsafeRawBufferPointer(
                    start: PQgetvalue(result, row, column), count: length)
                cells.append(bytes.count..<bytes.count + length)
                unsafe bytes.append(contentsOf: value)
            }
        }
        self.init(
            count: rows, columns: (0..<fields).map { unsafe String(cString: PQfname(result, $0)) },
            affected: unsafe Int(String(cString: PQcmdTuples(result))) ?? 0,
            types: (0..<fields).map { unsafe PQftype(result, $0) }, bytes: bytes, cells: cells)
    }
}
