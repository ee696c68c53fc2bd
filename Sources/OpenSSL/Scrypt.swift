import CCrypto

/// A password as it is kept: `scrypt$<log2 N>$<r>$<p>$<salt>$<hash>`, both in base 64 (RFC 7914).
public struct PasswordHash: Sendable, Hashable {
    public let text: String

    /// What is read from the database.
    public init(text: String) { self.text = text }

    /// Hashes a new password; takes some 100 ms of processor time and 32 MiB by design.
    public init(of password: String) {
        let salt = randomBytes(16)
        text = PasswordHash.text(PasswordHash.scrypt(password, salt: salt), salt: salt)
    }

    /// Whether it is of this password; as costly as making one. Of a text that is no hash: false.
    public func matches(_ password: String) -> Bool {
        let parts = text.split(separator: "$", omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 6, let salt = Base64.decode(parts[4]), !salt.isEmpty else {
            // The time tells nobody whether there is such an account.
            _ = PasswordHash.scrypt(password, salt: [0])
            return false
        }
        let again = PasswordHash.text(PasswordHash.scrypt(password, salt: salt), salt: salt)
        return constantTimeEqual(Array(again.utf8), Array(text.utf8))
    }

    private static let (logN, r, p): (UInt64, UInt64, UInt64) = (15, 8, 1)

    private static func text(_ hash: [UInt8], salt: [UInt8]) -> String {
        "scrypt$\(logN)$\(r)$\(p)$\(Base64.encode(salt))$\(Base64.encode(hash))"
    }

    private static func scrypt(_ password: String, salt: [UInt8]) -> [UInt8] {
        let bytes = Array(password.utf8).map(CChar.init(bitPattern:)) + [0]
        return unsafe [UInt8](unsafeUninitializedCapacity: 32) { output, count in
            let done = unsafe EVP_PBE_scrypt(
                bytes, bytes.count - 1, salt, salt.count, 1 << logN, r, p, 64 << 20, output.baseAddress, 32)
            precondition(done == 1, "OpenSSL gives no scrypt")
            count = 32
        }
    }
}
