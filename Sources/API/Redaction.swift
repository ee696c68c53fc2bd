import Adapters
import JSON

/// Takes a channel's secrets out of a stored request before it is shown: providers send them in headers, in the query,
/// in the path and in bodies, and whoever may read events need not be able to forge them.
struct Redaction: Sendable {
    static let mark = "[secret]"
    /// Secrets shorter than this would blank half a request.
    private static let shortest = 4
    /// Headers that are credentials whatever their value.
    private static let credentials: Set<String> = [
        "authorization", "cookie", "proxy-authorization", "x-api-key", "x-auth-token",
    ]

    /// Longest first, so that a secret inside another one leaves no rest.
    private let secrets: [[UInt8]]

    /// - Parameter channel: nil for one that is no longer configured; then only credential headers are known.
    init(of channel: Channel?) {
        let all = (channel?.tokens ?? []) + (channel?.secrets.values.flatMap { $0 } ?? [])
        secrets = Set(all.map { Array($0.reveal().utf8) })
            .filter { $0.count >= Redaction.shortest }
            .sorted { $0.count > $1.count }
    }

    func header(_ name: String, _ value: String) -> String {
        Redaction.credentials.contains(name.lowercased()) ? Redaction.mark : text(value)
    }

    func text(_ text: String) -> String {
        secrets.isEmpty ? text : String(decoding: bytes(Array(text.utf8)), as: UTF8.self)
    }

    func bytes(_ bytes: [UInt8]) -> [UInt8] {
        secrets.reduce(bytes) { $0.replacing($1, with: Array(Redaction.mark.utf8)) }
    }

    /// Headers in any of the forms they may be kept in: `{"name": "value"}`, `{"name": ["value"]}`,
    /// `[{"name": …, "value": …}]`, `[["name", "value"]]`.
    func headers(_ headers: JSON) -> JSON {
        switch headers {
        case .object(let object):
            .object(JSONObject(object.map { ($0.key, masked($0.value, $0.key)) }))
        case .array(let lines):
            .array(lines.map(line))
        default: .null
        }
    }

    private func line(_ line: JSON) -> JSON {
        if let name = line["name"]?.string {
            return ["name": .string(name), "value": masked(line["value"] ?? .null, name)]
        }
        if let name = line[0]?.string {
            return ["name": .string(name), "value": masked(line[1] ?? .null, name)]
        }
        return .null
    }

    private func masked(_ value: JSON, _ name: String) -> JSON {
        switch value {
        case .string(let text): .string(header(name, text))
        case .array(let values): .array(values.map { masked($0, name) })
        default: .null
        }
    }
}
