import OpenSSL
import Testing

@Suite("Digests and signatures")
struct DigestTests {
    /// RFC 1321 A.5, FIPS 180-4 examples, and the empty message.
    @Test(
        "digests equal the published vectors",
        arguments: [
            (HashFunction.md5, "abc", "900150983cd24fb0d6963f7d28e17f72"),
            (.md5, "", "d41d8cd98f00b204e9800998ecf8427e"),
            (.sha1, "abc", "a9993e364706816aba3e25717850c26c9cd0d89d"),
            (.sha256, "abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
            (.sha256, "", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
            (
                .sha512, "abc",
                "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
                    + "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f"
            ),
        ])
    func digestVectors(function: HashFunction, message: String, expected: String) {
        #expect(Hex.encode(digest(Array(message.utf8), function)) == expected)
    }

    /// RFC 2202 and RFC 4231, test case 2; the empty key from Wikipedia's HMAC page.
    @Test(
        "message authentication codes equal the published vectors",
        arguments: [
            (HashFunction.md5, "Jefe", "what do ya want for nothing?", "750c783e6ab0b503eaa86e310a5db738"),
            (.sha1, "Jefe", "what do ya want for nothing?", "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79"),
            (
                .sha256, "Jefe", "what do ya want for nothing?",
                "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
            ),
            (.sha256, "", "", "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad"),
            (
                .sha512, "Jefe", "what do ya want for nothing?",
                "164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea250554"
                    + "9758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737"
            ),
        ])
    func hmacVectors(function: HashFunction, key: String, message: String, expected: String) {
        #expect(Hex.encode(hmac(key: Array(key.utf8), message: Array(message.utf8), function)) == expected)
    }

    @Test("an empty key is not the key of the call before")
    func emptyKeyAfterAnother() {
        let alone = hmac(key: [], message: [1, 2, 3], .sha256)
        _ = hmac(key: [9, 9, 9], message: [1, 2, 3], .sha256)
        #expect(hmac(key: [], message: [1, 2, 3], .sha256) == alone)
        #expect(hmac(key: [9, 9, 9], message: [1, 2, 3], .sha256) != alone)
    }

    @Test("equality in constant time is equality")
    func constantTime() {
        #expect(constantTimeEqual([1, 2, 3], [1, 2, 3]))
        #expect(constantTimeEqual([], []))
        #expect(!constantTimeEqual([1, 2, 3], [1, 2, 4]))
        #expect(!constantTimeEqual([0, 2, 3], [1, 2, 3]))
        #expect(!constantTimeEqual([1, 2, 3], [1, 2]))
        #expect(!constantTimeEqual([1, 2], [1, 2, 0]))
        #expect(!constantTimeEqual([], [0]))
        #expect(!constantTimeEqual([0], []))
    }

    @Test("random bytes have the length asked for and do not repeat")
    func random() {
        #expect(randomBytes(0).isEmpty)
        #expect(randomBytes(33).count == 33)
        #expect(Set((0..<200).map { _ in randomBytes(16) }).count == 200)
    }
}
