import Adapters
import Contacts
import Foundation
import OpenSSL
import Store

/// Makes of a request what may be kept: its bytes, without the secrets that came with it.
struct KeptRequest {
    /// What stands for a secret.
    static let mark = "-"
    /// Told nobody, of no use later.
    private static let dropped: Set<String> = [
        "cookie", "connection", "content-length", "transfer-encoding", "keep-alive",
    ]
    private static let credentials: Set<String> = ["authorization", "proxy-authorization"]
    /// A header whose name has one of these holds a credential or a signature.
    private static let tellingWords = [
        "signature", "secret", "token", "password", "hmac", "api-key", "apikey", "-sign",
    ]

    let request: InboundRequest
    let channel: Channel
    let adapter: Adapter
    /// The URL with the token left out.
    let plainURL: String

    func event(_ accepted: Accepted) -> JournalEvent {
        let body = digest(request.body, .sha256)
        return JournalEvent(
            workspaceID: channel.workspaceID, channelID: channel.id, id: UUID.v7(at: request.receivedAt),
            adapter: adapter.name, method: request.method, tail: masked(request.tail),
            query: masked(request.query), url: masked(plainURL), headers: headers,
            body: request.body, bodySHA256: body, contentSHA256: contentDigest ?? body,
            remote: request.remote, verified: accepted.verified,
            key: accepted.key.bytes, reusableAt: accepted.key.repeatWindow.map { request.receivedAt + $0 },
            receivedAt: request.receivedAt)
    }

    private var headers: [JournalHeader] {
        request.headers.compactMap { header in
            if KeptRequest.dropped.contains(header.name) { return nil }
            let name = Array(header.name.utf8)
            let isCredential =
                KeptRequest.credentials.contains(header.name)
                || KeptRequest.tellingWords.contains { name.holds($0.utf8) }
            return JournalHeader(header.name, isCredential ? KeptRequest.mark : masked(header.value))
        }
    }

    /// The text with the channel's secrets left out, also as an address spells them: a piece of it that holds one goes as a whole.
    private func masked(_ text: String) -> String {
        var plain = text
        let bytes = Array(text.utf8)
        // Searched for in bytes, since hardly any request holds one; cut out in characters.
        for secret in channel.hiddenTexts where bytes.holds(secret.utf8) {
            plain = plain.replacing(secret, with: KeptRequest.mark)
        }
        guard bytes.contains(UInt8(ascii: "%")) else { return plain }
        return masked(plain, dividedBy: ["?", "&", "=", "/"])
    }

    private func masked(_ text: String, dividedBy separators: [Character]) -> String {
        guard let separator = separators.first else {
            // A blank may be a plus in a query, and a plus is one elsewhere.
            let readings = [text, text.replacing("+", with: " ")].compactMap { $0.removingPercentEncoding }
                .map { Array($0.utf8) }
            let isTelling = channel.hiddenTexts.contains { secret in
                readings.contains { $0.holds(secret.utf8) }
            }
            return isTelling ? KeptRequest.mark : text
        }
        let rest = Array(separators.dropFirst())
        return text.split(separator: separator, omittingEmptySubsequences: false)
            .map { masked(String($0), dividedBy: rest) }.joined(separator: String(separator))
    }

    /// Of a multipart form the digest without its boundary, which browsers make anew at each sending; else nil.
    private var contentDigest: [UInt8]? {
        guard let type = request.header("content-type"), type.lowercased().hasPrefix("multipart/"),
            let start = type.range(of: "boundary=", options: .caseInsensitive)
        else { return nil }
        let boundary = type[start.upperBound...].prefix { $0 != ";" }.filter { $0 != "\"" && $0 != " " }
        guard !boundary.isEmpty, boundary.utf8.count <= 200 else { return nil }
        return digest(request.body.replacing(Array(boundary.utf8), with: []), .sha256)
    }
}

extension [UInt8] {
    /// Whether `part`, which is not empty, stands somewhere in it.
    fileprivate func holds(_ part: String.UTF8View) -> Bool {
        guard let first = part.first, part.count <= count else { return false }
        return (0...(count - part.count)).contains { self[$0] == first && self[$0...].starts(with: part) }
    }
}
