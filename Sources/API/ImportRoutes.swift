import Adapters
import Contacts
import HTTPTypes
import Hummingbird
import JSON
import NIOCore
public import Receiving
import Store
import Synchronization

/// What an import needs of a process that takes events in.
public struct ImportServices: Sendable {
    /// Imports at once in this process, each with a few hundred lines in the journal.
    static let atOnce = 4

    public let receiving: ReceivingServices
    /// From one piece of the body to the next.
    let idle: Duration
    /// From the head to the last byte.
    let whole: Duration
    private let running = Running()

    private final class Running: Sendable {
        let count = Mutex(0)
    }

    public init(
        _ receiving: ReceivingServices, idle: Duration = .seconds(30), whole: Duration = .seconds(3_600)
    ) {
        self.receiving = receiving
        self.idle = idle
        self.whole = whole
    }

    /// - Returns: false if there are too many already; else ``leave()`` is owed.
    func enter() -> Bool {
        running.count.withLock { count in
            guard count < ImportServices.atOnce else { return false }
            count += 1
            return true
        }
    }

    func leave() { running.count.withLock { $0 -= 1 } }
}

extension RouteTable where Context: RemoteAddressRequestContext {
    /// `/v1/import`: many contact events or cards at once, one a line.
    func addImport() {
        let services = services
        postBody("v1/import", scope: .ingest) { call, request, address in
            guard let imports = services.imports else {
                throw APIFailure.notImplemented(
                    "this process takes nothing in; ask one with the role ingress")
            }
            let snapshot = services.channels.snapshot
            guard let workspace = snapshot.workspaces[call.workspaceID],
                let channel = snapshot.byKey[Channel.importKey(of: workspace)], !channel.isRetired
            else { throw APIFailure.notFound }
            try checkType(request.headers)
            guard imports.enter() else {
                throw Problem(
                    reason: "overloaded", status: .serviceUnavailable, title: "Too much at once",
                    detail: "\(ImportServices.atOnce) imports run already", headers: [.retryAfter: "5"])
            }
            defer { imports.leave() }
            let importing = Importing(
                journal: imports.receiving.journal, channel: channel, remote: address,
                url: imports.receiving.publicURL + "/v1/import", now: services.now)
            let failure = await read(request.body, into: importing, imports)
            let result = await importing.result
            imports.receiving.count(result, channel)
            if let failure { return Response(failure.problem(result)) }
            return .json(result.json)
        }
    }
}

private let types: Set<String> = ["application/x-ndjson", "application/ndjson", "application/jsonl"]

private func checkType(_ headers: HTTPFields) throws(Problem) {
    let type = (headers[.contentType] ?? "").prefix { $0 != ";" }.lowercased().filter { $0 != " " }
    let coding = headers[.contentEncoding]?.lowercased() ?? "identity"
    guard types.contains(type), coding == "identity" else {
        throw Problem(
            reason: "unsupported_content", status: .unsupportedMediaType,
            title: "The content is not understood",
            detail: "send lines of JSON as application/x-ndjson, without Content-Encoding",
            headers: [.connection: "close"])
    }
}

/// Why an import ended before its body did.
private enum ImportEnd: Error {
    case journal(JournalFailure)
    /// Nothing came for a while, or it took too long altogether.
    case tooSlow
    /// The connection was cut.
    case cut

    func problem(_ result: Importing.Result) -> Problem {
        let kept = result.accepted + result.duplicates
        let told = "\(kept) lines are durable; send all of them again, what was kept has no effect twice"
        switch self {
        case .journal(.overloaded):
            return problem("overloaded", .serviceUnavailable, "Too much at once", told, kept)
        case .journal:
            return problem("unavailable", .serviceUnavailable, "The database does not answer", told, kept)
        case .tooSlow:
            return problem("request_timeout", .requestTimeout, "The request came too slowly", told, kept)
        case .cut:
            return problem("malformed", .badRequest, "The request is malformed", told, kept)
        }
    }

    private func problem(
        _ reason: String, _ status: HTTPResponse.Status, _ title: String, _ detail: String, _ kept: Int
    ) -> Problem {
        var problem = Problem(
            reason: reason, status: status, title: title, detail: detail, headers: [.connection: "close"])
        if status == .serviceUnavailable { problem.headers[.retryAfter] = "2" }
        problem.members["durable"] = .integer(Int64(kept))
        return problem
    }
}

/// Reads a body to its end, watched by a clock.
/// - Returns: nil when every line is durable or told to be wrong.
private func read(
    _ body: RequestBody, into importing: Importing, _ services: ImportServices
) async -> ImportEnd? {
    let start = ContinuousClock.now
    let heard = Heard(start)
    let end = await withTaskGroup(of: ImportEnd?.self) { group in
        group.addTask {
            do {
                for try await part in body {
                    heard.at.withLock { $0 = .now }
                    try await importing.add(Array(part.readableBytesView))
                    heard.at.withLock { $0 = .now }
                }
                if Task.isCancelled { return .tooSlow }
                _ = try await importing.finish()
                return nil
            } catch let failure as JournalFailure {
                return .journal(failure)
            } catch {
                return Task.isCancelled ? .tooSlow : .cut
            }
        }
        group.addTask {
            while !Task.isCancelled {
                let due = min(heard.at.withLock { $0 } + services.idle, start + services.whole)
                if due <= .now { return .tooSlow }
                try? await Task.sleep(until: due, clock: .continuous)
            }
            return nil
        }
        let first = await group.next() ?? nil
        group.cancelAll()
        return first
    }
    if end != nil { await importing.abandon() }
    return end
}

/// When the last piece of a body came.
private final class Heard: Sendable {
    let at: Mutex<ContinuousClock.Instant>

    init(_ start: ContinuousClock.Instant) { at = Mutex(start) }
}

extension Importing.Result {
    fileprivate var json: JSON {
        .members([
            ("received", .integer(Int64(received))), ("accepted", .integer(Int64(accepted))),
            ("duplicates", .integer(Int64(duplicates))), ("error_count", .integer(Int64(errorCount))),
            (
                "errors",
                .array(
                    errors.map { error in
                        .members([
                            ("line", .integer(Int64(error.line))),
                            ("reason", .string(error.failure.reason.rawValue)),
                            ("detail", .string(error.failure.detail)),
                        ])
                    })
            ),
        ])
    }
}
