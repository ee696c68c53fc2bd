import Contacts
import JSON

/// Why the gateway cannot sign a request in the provider's place.
public struct CannotSign: Error, Sendable, Hashable, CustomStringConvertible {
    public let description: String
}

extension Adapter {
    /// The request with every signature its rules ask for, by the channel's own secrets: how a fixture is
    /// tried out.
    ///
    /// A missing timestamp header is set to `request.receivedAt`; what is signed is otherwise left as it is.
    public func sign(_ request: InboundRequest, channel: Channel) throws(CannotSign) -> InboundRequest {
        var signed = request
        for rule in definition.verify { signed = try sign(signed, rule, channel) }
        return signed
    }

    private func sign(
        _ request: InboundRequest, _ rule: VerifyRule, _ channel: Channel
    ) throws(CannotSign) -> InboundRequest {
        let settings = SettingValues(channel: channel, definition: definition)
        switch rule.kind {
        case .allowList:
            throw CannotSign(description: "the channel takes requests from the provider's own addresses only")
        case .rsa, .ed25519:
            throw CannotSign(
                description: "only the provider has the private key of kind \(rule.kind.rawValue)")
        case .jwt: throw CannotSign(description: "the gateway makes no tokens of kind jwt")
        case .equals: return request
        case .hmac, .hash, .fixed, .basic: break
        }
        let needed = rule.templates.flatMap(\.selectors).filter(\.isConfigured)
        if let missing = needed.first(where: { settings.values($0).isEmpty }) {
            if rule.isOptional { return request }
            throw CannotSign(description: "the channel has no value for \(missing)")
        }
        var request = request
        var stamp: String?
        if let place = rule.timestamp { stamp = try fillTimestamp(place, rule, &request) }
        let decoded = Decoder(accepts: definition.accepts).decode(request)
        let evaluation = Evaluation(request: request, decoded: decoded)
        let verifier = Verifier(
            rule: rule, settings: settings, evaluation: evaluation, now: request.receivedAt)
        guard var signature = verifier.signature() else {
            throw CannotSign(description: "the text to sign has no value, or one sent several times")
        }
        if case .header(_, part: let part?) = rule.from.places[0] {
            signature = [stamp, "\(part)=\(signature)"].compactMap { $0 }.joined(separator: ",")
        }
        try request.put(signature, at: rule.from.places[0], signs: rule.coversBody)
        return request
    }

    /// Sets a timestamp that is not there to the time of receipt, in whole Unix seconds.
    ///
    /// - Returns: the part of the signature's own header that holds it (`t=1700000000`), if it lives there.
    private func fillTimestamp(
        _ place: Selector, _ rule: VerifyRule, _ request: inout InboundRequest
    ) throws(CannotSign) -> String? {
        let evaluation = Evaluation(
            request: request, decoded: Decoder(accepts: definition.accepts).decode(request))
        let known = evaluation.text(place)
        let text = known ?? String(request.receivedAt.microseconds / 1_000_000)
        guard case .header(let name, let part) = place.places[0] else {
            if known == nil { throw CannotSign(description: "the request has no \(place)") }
            return nil
        }
        let line = part.map { "\($0)=\(text)" } ?? text
        if known == nil {
            request.headers.removeAll { $0.name == name }
            request.headers.append(Header(name, line))
        }
        guard case .header(name, part: .some) = rule.from.places[0] else { return nil }
        return line
    }
}

extension VerifyRule {
    /// Whether the signed text holds the raw body, so that the signature cannot be put into it.
    fileprivate var coversBody: Bool { templates.flatMap(\.selectors).contains(.body) }
}

extension InboundRequest {
    fileprivate mutating func put(
        _ signature: String, at place: Selector, signs coversBody: Bool
    ) throws(CannotSign) {
        let isBodyPlace: Bool
        switch place {
        case .form, .json: isBodyPlace = true
        default: isBodyPlace = false
        }
        if isBodyPlace, coversBody {
            throw CannotSign(description: "the signature lies in the body that it covers")
        }
        switch place {
        case .header(let name, _):
            headers.removeAll { $0.name == name }
            headers.append(Header(name, signature))
        case .query(let name):
            query = InboundRequest.replacing(name, by: signature, in: query)
            url = url.prefix { $0 != "?" } + "?" + query
        case .form(let name):
            let text = InboundRequest.replacing(
                name, by: signature, in: String(decoding: body, as: UTF8.self))
            body = Array(text.utf8)
        case .json(let path):
            guard let json = try? JSON.parse(body), let changed = json.setting(path, to: .string(signature))
            else {
                throw CannotSign(description: "the body has no place for \(place)")
            }
            body = Array(changed.text().utf8)
        case .tail: tail = signature
        default: throw CannotSign(description: "nothing can be put at \(place)")
        }
    }

    /// URL-encoded fields with one field replaced or added at the end.
    private static func replacing(_ name: String, by value: String, in fields: String) -> String {
        let encoded = { (text: String) in
            String(decoding: Conversion.percentEncoded(Array(text.utf8)), as: UTF8.self)
        }
        var kept = fields.split(separator: "&").map(String.init)
        kept.removeAll { field in
            let written = field.prefix { $0 != "=" }
            let decoded = Decoder.percentDecoded(Array(written.utf8)[...])
            return String(decoding: decoded, as: UTF8.self) == name
        }
        return (kept + ["\(encoded(name))=\(encoded(value))"]).joined(separator: "&")
    }
}

extension JSON {
    /// The value with the member at a dotted path of objects set; nil where the path leads through something
    /// else.
    func setting(_ path: String, to value: JSON) -> JSON? {
        guard var object else { return nil }
        let steps = path.split(separator: ".", maxSplits: 1).map(String.init)
        guard let step = steps.first else { return nil }
        if steps.count == 1 {
            object[step] = .some(value)
        } else {
            guard let inner = (object[step] ?? .object([:])).setting(steps[1], to: value) else { return nil }
            object[step] = .some(inner)
        }
        return .object(object)
    }
}
