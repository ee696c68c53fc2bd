import CCrypto

/// Whether two secrets are the same, in a time that depends on their lengths only, never on where they differ.
///
/// Different lengths are unequal; the common part is compared all the same. Two empty arrays are equal: who verifies
/// a signature refuses an absent one before asking.
public func constantTimeEqual(_ a: [UInt8], _ b: [UInt8]) -> Bool {
    let common = min(a.count, b.count)
    let difference = unsafe a.withUnsafeBytes { left in
        unsafe b.withUnsafeBytes { right in
            // The base address of an empty array may be nil, which the C prototype does not promise to take.
            guard common > 0, let left = left.baseAddress, let right = right.baseAddress else {
                return Int32(0)
            }
            return unsafe CRYPTO_memcmp(left, right, common)
        }
    }
    return (difference == 0) && (a.count == b.count)
}

/// `count` bytes from OpenSSL's generator, fit for keys, tokens and nonces.
///
/// Stops the program if the generator cannot be seeded: every secret made afterwards could be guessed.
public func randomBytes(_ count: Int) -> [UInt8] {
    precondition(count >= 0 && count <= 1 << 20, "randomBytes takes 0...1 MiB")
    guard count > 0 else { return [] }
    return unsafe [UInt8](unsafeUninitializedCapacity: count) { output, initialized in
        let done = unsafe RAND_bytes(output.baseAddress, Int32(count))
        precondition(done == 1, "OpenSSL's random generator has no seed")
        initialized = count
    }
}
