public import HTTPTypes
public import Hummingbird
public import JSON
import NIOCore

/// Why a request is refused, as RFC 9457 tells it: `application/problem+json`, without internals.
public struct Problem: Error, Sendable, Hashable {
    /// The last part of the type, `/problems/<reason>`; one of ``ProblemKind/all`` or of another room's list.
    public let reason: String
    public let status: HTTPResponse.Status
    public let title: String
    /// For people; says nothing of what the caller sent. Nil: nothing to add.
    public var detail: String?
    /// Headers that the status asks for.
    public var headers: HTTPFields
    /// More that programs may use (RFC 9457 §3.2).
    public var members = JSONObject()

    public init(
        reason: String, status: HTTPResponse.Status, title: String, detail: String? = nil,
        headers: HTTPFields = [:]
    ) {
        self.reason = reason
        self.status = status
        self.title = title
        self.detail = detail
        self.headers = headers
    }

    /// Our own mistake; what it was is in the log only.
    public static let internalError = Problem(.internalError)

    /// The JSON text of RFC 9457 §3.
    public var json: String {
        var members: [(String, JSON)] = [
            ("type", .string("/problems/\(reason)")), ("title", .string(title)),
            ("status", .integer(Int64(status.code))),
        ]
        if let detail { members.append(("detail", .string(detail))) }
        members += self.members.map { ($0, $1) }
        return JSON.object(JSONObject(members)).text() + "\n"
    }
}

extension Response {
    /// A problem as an answer. It is kept by nobody and guessed into nothing else.
    public init(_ problem: Problem) {
        var fields = problem.headers
        fields[.contentType] = "application/problem+json"
        fields[.cacheControl] = "no-store"
        fields[.xContentTypeOptions] = "nosniff"
        self.init(
            status: problem.status, headers: fields,
            body: ResponseBody(byteBuffer: ByteBuffer(string: problem.json)))
    }
}
