import JSON
import OpenSSL

/// A compact JSON Web Token (RFC 7515 §3.1, RFC 7519), taken apart but not believed.
struct JSONWebToken {
    /// The word used in an adapter file and in a token's own header.
    enum Algorithm: String, Sendable, CaseIterable {
        case hs256 = "HS256"
        case rs256 = "RS256"
    }
    /// Header and payload as they were signed.
    private let signed: [UInt8]
    private let header: [UInt8]
    private let payload: [UInt8]
    private let signature: [UInt8]

    /// - Returns: nil unless there are three parts of base 64 for URLs, unpadded; blanks around the whole are passed over.
    init?(_ bytes: [UInt8]) {
        guard let text = String(validating: bytes, as: UTF8.self)?[...].trimmedBlanks else { return nil }
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        let decoded = parts.compactMap { part in
            part.utf8.contains { [43, 47, 61].contains($0) } ? nil : Base64.decode(String(part))
        }
        guard parts.count == 3, decoded.count == 3, decoded.allSatisfy({ !$0.isEmpty }) else { return nil }
        (header, payload, signature) = (decoded[0], decoded[1], decoded[2])
        signed = Array((parts[0] + "." + parts[1]).utf8)
    }

    /// Whether the key signed it by this algorithm and the token says so too. Nothing in it is read before that: the
    /// algorithm is the verifier's choice, never the token's.
    ///
    /// - Parameter key: the secret's bytes, not empty, or the text of an RSA key in PEM.
    func isSigned(by key: [UInt8], _ algorithm: Algorithm) -> Bool {
        let isRight =
            switch algorithm {
            case .hs256:
                !key.isEmpty && constantTimeEqual(signature, hmac(key: key, message: signed, .sha256))
            case .rs256:
                RSAPublicKey(pem: String(decoding: key, as: UTF8.self))?
                    .verifies(signature, of: signed, .sha256) ?? false
            }
        guard isRight, let stated = (try? JSON.parse(header))?.object else { return false }
        // `crit` names extensions that must be understood, and none is here.
        return stated["alg"] == .string(algorithm.rawValue) && stated["crit"] == nil
    }

    /// The payload; nil if it is no JSON object.
    var claims: JSONObject? { (try? JSON.parse(payload))?.object }
}
