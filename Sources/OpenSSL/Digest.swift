import CCrypto

/// The hash functions that providers sign with. The raw value is the word used in an adapter file.
public enum HashFunction: String, Sendable, CaseIterable {
    case md5, sha1, sha256, sha512

    /// The length of a digest in bytes.
    public var byteCount: Int {
        switch self {
        case .md5: 16
        case .sha1: 20
        case .sha256: 32
        case .sha512: 64
        }
    }

    /// OpenSSL's own static description; never freed.
    var algorithm: OpaquePointer? {
        switch self {
        case .md5: unsafe EVP_md5()
        case .sha1: unsafe EVP_sha1()
        case .sha256: unsafe EVP_sha256()
        case .sha512: unsafe EVP_sha512()
        }
    }
}

/// The digest of `message`, `function.byteCount` bytes long.
///
/// Stops the program if OpenSSL refuses the function, as a FIPS-only configuration does with MD5: an empty or short
/// digest would let an empty signature pass for a right one.
public func digest(_ message: [UInt8], _ function: HashFunction) -> [UInt8] {
    unsafe [UInt8](unsafeUninitializedCapacity: function.byteCount) { output, count in
        let done = unsafe message.withUnsafeBytes { bytes in
            unsafe EVP_Digest(
                bytes.baseAddress, bytes.count, output.baseAddress, nil, function.algorithm, nil)
        }
        precondition(done == 1, "OpenSSL gives no \(function.rawValue) digest")
        count = function.byteCount
    }
}

/// The HMAC (RFC 2104) of `message`, `function.byteCount` bytes long. `key` may have any length, even none.
///
/// Stops the program where ``digest(_:_:)`` does, for the same reason.
public func hmac(key: [UInt8], message: [UInt8], _ function: HashFunction) -> [UInt8] {
    // A null key would mean "the key of the last call" to OpenSSL, so that an empty one is given as a zero byte
    // of length 0.
    let storage = key.isEmpty ? [0] : key
    return unsafe [UInt8](unsafeUninitializedCapacity: function.byteCount) { output, count in
        let done = unsafe storage.withUnsafeBytes { keyBytes in
            unsafe message.withUnsafeBufferPointer { bytes in
                unsafe HMAC(
                    function.algorithm, keyBytes.baseAddress, Int32(clamping: key.count), bytes.baseAddress,
                    bytes.count, output.baseAddress, nil) != nil
            }
        }
        precondition(done, "OpenSSL gives no \(function.rawValue) HMAC")
        count = function.byteCount
    }
}
