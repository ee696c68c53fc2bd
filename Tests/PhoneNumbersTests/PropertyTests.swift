import PhoneNumbers
import Testing

/// SplitMix64, so that a failure can be repeated from the seed in its text.
private struct Generator: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}

@Suite("Properties of reading")
struct PropertyTests {
    private static let regions = [
        "UA", "RU", "KZ", "BY", "US", "DE", "IT", "AR", "MX", "BR", "GB", "IN", "JP", "FI", "HU", "CI", "SM",
        "",
    ]

    @Test(
        "reading a number's E.164 form gives it again, in any region", arguments: 1...4 as ClosedRange<UInt64>
    )
    func idempotent(seed: UInt64) {
        var generator = Generator(state: seed)
        var seen = 0
        for _ in 0..<3_000 {
            let raw = Self.randomNumber(&generator)
            let region = Self.regions.randomElement(using: &generator) ?? ""
            let withoutPlus = Bool.random(using: &generator)
            guard let phone = parsePhone(raw, region: region, internationalWithoutPlus: withoutPlus) else {
                continue
            }
            seen += 1
            let form = phone.e164
            #expect(form.first == "+" && (7...16).contains(form.count), "\(raw) in \(region), seed \(seed)")
            #expect(
                form.dropFirst().allSatisfy { $0.isASCII && $0.isNumber }, "\(raw) in \(region), seed \(seed)"
            )
            for other in Self.regions {
                let again = parsePhone(form, region: other, internationalWithoutPlus: withoutPlus)?.e164
                #expect(again == form, "\(raw) in \(region), then in \(other), seed \(seed)")
            }
        }
        #expect(seen > 300, "the generator made too few numbers to prove anything: \(seen)")
    }

    @Test("any text is read without a crash", arguments: 1...4 as ClosedRange<UInt64>)
    func anyText(seed: UInt64) {
        let alphabet = Array(
            "0123456789+-()/.,;#x ~доб.extТел:%tel=\u{0}\u{200B}\u{FF11}٣½é👍\r\n[]*@phone-context")
        var generator = Generator(state: seed)
        for _ in 0..<2_000 {
            let length = Int.random(in: 0...40, using: &generator)
            let raw = String((0..<length).compactMap { _ in alphabet.randomElement(using: &generator) })
            let phone = parsePhone(raw, region: "UA", internationalWithoutPlus: true)
            if let phone { #expect(parsePhone(phone.e164, region: "US")?.e164 == phone.e164, "\(raw)") }
            _ = findPhones(in: raw, region: "DE")
        }
    }

    @Test("many threads at once read the same")
    func threads() async {
        let expected = findPhones(in: "067 123 45 67", region: "UA")
        await withTaskGroup(of: Bool.self) { group in
            for _ in 0..<8 {
                group.addTask {
                    (0..<200).allSatisfy { _ in
                        parsePhone("8 900 123-45-67", region: "RU")?.e164 == "+79001234567"
                            && findPhones(in: "067 123 45 67", region: "UA") == expected
                    }
                }
            }
            for await isSame in group { #expect(isSame) }
        }
    }

    private static func randomNumber(_ generator: inout Generator) -> String {
        let starts = [
            "", "", "0", "00", "8", "+", "+", "+380", "+3800", "+38000", "+49", "+490", "+39", "+3900", "+7",
            "+78",
            "+549", "+5415", "+521", "+52", "+5511", "+1", "+11", "+225", "+36", "+3606", "+81", "+810",
        ]
        let start = starts.randomElement(using: &generator) ?? ""
        let length = Int.random(in: 4...12, using: &generator)
        return start + (0..<length).map { _ in String(Int.random(in: 0...9, using: &generator)) }.joined()
    }
}
