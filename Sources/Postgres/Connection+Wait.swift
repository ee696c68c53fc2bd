import CPQ

extension Connection {
    /// The next result of what was sent, nil at the end of one statement's results. The caller frees it.
    ///
    /// Writes what is unsent and reads what arrives in one loop.
    /// - Throws: `.unknownCommit` if the connection ends while `whileCommitting`, else `.unavailable`.
    func nextResult(whileCommitting: Bool) throws(PostgresFailure) -> OpaquePointer? {
        while true {
            let unsent = unsafe PQflush(handle)
            if unsafe PQisBusy(handle) == 0 { return unsafe PQgetResult(handle) }
            guard wait(forWriting: unsent == 1, timeout: options.silence) else {
                isGivenUp = true
                throw PostgresFailure(
                    whileCommitting ? .unknownCommit : .unavailable, "the server did not answer in time")
            }
            // A failure here is told by PQgetResult, with what the server said before the end.
            if unsafe PQconsumeInput(handle) == 0, unsafe PQisBusy(handle) == 1 {
                throw lost(whileCommitting: whileCommitting)
            }
        }
    }

    /// Waits until the socket can be read (or written, if asked).
    /// - Parameter timeout: nil waits without end.
    /// - Returns: false if the time is over. A broken socket counts as readable.
    func wait(forWriting: Bool, timeout: Duration?) -> Bool {
        let end = timeout.map { ContinuousClock.now + $0 }
        while true {
            var events = Int16(POLLIN)
            if forWriting { events |= Int16(POLLOUT) }
            var entry = pollfd(fd: unsafe PQsocket(handle), events: events, revents: 0)
            var milliseconds: Int32 = -1
            if let end {
                let rest = end - .now
                milliseconds = rest <= .zero ? 0 : Int32(clamping: rest.wholeMilliseconds)
            }
            let ready = unsafe poll(&entry, 1, milliseconds)
            if ready > 0 { return true }
            // Else the time is over, or a signal came in between.
            if let end, end <= .now { return false }
        }
    }

    // MARK: - LISTEN and NOTIFY

    /// Hears NOTIFY on `channel` from now on.
    public func listen(_ channel: String) throws(PostgresFailure) {
        _ = try query(Statement(name: "session.listen", sql: "LISTEN \(quotedIdentifier(channel))"))
    }

    /// Waits for the next notification; those that came together count as one.
    /// - Returns: false if none came in `timeout`.
    /// - Throws: `.unavailable` if the connection ended.
    public func waitForNotification(timeout: Duration) throws(PostgresFailure) -> Bool {
        try begin()
        let end = ContinuousClock.now + timeout
        while true {
            if takeNotifications() { return true }
            let rest = max(.zero, end - .now)
            guard wait(forWriting: false, timeout: rest) else { return false }
            if unsafe PQconsumeInput(handle) == 0 || isBroken {
                throw lost(whileCommitting: false)
            }
        }
    }

    private func takeNotifications() -> Bool {
        var isAny = false
        while let notification = unsafe PQnotifies(handle) {
            unsafe PQfreemem(notification)
            isAny = true
        }
        return isAny
    }
}
