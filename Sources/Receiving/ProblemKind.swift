import Contacts
public import HTTPTypes

/// One type of problem, with what its page says.
public struct ProblemKind: Sendable, Hashable {
    /// Lower-case letters and underscores.
    public let reason: String
    public let status: HTTPResponse.Status
    public let title: String
    /// A sentence or two for whoever reads the page: what it means and what to do.
    public let meaning: String

    public init(_ reason: String, _ status: HTTPResponse.Status, _ title: String, _ meaning: String) {
        self.reason = reason
        self.status = status
        self.title = title
        self.meaning = meaning
    }
}

extension ProblemKind {
    static let badRequest = ProblemKind(
        "bad_request", .badRequest, "The request is wrong",
        "The request is not one that HTTP or this address allows.")
    static let notFound = ProblemKind(
        "not_found", .notFound, "There is no such page", "Nothing is served at this address.")
    static let methodNotAllowed = ProblemKind(
        "method_not_allowed", .methodNotAllowed, "The method is not allowed here",
        "The header Allow of the answer names the methods that are.")
    static let requestTimeout = ProblemKind(
        "request_timeout", .requestTimeout, "The request came too slowly",
        "The body must arrive within ten seconds.")
    static let uriTooLong = ProblemKind(
        "uri_too_long", .uriTooLong, "The address is too long", "At most 8 KiB are taken.")
    static let headersTooLarge = ProblemKind(
        "headers_too_large", .requestHeaderFieldsTooLarge, "The headers are too large",
        "At most 64 header fields of 8 KiB each, 32 KiB together, are taken.")
    static let overloaded = ProblemKind(
        "overloaded", .serviceUnavailable, "Too much at once",
        "Nothing was kept. Send the same request again after the seconds that Retry-After names.")
    static let unavailable = ProblemKind(
        "unavailable", .serviceUnavailable, "The gateway cannot keep requests now",
        "Nothing was kept for certain. Send the same request again after the seconds that Retry-After names; if it was kept "
            + "after all, the repetition does no harm.")
    static let notKept = ProblemKind(
        "not_kept", .unprocessableContent, "The request could not be kept",
        "The database refuses what the request holds. Sending it again will not help.")
    static let noContact = ProblemKind(
        "no_contact", .unprocessableContent, "A phone or an e-mail is needed",
        "The form holds no way to answer the sender. Nothing was kept.")
    static let originNotAllowed = ProblemKind(
        "origin_not_allowed", .forbidden, "The site may not send this form",
        "The form may be sent from the web origins only that its channel lists under `origins`.")
    static let internalError = ProblemKind(
        "internal_error", .internalServerError, "Something went wrong here",
        "It is the gateway's mistake and in its log.")

    /// Why a request is turned away (DESIGN §12).
    static func of(_ reason: RejectionReason) -> ProblemKind {
        switch reason {
        case .unknownChannel:
            ProblemKind(
                reason.rawValue, .notFound, "There is no such channel",
                "Compare the address with the settings.")
        case .badToken:
            ProblemKind(
                reason.rawValue, .unauthorized, "The token is wrong",
                "The part of the address behind the channel's name is not one of its tokens.")
        case .signatureMismatch:
            ProblemKind(
                reason.rawValue, .unauthorized, "The signature does not fit",
                "The secret differs from the provider's, or the request was changed on its way.")
        case .signatureMissing:
            ProblemKind(
                reason.rawValue, .unauthorized, "The signature is missing",
                "The channel takes signed requests only; see the settings at the provider.")
        case .timestampOutOfWindow:
            ProblemKind(
                reason.rawValue, .unauthorized, "The request is too old",
                "Its signed time is too far from ours: it was replayed, or a clock is wrong.")
        case .addressNotAllowed:
            ProblemKind(
                reason.rawValue, .forbidden, "The sender's address is not allowed",
                "Behind a proxy, `trusted_proxies` must name it.")
        case .tooLarge:
            ProblemKind(
                reason.rawValue, .contentTooLarge, "The body is too large",
                "Each adapter says how much it takes.")
        case .unsupportedContent:
            ProblemKind(
                reason.rawValue, .unsupportedMediaType, "The content is not understood",
                "Compressed bodies, and types that the channel's adapter does not take, are refused.")
        case .malformed:
            ProblemKind(
                reason.rawValue, .badRequest, "The request is malformed", "The address holds what is no text."
            )
        case .rateLimited:
            ProblemKind(
                reason.rawValue, .tooManyRequests, "Too many requests",
                "Wait the seconds that Retry-After names, then send it again.")
        }
    }

    /// Every kind that receiving tells of.
    public static let all: [ProblemKind] =
        [
            badRequest, notFound, methodNotAllowed, requestTimeout, uriTooLong, headersTooLarge, overloaded,
            unavailable,
            notKept, noContact, originNotAllowed, internalError,
        ] + RejectionReason.allCases.map(of)
}

extension Problem {
    init(_ kind: ProblemKind, detail: String? = nil, headers: HTTPFields = [:]) {
        self.init(
            reason: kind.reason, status: kind.status, title: kind.title, detail: detail, headers: headers)
    }

    init(_ reason: RejectionReason, detail: String? = nil, headers: HTTPFields = [:]) {
        self.init(.of(reason), detail: detail, headers: headers)
    }
}
