import Contacts
import Testing

@testable import Adapters

@Suite("Signatures that only the provider can make")
struct PublicKeyRuleTests {
    /// The key that sipgate's SDK prints.
    private static let sipgateKey = """
        -----BEGIN PUBLIC KEY-----
        MIICIjANBgkqhkiG9w0BAQEFAAOCAg8AMIICCgKCAgEAvFdlnqRfO5TmqzjtsFVC
        qPz+oW+poi3lXQFvMJJMEAtlU4MbX+yuIkgnC+Qt3AQWIK+oWSEQiybg+p39wEMl
        16PZxEzf9gONQvTg1XhyHnwqYUFQj/AoxPKGYC3jmdjZ224SrESiTN3CdxoOc3vk
        cXiQstYE7SxnksPtzfk0aIOkicim5/tAP9izNQ18/zmX3ChjK2k72gf5dDlq+qZ8
        pRiHAPZ64TySH6cLQDhaoh6Nbq8FEG3usXXPClbUMh2DZaTMPafpd+LNuTngJ/y+
        KoZasVuFfXAeBqGA6l5d4Uedfr99Z6qjwDrJ8sU4z2Do9bJrbuqP+mOXEebhSI1K
        vi8trEfrIt8hnDBGsBaB9NEO3kYxvDT2/PhC9fNYFocjEpZNd7/mUqTJDYlpa4UC
        NDQaU+ATdXG8/P5sGAegks6MQTu+qe9XTO0CV48eswDkz6g3UbLOwmrJK59SjD3J
        yAZ52sluwyDKRWw/PPTt8BTQLjvkdbiLUlc4ehJ4b1X7D7diYWHDPeFL47cAvaXh
        dXVrZDeBJYibvD1jRx4ES0KlfhwzNXBYUoM/Movg9zMM2PzyHHKS//xIjwUC/FJ6
        /6eykno0Hy2B1ev6s3hdY6VkN2zd7Wf+EK4DxRliwsg1U99szFE3ewLfexF+Uag5
        M+TfPtOUumI/NHMTvsRW9+ECAwEAAQ==
        -----END PUBLIC KEY-----
        """
    /// From its SDK's tests.
    private static let sipgateBody =
        "callId=&direction=in&event=newCall&from=4912354678&fullUserId%5B%5D%5B0%5D=123456789&originalCallId=&to=49999999&user%5B%5D%5B0%5D=TestUser&userId%5B%5D%5B0%5D=123456789&xcid="
    private static let sipgateSignature =
        "hlY7r9Vad0NP/7xJxf+vcDqjWaGWHOcIrj+rcP5aqQQcHtbSLsElp2kRNRPBL5unWbq6bExVPZB49HHM+Y/fWSVL19q7KSJhYPHfikcME0r0mCYB4S/VnJwnIvpiqz6s7Dpnk3wDCy65B3WQLwBVWA9oh6ojNM/g+87YnoMTKRx1KoFqosKNfBp1c1I8XjXusGOW/VlGnMb6wHhUVdwi9K7FfUgxj2pnV+M1Xv9rYs6RAi4V1OcUPqdT5geHsxWa09sk+AEHSUm1EFnAvx7PhIkugpNwST7yPKHf0+iyei4qUQCBZtfQVOI4mLZTRfQuyVo3YuJfvHaNPYY34/1ZCZGCKeu+HS6WHs1vGUyKxSi8v4JJqog2VOlWruf8pMGg+syuAFwuxiCnWsSXgaaUfe9JrBAFjBxUmNP9DzR1bbkwxkJnthacu7jALXjGsubjSSSl955QgenV/ZpODHgWDPg0fe6qGILtk+kXLjyfSsoR/qgzE5W5OAyZq8W64h01KAt9Q283N7/2nogy6keiIWL3qjPolWnrchSP7iJUatM2YiTcpkNKnJ70UE05cdw3swuNe7zqD51MdOX3rAioEOFgOIFMSrxMVX+V4XK7sa5o43smN8lHoa+0AogQMuIrC7k2axdRbulSSNfyqVAZIT4qS0cItiv3aPXsdDKkkA0="

    private func sipgate(
        _ signature: String?, body: String = sipgateBody, key: String = "[[\(sipgateKey)]]",
        settings: [String] = []
    ) throws -> Reception {
        try makeAdapter(
            """
            accepts = { body = "form" }, settings = { public_key = {} },
            verify = { { kind = "rsa", hash = "sha256", key = \(key), from = "header.X-Sipgate-Signature",
              encoding = "base64", string = "{body}" } },
            """
        ).receive(
            makeRequest(headers: signature.map { [("X-Sipgate-Signature", $0)] } ?? [], body: body),
            channel: makeChannel(settings: ["public_key": settings]), now: moment)
    }

