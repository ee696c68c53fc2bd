import JSON
import OpenSSL

/// One field of a query or a form.
struct DecodedField: Sendable, Hashable {
    let name: String
    /// The value's bytes before they are read in a charset: what a signature covers.
    let bytes: [UInt8]
    /// As stated by the sender.
    let charset: Charset?

    /// Read anew each time: a request that is only kept needs no text.
    var value: String { Charset.text(bytes, stated: charset) }
}

/// A file of a multipart form; its bytes stay in the stored request.
struct UploadedFile: Sendable, Hashable {
    let field: String
    let name: String
    /// Bytes.
    let size: Int
    /// Media type as the sender states it; empty if not stated.
    let type: String
    let sha256: [UInt8]

    var json: JSON {
        .object(
            JSONObject([
                ("field", .string(field)), ("name", .string(name)), ("size", .integer(Int64(size))),
                ("type", .string(type)),
            ]))
    }
}

/// A request read once: what is verified, keyed and mapped is this.
struct DecodedRequest: Sendable {
    var query: [DecodedField] = []
    var form: [DecodedField] = []
    var json: JSON?
    var files: [UploadedFile] = []
    /// Whether ``form`` came from a multipart body, whose raw bytes differ at each sending.
    var isMultipart = false
    /// Why the body could not be read; the rest then holds what could.
    var failure: String?
}

extension [DecodedField] {
    /// Fields as an object in order of first appearance; a repeated name gives a list.
    var json: JSONObject {
        var places: [String: Int] = [:]
        var names: [String] = []
        var values: [[JSON]] = []
        for field in self {
            if let place = places[field.name] {
                values[place].append(.string(field.value))
            } else {
                places[field.name] = names.count
                names.append(field.name)
                values.append([.string(field.value)])
            }
        }
        return JSONObject(zip(names, values).map { ($0, $1.count == 1 ? $1[0] : .array($1)) })
    }
}
