import Foundation

/// `/in/{channel}/{token}[/tail]` taken apart.
struct RequestPath: Hashable {
    let channel: String
    /// Empty if there is none.
    let token: String
    /// What follows the token, decoded, without its leading slash.
    let tail: String
    /// The path with the token left out, as it was spelled otherwise.
    let plain: String

    /// - Parameter path: as sent, with the leading slash.
    /// - Returns: nil if a part is no text: a wrong percent code, bad UTF-8, NUL.
    init?(_ path: String) {
        let parts = path.split(separator: "/", maxSplits: 4, omittingEmptySubsequences: false)
        func part(_ index: Int) -> String? {
            guard index < parts.count else { return "" }
            let raw = parts[index]
            guard raw.utf8.contains(UInt8(ascii: "%")) else { return String(raw) }
            guard let text = String(raw).removingPercentEncoding, !text.utf8.contains(0) else { return nil }
            return text
        }
        guard let channel = part(2), let token = part(3), let tail = part(4) else { return nil }
        self.channel = channel
        self.token = token
        self.tail = tail
        plain = parts.enumerated().map { $0 == 3 ? Substring(KeptRequest.mark) : $1 }.joined(separator: "/")
    }
}
