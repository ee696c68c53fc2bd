import Foundation
import HTTPTypes
import Hummingbird
import Logging
import Postgres
import Receiving
import Store

/// One request to a route, with what every route needs already read from it.
struct APICall: Sendable {
    let holder: TokenHolder
    let query: QueryParameters
    let headers: HTTPFields
    fileprivate let path: Parameters

    var workspaceID: Int64 { holder.workspaceID }

    /// The id in the path. One that is not a UUID is told apart from an unknown one: it is a mistake of the caller.
    func id(_ name: String) throws(APIFailure) -> UUID {
        guard let text = path.get(name), text.utf8.count == 36, let id = UUID(uuidString: text) else {
            throw .badParameter(
                name: name, detail: "must be a UUID such as 019abc12-3456-7def-8012-3456789abcde")
        }
        return id
    }
}

/// Adds routes that answer GET as HEAD, refuse other methods with 405, and turn every failure into a problem.
struct RouteTable<Context: RequestContext> {
    let router: Router<Context>
    let services: APIServices
    let gate: Gate

    /// A route for programs with a token.
    ///
    /// - Parameters:
    ///   - scope: what the token must allow.
    ///   - query: every parameter the route takes; others are refused.
    func get(
        _ path: RouterPath, scope: Scope = .read, query: Set<String> = [],
        answer: @escaping @Sendable (APICall) async throws -> Response
    ) {
        add(path, [.get, .head], admitted(scope: scope, query: query, answer))
    }

    func post(
        _ path: RouterPath, scope: Scope, query: Set<String> = [],
        answer: @escaping @Sendable (APICall) async throws -> Response
    ) {
        add(path, [.post], admitted(scope: scope, query: query, answer))
    }

    /// A route that reads its body itself.
    ///
    /// - Parameter answer: is given the client's address, too.
    func postBody(
        _ path: RouterPath, scope: Scope,
        answer: @escaping @Sendable (APICall, Request, String) async throws -> Response
    ) where Context: RemoteAddressRequestContext {
        let gate = gate
        add(path, [.post]) { request, context in
            let holder = try await gate.admit(request.headers, scope: scope)
            let parameters = try QueryParameters(request.uri.query, known: [])
            return try await answer(
                APICall(
                    holder: holder, query: parameters, headers: request.headers, path: context.parameters),
                request, context.remoteAddress?.ipAddress ?? "")
        }
    }

    /// A route for everybody.
    func open(
        _ path: RouterPath, answer: @escaping @Sendable (Request, Context) async throws -> Response
    ) {
        add(path, [.get, .head], answer)
    }

    /// A path below `/v1` that is none.
    func nothing(at path: RouterPath) {
        add(path, []) { _, _ in throw APIFailure.notFound }
    }

    private func admitted(
        scope: Scope, query: Set<String>, _ answer: @escaping @Sendable (APICall) async throws -> Response
    ) -> @Sendable (Request, Context) async throws -> Response {
        let gate = gate
        return { request, context in
            let holder = try await gate.admit(request.headers, scope: scope)
            let parameters = try QueryParameters(request.uri.query, known: query)
            return try await answer(
                APICall(
                    holder: holder, query: parameters, headers: request.headers, path: context.parameters))
        }
    }

    private func add(
        _ path: RouterPath, _ allowed: [HTTPRequest.Method],
        _ answer: @escaping @Sendable (Request, Context) async throws -> Response
    ) {
        let log = services.log
        let methods: [HTTPRequest.Method] = [.get, .head, .post, .put, .patch, .delete, .options]
        for method in methods {
            let isAllowed = allowed.isEmpty || allowed.contains(method)
            router.on(path, method: method) { request, context -> Response in
                do {
                    guard isAllowed else { throw APIFailure.methodNotAllowed(allowed: allowed) }
                    let response = try await answer(request, context)
                    return method == .head ? response.createHeadResponse() : response
                } catch {
                    let response = Response(failure: error, log: log)
                    return method == .head ? response.createHeadResponse() : response
                }
            }
        }
    }
}

extension Response {
    /// A failure as a problem. What is not the caller's fault is told without internals and logged.
    init(failure: any Error, log: Logger) {
        switch failure {
        case let problem as Problem:
            self.init(problem)
        case let failure as APIFailure:
            self.init(failure.problem)
        case let failure as PostgresFailure:
            switch failure.kind {
            case .unavailable, .cancelled, .retryable, .unknownCommit:
                log.warning(
                    "API request without an answer of the database", metadata: ["cause": "\(failure)"])
                self.init(APIFailure.unavailable.problem)
            case .uniqueViolation, .invalid, .other:
                log.error("API query failed", metadata: ["cause": "\(failure)"])
                self.init(Problem.internalError)
            }
        case is CancellationError:
            self.init(APIFailure.unavailable.problem)
        default:
            log.error("API request failed", metadata: ["cause": "\(type(of: failure))"])
            self.init(Problem.internalError)
        }
    }
}
