import Contacts
import JSON
import OpenSSL
import Testing

@testable import Adapters

@Suite("JSON Web Tokens")
struct TokenTests {
    /// From Vonage's SDK.
    private static let vonage = (
        secret: "qwertyuiopasdfghjklzxcvbnm123456",
        token:
            "eyJ0eXAiOiJKV1QiLCJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJPbmxpbmUgSldUIEJ1aWxkZXIiLCJpYXQiOjE2OTc2MzQ2ODAsImV4cCI6MzMyNTQ1NDA4MjgsImF1ZCI6IiIsInN1YiI6IiJ9.88vJc3I2HhuqEDixHXVhc9R30tA6U_HQHZTC29y6CGM"
    )
    private static let body = #"{"status":"completed"}"#
    /// SHA-256 of it in hex.
    private static let bodyHash = "d0765f73cd5d1df39be353d538ea7c47a017d66a8bd001dc4707240dbb71e58c"

    private func token(
        _ claims: String, header: String = #"{"alg":"HS256","typ":"JWT"}"#, secret: String = vonage.secret
    ) -> String {
        let signed = [header, claims].map { Base64.encode(Array($0.utf8), urlSafe: true) }.joined(
            separator: ".")
        let code = hmac(key: Array(secret.utf8), message: Array(signed.utf8), .sha256)
        return signed + "." + Base64.encode(code, urlSafe: true)
    }

    private func receive(
        _ token: String?, rule: String = "", secrets: [String] = [vonage.secret],
        settings: [String: [String]] = [:],
        body: String = body, at seconds: Int64 = 1_700_000_000
    ) throws -> Reception {
        try makeAdapter(
            """
            accepts = { body = "any" }, settings = { secret = { secret = true }, api_key = {} },
            verify = { { kind = "jwt", algorithm = "HS256", key = "{settings.secret}", from = "header.Authorization",
              prefix = "Bearer ", \(rule) } },
            """
        ).receive(
            makeRequest(headers: token.map { [("Authorization", "Bearer " + $0)] } ?? [], body: body),
            channel: makeChannel(secrets: ["secret": secrets], settings: settings),
            now: Instant(microseconds: seconds * 1_000_000))
    }

    @Test("Vonage's token passes by its secret alone, during rotation too")
    func vonage() throws {
        #expect(try receive(Self.vonage.token).accepted?.verified == ["jwt-hs256"])
        #expect(try receive(Self.vonage.token, secrets: ["another", Self.vonage.secret]).accepted != nil)
        #expect(try receive(nil).rejection == .signatureMissing)
        for secrets in [["another"], [""], []] {
            #expect(try receive(Self.vonage.token, secrets: secrets).rejection == .signatureMismatch)
        }
    }

    @Test("a token with any one byte changed is a mismatch, wherever the byte is")
    func flipped() throws {
        let bytes = Array(Self.vonage.token.utf8)
        for place in bytes.indices {
            var changed = bytes
            changed[place] ^= 1
            let reception = try receive(String(decoding: changed, as: UTF8.self))
            #expect(reception.rejection == .signatureMismatch, "byte \(place)")
        }
    }

    @Test("the token does not choose how it is verified")
    func confusion() throws {
        let claims = #"{"iss":"Vonage"}"#
        func plain(_ text: String) -> String { Base64.encode(Array(text.utf8), urlSafe: true) }
        for header in [
            #"{"alg":"none"}"#, #"{"alg":"None"}"#, #"{"alg":"RS256"}"#, #"{"alg":"HS512"}"#,
            #"{"alg":"hs256"}"#, "{}",
            #"{"alg":["HS256"]}"#, #"{"alg":"HS256","crit":["b64"],"b64":false}"#,
            #"{"alg":"none","alg":"HS256"}"#, "[]",
            "HS256",
        ] {
            #expect(try receive(token(claims, header: header)).rejection == .signatureMismatch, "\(header)")
            #expect(try receive("\(plain(header)).\(plain(claims)).").rejection == .signatureMismatch)
        }
        #expect(try receive(token(claims)).accepted != nil)
        #expect(try receive(token("[]")).rejection == .signatureMismatch)
        #expect(try receive(token(claims, secret: ""), secrets: [""]).rejection == .signatureMismatch)
        let right = token(claims)
        for text in [
            right + ".", "." + right, right + "=", right.replacing(".", with: ". "), String(right.dropLast()),
            "a.b.c", ".",
            "..", right + "." + right,
        ] {
            #expect(try receive(text).rejection == .signatureMismatch, "\(text)")
        }
    }

