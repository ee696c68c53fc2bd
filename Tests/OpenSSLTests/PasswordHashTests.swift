import OpenSSL
import Testing

@Suite("Passwords")
struct PasswordHashTests {
    @Test("a hash is of its password only, and no two are alike")
    func matches() {
        let hash = PasswordHash(of: "correct horse")
        #expect(hash.matches("correct horse"))
        #expect(!hash.matches("correct horsf"))
        #expect(!hash.matches(""))
        #expect(PasswordHash(of: "correct horse") != hash)
        #expect(hash.text.hasPrefix("scrypt$15$8$1$"))
    }

    @Test(
        "what is no hash is of no password",
        arguments: ["", "scrypt$15$8$1$$", "scrypt$15$8$1$AAAA$", "plain", "scrypt$15$8$1$AAAA$AAAA$x"])
    func isNone(_ text: String) {
        #expect(!PasswordHash(text: text).matches(""))
        #expect(!PasswordHash(text: text).matches(text))
    }
}
