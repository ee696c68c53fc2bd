import Adapters
import Contacts
import Foundation
import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import Store
import Telemetry

/// `/in/{channel}/{token}[/tail]`: verified, kept, then answered.
struct Webhooks: Sendable {
    let services: ReceivingServices
    /// Stands for a channel that does not exist, so that the work is the same.
    private let nobody: Channel

    init(services: ReceivingServices) {
        self.services = services
        nobody = Channel(key: "", adapter: "", tokens: [Secret(UUID().uuidString)])
    }

    func respond(_ request: Request, _ context: GatewayContext) async throws -> Response {
        let arrival = ContinuousClock.now
        let remote = services.client(request, context)
        guard let path = RequestPath(request.uri.path) else { throw reject(.malformed, nil, remote) }
        let (channel, adapter) = try door(path, remote)
        let methods = adapter.definition.accepts.methods
        switch request.method {
        case .head: return Response(status: .ok)
        case .options: return Response(status: .noContent, headers: [.allow: allow(methods)])
        default: break
        }
        guard methods.contains(request.method.rawValue) else {
            services.rejections.count(
                .unsupportedContent, channel: channel, address: remote, now: services.now())
            throw Problem(.methodNotAllowed, headers: [.allow: allow(methods)])
        }
        let body: [UInt8]
        do {
            body = try await services.bodyReader(adapter).read(request, context)
        } catch let problem as Problem {
            services.count(problem, channel, remote)
            throw problem
        }
        let inbound = services.inbound(request, tail: path.tail, body: body, remote: remote)
        switch adapter.receive(inbound, channel: channel, now: inbound.receivedAt) {
        case .handshake(let reply):
            return Response(reply)
        case .rejected(let reason):
            throw reject(reason, channel, remote)
        case .accepted(let accepted):
            let kept = KeptRequest(
                request: inbound, channel: channel, adapter: adapter,
                plainURL: services.publicURL + path.plain + (inbound.query.isEmpty ? "" : "?" + inbound.query)
            )
            async let found = lookUp(
                accepted.lookup,
                Lookup(
                    services: services, request: inbound, channel: channel, adapter: adapter, arrival: arrival
                ))
            _ = try await services.keep(kept.event(accepted), channel)
            let reply = await found ?? accepted.reply
            services.metrics.accept.observe(ContinuousClock.now - arrival)
            return Response(reply)
        }
    }

    private func lookUp(_ question: LookupRequest?, _ lookup: Lookup) async -> Reply? {
        guard let question else { return nil }
        return await lookup.answer(question)
    }

    /// The channel, if it is there and the token is one of its own.
    private func door(_ path: RequestPath, _ remote: String) throws(Problem) -> (Channel, Adapter) {
        let known = services.reachable(path.channel)
        let channel = known ?? nobody
        let isOpen = channel.accepts(token: path.token)
        guard let known, !known.isRetired else { throw reject(.unknownChannel, nil, remote) }
        guard isOpen else { throw reject(.badToken, known, remote) }
        return (known, try services.adapter(of: known))
    }

    private func reject(_ reason: RejectionReason, _ channel: Channel?, _ remote: String) -> Problem {
        services.rejections.count(reason, channel: channel, address: remote, now: services.now())
        return Problem(reason, headers: reason == .rateLimited ? [.retryAfter: "60"] : [:])
    }

    private func allow(_ methods: [String]) -> String {
        (methods + ["HEAD", "OPTIONS"]).joined(separator: ", ")
    }
}

// MARK: - Shared with forms

extension ReceivingServices {
    /// The client's address.
    func client(_ request: Request, _ context: GatewayContext) -> String {
        let forwarded = HTTPField.Name("x-forwarded-for").map { request.headers[values: $0] } ?? []
        return proxies.client(peer: context.remoteAddress, forwarded: forwarded)
    }

    /// A channel that has a URL, by its key.
    func reachable(_ key: String) -> Channel? {
        channels.snapshot.byKey[key].flatMap { $0.isImport ? nil : $0 }
    }

    /// - Throws: ``Problem`` of 503: the configuration was checked, so that the adapter's folder must have gone since.
    func adapter(of channel: Channel) throws(Problem) -> Adapter {
        if let adapter = adapters().byName[channel.adapter] { return adapter }
        log.error("channel without adapter", metadata: ["channel": "\(channel.key)"])
        throw Problem(.unavailable, headers: [.retryAfter: "60"])
    }

    func bodyReader(_ adapter: Adapter) -> BodyReader {
        BodyReader(room: room, limit: adapter.definition.accepts.limit, deadline: limits.body)
    }

    func inbound(_ request: Request, tail: String, body: [UInt8], remote: String) -> InboundRequest {
        var headers = request.headers.map { Header($0.name.canonicalName, $0.value) }
        if let host = request.head.authority { headers.insert(Header("host", host), at: 0) }
        let query = request.uri.query ?? ""
        return InboundRequest(
            method: request.method.rawValue, tail: tail, query: query, headers: headers, body: body,
            remote: remote,
            receivedAt: now(), url: publicURL + request.uri.path + (query.isEmpty ? "" : "?" + query))
    }

    /// Makes an event durable and counts it.
    /// - Throws: ``Problem`` of 503 or 422.
    func keep(_ event: JournalEvent, _ channel: Channel) async throws(Problem) -> JournalOutcome {
        do throws(JournalFailure) {
            let outcome = try await journal.append(event)
            metrics.received.add(1, channel.labels)
            if case .duplicate = outcome { metrics.duplicates.add(1, channel.labels) }
            return outcome
        } catch {
            switch error {
            case .overloaded:
                metrics.failures.add(1, ["overloaded"])
                throw Problem(.overloaded, headers: [.retryAfter: "1"])
            case .unavailable:
                metrics.failures.add(1, ["unavailable"])
                throw Problem(.unavailable, headers: [.retryAfter: "2"])
            case .refused:
                metrics.failures.add(1, ["refused"])
                throw Problem(.notKept)
            }
        }
    }

    /// Counts a problem among the rejections, where it is one of their reasons.
    /// - Parameter channel: nil for one that does not exist.
    func count(_ problem: Problem, _ channel: Channel?, _ remote: String) {
        guard let reason = RejectionReason(rawValue: problem.reason) else { return }
        rejections.count(reason, channel: channel, address: remote, now: now())
    }
}

extension Response {
    /// An adapter's reply; header lines that HTTP does not allow are left out.
    init(_ reply: Reply) {
        var fields = HTTPFields()
        for header in reply.headers {
            guard let name = HTTPField.Name(header.name), HTTPField.isValidValue(header.value) else {
                continue
            }
            fields.append(HTTPField(name: name, value: header.value))
        }
        self.init(
            status: HTTPResponse.Status(code: (200...599).contains(reply.status) ? reply.status : 200),
            headers: fields,
            body: reply.body.isEmpty
                ? ResponseBody() : ResponseBody(byteBuffer: ByteBuffer(bytes: reply.body)))
    }
}
