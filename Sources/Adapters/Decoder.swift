import JSON
import OpenSSL
import XML

/// Reads a request's query and body, within limits that keep a hostile one cheap.
struct Decoder {
    /// Fields of a query or a form; more is not a form a person filled in.
    static let maxFields = 1_000

    let accepts: AcceptRule

    func decode(_ request: InboundRequest) -> DecodedRequest {
        var decoded = DecodedRequest()
        do throws(DecodingFailure) {
            decoded.query = try Decoder.fields(of: Array(request.query.utf8), stated: nil)
            try readBody(of: request, into: &decoded)
        } catch {
            decoded.failure = error.message
        }
        if decoded.failure == nil, let name = accepts.jsonField, decoded.json == nil {
            readJSONField(name, of: &decoded)
        }
        readJSONTexts(of: &decoded)
        return decoded
    }

    private func readBody(of request: InboundRequest, into decoded: inout DecodedRequest)
        throws(DecodingFailure)
    {
        let type = MediaType(request.header("content-type") ?? "")
        switch accepts.body {
        case .query: return
        case .json:
            if request.body.isEmpty, request.method == "GET" { return }
            decoded.json = try json(request.body, type)
        case .form, .formBrackets, .multipart:
            try readForm(request.body, type, into: &decoded)
        case .xml: decoded.json = try xml(request.body)
        case .jwt:
            guard let claims = JSONWebToken(request.body)?.claims else {
                throw DecodingFailure("the body is no JSON Web Token")
            }
            decoded.json = .object(claims)
        case .any:
            try sniff(request.body, type, into: &decoded)
        }
    }

    private func readForm(
        _ body: [UInt8], _ type: MediaType, into decoded: inout DecodedRequest
    ) throws(DecodingFailure) {
        guard type.name == "multipart/form-data" else {
            decoded.form = try Decoder.fields(of: body, stated: type.charset)
            return
        }
        var parser = try MultipartParser(boundary: type.boundary)
        try parser.parse(body)
        (decoded.form, decoded.files) = (parser.fields, parser.files)
        decoded.isMultipart = true
    }

    /// Senders name the wrong type, or none: a body that begins like JSON and is JSON is taken as such.
    private func sniff(
        _ body: [UInt8], _ type: MediaType, into decoded: inout DecodedRequest
    ) throws(DecodingFailure) {
        if type.name == "multipart/form-data" { return try readForm(body, type, into: &decoded) }
        let blanks: Set<UInt8> = [9, 10, 13, 32, 0xEF, 0xBB, 0xBF]
        guard let first = body.first(where: { !blanks.contains($0) }) else { return }
        if first == UInt8(ascii: "{") || first == UInt8(ascii: "[") {
            do throws(DecodingFailure) {
                decoded.json = try json(body, type)
                return
            } catch {
                guard type.name == "application/x-www-form-urlencoded" else { throw error }
            }
        }
        if first == UInt8(ascii: "<"), type.isXML {
            decoded.json = try xml(body)
            return
        }
        guard body.contains(UInt8(ascii: "=")) else {
            throw DecodingFailure("the body is neither JSON nor a form")
        }
        decoded.form = try Decoder.fields(of: body, stated: type.charset)
    }

    private func json(_ body: [UInt8], _ type: MediaType) throws(DecodingFailure) -> JSON {
        var bytes = body
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { bytes.removeFirst(3) }
        if let charset = type.charset, case .utf8 = charset {
        } else if let text = type.charset?.decode(bytes) {
            bytes = Array(text.utf8)
        }
        do throws(JSONFailure) {
            return try JSON.parse(bytes)
        } catch {
            throw DecodingFailure("the body is not JSON: \(error)")
        }
    }

    private func xml(_ body: [UInt8]) throws(DecodingFailure) -> JSON {
        do throws(XMLFailure) {
            return JSON(xml: try XMLElement.parse(body))
        } catch {
            throw DecodingFailure("the body is not XML: \(error.rawValue)")
        }
    }

    /// Mango's dialect: a form with a field of JSON text. A field that is no JSON leaves the request without.
    private func readJSONField(_ name: String, of decoded: inout DecodedRequest) {
        let texts = decoded.form.filter { $0.name == name }
        guard texts.count == 1 else { return }
        decoded.json = (try? JSON.parse(texts[0].bytes)) ?? Decoder.json(base64: texts[0].bytes)
        if decoded.json == nil { decoded.failure = "the field \(name) is not JSON" }
    }

    /// FreeSWITCH's `encode=base64` writes `+` as it is, which a form reads as a blank.
    private static func json(base64 bytes: [UInt8]) -> JSON? {
        let digits = bytes.filter { $0 != 10 && $0 != 13 }.map { $0 == 32 ? UInt8(ascii: "+") : $0 }
        return Base64.decode(String(decoding: digits, as: UTF8.self)).flatMap { try? JSON.parse($0) }
    }

