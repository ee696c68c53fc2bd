import Contacts
import Foundation
import HTTPTypes
import Hummingbird
import JSON

extension Response {
    /// A JSON answer. Nothing that holds people may be kept by a proxy or guessed into another type by a browser.
    static func json(_ value: JSON, status: HTTPResponse.Status = .ok) -> Response {
        text(value.text() + "\n", type: "application/json", status: status)
    }

    static func text(
        _ text: String, type: String, status: HTTPResponse.Status = .ok, caching: String = "no-store"
    ) -> Response {
        var headers = HTTPFields()
        headers[.contentType] = type
        headers[.cacheControl] = caching
        headers[.xContentTypeOptions] = "nosniff"
        return Response(
            status: status, headers: headers, body: ResponseBody(byteBuffer: ByteBuffer(string: text)))
    }
}

// MARK: - Words of the answers

extension JSON {
    /// The text, or null.
    static func text(_ value: String?) -> JSON { value.map(JSON.string) ?? .null }

    /// ISO 8601 in UTC, or null.
    static func time(_ value: Instant?) -> JSON { value.map { .string($0.iso8601) } ?? .null }

    /// Lower-case UUID text, or null.
    static func id(_ value: UUID?) -> JSON { value.map { .string($0.text) } ?? .null }

    /// An object whose keys keep the order given.
    static func members(_ members: [(String, JSON)]) -> JSON { .object(JSONObject(members)) }

    /// One page of a list.
    static func page(_ items: [JSON], next: Cursor?) -> JSON {
        .members([("items", .array(items)), ("next_cursor", .text(next?.text))])
    }
}
