public import Adapters
public import Contacts
import Foundation
import OpenSSL
import Store
import Telemetry

/// One import on its way into the journal: lines are read, checked, and made durable some hundreds at a time.
///
/// At most ``inFlight`` such chunks are in the journal, so that neither memory grows with the import nor a ringing call finds the
/// journal full. What is wrong with a line is noted; the others go on.
public actor Importing {
    /// What came of it so far. Only what is durable counts as accepted or duplicate.
    public struct Result: Sendable, Hashable {
        /// Lines that were read and are not blank.
        public var received = 0
        public var accepted = 0
        /// Kept before, so without effect.
        public var duplicates = 0
        public var errorCount = 0
        /// The first ``Importing/toldErrors``.
        public var errors: [LineError] = []
    }

    public struct LineError: Sendable, Hashable {
        /// Counted from 1.
        public let line: Int
        public let failure: ImportLineFailure
    }

    public static let toldErrors = 1_000
    static let chunkLines = 200
    static let chunkBytes = 1 << 20
    static let inFlight = 2

    private typealias Chunk = [(line: Int, event: JournalEvent)]

    private let journal: Journal
    private let channel: Channel
    private let remote: String
    private let url: String
    private let verified: [String]
    private let patience: Duration
    private let now: @Sendable () -> Instant
    private var lines = ImportLines(limit: ImportLine.longest)
    private var chunk: Chunk = []
    private var chunkBytes = 0
    private var flying: [Task<Swift.Result<Void, JournalFailure>, Never>] = []
    public private(set) var result = Result()

    /// - Parameters:
    ///   - channel: a workspace's own for imports.
    ///   - remote: the client's address.
    ///   - verified: how it is known who brings in.
    ///   - patience: how long a full journal is waited for.
    public init(
        journal: Journal, channel: Adapters.Channel, remote: String, url: String,
        verified: [String] = ["token"], patience: Duration = .seconds(10),
        now: @escaping @Sendable () -> Instant
    ) {
        self.journal = journal
        self.channel = channel
        self.remote = remote
        self.url = url
        self.verified = verified
        self.patience = patience
        self.now = now
    }

    /// - Throws: where the journal did not take a chunk; ``result`` says how far it came. What flew then has landed.
    public func add(_ bytes: [UInt8]) async throws(JournalFailure) {
        var read: [(ImportLines.Line, Int)] = []
        lines.add(bytes) { read.append(($0, $1)) }
        for (line, number) in read { try await take(line, number) }
    }

    /// A line that was read already.
    public func add(_ line: ImportLine, bytes: [UInt8], number: Int) async throws(JournalFailure) {
        result.received += 1
        put(line, bytes, number)
        try await sendIfFull()
    }

    /// Writes the rest; after it everything that was accepted is durable.
    public func finish() async throws(JournalFailure) -> Result {
        var read: [(ImportLines.Line, Int)] = []
        lines.finish { read.append(($0, $1)) }
        for (line, number) in read { try await take(line, number) }
        try await send()
        try await land(downTo: 0)
        result.errors.sort { $0.line < $1.line }
        return result
    }

    /// Waits for what flies, whatever comes of it.
    public func abandon() async { try? await land(downTo: 0) }

    private func take(_ line: ImportLines.Line, _ number: Int) async throws(JournalFailure) {
        result.received += 1
        guard case .text(let bytes) = line else {
            return note(number, .tooLong)
        }
        do throws(ImportLineFailure) {
            put(try ImportLine(bytes: bytes), bytes, number)
        } catch {
            note(number, error)
        }
        try await sendIfFull()
    }

    private func put(_ line: ImportLine, _ bytes: [UInt8], _ number: Int) {
        chunk.append((number, event(bytes, key: line.key(bytes: bytes))))
        chunkBytes += bytes.count
    }

    private func sendIfFull() async throws(JournalFailure) {
        if chunk.count >= Importing.chunkLines || chunkBytes >= Importing.chunkBytes { try await send() }
    }

    private func note(_ line: Int, _ failure: ImportLineFailure) {
        result.errorCount += 1
        if result.errors.count < Importing.toldErrors {
            result.errors.append(LineError(line: line, failure: failure))
        }
    }

    private func event(_ bytes: [UInt8], key: [UInt8]) -> JournalEvent {
        let at = now()
        return JournalEvent(
            workspaceID: channel.workspaceID, channelID: channel.id, id: UUID.v7(at: at),
            adapter: channel.adapter, method: "POST", url: url,
            headers: [JournalHeader("content-type", "application/x-ndjson")], body: bytes,
            bodySHA256: digest(bytes, .sha256), remote: remote, verified: verified, key: key, receivedAt: at)
    }

    // MARK: - Chunks

    private func send() async throws(JournalFailure) {
        guard !chunk.isEmpty else { return }
        try await land(downTo: Importing.inFlight - 1)
        let sent = chunk
        chunk = []
        chunkBytes = 0
        flying.append(
            Task {
                do throws(JournalFailure) {
                    try await keep(sent)
                    return .success(())
                } catch {
                    return .failure(error)
                }
            })
    }

    private func land(downTo count: Int) async throws(JournalFailure) {
        var failure: JournalFailure?
        while flying.count > (failure == nil ? count : 0) {
            if case .failure(let cause) = await flying.removeFirst().value { failure = failure ?? cause }
        }
        if let failure { throw failure }
    }

    /// Of a chunk that the database refuses, the halves; at last the one line to blame.
    private func keep(_ chunk: Chunk) async throws(JournalFailure) {
        do throws(JournalFailure) {
            count(try await append(chunk))
        } catch {
            guard case .refused = error else { throw error }
            guard chunk.count > 1 else {
                for (line, _) in chunk {
                    note(line, ImportLineFailure(.notKept, "the database refuses what it holds"))
                }
                return
            }
            try await keep(Array(chunk[..<(chunk.count / 2)]))
            try await keep(Array(chunk[(chunk.count / 2)...]))
        }
    }

    /// A full journal is waited for: calls that ring come first.
    private func append(_ chunk: Chunk) async throws(JournalFailure) -> [JournalOutcome] {
        let end = ContinuousClock.now + patience
        while true {
            do throws(JournalFailure) {
                return try await journal.append(JournalEntry(events: chunk.map(\.event)))
            } catch {
                guard error == .overloaded, ContinuousClock.now < end else { throw error }
                try? await Task.sleep(for: .milliseconds(50))
            }
        }
    }

    private func count(_ outcomes: [JournalOutcome]) {
        for outcome in outcomes {
            if case .duplicate = outcome { result.duplicates += 1 } else { result.accepted += 1 }
        }
    }
}

extension ReceivingServices {
    /// Counts what came of an import.
    public func count(_ result: Importing.Result, _ channel: Adapters.Channel) {
        metrics.received.add(result.accepted + result.duplicates, channel.labels)
        metrics.duplicates.add(result.duplicates, channel.labels)
    }
}
