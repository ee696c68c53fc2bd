import Contacts
import OpenSSL

/// Judges one rule of an adapter's `verify` list.
struct Verifier {
    let rule: VerifyRule
    let settings: SettingValues
    let evaluation: Evaluation
    let now: Instant

    enum Verdict: Hashable {
        case passed
        /// The rule is optional and not configured.
        case skipped
        case rejected(RejectionReason)
    }

    func judge() -> Verdict {
        if rule.isOptional, !isConfigured { return .skipped }
        switch rule.kind {
        case .allowList: return isAllowed() ? .passed : .rejected(.addressNotAllowed)
        case .rsa, .ed25519, .jwt: return .rejected(.signatureMismatch)
        case .hmac, .hash, .fixed, .basic, .equals: break
        }
        guard let sent = sent() else { return .rejected(.signatureMismatch) }
        guard !sent.isEmpty else { return .rejected(.signatureMissing) }
        let presented = sent.compactMap(signature(in:))
        // Nothing is left out early: the time taken does not tell which secret or which signature was close.
        var isRight = false
        for expected in expectations() {
            for text in presented where matches(text, expected) { isRight = true }
        }
        guard isRight else { return .rejected(.signatureMismatch) }
        return checkTime()
    }

    private var isConfigured: Bool {
        let needed = rule.templates.flatMap(\.selectors).filter(\.isConfigured)
        return needed.allSatisfy { !settings.values($0).isEmpty }
    }

    // MARK: - What was sent

    /// The texts at the signature's place: none if it is empty, nil if a field was sent several times.
    private func sent() -> [[UInt8]]? {
        let values: [[UInt8]]
        switch evaluation.find(rule.from) {
        case .absent: return []
        case .text(let bytes): values = [bytes]
        case .tree: return nil
        case .several(let several):
            // Several parts of one header are alternatives, several fields of a form are an attempt to
            // confuse.
            guard case .header(_, part: .some) = rule.from else { return nil }
            values = several
        }
        let single =
            rule.isList ? values.flatMap { $0.split(separator: UInt8(ascii: ",")).map(Array.init) } : values
        return single.map(Verifier.trimmed).filter { !$0.isEmpty }
    }

    /// A sent text without its prefix; nil if that is not there.
    private func signature(in text: [UInt8]) -> [UInt8]? {
        if rule.kind == .basic { return Verifier.credentials(text) }
        let prefix = Array(rule.prefix.utf8)
        return text.starts(with: prefix) && text.count > prefix.count
            ? Array(text.dropFirst(prefix.count)) : nil
    }

    private static func trimmed(_ bytes: [UInt8]) -> [UInt8] {
        var slice = bytes[...]
        while slice.first == 32 { slice.removeFirst() }
        while slice.last == 32 { slice.removeLast() }
        return Array(slice)
    }

    /// `user:password` of `Basic …`; the scheme's word in any case (RFC 7617 §2).
    private static func credentials(_ header: [UInt8]) -> [UInt8]? {
        let text = String(decoding: header, as: UTF8.self)
        guard text.prefix(6).lowercased() == "basic " else { return nil }
        return Base64.decode(String(text.dropFirst(6).drop { $0 == " " }))
    }

    // MARK: - What should have been sent

    /// A digest or a secret for every combination of the settings' values; none if one of them has no value.
    private func expectations() -> [[UInt8]] {
        let needed = Set(rule.templates.flatMap(\.selectors))
        return settings.choices(of: needed).compactMap { choice in
            var evaluation = evaluation
            evaluation.choice = choice
            return expected(in: evaluation)
        }
    }

    private func expected(in evaluation: Evaluation) -> [UInt8]? {
        switch rule.kind {
        case .hmac:
            guard let key = key(in: evaluation), let string = string(in: evaluation) else { return nil }
            return hmac(key: key, message: string, rule.hash)
        case .hash: return string(in: evaluation).map { digest($0, rule.hash) }
        case .fixed, .basic, .equals: return key(in: evaluation)
        case .allowList, .rsa, .ed25519, .jwt: return nil
        }
    }

    /// Never empty: an empty key is one that everybody knows.
    private func key(in evaluation: Evaluation) -> [UInt8]? {
        guard let template = rule.key, let text = evaluation.fill(template), !text.isEmpty else { return nil }
        let key: [UInt8]?
        switch rule.keyEncoding {
        case .text: key = text
        case .hex: key = Hex.decode(String(decoding: text, as: UTF8.self))
        case .base64: key = Base64.decode(String(decoding: text, as: UTF8.self))
        }
        return key.flatMap { $0.isEmpty ? nil : $0 }
    }

    private func string(in evaluation: Evaluation) -> [UInt8]? {
        guard let choice = rule.string else { return nil }
        var template = choice.standard
        if let subject = choice.subject {
            guard let word = evaluation.fill(subject) else { return nil }
            template = choice.cases[String(decoding: word, as: UTF8.self)] ?? choice.standard
        }
        return template.flatMap(evaluation.fill)
    }

    private func matches(_ presented: [UInt8], _ expected: [UInt8]) -> Bool {
        guard rule.kind == .hmac || rule.kind == .hash else { return constantTimeEqual(presented, expected) }
        let text = SignatureEncoding.text(of: expected, rule.encoding)
        let isSame = constantTimeEqual(presented, Array(text.utf8))
        guard rule.encoding == .hex else { return isSame }
        // Some write hex in capitals throughout; a mix of cases is a changed byte.
        let isSameInCapitals = constantTimeEqual(presented, Array(text.uppercased().utf8))
        return isSame || isSameInCapitals
    }

    /// The text of the signature for the first values of the settings; what ``Adapter/sign(_:channel:)`` puts
    /// in.
    func signature() -> String? {
        guard let expected = expectations().first else { return nil }
        switch rule.kind {
        case .hmac, .hash: return rule.prefix + SignatureEncoding.text(of: expected, rule.encoding)
        case .basic: return "Basic " + Base64.encode(expected)
        default: return rule.prefix + String(decoding: expected, as: UTF8.self)
        }
    }

    // MARK: - When and from where

    private func checkTime() -> Verdict {
        guard let selector = rule.timestamp else { return .passed }
        let text: String
        switch evaluation.find(selector) {
        case .absent: return .rejected(.signatureMissing)
        case .text(let bytes): text = String(decoding: bytes, as: UTF8.self)
        case .several, .tree: return .rejected(.signatureMismatch)
        }
        guard let stated = TimeText.parse(text, zone: "UTC") else { return .rejected(.timestampOutOfWindow) }
        let difference = now.duration(since: stated)
        let window = Duration.seconds(rule.tolerance)
        return difference <= window && difference >= .zero - window
            ? .passed : .rejected(.timestampOutOfWindow)
    }

    private func isAllowed() -> Bool {
        guard let remote = Network(evaluation.request.remote) else { return false }
        return rule.addresses.contains { template in
            settings.choices(of: Set(template.selectors)).contains { choice in
                var evaluation = evaluation
                evaluation.choice = choice
                let text = evaluation.fill(template).map { String(decoding: $0, as: UTF8.self) } ?? ""
                return Network(text)?.contains(remote) ?? false
            }
        }
    }
}

extension SignatureEncoding {
    static func text(of bytes: [UInt8], _ encoding: SignatureEncoding) -> String {
        switch encoding {
        case .hex: Hex.encode(bytes)
        case .base64: Base64.encode(bytes)
        case .base64URL: Base64.encode(bytes, urlSafe: true)
        case .base64OfHex: Base64.encode(Array(Hex.encode(bytes).utf8))
        }
    }
}
