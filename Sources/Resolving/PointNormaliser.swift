import Adapters
import Contacts
import IDN
import JSON
import PhoneNumbers

/// The points of a contact event that can be matched, and why the others cannot.
struct NormalisedPoints: Sendable, Hashable {
    /// Strongest kind first, without repeats.
    var points: [ContactPoint] = []
    /// In the order given: the kind and the reason (`unreadable`, `anonymous`, `own`); never the value.
    var dropped: [DroppedPoint] = []
    /// Every point that was given is our own.
    var isOnlyOurs: Bool { points.isEmpty && dropped.contains { $0.reason == "own" } }
    /// Nobody can be recognised by what was given.
    var tellNobody: Bool { points.isEmpty && !isOnlyOurs }
}

struct DroppedPoint: Sendable, Hashable {
    let kind: PointKind
    let reason: String
}

/// Brings raw points to the form they are compared in (DESIGN §8.1), and leaves out what is ours (§8.2).
struct PointNormaliser: Sendable {
    private let region: String
    private let phones: PhoneRules
    private let ownPhones: Set<String>
    private let ownEmails: Set<String>
    private let ownDomains: Set<String>

    init(channel: Channel, phones: PhoneRules) {
        region = channel.region
        self.phones = phones
        ownPhones = Set(channel.own.phones.compactMap { parsePhone($0, region: channel.region)?.e164 })
        ownEmails = Set(channel.own.emails.compactMap { canonicalEmail($0, asciiDomain: asciiDomain) })
        ownDomains = Set(channel.own.domains.compactMap { asciiDomain($0) })
    }

    func normalise(_ raws: [RawPoint]) -> NormalisedPoints {
        var result = NormalisedPoints()
        for raw in raws {
            switch normalise(raw) {
            case .success(let point):
                if let known = result.points.firstIndex(where: {
                    $0.kind == point.kind && $0.value == point.value
                }) {
                    if point.verified { result.points[known].verified = true }
                } else {
                    result.points.append(point)
                }
            case .failure(let drop): result.dropped.append(DroppedPoint(kind: raw.kind, reason: drop.reason))
            }
        }
        let order = result.points.enumerated().sorted {
            ($0.element.kind.strength, $1.offset) > ($1.element.kind.strength, $0.offset)
        }
        result.points = order.map(\.element)
        return result
    }

    private struct Drop: Error {
        let reason: String
    }

    private func normalise(_ raw: RawPoint) -> Result<ContactPoint, Drop> {
        switch raw.kind {
        case .phone:
            if phones.isAnonymous(raw.value) { return .failure(Drop(reason: "anonymous")) }
            guard
                let phone = parsePhone(
                    raw.value, region: region, internationalWithoutPlus: phones.internationalWithoutPlus)
            else { return .failure(Drop(reason: "unreadable")) }
            if ownPhones.contains(phone.e164) { return .failure(Drop(reason: "own")) }
            return .success(
                ContactPoint(
                    kind: .phone, value: phone.e164, raw: raw.value, verified: raw.verified, ext: phone.ext))
        case .email:
            guard let email = canonicalEmail(raw.value, asciiDomain: asciiDomain) else {
                return .failure(Drop(reason: "unreadable"))
            }
            let domain = email.split(separator: "@").last.map(String.init) ?? ""
            if ownEmails.contains(email) || ownDomains.contains(domain) {
                return .failure(Drop(reason: "own"))
            }
            return .success(ContactPoint(kind: .email, value: email, raw: raw.value, verified: raw.verified))
        case .handle:
            let value = raw.value.lowercased()
            guard !value.isEmpty, value.utf8.count <= 512 else { return .failure(Drop(reason: "unreadable")) }
            return .success(ContactPoint(kind: .handle, value: value, raw: raw.value, verified: raw.verified))
        }
    }
}
