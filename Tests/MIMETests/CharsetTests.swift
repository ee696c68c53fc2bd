import MIME
import Testing

@Suite("Charsets of letters")
struct CharsetTests {
    private static let russian = "Добрый день! Подскажите, пожалуйста, сколько стоит доставка до Харькова?"
    private static let ukrainian = "Доброго дня! Підкажіть, будь ласка, скільки коштує доставка до Києва?"

    @Test("a declared charset is read", arguments: ["windows-1251", "koi8-r", "cp866", "iso-8859-5"])
    func declared(charset: String) throws {
        #expect(decodedText(try encoded(Self.russian, charset), charset: charset) == Self.russian)
        #expect(
            decodedText(try encoded(Self.russian, charset), charset: "\"\(charset.uppercased())\"")
                == Self.russian)
    }

    @Test(
        "Cyrillic without a charset is recognised", arguments: ["windows-1251", "koi8-r", "cp866", "utf-8"])
    func undeclared(charset: String) throws {
        #expect(decodedText(try encoded(Self.russian, charset), charset: nil) == Self.russian)
        #expect(decodedText(try encoded("Цена: 100 руб.", charset), charset: nil) == "Цена: 100 руб.")
        #expect(
            decodedText(try encoded(Self.russian.uppercased(), charset), charset: nil)
                == Self.russian.uppercased())
    }

    @Test("Ukrainian without a charset is recognised", arguments: ["windows-1251", "koi8-u"])
    func ukrainian(charset: String) throws {
        #expect(decodedText(try encoded(Self.ukrainian, charset), charset: nil) == Self.ukrainian)
    }

    @Test(
        "a wrong charset is found out",
        arguments: [
            ("windows-1251", "utf-8"), ("windows-1251", "iso-8859-1"), ("windows-1251", "us-ascii"),
            ("koi8-r", "windows-1251"),
            ("windows-1251", "koi8-r"), ("utf-8", "windows-1251"), ("utf-8", "koi8-r"),
            ("windows-1251", "x-unknown"),
        ])
    func wrong(actual: String, declared: String) throws {
        #expect(decodedText(try encoded(Self.russian, actual), charset: declared) == Self.russian)
    }

    @Test("Western text stays Western, declared or not")
    func western() {
        let text = "Grüße aus München, à bientôt, señor"
        let bytes = text.unicodeScalars.map { UInt8($0.value) }
        #expect(decodedText(bytes, charset: nil) == text)
        #expect(decodedText(bytes, charset: "iso-8859-1") == text)
        #expect(decodedText(bytes, charset: "utf-8") == text)
    }

    @Test("charsets of more bytes and shifted ones are read by name")
    func others() {
        #expect(
            decodedText([0x1B, 0x24, 0x42, 0x46, 0x7C, 0x4B, 0x5C, 0x1B, 0x28, 0x42], charset: "ISO-2022-JP")
                == "日本")
        #expect(decodedText([0x93, 0xFA, 0x96, 0x7B], charset: "Shift_JIS") == "日本")
        #expect(decodedText([0xC4, 0xE3, 0xBA, 0xC3], charset: "gb2312") == "你好")
        #expect(decodedText(Array("Hi +BB8EQAQ4-".utf8), charset: "utf-7") == "Hi При")
        #expect(decodedText([0xFF, 0xFE, 0x1F, 0x04], charset: "utf-16") == "П")
    }

    @Test("UTF-8 that was cut or damaged in one place is still UTF-8")
    func damaged() {
        let bytes = Array(Self.russian.utf8).dropLast()
        #expect(decodedText(Array(bytes.dropLast()), charset: "utf-8").hasPrefix("Добрый день! Подскажите"))
        var broken = Array(Self.russian.utf8)
        broken[10] = 0xFF
        #expect(decodedText(broken, charset: "utf-8").hasSuffix("сколько стоит доставка до Харькова?"))
    }
}

/// Russian and Ukrainian in a charset of one byte a letter, without the library under test.
func encoded(_ text: String, _ charset: String) throws -> [UInt8] {
    if charset == "utf-8" { return Array(text.utf8) }
    let capitals = "АБВГДЕЖЗИЙКЛМНОПРСТУФХЦЧШЩЪЫЬЭЮЯ"
    let smalls = capitals.lowercased()
    let koi = "юабцдефгхийклмнопярстужвьызшэщчъ"
    var spans: [(UInt8, String)]
    switch charset {
    case "windows-1251":
        spans = [(0xC0, capitals + smalls), (0xB2, "Іі"), (0xBF, "ї"), (0xBA, "є"), (0xAF, "Ї"), (0xAA, "Є")]
    case "iso-8859-5": spans = [(0xB0, capitals + smalls)]
    case "cp866": spans = [(0x80, capitals + smalls.prefix(16)), (0xE0, String(smalls.suffix(16)))]
    default: spans = [(0xC0, koi + koi.uppercased()), (0xA6, "ії"), (0xA4, "є"), (0xB6, "ІЇ"), (0xB4, "Є")]
    }
    var places: [Unicode.Scalar: UInt8] = [:]
    for (start, letters) in spans {
        for (offset, letter) in letters.unicodeScalars.enumerated() { places[letter] = start + UInt8(offset) }
    }
    return try text.unicodeScalars.map { scalar in
        scalar.value < 0x80 ? UInt8(scalar.value) : try #require(places[scalar], "\(scalar)")
    }
}
