public import Adapters
import Foundation
import HTTPTypes
import OpenSSL

/// What a program shows to be let in: `lg_` and 32 random bytes in URL-safe base 64. The database keeps its SHA-256
/// only, so that a token is to be seen once, when it is made.
public struct BearerToken: Sendable {
    private static let prefix = "lg_"

    /// The text that the program sends.
    public let secret: Secret
    /// SHA-256 of the text, 32 bytes: what is stored and looked up.
    public let hash: [UInt8]

    /// A new one, from OpenSSL's generator.
    public static func make() -> BearerToken {
        BearerToken(checked: prefix + Base64.encode(randomBytes(32), urlSafe: true))
    }

    /// - Returns: nil if `text` cannot be a token, so that the database need not be asked.
    public init?(_ text: String) {
        guard text.hasPrefix(BearerToken.prefix), text.utf8.count == BearerToken.prefix.utf8.count + 43,
            !text.contains("="), Base64.decode(String(text.dropFirst(BearerToken.prefix.count)))?.count == 32,
            !text.contains("+"), !text.contains("/")
        else { return nil }
        self.init(checked: text)
    }

    private init(checked text: String) {
        secret = Secret(text)
        hash = digest(Array(text.utf8), .sha256)
    }

    /// The credentials of an `Authorization` header (RFC 6750 §2.1); tokens in the query are not taken, since
    /// addresses end up in logs.
    ///
    /// - Throws: ``APIFailure/unauthorized(isMissing:)``.
    static func credentials(in headers: HTTPFields) throws(APIFailure) -> BearerToken {
        let values = headers[values: .authorization]
        guard let value = values.first else { throw .unauthorized(isMissing: true) }
        let parts = value.split(separator: " ", omittingEmptySubsequences: true)
        guard values.count == 1, parts.count == 2, parts[0].lowercased() == "bearer",
            let token = BearerToken(String(parts[1]))
        else { throw .unauthorized(isMissing: false) }
        return token
    }
}

extension BearerToken: CustomStringConvertible, CustomReflectable {
    public var description: String { "-" }
    public var customMirror: Mirror { Mirror(self, children: [] as [Mirror.Child], displayStyle: .struct) }
}
