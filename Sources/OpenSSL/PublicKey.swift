import CCrypto

/// An RSA key to verify with (RFC 8017 §8.2, PKCS #1 v1.5), 2048...8192 bits.
public struct RSAPublicKey: Sendable, Hashable {
    private let der: [UInt8]
    /// Whether it is written without the name of its algorithm, as PKCS #1 does.
    private let isBare: Bool

    /// - Parameter pem: one `PUBLIC KEY` or `RSA PUBLIC KEY`. Its lines may also be divided by blanks or by `\n` in two
    ///   characters, as environments and forms make of them.
    /// - Returns: nil for anything else, for a key of another algorithm and for one that is too short to trust.
    public init?(pem: String) {
        let text = pem.replacing("\\n", with: "\n").filter { !$0.isWhitespace }
        let isBare = text.hasPrefix("-----BEGINRSAPUBLICKEY-----")
        let label = isBare ? "RSAPUBLICKEY-----" : "PUBLICKEY-----"
        guard text.hasPrefix("-----BEGIN" + label), text.hasSuffix("-----END" + label),
            let der = Base64.decode(
                String(
                    text.dropFirst("-----BEGIN".count + label.count).dropLast("-----END".count + label.count))
            )
        else { return nil }
        self.der = der
        self.isBare = isBare
        guard unsafe withKey({ unsafe (2_048...8_192).contains(EVP_PKEY_get_bits($0)) }) == true else {
            return nil
        }
    }

    public func verifies(_ signature: [UInt8], of message: [UInt8], _ function: HashFunction) -> Bool {
        unsafe withKey { unsafe isSignature(signature, of: message, key: $0, digest: function.algorithm) }
            ?? false
    }

    /// The key as OpenSSL holds it, read anew each time and freed after `use`: it is not made to be shared by threads.
    private func withKey<Result>(_ use: (OpaquePointer) -> Result) -> Result? {
        unsafe der.withUnsafeBufferPointer { bytes in
            var place = bytes.baseAddress
            let key =
                unsafe isBare
                ? d2i_PublicKey(EVP_PKEY_RSA, nil, &place, bytes.count) : d2i_PUBKEY(nil, &place, bytes.count)
            guard let key = unsafe key else {
                ERR_clear_error()
                return nil
            }
            defer { unsafe EVP_PKEY_free(key) }
            let isWhole = unsafe place == bytes.baseAddress.map { unsafe $0 + bytes.count }
            return unsafe isWhole && EVP_PKEY_get_base_id(key) == EVP_PKEY_RSA ? use(key) : nil
        }
    }
}

/// An Ed25519 key to verify with (RFC 8032 §5.1).
public struct Ed25519PublicKey: Sendable, Hashable {
    private let bytes: [UInt8]

    /// - Returns: nil unless there are 32 bytes.
    public init?(bytes: [UInt8]) {
        guard bytes.count == 32 else { return nil }
        self.bytes = bytes
    }

    public func verifies(_ signature: [UInt8], of message: [UInt8]) -> Bool {
        let raw = unsafe bytes.withUnsafeBufferPointer {
            unsafe EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nil, $0.baseAddress, $0.count)
        }
        guard let key = unsafe raw else {
            ERR_clear_error()
            return false
        }
        defer { unsafe EVP_PKEY_free(key) }
        return unsafe isSignature(signature, of: message, key: key, digest: nil)
    }
}

/// - Parameter digest: nil where the algorithm brings its own.
private func isSignature(
    _ signature: [UInt8], of message: [UInt8], key: OpaquePointer, digest: OpaquePointer?
) -> Bool {
    guard let context = unsafe EVP_MD_CTX_new() else { return false }
    defer { unsafe EVP_MD_CTX_free(context) }
    let result = unsafe signature.withUnsafeBufferPointer { signature in
        unsafe message.withUnsafeBufferPointer { message in
            unsafe EVP_DigestVerifyInit(context, nil, digest, nil, key) == 1
                ? EVP_DigestVerify(
                    context, signature.baseAddress, signature.count, message.baseAddress, message.count) : 0
        }
    }
    // Every answer but 1 leaves errors that a later call of this thread would take for its own.
    if result != 1 { ERR_clear_error() }
    return result == 1
}
