import Contacts
import JSON
import OpenSSL

/// What a rule of kind `jwt` wants of a token besides its signature.
struct TokenRule: Sendable {
    let algorithm: JSONWebToken.Algorithm
    /// The claim that holds SHA-256 of the raw body in hex; nil: the body is not covered.
    let bodyHash: String?
    /// By name: what the claim, or one of its list, must be; nil: it must be there.
    let claims: [String: Template?]
    /// Whole seconds since `iat`; nil: any age.
    let maxAge: Int?
}

/// Holds the claims of a token whose signature is right against a rule.
struct TokenCheck {
    let rule: TokenRule
    /// Whole seconds that clocks may differ.
    let tolerance: Int
    let claims: JSONObject
    let settings: SettingValues
    let evaluation: Evaluation
    let now: Instant

    /// Nil if all is as it must be.
    var problem: RejectionReason? {
        guard rule.claims.allSatisfy(isAsExpected), coversBody else { return .signatureMismatch }
        return isInTime ? nil : .timestampOutOfWindow
    }

    private func isAsExpected(_ name: String, _ expected: Template?) -> Bool {
        guard let claim = claims[name], !claim.isNull else { return false }
        guard let expected else { return true }
        let texts = (claim.array ?? [claim]).compactMap(\.scalar)
        return settings.choices(of: Set(expected.selectors)).contains { choice in
            var evaluation = evaluation
            evaluation.choice = choice
            // What is not configured, or not sent, is no claim to be met by an empty one.
            guard let bytes = evaluation.fill(expected), !bytes.isEmpty else { return false }
            return texts.contains { Array($0.utf8) == bytes }
        }
    }

    private var coversBody: Bool {
        guard let name = rule.bodyHash else { return true }
        guard let stated = claims[name]?.string.flatMap(Hex.decode) else { return false }
        return constantTimeEqual(stated, digest(evaluation.request.body, .sha256))
    }

    /// `exp`, `nbf` and `iat` wherever they are there (RFC 7519 §4.1).
    private var isInTime: Bool {
        let window = Double(tolerance)
        let seconds = Double(now.microseconds) / 1_000_000
        for (name, isRight) in [
            ("exp", { $0 > seconds - window }), ("nbf", { $0 <= seconds + window }),
            (
                "iat",
                {
                    $0 <= seconds + window
                        && rule.maxAge.map { Double($0) + window } ?? .infinity >= seconds - $0
                }
            ),
        ] as [(String, (Double) -> Bool)] {
            guard let claim = claims[name] else { continue }
            guard claim.string == nil, let stated = claim.scalar.flatMap(Double.init), isRight(stated) else {
                return false
            }
        }
        return rule.maxAge == nil || claims["iat"] != nil
    }
}