    /// A place that is not there, or holds no text, stays as it is.
    private func readJSONTexts(of decoded: inout DecodedRequest) {
        for path in accepts.jsonTexts {
            guard let text = decoded.json?.at(path: path)?.string else { continue }
            guard let value = try? JSON.parse(text), let changed = decoded.json?.setting(path, to: value)
            else {
                decoded.failure = "the text at json.\(path) is not JSON"
                return
            }
            decoded.json = changed
        }
    }

    // MARK: - URL encoding

    /// `application/x-www-form-urlencoded`: names as sent, repeated ones kept, `_charset_` honoured.
    static func fields(of bytes: [UInt8], stated: Charset?) throws(DecodingFailure) -> [DecodedField] {
        var raw: [(name: [UInt8], value: [UInt8])] = []
        var start = 0
        while start < bytes.count {
            let end = bytes[start...].firstIndex(of: UInt8(ascii: "&")) ?? bytes.count
            defer { start = end + 1 }
            guard end > start else { continue }
            guard raw.count < maxFields else { throw DecodingFailure("more than \(maxFields) fields") }
            let pair = bytes[start..<end]
            if let equals = pair.firstIndex(of: UInt8(ascii: "=")) {
                raw.append((percentDecoded(pair[..<equals]), percentDecoded(pair[(equals + 1)...])))
            } else {
                raw.append((percentDecoded(pair), []))
            }
        }
        let hint = raw.first { $0.name.first == UInt8(ascii: "_") && $0.name == Array("_charset_".utf8) }
        let charset = hint.flatMap { Charset(label: String(decoding: $0.value, as: UTF8.self)) } ?? stated
        return raw.map { name, value in
            DecodedField(name: Charset.text(name, stated: charset), bytes: value, charset: charset)
        }
    }

    /// `+` is a blank; a `%` that no two digits follow stays.
    static func percentDecoded(_ bytes: ArraySlice<UInt8>, plusIsBlank: Bool = true) -> [UInt8] {
        guard bytes.contains(where: { $0 == UInt8(ascii: "%") || $0 == UInt8(ascii: "+") }) else {
            return Array(bytes)
        }
        var decoded: [UInt8] = []
        decoded.reserveCapacity(bytes.count)
        var index = bytes.startIndex
        while index < bytes.endIndex {
            let byte = bytes[index]
            if byte == UInt8(ascii: "%"), index + 2 < bytes.endIndex, let high = digit(bytes[index + 1]),
                let low = digit(bytes[index + 2])
            {
                decoded.append(high << 4 | low)
                index += 3
            } else {
                decoded.append(plusIsBlank && byte == UInt8(ascii: "+") ? UInt8(ascii: " ") : byte)
                index += 1
            }
        }
        return decoded
    }

    private static func digit(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}

/// The fields of a text as forms and queries are sent, in their order.
/// - Throws: where there are more than a person fills in.
package func formFields(_ encoded: String) throws -> [(name: String, value: String)] {
    try Decoder.fields(of: Array(encoded.utf8), stated: nil).map { ($0.name, $0.value) }
}

/// Why a body cannot be read; names no value of it.
struct DecodingFailure: Error {
    let message: String

    init(_ message: String) { self.message = message }
}

/// A `Content-Type` header taken apart.
struct MediaType {
    /// Lower case, without parameters; empty if there is none.
    let name: String
    let charset: Charset?
    let boundary: String?

    var isXML: Bool { name == "text/xml" || name == "application/xml" || name.hasSuffix("+xml") }

    init(_ header: String) {
        var parts = header.split(separator: ";", maxSplits: 8).map(String.init)
        name = parts.isEmpty ? "" : parts.removeFirst()[...].trimmedBlanks.lowercased()
        var charset: Charset?
        var boundary: String?
        for part in parts {
            guard let equals = part.firstIndex(of: "=") else { continue }
            let key = part[..<equals].trimmedBlanks.lowercased()
            var value = part[part.index(after: equals)...].trimmedBlanks
            if value.count >= 2, value.first == "\"", value.last == "\"" {
                value = value.dropFirst().dropLast()
            }
            if key == "charset" { charset = Charset(label: String(value)) }
            if key == "boundary" { boundary = String(value) }
        }
        self.charset = charset
        self.boundary = boundary
    }
}

extension Substring {
    /// Without the blanks, tabs and line ends around it.
    var trimmedBlanks: Substring {
        var bytes = utf8[...]
        while let first = bytes.first, first == 32 || (9...13).contains(first) { bytes.removeFirst() }
        while let last = bytes.last, last == 32 || (9...13).contains(last) { bytes.removeLast() }
        return Substring(bytes)
    }
}
