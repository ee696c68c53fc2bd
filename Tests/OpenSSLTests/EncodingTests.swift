import OpenSSL
import Testing

@Suite("Hex and base 64")
struct EncodingTests {
    @Test("hex is lower case and reads either case")
    func hex() {
        #expect(Hex.encode([0, 0x0f, 0xa5, 0xff]) == "000fa5ff")
        #expect(Hex.decode("000fA5Ff") == [0, 0x0f, 0xa5, 0xff])
        #expect(Hex.decode("") == [])
    }

    @Test("what is not hex gives nothing", arguments: ["0", "0g", "0x00", "00 00", "é0", "٠٠", "00\n"])
    func notHex(text: String) {
        #expect(Hex.decode(text) == nil)
    }

    /// RFC 4648 §10.
    @Test(
        "base 64 equals the published vectors, padded or not",
        arguments: [
            ("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="),
            ("fooba", "Zm9vYmE="),
            ("foobar", "Zm9vYmFy"),
        ])
    func base64(plain: String, text: String) {
        let bare = text.replacing("=", with: "")
        #expect(Base64.encode(Array(plain.utf8)) == text)
        #expect(Base64.encode(Array(plain.utf8), urlSafe: true) == bare)
        #expect(Base64.decode(text) == Array(plain.utf8))
        #expect(Base64.decode(bare) == Array(plain.utf8))
    }

    @Test("both alphabets are read")
    func alphabets() {
        #expect(Base64.encode([0xfb, 0xff, 0xfe]) == "+//+")
        #expect(Base64.encode([0xfb, 0xff, 0xfe], urlSafe: true) == "-__-")
        #expect(Base64.decode("+//+") == [0xfb, 0xff, 0xfe])
        #expect(Base64.decode("-__-") == [0xfb, 0xff, 0xfe])
    }

    @Test(
        "garbage, wrong padding and spare bits give nothing",
        arguments: [
            "Z", "Zm9vY", "Zg=", "Zg===", "Zm9v=", "Zm9v==", "Zm9v====", "=", "==", "====", "Zg==Zg==",
            "Z=g=",
            "Zm9v\n", " Zm9v", "Zm 9v", "Zm9v!", "Zh==", "Zm9=", "+//-", "Zm9vé",
        ])
    func notBase64(text: String) {
        #expect(Base64.decode(text) == nil)
    }

    @Test("any bytes come back from either alphabet and from hex")
    func roundTrip() {
        for length in 0..<100 {
            let bytes = randomBytes(length)
            #expect(Base64.decode(Base64.encode(bytes)) == bytes)
            #expect(Base64.decode(Base64.encode(bytes, urlSafe: true)) == bytes)
            #expect(Hex.decode(Hex.encode(bytes)) == bytes)
        }
    }
}
