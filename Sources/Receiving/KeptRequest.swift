import Adapters
import Contacts
import Foundation
import OpenSSL
import Store

/// Makes of a request what may be kept: its bytes, without the secrets that came with it.
struct KeptRequest {
    /// What stands for a secret.
    static let mark = "-"
    /// Shorter secrets are not looked for: they would blank half a request.
    private static let shortest = 4
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
        let secrets = secrets
        return JournalEvent(
            workspaceID: channel.workspaceID, channelID: channel.id, id: UUID.v7(at: request.receivedAt),
            adapter: adapter.name, method: request.method, tail: request.tail,
            query: masked(request.query, secrets),
            url: masked(plainURL, secrets), headers: headers(secrets), body: request.body, bodySHA256: body,
            contentSHA256: contentDigest ?? body, remote: request.remote, verified: accepted.verified,
            key: accepted.key.bytes, reusableAt: accepted.key.repeatWindow.map { request.receivedAt + $0 },
            receivedAt: request.receivedAt)
    }

    private func headers(_ secrets: [String]) -> [JournalHeader] {
        request.headers.compactMap { header in
            if KeptRequest.dropped.contains(header.name) { return nil }
            let isCredential =
                KeptRequest.credentials.contains(header.name)
                || KeptRequest.tellingWords.contains { header.name.contains($0) }
            return JournalHeader(header.name, isCredential ? KeptRequest.mark : masked(header.value, secrets))
        }
    }

    /// The channel's secrets, plain and as an address spells them, longest first.
    private var secrets: [String] {
        let plain = (channel.tokens + channel.secrets.values.joined()).map { $0.reveal() }
            .filter { $0.utf8.count >= KeptRequest.shortest }
        let spelled = plain.compactMap { $0.addingPercentEncoding(withAllowedCharacters: .alphanumerics) }
        return Set(plain + spelled).sorted { $0.utf8.count > $1.utf8.count }
    }

    private func masked(_ text: String, _ secrets: [String]) -> String {
        secrets.reduce(text) { $0.contains($1) ? $0.replacing($1, with: KeptRequest.mark) : $0 }
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
