import OpenSSL

/// What a template makes of a value.
enum Conversion: Sendable, Hashable {
    /// Percent-encoded but for the unreserved characters of RFC 3986.
    case urlenc
    /// Fit for XML's text and attributes; control characters, which XML cannot hold, are left out.
    case xmlenc
    /// Fit to stand between the quotes of a JSON string.
    case jsonenc
    /// ASCII letters in lower case.
    case lower
    case hash(HashFunction, SignatureEncoding)
    /// The key is a setting or the token, never empty.
    case hmac(HashFunction, key: Selector, SignatureEncoding)

    /// The place `urlenc(query.x)`, `hash(sha256, body)`, `hmac(sha256, settings.secret, query.x, base64)`; hex where
    /// no encoding is named. Nil for anything else.
    static func part(_ name: String, _ arguments: [String]) -> Template.Part? {
        let simple: [String: Conversion] = [
            "urlenc": .urlenc, "xmlenc": .xmlenc, "jsonenc": .jsonenc, "lower": .lower,
        ]
        if let conversion = simple[name] {
            guard arguments.count == 1, let selector = Selector(arguments[0]) else { return nil }
            return .converted(selector, conversion)
        }
        let places = name == "hash" ? 1 : 2
        guard name == "hash" || name == "hmac", (places + 1...places + 2).contains(arguments.count),
            let function = HashFunction(rawValue: arguments[0]), let value = Selector(arguments[places]),
            let encoding = SignatureEncoding(
                rawValue: arguments.count > places + 1 ? arguments[places + 1] : "hex")
        else { return nil }
        if name == "hash" { return .converted(value, .hash(function, encoding)) }
        guard let key = Selector(arguments[1]), key.isConfigured else { return nil }
        return .converted(value, .hmac(function, key: key, encoding))
    }

    /// - Parameter key: the key's value for an `hmac`.
    /// - Returns: nil without a key where one is needed: everybody knows the empty one.
    func convert(_ bytes: [UInt8], key: [UInt8]?) -> [UInt8]? {
        switch self {
        case .urlenc: return Conversion.percentEncoded(bytes)
        case .xmlenc: return bytes.flatMap(Conversion.xml)
        case .jsonenc: return bytes.flatMap(Conversion.json)
        case .lower: return bytes.map { (65...90).contains($0) ? $0 + 32 : $0 }
        case .hash(let function, let encoding):
            return Array(SignatureEncoding.text(of: digest(bytes, function), encoding).utf8)
        case .hmac(let function, _, let encoding):
            guard let key, !key.isEmpty else { return nil }
            let code = OpenSSL.hmac(key: key, message: bytes, function)
            return Array(SignatureEncoding.text(of: code, encoding).utf8)
        }
    }

    static func percentEncoded(_ bytes: [UInt8]) -> [UInt8] {
        let digits = Array("0123456789ABCDEF".utf8)
        return bytes.flatMap { byte -> [UInt8] in
            switch byte {
            case 48...57, 65...90, 97...122, 45, 46, 95, 126: [byte]
            default: [37, digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            }
        }
    }

    private static func xml(_ byte: UInt8) -> [UInt8] {
        switch byte {
        case UInt8(ascii: "&"): Array("&amp;".utf8)
        case UInt8(ascii: "<"): Array("&lt;".utf8)
        case UInt8(ascii: ">"): Array("&gt;".utf8)
        case UInt8(ascii: "\""): Array("&quot;".utf8)
        case UInt8(ascii: "'"): Array("&#39;".utf8)
        case 9, 10, 13: Array("&#\(byte);".utf8)
        case 0..<32: []
        default: [byte]
        }
    }

    private static func json(_ byte: UInt8) -> [UInt8] {
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"): [UInt8(ascii: "\\"), byte]
        case 0..<32: Array("\\u00".utf8) + Array(Hex.encode([byte]).utf8)
        default: [byte]
        }
    }
}
