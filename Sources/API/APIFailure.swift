import HTTPTypes
import Hummingbird
public import Receiving
import Store

/// Why the API refuses a request; every case is one problem type (RFC 9457) and one status.
enum APIFailure: Error, Sendable, Hashable {
    /// A query parameter, or an id in the path, that does not say what it should. `detail` never repeats the value.
    case badParameter(name: String, detail: String)
    /// No bearer token, or one that is unknown, expired or revoked.
    case unauthorized(isMissing: Bool)
    /// The token is good but lacks the scope.
    case forbidden(scope: Scope)
    /// Nothing of this id in the token's workspace, whatever other workspaces hold.
    case notFound
    case methodNotAllowed(allowed: [HTTPRequest.Method])
    /// The database did not answer in time.
    case unavailable
    /// This process cannot do it, though the interface has it.
    case notImplemented(String)
}

extension ProblemKind {
    /// The kinds that the API has beyond those of receiving, for the pages at `/problems/<reason>`.
    public static let ofAPI = APIFailure.kinds
}

extension APIFailure {
    fileprivate static let kinds = [badParameterKind, unauthorizedKind, forbiddenKind, notImplementedKind]

    private static let badParameterKind = ProblemKind(
        "bad_parameter", .badRequest, "A parameter is wrong",
        "The detail names the parameter and what it may be.")
    private static let unauthorizedKind = ProblemKind(
        "unauthorized", .unauthorized, "A bearer token is needed",
        "Send `Authorization: Bearer lg_…` with a token made by `leadgate token create` that is neither expired nor revoked."
    )
    private static let forbiddenKind = ProblemKind(
        "forbidden", .forbidden, "The token does not allow this",
        "Make a token with the scope that the detail names.")
    private static let notImplementedKind = ProblemKind(
        "not_implemented", .notImplemented, "This process cannot do that",
        "Ask one that has the role it takes.")
    private static let notFoundKind = ProblemKind(
        "not_found", .notFound, "There is no such thing here",
        "Nothing of this name or id is in the token's workspace.")
    private static let methodNotAllowedKind = ProblemKind(
        "method_not_allowed", .methodNotAllowed, "The method is not allowed here",
        "The header Allow of the answer names the methods that are.")
    private static let unavailableKind = ProblemKind(
        "unavailable", .serviceUnavailable, "The database does not answer",
        "Send the same request again after the seconds that Retry-After names.")

    private var kind: ProblemKind {
        switch self {
        case .badParameter: APIFailure.badParameterKind
        case .unauthorized: APIFailure.unauthorizedKind
        case .forbidden: APIFailure.forbiddenKind
        case .notFound: APIFailure.notFoundKind
        case .methodNotAllowed: APIFailure.methodNotAllowedKind
        case .unavailable: APIFailure.unavailableKind
        case .notImplemented: APIFailure.notImplementedKind
        }
    }

    private var detail: String? {
        switch self {
        case .badParameter(let name, let detail): "\(name): \(detail)"
        case .unauthorized(isMissing: true): "send `Authorization: Bearer lg_…`"
        case .unauthorized(isMissing: false): "the token is unknown, expired or revoked"
        case .forbidden(let scope): "the scope \(scope.rawValue) is needed"
        case .notFound, .methodNotAllowed, .unavailable: nil
        case .notImplemented(let what): what
        }
    }

    /// What the status asks for (RFC 9110 §10.2.1, §10.2.3, §11.6.1; RFC 6750 §3).
    private var headers: HTTPFields {
        switch self {
        case .unauthorized(isMissing: true): [.wwwAuthenticate: #"Bearer realm="leadgate""#]
        case .unauthorized(isMissing: false):
            [.wwwAuthenticate: #"Bearer realm="leadgate", error="invalid_token""#]
        case .forbidden(let scope):
            [
                .wwwAuthenticate:
                    #"Bearer realm="leadgate", error="insufficient_scope", scope="\#(scope.rawValue)""#
            ]
        case .methodNotAllowed(let allowed): [.allow: allowed.map(\.rawValue).joined(separator: ", ")]
        case .unavailable: [.retryAfter: "1"]
        case .badParameter, .notFound, .notImplemented: [:]
        }
    }

    var problem: Problem {
        Problem(
            reason: kind.reason, status: kind.status, title: kind.title, detail: detail, headers: headers)
    }
}
