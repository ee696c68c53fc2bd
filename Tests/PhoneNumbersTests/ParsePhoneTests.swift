import PhoneNumbers
import Testing

@Suite("Reading one number")
struct ParsePhoneTests {
    @Test(
        "ten spellings of one Ukrainian number are one number",
        arguments: [
            "+380671234567", "380671234567", "0671234567", "067 123 45 67", "(067) 123-45-67",
            "067/123/45/67",
            "00380671234567", "+38 (067) 123-45-67", "０６７１２３４５６７", "tel:+380-67-123-45-67",
        ], [false, true])
    func tenSpellings(raw: String, withoutPlus: Bool) throws {
        let phone = try #require(parsePhone(raw, region: "UA", internationalWithoutPlus: withoutPlus))
        #expect(phone.e164 == "+380671234567")
        #expect(phone.ext == nil)
        #expect(phone.isValid)
        #expect(phone.isPossible)
        #expect(phone.region == "UA")
    }

    @Test(
        "other ways of writing are read too",
        arguments: [
            ("8 900 123-45-67", "RU", "+79001234567"), ("+7 (900) 123-45-67", "UA", "+79001234567"),
            ("8 (701) 234-56-78", "KZ", "+77012345678"), ("8 900 123-45-67", "KZ", "+79001234567"),
            ("9001234567", "RU", "+79001234567"), ("79001234567", "RU", "+79001234567"),
            ("810 380 67 123 45 67", "RU", "+380671234567"), ("00380671234567", "RU", "+380671234567"),
            ("00 49 30 901820", "US", "+4930901820"), ("011 49 30 901820", "US", "+4930901820"),
            ("+49 (0) 30 901820", "UA", "+4930901820"), ("+39 06 6982", "UA", "+39066982"),
            ("80671234567", "UA", "+380671234567"), ("+0671234567", "UA", "+380671234567"),
            ("+8 900 123 45 67", "RU", "+79001234567"), ("++380671234567", "RU", "+380671234567"),
            ("٠٦٧١٢٣٤٥٦٧", "UA", "+380671234567"), ("＋３８０（６７）１２３－４５－６７", "DE", "+380671234567"),
            ("\u{202A}+380 67 123 45 67\u{202C}", "DE", "+380671234567"),
            ("+380\u{A0}67\u{2009}123‑45–67", "DE", "+380671234567"),
            ("тел. 067 123 45 67", "UA", "+380671234567"),
            ("Phone: +1 (212) 555-0123", "UA", "+12125550123"),
            ("067 123 45 67 Viber", "UA", "+380671234567"),
            ("+380671234567 (WhatsApp)", "UA", "+380671234567"),
            ("067 123 45 67 Іван", "UA", "+380671234567"),
            ("0671234567, 0501234567", "UA", "+380671234567"), ("TEL:%2B380671234567", "DE", "+380671234567"),
            ("tel:0671234567;phone-context=+380", "DE", "+380671234567"),
            ("0671234567", "ua", "+380671234567"),
            ("+380671234567", "", "+380671234567"), ("+380671234567", "no such region", "+380671234567"),
        ])
    func spellings(raw: String, region: String, expected: String) {
        #expect(parsePhone(raw, region: region)?.e164 == expected)
    }

    @Test(
        "digits without a plus are tried as international where the sender writes so",
        arguments: [
            ("79991234567", "UA", "+79991234567"), ("380671234567", "UA", "+380671234567"),
            ("0671234567", "UA", "+380671234567"), ("671234567", "UA", "+380671234567"),
            ("00380671234567", "UA", "+380671234567"), ("493090182000", "UA", "+493090182000"),
            ("380671234567", "RU", "+380671234567"), ("89001234567", "RU", "+79001234567"),
            ("81312345678", "RU", "+81312345678"), ("12125550123", "US", "+12125550123"),
            ("2125550123", "US", "+12125550123"), ("4915791234567", "DE", "+4915791234567"),
        ])
    func withoutPlus(raw: String, region: String, expected: String) {
        #expect(parsePhone(raw, region: region, internationalWithoutPlus: true)?.e164 == expected)
    }

