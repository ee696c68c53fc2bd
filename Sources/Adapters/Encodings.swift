import OpenSSL

/// How a key is written in a channel's settings.
enum KeyEncoding: String, Sendable, CaseIterable {
    case text, hex, base64

    /// Nil if the text is not written so.
    func bytes(of text: [UInt8]) -> [UInt8]? {
        switch self {
        case .text: text
        case .hex: Hex.decode(String(decoding: text, as: UTF8.self))
        case .base64: Base64.decode(String(decoding: text, as: UTF8.self))
        }
    }
}

/// How a provider writes a signature.
enum SignatureEncoding: String, Sendable, CaseIterable {
    case hex, base64
    case base64URL = "base64url"
    /// Base 64 of the lower-case hex text.
    case base64OfHex = "base64(hex)"

    static func text(of bytes: [UInt8], _ encoding: SignatureEncoding) -> String {
        switch encoding {
        case .hex: Hex.encode(bytes)
        case .base64: Base64.encode(bytes)
        case .base64URL: Base64.encode(bytes, urlSafe: true)
        case .base64OfHex: Base64.encode(Array(Hex.encode(bytes).utf8))
        }
    }

    /// What a public key verifies; nil if the text is not written so. Nobody signs with one over ``base64OfHex``.
    func bytes(of text: [UInt8]) -> [UInt8]? {
        switch self {
        case .hex: Hex.decode(String(decoding: text, as: UTF8.self))
        case .base64, .base64URL: Base64.decode(String(decoding: text, as: UTF8.self))
        case .base64OfHex: nil
        }
    }
}
