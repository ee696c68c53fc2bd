import OpenSSL
import Testing

@Suite("Signatures of public keys")
struct PublicKeyTests {
    /// RFC 7515 A.2: the key of its example, as PKCS #8 and as PKCS #1 write it.
    private static let line =
        "MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd/wWJcyQoTbji9k0l8W26mPddxHmfHQp+Vaw+4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL+yRT+SFd2lZS+pCgNMsD1W/YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb/7OMg0LOL+bSf63kpaSHSXndS5z5rexMdbBYUsLA9e+KXBdQOS+UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6/I5IhlJH7aGhyxXFvUK+DWNmoudF8NAco9/h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQIDAQAB"
    private static let bare =
        "MIIBCgKCAQEAofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd/wWJcyQoTbji9k0l8W26mPddxHmfHQp+Vaw+4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL+yRT+SFd2lZS+pCgNMsD1W/YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb/7OMg0LOL+bSf63kpaSHSXndS5z5rexMdbBYUsLA9e+KXBdQOS+UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6/I5IhlJH7aGhyxXFvUK+DWNmoudF8NAco9/h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQIDAQAB"
    private static let token =
        "eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ"
    private static let signature =
        "cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw"

    @Test(
        "an RSA key is read in both spellings, its lines divided by anything blank",
        arguments: [
            "-----BEGIN PUBLIC KEY-----\n\(line)\n-----END PUBLIC KEY-----\n",
            "-----BEGIN RSA PUBLIC KEY-----\r\n\(bare)\r\n-----END RSA PUBLIC KEY-----",
            #"-----BEGIN PUBLIC KEY-----\n\#(line)\n-----END PUBLIC KEY-----\n"#,
            " -----BEGIN PUBLIC KEY----- \(line.prefix(64)) \(line.dropFirst(64)) -----END PUBLIC KEY-----",
        ])
    func rsa(pem: String) throws {
        let key = try #require(RSAPublicKey(pem: pem))
        var signature = try #require(Base64.decode(Self.signature))
        let message = Array(Self.token.utf8)
        #expect(key.verifies(signature, of: message, .sha256))
        #expect(!key.verifies(signature, of: message, .sha512))
        #expect(!key.verifies(signature, of: message + [0], .sha256))
        #expect(!key.verifies([], of: message, .sha256))
        #expect(!key.verifies(signature + [0], of: message, .sha256))
        signature[200] ^= 1
        #expect(!key.verifies(signature, of: message, .sha256))
    }

    @Test(
        "a key that is short, of another kind, torn or not alone is none",
        arguments: [
            "", line, "-----BEGIN PUBLIC KEY----------END PUBLIC KEY-----",
            "-----BEGIN PUBLIC KEY-----\n\(bare)\n-----END PUBLIC KEY-----",
            "-----BEGIN RSA PUBLIC KEY-----\n\(line)\n-----END RSA PUBLIC KEY-----",
            "-----BEGIN PUBLIC KEY-----\n\(line)\n-----END RSA PUBLIC KEY-----",
            "-----BEGIN PUBLIC KEY-----\n\(line.dropLast(4))\n-----END PUBLIC KEY-----",
            "-----BEGIN PUBLIC KEY-----\n\(line)AAAA\n-----END PUBLIC KEY-----",
            "-----BEGIN PUBLIC KEY-----\n\(line)\n-----END PUBLIC KEY-----\n-----BEGIN PUBLIC KEY-----\n\(line)\n-----END PUBLIC KEY-----",
            // 1024 bits, and a P-256 key.
            "-----BEGIN PUBLIC KEY-----\nMIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDwaJEA1N5EhrDNk/PBO2Gp7Au72nUMq7RFqLLt6aa0//3n4qKx4ZK58gIw2DDFbpBtd246U9or2RtEZbK+br5Va6UPEA+ch3rrW9CXXXbL9z8cW4bE2uDsaT13+Lukrajrq6O32bTn/aaqKdcmPO1FxSWvJnGdMwjk8xKmzSTa2QIDAQAB\n-----END PUBLIC KEY-----",
            "-----BEGIN PUBLIC KEY-----\nMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEysuPwVg+CVhYKZVcazDKSsPxt1dWF2QeAnM3SA153ULZsBUDC+99JU9pQYOCTCGYzuAy4W5L7ed7EfgmuXA6gg==\n-----END PUBLIC KEY-----",
        ])
    func notRSA(pem: String) {
        #expect(RSAPublicKey(pem: pem) == nil)
    }

    /// RFC 8032 §7.1, tests 1 to 3.
    @Test(
        "Ed25519 equals the published vectors",
        arguments: [
            (
                "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
                "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b"
            ),
            (
                "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
                "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"
            ),
            (
                "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", "af82",
                "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a"
            ),
        ])
    func ed25519(key: String, message: String, signature: String) throws {
        let key = try #require(Hex.decode(key).flatMap(Ed25519PublicKey.init(bytes:)))
        let message = try #require(Hex.decode(message))
        let signature = try #require(Hex.decode(signature))
        #expect(key.verifies(signature, of: message))
        #expect(!key.verifies(signature, of: message + [0]))
        #expect(!key.verifies(signature.dropLast(), of: message))
        #expect(!key.verifies([], of: message))
        for place in [0, 31, 32, 63] {
            var changed = signature
            changed[place] ^= 1
            #expect(!key.verifies(changed, of: message), "byte \(place)")
        }
        // S + L, the same number to a careless reader (RFC 8032 §5.1.7).
        let order = try #require(
            Hex.decode("edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010"))
        var carry = 0
        var doubled = signature
        for place in 0..<32 {
            let sum = Int(signature[32 + place]) + Int(order[place]) + carry
            doubled[32 + place] = UInt8(truncatingIfNeeded: sum)
            carry = sum >> 8
        }
        #expect(!key.verifies(doubled, of: message))
        #expect(Ed25519PublicKey(bytes: message) == nil)
    }
}