    @Test("the adapter's word decides between a foreign and a national number")
    func ambiguous() {
        // Nine digits: a Ukrainian number without its zero, or a number in Norfolk Island's code.
        #expect(parsePhone("442012345", region: "UA")?.e164 == "+380442012345")
        // Eleven digits in Germany: a national number without its zero, or one in France.
        #expect(parsePhone("33142345678", region: "DE")?.e164 != "+33142345678")
        #expect(
            parsePhone("33142345678", region: "DE", internationalWithoutPlus: true)?.e164 == "+33142345678")
    }

    @Test(
        "an extension is kept apart",
        arguments: [
            "067 123-45-67 доб. 123", "067 123-45-67, доб.123", "067 123-45-67 (доб. 123)",
            "067 123-45-67 ext 123",
            "067 123-45-67 ext. 123", "067 123-45-67 extension 123", "067 123-45-67,123",
            "067 123-45-67, 123",
            "0671234567x123", "0671234567 x 123", "0671234567х123", "067 123-45-67 #123", "067 123-45-67;123",
            "tel:+380-67-123-45-67;ext=123", "+380671234567;ext=123", "067 123-45-67 вн. 123",
            "067 123 45 67 дод. 123",
            "Тел.: 067 123 45 67, внутренний 123", "067 123 45 67 доб. １２３",
        ])
    func extensions(raw: String) {
        let phone = parsePhone(raw, region: "UA")
        #expect(phone?.e164 == "+380671234567")
        #expect(phone?.ext == "123")
    }

    @Test("one digit is an extension too")
    func shortExtension() {
        for raw in ["0671234567,5", "0671234567 x5", "0671234567 ext 5", "0671234567#5"] {
            #expect(parsePhone(raw, region: "UA")?.ext == "5", "\(raw)")
        }
    }

    @Test(
        "what is no number gives nothing",
        arguments: [
            "", " ", "+", "-", "()", "anonymous", "Restricted", "unknown", "null", "0", "12345", "101",
            "+12345",
            "00000000", "1111111111", "+380 000000000", "9999999", "+4444444444", "1-800-FLOWERS",
            "1-800-555-CALL",
            "1 800 555 CALL", "+38067CALLNOW", "+380 67 CALLNOW", "CALLNOWPLEASE", "abc0671234567",
            "0671234567abc",
            "067+1234567", "ivan@example.com", "https://example.com/0671234567", "123456789", "1234567890",
            "+266696687", "\u{0}", "067\u{0}1234567", "067123456789012345678901234567890", "ext 5", ",5",
            "+38067123", "client:0671234567", "tel:", "tel:;ext=5", "%2B380671234567", "½½½½½½½½½",
        ])
    func nothing(raw: String) {
        for withoutPlus in [false, true] {
            let phone = parsePhone(raw, region: "UA", internationalWithoutPlus: withoutPlus)
            #expect(phone == nil, "\(raw) gave \(phone?.e164 ?? "")")
        }
    }

    @Test("letters are never digits, in any region", arguments: ["UA", "US", "DE", "AT", "RU", "GB"])
    func vanity(region: String) {
        for raw in [
            "1-800-FLOWERS", "1-800-GO-FEDEX", "+1-800-FLOWERS", "0800 REWE", "0800-TELEKOM", "KONTAKT 24",
        ] {
            #expect(parsePhone(raw, region: region) == nil, "\(raw)")
        }
    }

    @Test("a number of a range that is newer than the data is kept, with its doubt")
    func possibleOnly() throws {
        let phone = try #require(parsePhone("+380 77 123 45 67", region: "UA"))
        #expect(phone.e164 == "+380771234567")
        #expect(!phone.isValid)
        #expect(phone.isPossible)
        #expect(parsePhone("0771234567", region: "UA")?.e164 == "+380771234567")
        #expect(
            parsePhone("380771234567", region: "UA", internationalWithoutPlus: true)?.e164 == "+380771234567")
    }

    @Test("a text over 250 bytes is not looked at")
    func tooLong() {
        #expect(parsePhone("+380671234567" + String(repeating: " ", count: 250), region: "UA") == nil)
        #expect(parsePhone(String(repeating: "0671234567 ", count: 20_000), region: "UA") == nil)
    }
}