    @Test("the public key of an RSA rule is no secret to sign with by HS256")
    func publicKeyAsSecret() throws {
        let line =
            "MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd/wWJcyQoTbji9k0l8W26mPddxHmfHQp+Vaw+4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL+yRT+SFd2lZS+pCgNMsD1W/YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb/7OMg0LOL+bSf63kpaSHSXndS5z5rexMdbBYUsLA9e+KXBdQOS+UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6/I5IhlJH7aGhyxXFvUK+DWNmoudF8NAco9/h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQIDAQAB"
        let key = "-----BEGIN PUBLIC KEY-----\n\(line)\n-----END PUBLIC KEY-----"
        let adapter = try makeAdapter(
            """
            accepts = { body = "jwt" },
            verify = { { kind = "jwt", algorithm = "RS256", key = [[\(key)]], from = "body", claims = { iss = "joe" } } },
            """, map: "return { fetch = request.json }")
        // RFC 7515 A.2, which expired in 2011.
        let vector =
            "eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw"
        func receive(_ body: String, at seconds: Int64 = 1_300_819_000) -> Reception {
            adapter.receive(
                makeRequest(body: body), channel: makeChannel(),
                now: Instant(microseconds: seconds * 1_000_000))
        }
        #expect(receive(vector).accepted?.verified == ["jwt-rs256"])
        #expect(receive(vector + "\n").accepted?.undecodable == false)
        #expect(receive(vector, at: 1_300_819_681).rejection == .timestampOutOfWindow)
        #expect(
            receive(vector.replacing("eyJhbGciOiJSUzI1NiJ9", with: "eyJhbGciOiJub25lIn0")).rejection != nil)
        for secret in [key, key + "\n", line] {
            for name in ["HS256", "RS256"] {
                let forged = token(#"{"iss":"joe"}"#, header: #"{"alg":"\#(name)"}"#, secret: secret)
                #expect(receive(forged).rejection == .signatureMismatch)
            }
        }
        #expect(receive("").rejection == .signatureMissing)
        #expect(receive("{}").rejection == .signatureMismatch)
        guard
            case .fetch(let claims) = try AdapterRuntime().map(
                makeRequest(body: vector), adapter: adapter, channel: makeChannel())
        else {
            Issue.record("no claims came back")
            return
        }
        #expect(claims["iss"] == "joe")
    }

    @Test("a body that the token covers may not be another")
    func bodyHash() throws {
        let rule = #"body_hash = "payload_hash""#
        let right = token(#"{"payload_hash":"\#(Self.bodyHash)"}"#)
        #expect(try receive(right, rule: rule).accepted != nil)
        #expect(try receive(right, rule: rule, body: Self.body + " ").rejection == .signatureMismatch)
        #expect(try receive(right, rule: rule, body: "").rejection == .signatureMismatch)
        for claim in [
            "{}", #"{"payload_hash":null}"#, #"{"payload_hash":""}"#,
            #"{"payload_hash":["\#(Self.bodyHash)"]}"#,
        ] {
            #expect(try receive(token(claim), rule: rule).rejection == .signatureMismatch, "\(claim)")
            #expect(
                try receive(token(claim), rule: rule, body: "").rejection == .signatureMismatch, "\(claim)")
        }
    }

    @Test(
        "claims must be what the rule says, and be there",
        arguments: [
            (#"{"iss":"Vonage","api_key":"k1"}"#, true), (#"{"iss":["x","Vonage"],"api_key":"k2"}"#, true),
            (#"{"iss":"vonage","api_key":"k1"}"#, false), (#"{"iss":"Vonage","api_key":"k3"}"#, false),
            (#"{"iss":"Vonage"}"#, false), (#"{"iss":"Vonage","api_key":""}"#, false),
            (#"{"iss":{"a":"Vonage"},"api_key":"k1"}"#, false),
        ])
    func claims(_ claims: String, _ isRight: Bool) throws {
        let rule = #"claims = { iss = "Vonage", api_key = "{settings.api_key}" }"#
        let reception = try receive(token(claims), rule: rule, settings: ["api_key": ["k1", "k2"]])
        #expect(reception.rejection == (isRight ? nil : .signatureMismatch))
        #expect(
            try receive(token(claims), rule: rule).rejection == .signatureMismatch, "nothing is configured")
    }

    @Test(
        "a token is refused outside its time",
        arguments: [
            ("{}", "", true), (#"{"exp":1699999700}"#, "", false), (#"{"exp":1699999701}"#, "", true),
            (#"{"exp":1699999999}"#, "tolerance = 1", false), (#"{"exp":"1800000000"}"#, "", false),
            (#"{"exp":1.8e9}"#, "", true), (#"{"exp":true}"#, "", false), (#"{"exp":null}"#, "", false),
            (#"{"nbf":1700000300}"#, "", true), (#"{"nbf":1700000301}"#, "", false),
            (#"{"iat":1700000301}"#, "", false), (#"{"iat":1500000000}"#, "", true),
            (#"{"iat":1699999000}"#, "max_age = 600", false), (#"{"iat":1699999100}"#, "max_age = 600", true),
            ("{}", "max_age = 600", false),
        ])
    func times(_ claims: String, _ rule: String, _ isInTime: Bool) throws {
        #expect(try receive(token(claims), rule: rule).rejection == (isInTime ? nil : .timestampOutOfWindow))
    }

    @Test("a claim that only has to be there has to be there")
    func presence() throws {
        let rule = "claims = { exp = true }"
        #expect(try receive(token("{}"), rule: rule).rejection == .signatureMismatch)
        #expect(try receive(token(#"{"exp":1700000000}"#), rule: rule).accepted != nil)
    }
}
