import Adapters
import Contacts
import Foundation
import HTTPTypes
import Hummingbird
import JSON
import NIOCore
import Store
import Telemetry

/// `/form/{channel}`: a page for people, and the address that a company's own forms and scripts send to.
struct Forms: Sendable {
    static let methods = "GET, HEAD, POST, OPTIONS"
    /// Fields that say where to lead the visitor afterwards.
    static let redirectNames = ["redirect", "_redirect"]

    /// An open form.
    private struct Door {
        let channel: Channel
        let adapter: Adapter
        let page: FormPage

        var origins: FormOrigins { page.origins }
    }
    let services: ReceivingServices

    func respond(_ request: Request, _ context: GatewayContext) async throws -> Response {
        let arrival = ContinuousClock.now
        let client = FormClient(request)
        let remote = services.client(request, context)
        let door: Door
        do throws(Problem) {
            door = try self.door(request, context.parameters.get("channel") ?? "", client, remote)
        } catch {
            return client.wantsPage ? FormPage.note(error, client.words) : Response(error)
        }
        switch request.method {
        case .get, .head:
            return show(request, door, client)
        case .options:
            return door.origins.preflight(client)
        case .post:
            var response = try await take(request, context, door, client, remote)
            response.headers.append(contentsOf: door.origins.headers(for: client))
            if response.status.kind != .clientError, response.status.kind != .serverError {
                services.metrics.accept.observe(ContinuousClock.now - arrival)
            }
            return response
        default:
            throw Problem(.methodNotAllowed, headers: [.allow: Forms.methods])
        }
    }

    /// The form of a channel, if it is there and open to everybody.
    private func door(_ request: Request, _ key: String, _ client: FormClient, _ remote: String)
        throws(Problem)
        -> Door
    {
        let known = services.reachable(key)
        do throws(Problem) {
            guard let known, !known.isRetired else { throw Problem(.unknownChannel) }
            let adapter = try services.adapter(of: known)
            guard adapter.kind == .form else { throw Problem(.unknownChannel) }
            // A channel that asks for a token at `/in` is not to be had without one here.
            guard known.tokens.isEmpty else { throw Problem(.badToken) }
            let page = FormPage(
                words: client.words,
                origins: FormOrigins(listed: known.origins, publicURL: services.publicURL),
                path: (URL(string: services.publicURL)?.path ?? "") + "/form/" + known.key,
                honeypot: setting("honeypot", of: known, adapter))
            return Door(channel: known, adapter: adapter, page: page)
        } catch {
            services.count(error, known, remote)
            throw error
        }
    }

    /// Nil unless the adapter declares the setting and there is a value.
    private func setting(_ name: String, of channel: Channel, _ adapter: Adapter) -> String? {
        guard let definition = adapter.definition.setting(name) else { return nil }
        let given = channel.settings[name]?.first { !$0.isEmpty }
        return given ?? definition.fallback
    }

    // MARK: - Showing

    private func show(_ request: Request, _ door: Door, _ client: FormClient) -> Response {
        let inbound = services.inbound(request, tail: "", body: [], remote: "")
        let query = door.adapter.form(in: inbound).query
        if query.contains(where: { $0.name == "sent" }) { return door.page.sent() }
        return door.page.empty(address: inbound.url, query: query, referer: client.referer)
    }

    // MARK: - Taking

    private func take(
        _ request: Request, _ context: GatewayContext, _ door: Door, _ client: FormClient, _ remote: String
    ) async throws -> Response {
        var form: SentForm?
        do {
            guard door.origins.admits(client) else { throw Problem(.originNotAllowed) }
            let body = try await services.bodyReader(door.adapter).read(request, context)
            let inbound = services.inbound(request, tail: "", body: body, remote: remote)
            let sent = door.adapter.form(in: inbound)
            form = sent
            try spend(door, remote)
            switch door.adapter.receive(inbound, channel: door.channel, now: inbound.receivedAt) {
            case .handshake(let reply): return Response(reply)
            case .rejected(let reason): throw Problem(reason)
            case .accepted(let accepted):
                // What cannot be read is kept too: it becomes a dead letter that a person looks at.
                guard accepted.undecodable || canBeAnswered(sent, door) else { throw Problem(.noContact) }
                let kept = KeptRequest(
                    request: inbound, channel: door.channel, adapter: door.adapter, plainURL: inbound.url)
                let outcome = try await services.keep(kept.event(accepted), door.channel)
                return client.wantsPage ? leadOn(sent, door) : confirm(outcome)
            }
        } catch let problem as Problem {
            services.count(problem, door.channel, remote)
            return answer(problem, form, door, client)
        }
    }

    /// Takes a token of the sender's bucket.
    private func spend(_ door: Door, _ remote: String) throws(Problem) {
        func whole(_ name: String) -> Int? {
            setting(name, of: door.channel, door.adapter).flatMap { Int($0) }.flatMap { $0 > 0 ? $0 : nil }
        }
        let rate = RateLimiter.Rate(
            perMinute: whole("rate") ?? services.limits.formRate,
            burst: whole("burst") ?? services.limits.formBurst)
        let wait = services.rates.take(channel: door.channel.id, address: remote, rate: rate, now: .now)
        if let wait { throw Problem(.rateLimited, headers: [.retryAfter: "\(wait)"]) }
    }

    /// Whether a form names any way to answer. One that a robot filled in passes: it is told nothing, and the adapter's
    /// mapping ignores it.
    private func canBeAnswered(_ sent: SentForm, _ door: Door) -> Bool {
        var ignored: Set<String> = ["nonce"]
        if let honeypot = door.page.honeypot {
            if sent.value(honeypot)?.contains(where: { !$0.isWhitespace }) == true { return true }
            ignored.insert(honeypot)
        }
        return sent.readings(ignoring: ignored).contains { !$0.points.isEmpty }
    }

    // MARK: - Answering

    private func leadOn(_ sent: SentForm, _ door: Door) -> Response {
        let wishes = Forms.redirectNames.compactMap { name in
            sent.value(name) ?? sent.query.first { $0.name == name }?.value
        }
        let place = wishes.lazy.compactMap(door.origins.redirect).first ?? door.page.path + "?sent=1"
        return Response(status: .seeOther, headers: [.location: place, .cacheControl: "no-store"])
    }

    private func confirm(_ outcome: JournalOutcome) -> Response {
        let id =
            switch outcome {
            case .accepted(let id), .duplicate(of: let id): id
            }
        let json = JSON.object(JSONObject([("ok", .bool(true)), ("id", .string(id.text))])).text() + "\n"
        return Response(
            status: .ok,
            headers: [
                .contentType: "application/json", .cacheControl: "no-store", .xContentTypeOptions: "nosniff",
            ], body: ResponseBody(byteBuffer: ByteBuffer(string: json)))
    }

    private func answer(_ problem: Problem, _ form: SentForm?, _ door: Door, _ client: FormClient) -> Response
    {
        guard client.wantsPage else { return Response(problem) }
        guard let form else { return FormPage.note(problem, client.words) }
        return door.page.again(
            problem, fields: form.forms.first ?? [], query: form.query, referer: client.referer)
    }
}
