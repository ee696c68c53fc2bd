import API
import Contacts
import HTTPTypes
public import Hummingbird
import Logging
import NIOCore
import Postgres
public import Receiving
import Store

/// Adds the pages for people below `/console`.
public func addConsoleRoutes(to router: Router<GatewayContext>, services: ConsoleServices) {
    let console = Console(router: router, services: services)
    console.addLogin()
    console.addNow()
    console.addEvents()
    console.addLeads()
    console.addChannels()
}

/// Routes of people who are logged in: who they are, whether they may, what they see when it fails.
struct Console {
    static let pages = WebPages(ConsoleTemplates.all, style: consoleStyle)

    let router: Router<GatewayContext>
    let services: ConsoleServices
    let sessions: Sessions

    init(router: Router<GatewayContext>, services: ConsoleServices) {
        self.router = router
        self.services = services
        sessions = Sessions(services: services)
    }

    /// A page.
    /// - Parameter action: what is written into the log of who looked at what, with the id in the path; nil: nothing.
    func page(
        _ path: RouterPath, role: AccountRole = .viewer, action: String? = nil,
        _ answer: @escaping @Sendable (Visit) async throws -> Response
    ) {
        let (sessions, services) = (sessions, services)
        router.get(path) { request, context in
            await Console.answering(request, services) { words in
                guard let visit = try await Console.visit(request, context, words, sessions) else {
                    return Response(status: .seeOther, headers: [.location: "/console/login"])
                }
                guard visit.account.role >= role else { throw ConsoleFailure.forbidden }
                let response = try await answer(visit)
                if let action { try await Console.note(action, visit.path.get("id"), visit, services) }
                return response
            }
        }
    }

    /// A form that changes something; it must carry the session's mark.
    func form(
        _ path: RouterPath, role: AccountRole = .operator,
        _ answer: @escaping @Sendable (Visit, FormValues) async throws -> Response
    ) {
        let (sessions, services) = (sessions, services)
        router.post(path) { request, context in
            await Console.answering(request, services) { words in
                guard let visit = try await Console.visit(request, context, words, sessions) else {
                    return Response(status: .seeOther, headers: [.location: "/console/login"])
                }
                let values = try await Console.values(of: request)
                guard visit.session.isMark(values["mark"]) else { throw ConsoleFailure.badForm }
                guard visit.account.role >= role else { throw ConsoleFailure.forbidden }
                return try await answer(visit, values)
            }
        }
    }

    static func note(
        _ action: String, _ subject: String?, _ visit: Visit, _ services: ConsoleServices
    ) async throws {
        let now = services.now
        try await services.change {
            try $0.note(action, of: visit.account, subjects: [subject], remote: visit.remote, now: now)
        }
    }

    /// What was typed; at most 64 KiB.
    static func values(of request: Request) async throws -> FormValues {
        var bytes: [UInt8] = []
        for try await buffer in request.body {
            bytes += buffer.readableBytesView
            guard bytes.count <= 64 << 10 else { throw ConsoleFailure.badForm }
        }
        return FormValues(String(decoding: bytes, as: UTF8.self))
    }

    private static func visit(
        _ request: Request, _ context: GatewayContext, _ words: ConsoleWords, _ sessions: Sessions
    ) async throws -> Visit? {
        guard let token = SessionToken(in: request.headers), let account = try await sessions.account(token)
        else { return nil }
        return Visit(
            account: account, session: token, words: words, query: FormValues(request.uri.query),
            path: context.parameters, remote: sessions.services.client(request, context))
    }

    // MARK: - Answers

    static func answering(
        _ request: Request, _ services: ConsoleServices, _ answer: (ConsoleWords) async throws -> Response
    ) async -> Response {
        let words = ConsoleWords.of(request.headers[.acceptLanguage])
        do {
            return try await answer(words)
        } catch let failure as ConsoleFailure {
            switch failure {
            case .notFound: return note("missing", words, .notFound)
            case .forbidden: return note("forbidden", words, .forbidden)
            case .badForm: return note("badForm", words, .badRequest)
            case .unavailable: return note("away", words, .serviceUnavailable)
            }
        } catch let failure as PostgresFailure
            where [.unavailable, .cancelled, .retryable, .unknownCommit].contains(failure.kind)
        {
            return note("away", words, .serviceUnavailable, headers: [.retryAfter: "5"])
        } catch {
            services.api.log.error("console request failed", metadata: ["cause": "\(type(of: error))"])
            return note("failed", words, .internalServerError)
        }
    }

    private static func note(
        _ key: String, _ words: ConsoleWords, _ status: HTTPResponse.Status, headers: HTTPFields = [:]
    ) -> Response {
        pages.response(
            "note", ["title": "Leadgate", "language": words.language, "w": words.table, "text": words[key]],
            status: status, policy: WebPages.Policy(), headers: headers)
    }

    /// A page in the frame with the menu.
    /// - Parameter current: the menu's word that the page belongs to.
    static func response(
        _ template: String, _ visit: Visit, current: String, title: String? = nil, _ values: [String: Any]
    ) -> Response {
        var policy = WebPages.Policy()
        policy.formTargets = ["'self'"]
        policy.connections = ["'self'"]
        return pages.response(
            template, frame(visit, current, title).merging(values) { $1 }, status: .ok, policy: policy)
    }

    private static func frame(_ visit: Visit, _ current: String, _ title: String?) -> [String: Any] {
        var entries = [("now", "/console"), ("queue", "/console/events"), ("leads", "/console/leads")]
        entries.append(("channels", "/console/channels"))
        if visit.account.role == .admin { entries.append(("log", "/console/log")) }
        return [
            "language": visit.words.language, "title": "\(title ?? visit.words[current]) – Leadgate",
            "w": visit.words.table, "account": visit.account.name, "mark": visit.session.formMark,
            "operates": visit.account.role >= .operator,
            "menu": entries.map { key, href in
                ["href": href, "text": visit.words[key], "current": key == current] as [String: Any]
            },
        ]
    }
}
