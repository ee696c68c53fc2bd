import HTTPTypes

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

extension APIFailure {
    var status: HTTPResponse.Status {
        switch self {
        case .badParameter: .badRequest
        case .unauthorized: .unauthorized
        case .forbidden: .forbidden
        case .notFound: .notFound
        case .methodNotAllowed: .methodNotAllowed
        case .unavailable: .serviceUnavailable
        case .notImplemented: .notImplemented
        }
    }

    /// The last part of the problem's type, `/problems/<reason>`.
    var reason: String {
        switch self {
        case .badParameter: "bad_parameter"
        case .unauthorized: "unauthorized"
        case .forbidden: "forbidden"
        case .notFound: "not_found"
        case .methodNotAllowed: "method_not_allowed"
        case .unavailable: "unavailable"
        case .notImplemented: "not_implemented"
        }
    }

    var title: String {
        switch self {
        case .badParameter: "A parameter is wrong"
        case .unauthorized: "A bearer token is needed"
        case .forbidden: "The token does not allow this"
        case .notFound: "There is no such thing here"
        case .methodNotAllowed: "The method is not allowed here"
        case .unavailable: "The database does not answer"
        case .notImplemented: "This gateway cannot do that"
        }
    }

    var detail: String {
        switch self {
        case .badParameter(let name, let detail): "\(name): \(detail)"
        case .unauthorized(isMissing: true): "send `Authorization: Bearer lg_…`"
        case .unauthorized(isMissing: false): "the token is unknown, expired or revoked"
        case .forbidden(let scope): "the scope \(scope.rawValue) is needed"
        case .notFound: "nothing of this name or id is to be seen with this token"
        case .methodNotAllowed(let allowed): "allowed: " + allowed.map(\.rawValue).joined(separator: ", ")
        case .unavailable: "nothing was changed; try again in a second"
        case .notImplemented(let what): what
        }
    }

    /// Headers that the status asks for (RFC 9110 §11.6.1, §15.5.6, §10.2.3; RFC 6750 §3).
    var headers: HTTPFields {
        var fields = HTTPFields()
        switch self {
        case .unauthorized(isMissing: true): fields[.wwwAuthenticate] = #"Bearer realm="leadgate""#
        case .unauthorized(isMissing: false):
            fields[.wwwAuthenticate] = #"Bearer realm="leadgate", error="invalid_token""#
        case .forbidden(let scope):
            fields[.wwwAuthenticate] =
                #"Bearer realm="leadgate", error="insufficient_scope", scope="\#(scope.rawValue)""#
        case .methodNotAllowed(let allowed):
            fields[.allow] = allowed.map(\.rawValue).joined(separator: ", ")
        case .unavailable: fields[.retryAfter] = "1"
        case .badParameter, .notFound, .notImplemented: break
        }
        return fields
    }
}
