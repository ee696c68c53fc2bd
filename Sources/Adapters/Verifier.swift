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
        if rule.kind == .allowList { return isAllowed() ? .passed : .rejected(.addressNotAllowed) }
        guard let sent = sent() else { return .rejected(.signatureMismatch) }
        guard !sent.isEmpty else { return .rejected(.signatureMissing) }
        let presented = sent.compactMap(signature(in:))
        if let rule = rule.token { return judge(presented, rule) }
        // Nothing is left out early: the time taken does not tell which secret or which signature was close.
        var isRight = false
        for expected in expectations() {
            for text in presented where matches(text, expected) { isRight = true }
        }
        guard isRight else { return .rejected(.signatureMismatch) }
        return checkTime()
    }

    /// Tokens are read only once their signature is right.
    private func judge(_ presented: [[UInt8]], _ token: TokenRule) -> Verdict {
        let keys = attempts.flatMap { attempt in
            evaluations(of: attempt).compactMap { key(attempt.key, in: $0) }
        }
        var problem = RejectionReason.signatureMismatch
        for candidate in presented.compactMap(JSONWebToken.init) {
            // No early end here either.
            let isSigned = keys.map { candidate.isSigned(by: $0, token.algorithm) }.contains(true)
            guard isSigned, let claims = candidate.claims else { continue }
            let check = TokenCheck(
                rule: token, tolerance: rule.tolerance, claims: claims, settings: settings,
                evaluation: evaluation, now: now)
            guard let found = check.problem else { return .passed }
            problem = found
        }
        return .rejected(problem)
    }

    /// Whether one key has all its settings; for an allow-list, whether all its addresses have.
    private var isConfigured: Bool {
        let needed =
            rule.kind == .allowList ? [rule.addresses.flatMap(\.selectors)] : attempts.map(\.selectors)
        return needed.contains { selectors in
            selectors.allSatisfy { !$0.isConfigured || !settings.values($0).isEmpty }
        }
    }

    // MARK: - What was sent

    /// The texts at the signature's place: none if it is empty, nil if a field was sent several times.
    private func sent() -> [[UInt8]]? {
        let values: [[UInt8]]
        let place = rule.from.places.first { evaluation.find($0) != .absent } ?? rule.from
        switch evaluation.find(place) {
        case .absent: return []
        case .text(let bytes): values = [bytes]
        case .tree: return nil
        case .several(let several):
            // Several parts of one header are alternatives, several fields of a form are an attempt to
            // confuse.
            guard case .header(_, part: .some) = place else { return nil }
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

    /// One key with one of the texts that may be signed by it.
    private struct Attempt {
        let key: Template?
        let string: StringChoice?

        var selectors: [Selector] {
            ([key, string?.subject].compactMap { $0 } + (string?.strings ?? [])).flatMap(\.selectors)
        }
    }

    private enum Expectation {
        case plain([UInt8])
        case digest([UInt8])
        case rsa(RSAPublicKey, message: [UInt8])
        case ed25519(Ed25519PublicKey, message: [UInt8])
    }

    private var attempts: [Attempt] {
        let keys = rule.keys.isEmpty ? [nil] : rule.keys.map(Optional.some)
        let strings = rule.strings.isEmpty ? [nil] : rule.strings.map(Optional.some)
        return keys.flatMap { key in strings.map { Attempt(key: key, string: $0) } }
    }

    /// The request with every combination of the settings' values; none if one of them has no value.
    private func evaluations(of attempt: Attempt) -> [Evaluation] {
        settings.choices(of: Set(attempt.selectors)).map { choice in
            var evaluation = evaluation
            evaluation.choice = choice
            return evaluation
        }
    }

    private func expectations() -> [Expectation] {
        attempts.flatMap { attempt in evaluations(of: attempt).compactMap { expected(attempt, in: $0) } }
    }

    private func expected(_ attempt: Attempt, in evaluation: Evaluation) -> Expectation? {
        let signed = attempt.string.flatMap { string($0, in: evaluation) }
        if rule.kind == .hash { return signed.map { Expectation.digest(digest($0, rule.hash)) } }
        guard let key = key(attempt.key, in: evaluation) else { return nil }
        if [.fixed, .basic, .equals].contains(rule.kind) { return .plain(key) }
        guard let signed else { return nil }
        switch rule.kind {
        case .hmac: return .digest(hmac(key: key, message: signed, rule.hash))
        case .rsa:
            return RSAPublicKey(pem: String(decoding: key, as: UTF8.self)).map { .rsa($0, message: signed) }
        case .ed25519: return Ed25519PublicKey(bytes: key).map { .ed25519($0, message: signed) }
        case .hash, .fixed, .basic, .equals, .allowList, .jwt: return nil
        }
    }

    /// Never empty: an empty key is one that everybody knows.
    private func key(_ template: Template?, in evaluation: Evaluation) -> [UInt8]? {
        guard let template, let text = evaluation.fill(template), !text.isEmpty else { return nil }
        return rule.keyEncoding.bytes(of: text).flatMap { $0.isEmpty ? nil : $0 }
    }

    private func string(_ choice: StringChoice, in evaluation: Evaluation) -> [UInt8]? {
        var template = choice.standard
        if let subject = choice.subject {
            guard let word = evaluation.fill(subject) else { return nil }
            template = choice.cases[String(decoding: word, as: UTF8.self)] ?? choice.standard
        }
        return template.flatMap(evaluation.fill)
    }

    private func matches(_ presented: [UInt8], _ expected: Expectation) -> Bool {
        switch expected {
        case .plain(let text): return constantTimeEqual(presented, text)
        case .rsa(let key, let message):
            return rule.encoding.bytes(of: presented)
                .map { key.verifies($0, of: message, rule.hash) } ?? false
        case .ed25519(let key, let message):
            return rule.encoding.bytes(of: presented).map { key.verifies($0, of: message) } ?? false
        case .digest(let digest):
            let text = SignatureEncoding.text(of: digest, rule.encoding)
            let isSame = constantTimeEqual(presented, Array(text.utf8))
            guard rule.encoding == .hex else { return isSame }
            // Some write hex in capitals throughout; a mix of cases is a changed byte.
            let isSameInCapitals = constantTimeEqual(presented, Array(text.uppercased().utf8))
            return isSame || isSameInCapitals
        }
    }

    /// The text of the signature for the first values of the settings; what ``Adapter/sign(_:channel:)`` puts
    /// in.
    func signature() -> String? {
        switch expectations().first {
        case .digest(let digest): return rule.prefix + SignatureEncoding.text(of: digest, rule.encoding)
        case .plain(let text) where rule.kind == .basic: return "Basic " + Base64.encode(text)
        case .plain(let text): return rule.prefix + String(decoding: text, as: UTF8.self)
        case .rsa, .ed25519, nil: return nil
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
