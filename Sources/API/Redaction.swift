package import Adapters
import Foundation
package import JSON

/// Takes a channel's secrets out of a stored request before it is shown: providers send them in headers, in the query,
/// in the path and in bodies, and whoever may read events need not be able to forge them.
package struct Redaction: Sendable {
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
    package init(of channel: Channel?) {
        let all = (channel?.tokens ?? []) + (channel?.secrets.values.flatMap { $0 } ?? [])
        let long = all.map { $0.reveal() }.filter { $0.utf8.count >= Redaction.shortest }
        secrets = Set(long.flatMap(Redaction.spellings)).map { Array($0.utf8) }.sorted { $0.count > $1.count }
    }

    /// A secret as a request may hold it: plain, percent-encoded in an address or a form, escaped in JSON.
    private static func spellings(of secret: String) -> [String] {
        let alphabets = ["", "-._~", "-._*", "-_.!~*'()", "-._~!$&'()*+,;=:@/"].map {
            CharacterSet(charactersIn: asciiAlphanumerics + $0)
        }
        let encoded = Set(alphabets.compactMap { secret.addingPercentEncoding(withAllowedCharacters: $0) })
        let upper = encoded.union(encoded.map { $0.replacing("%20", with: "+") })
        let escaped = String(JSON.string(secret).text().dropFirst().dropLast())
        return [secret, escaped, escaped.replacing("/", with: "\\/")] + upper
            + upper.map { $0.replacing(#/%[0-9A-F]{2}/#) { $0.output.lowercased() } }
    }

    private static let asciiAlphanumerics = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"

    private func header(_ name: String, _ value: String) -> String {
        Redaction.credentials.contains(name.lowercased()) ? Redaction.mark : text(value)
    }

    package func text(_ text: String) -> String {
        secrets.isEmpty ? text : String(decoding: bytes(Array(text.utf8)), as: UTF8.self)
    }

    package func bytes(_ bytes: [UInt8]) -> [UInt8] {
        secrets.reduce(bytes) { $0.replacing($1, with: Array(Redaction.mark.utf8)) }
    }

    /// Header lines as the journal keeps them, `[name, value]` each.
    package func headers(_ lines: JSON) -> JSON {
        .array(
            (lines.array ?? []).compactMap { line in
                guard let name = line[0]?.string, let value = line[1]?.string else { return nil }
                return [.string(name), .string(header(name, value))]
            })
    }
}
