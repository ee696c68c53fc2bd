/// The headers of one part of a multipart form. Names stay bytes until the form's charset is known.
struct PartHead {
    static let maxNameBytes = 256

    let name: [UInt8]
    /// The file's name; nil for a plain field, empty for a file input left empty.
    let file: [UInt8]?
    /// `Content-Type` as sent; empty if there is none.
    let type: String

    init(_ bytes: ArraySlice<UInt8>) throws(DecodingFailure) {
        var disposition: ArraySlice<UInt8>?
        var type = ""
        var rest = bytes
        while !rest.isEmpty {
            let end = rest.firstIndex(of: 13) ?? rest.endIndex
            let line = rest[rest.startIndex..<end]
            rest = rest[end...].dropFirst(2)
            guard let colon = line.firstIndex(of: UInt8(ascii: ":")) else {
                throw DecodingFailure("a part's header without a colon")
            }
            switch String(decoding: line[..<colon], as: UTF8.self).lowercased() {
            case "content-disposition": disposition = line[(colon + 1)...]
            case "content-type":
                type = String(
                    String(decoding: line[(colon + 1)...].prefix(256), as: UTF8.self).drop { $0 == " " })
            default: continue
            }
        }
        guard let disposition else { throw DecodingFailure("a part without Content-Disposition") }
        var parameters = try PartHead.parameters(of: disposition)
        guard let name = parameters.removeValue(forKey: "name"), name.count <= PartHead.maxNameBytes else {
            throw DecodingFailure("a part without a name of up to \(PartHead.maxNameBytes) bytes")
        }
        self.name = name
        file = parameters["filename"].map { Array($0.prefix(PartHead.maxNameBytes)) }
        self.type = type
    }

    /// `form-data; name="a"; filename="b"`: quotes are written `%22` by browsers and `\"` by others.
    private static func parameters(of header: ArraySlice<UInt8>) throws(DecodingFailure) -> [String: [UInt8]]
    {
        var parameters: [String: [UInt8]] = [:]
        var rest = header
        guard word(&rest, until: 59).lowercased() == "form-data" else {
            throw DecodingFailure("a part that is no form-data")
        }
        while rest.popFirst() != nil {
            let key = word(&rest, until: 61).lowercased()
            guard rest.popFirst() != nil else { break }
            let value: [UInt8]
            if rest.first == 34 {
                guard let quoted = quoted(&rest) else {
                    throw DecodingFailure("a part's name without its end quote")
                }
                value = quoted
            } else {
                value = Array(word(&rest, until: 59).utf8)
            }
            if parameters.updateValue(value, forKey: key) != nil {
                throw DecodingFailure("a part with two parameters of one name")
            }
            rest = rest.drop { $0 != 59 }
        }
        return parameters
    }

    /// What stands before a byte, without blanks around it.
    private static func word(_ rest: inout ArraySlice<UInt8>, until end: UInt8) -> String {
        let bytes = rest.prefix { $0 != end }
        rest = rest.dropFirst(bytes.count)
        return String(decoding: bytes, as: UTF8.self).filter { $0 != " " && $0 != "\t" }
    }

    private static func quoted(_ rest: inout ArraySlice<UInt8>) -> [UInt8]? {
        rest.removeFirst()
        var raw: [UInt8] = []
        while let byte = rest.popFirst() {
            if byte == 34 {
                return percentQuotes(raw)
            } else if byte == 92, rest.first == 34 || rest.first == 92 {
                raw.append(rest.removeFirst())
            } else {
                raw.append(byte)
            }
        }
        return nil
    }

    /// Undoes the HTML standard's escape of a quote. Its `%0D` and `%0A` stay: no name needs a line end.
    private static func percentQuotes(_ raw: [UInt8]) -> [UInt8] {
        var bytes: [UInt8] = []
        var rest = raw[...]
        while let byte = rest.popFirst() {
            if byte == 37, rest.starts(with: Array("22".utf8)) {
                bytes.append(34)
                rest = rest.dropFirst(2)
            } else {
                bytes.append(byte)
            }
        }
        return bytes
    }
}