    @Test("sipgate's signature passes by the key in the file, and nothing else does")
    func sipgate() throws {
        #expect(try sipgate(Self.sipgateSignature).accepted?.verified == ["rsa-sha256"])
        #expect(try sipgate(nil).rejection == .signatureMissing)
        for wrong in [
            "", "AAAA", "!", String(Self.sipgateSignature.dropLast(4)),
            Self.sipgateSignature.replacing("hlY7", with: "hlY8"),
        ] {
            let rejection = try sipgate(wrong).rejection
            #expect(rejection == (wrong.isEmpty ? .signatureMissing : .signatureMismatch))
        }
        let other = Self.sipgateBody.replacing("123456789", with: "123456779")
        #expect(try sipgate(Self.sipgateSignature, body: other).rejection == .signatureMismatch)
    }

    @Test("a key list and a setting with several keys rotate, a broken key verifies nothing")
    func rotation() throws {
        let another = "-----BEGIN PUBLIC KEY-----\nMIIB\n-----END PUBLIC KEY-----"
        let setting = #""{settings.public_key}""#
        func verdict(_ key: String, _ settings: [String]) throws -> RejectionReason? {
            try sipgate(Self.sipgateSignature, key: key, settings: settings).rejection
        }
        #expect(try verdict(setting, [another, Self.sipgateKey]) == nil)
        #expect(try verdict(setting, [another]) == .signatureMismatch)
        #expect(try verdict(setting, []) == .signatureMismatch)
        // A key of the list whose setting is missing does not spoil the others.
        #expect(try verdict("{ \(setting), [[\(Self.sipgateKey)]] }", []) == nil)
        #expect(try verdict("{ \(setting), [[\(Self.sipgateKey)]] }", [another]) == nil)
    }

    /// Computed from the seed of 32 bytes 0x01.
    private static let telnyx = (
        key: "iojj3XQJ8ZX9UtstPLpdcspnCb8dlBIb83SIAbQPb1w=",
        signature: "ITSlL7fMtukwxpyQgj1u3fF/h8OV2IxPFCcWeRNHke7B9ES82j8jwB2k5TG6kbENQ31sZlWMwFPh3zkQ83qYBw=="
    )

    private func telnyx(
        signature: String? = telnyx.signature, stamp: String = "1700000000", key: String = telnyx.key,
        at seconds: Int64 = 1_700_000_000, body: String = #"{"data":{"event_type":"call.hangup"}}"#
    ) throws -> Reception {
        let sent = signature.map { [("Telnyx-Signature-Ed25519", $0)] } ?? []
        return try makeAdapter(
            """
            accepts = { body = "json" }, settings = { public_key = { required = true } },
            verify = { { kind = "ed25519", key = "{settings.public_key}", key_encoding = "base64",
              from = "header.telnyx-signature-ed25519", encoding = "base64", string = "{header.telnyx-timestamp}|{body}",
              timestamp = "header.telnyx-timestamp", tolerance = 300 } },
            """
        ).receive(
            makeRequest(headers: sent + [("Telnyx-Timestamp", stamp)], body: body),
            channel: makeChannel(settings: ["public_key": [key]]),
            now: Instant(microseconds: seconds * 1_000_000))
    }

    @Test("Telnyx's signature passes within its window, and nothing else does")
    func telnyx() throws {
        #expect(try telnyx().accepted?.verified == ["ed25519"])
        #expect(try telnyx(at: 1_700_000_299).accepted != nil)
        #expect(try telnyx(at: 1_700_000_301).rejection == .timestampOutOfWindow)
        #expect(try telnyx(signature: nil).rejection == .signatureMissing)
        #expect(try telnyx(stamp: "1700000001").rejection == .signatureMismatch)
        #expect(try telnyx(body: "{}").rejection == .signatureMismatch)
        for key in ["", "AAAA", "iojj3XQJ8ZX9UtstPLpdcspnCb8dlBIb83SIAbQPb1s=", Self.telnyx.key + "!"] {
            #expect(try telnyx(key: key).rejection == .signatureMismatch)
        }
        let hex = "2134a52fb7ccb6e930c69c90823d6eddf17f87c395d88c4f142716791347"
        #expect(try telnyx(signature: hex).rejection == .signatureMismatch)
    }

    @Test("the gateway says that it cannot sign in the provider's place")
    func cannotSign() throws {
        let adapter = try makeAdapter(
            """
            accepts = { body = "json" }, settings = { k = {} },
            verify = { { kind = "ed25519", key = "{settings.k}", key_encoding = "hex", from = "header.s",
              encoding = "hex", string = "{body}" } },
            """)
        #expect(throws: CannotSign.self) {
            try adapter.sign(makeRequest(body: "{}"), channel: makeChannel(settings: ["k": ["00"]]))
        }
    }
}
