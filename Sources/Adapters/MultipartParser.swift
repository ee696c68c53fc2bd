import OpenSSL

/// `multipart/form-data` (RFC 7578), read strictly and within limits: no nesting, no transfer encodings, a
/// closing boundary. Files are recorded, not kept.
struct MultipartParser {
    static let maxParts = 100
    static let maxHeaderBytes = 2_048

    private(set) var fields: [DecodedField] = []
    private(set) var files: [UploadedFile] = []
    private let delimiter: [UInt8]
    private var parts: [(head: PartHead, body: ArraySlice<UInt8>)] = []

    /// - Parameter boundary: of the media type, 1...70 characters (RFC 2046 §5.1.1).
    init(boundary: String?) throws(DecodingFailure) {
        guard let boundary, (1...70).contains(boundary.utf8.count) else {
            throw DecodingFailure("a multipart body without a boundary of 1 to 70 characters")
        }
        delimiter = Array("\r\n--\(boundary)".utf8)
    }

    mutating func parse(_ body: [UInt8]) throws(DecodingFailure) {
        // A line end in front, so that the first boundary looks like every other.
        let bytes = [13, 10] + body
        guard var start = find(delimiter, in: bytes[...]) else {
            throw DecodingFailure("no boundary in the body")
        }
        while true {
            var position = start + delimiter.count
            if bytes[position...].starts(with: [45, 45]) { break }
            while position < bytes.count, bytes[position] == 32 || bytes[position] == 9 { position += 1 }
            guard bytes[position...].starts(with: [13, 10]) else {
                throw DecodingFailure("a boundary is not followed by a line end")
            }
            guard let next = find(delimiter, in: bytes[(position + 2)...]) else {
                throw DecodingFailure("the last part is cut off")
            }
            guard parts.count < MultipartParser.maxParts else {
                throw DecodingFailure("more than \(MultipartParser.maxParts) parts")
            }
            try readPart(bytes[(position + 2)..<next])
            start = next
        }
        collect()
    }

    private mutating func readPart(_ part: ArraySlice<UInt8>) throws(DecodingFailure) {
        let blank: [UInt8] = [13, 10, 13, 10]
        guard let end = find(blank, in: part.prefix(MultipartParser.maxHeaderBytes)) else {
            throw DecodingFailure("a part without headers, or with headers over 2 KiB")
        }
        parts.append((try PartHead(part[part.startIndex..<end]), part[(end + 4)...]))
    }

    /// Texts in the form's charset (`_charset_`, RFC 7578 §4.6), else the part's own.
    private mutating func collect() {
        let hint = parts.first { $0.head.name == Array("_charset_".utf8) && $0.head.file == nil }
        let charset = hint.flatMap { Charset(label: String(decoding: $0.body, as: UTF8.self)) }
        for (head, body) in parts {
            let name = Charset.text(head.name, stated: charset)
            if let file = head.file {
                // A file input that was left empty is sent as a nameless, empty file.
                if file.isEmpty, body.isEmpty { continue }
                files.append(
                    UploadedFile(
                        field: name, name: Charset.text(file, stated: charset), size: body.count,
                        type: head.type,
                        sha256: digest(Array(body), .sha256)))
            } else {
                let bytes = Array(body)
                let stated = MediaType(head.type).charset ?? charset
                fields.append(
                    DecodedField(name: name, bytes: bytes, charset: stated))
            }
        }
        parts = []
    }

    /// Where `needle` begins first in `bytes`.
    private func find(_ needle: [UInt8], in bytes: ArraySlice<UInt8>) -> Int? {
        guard let first = needle.first, bytes.count >= needle.count else { return nil }
        var index = bytes.startIndex
        let last = bytes.endIndex - needle.count
        while index <= last {
            if bytes[index] == first, bytes[index..<(index + needle.count)].elementsEqual(needle) {
                return index
            }
            index += 1
        }
        return nil
    }
}
