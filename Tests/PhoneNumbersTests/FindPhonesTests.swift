import PhoneNumbers
import Testing

@Suite("Finding numbers in text")
struct FindPhonesTests {
    @Test("valid numbers are found in order, each once")
    func found() {
        let text = """
            Добрий день! Мій номер 067 123 45 67, або +49 30 901820 доб. 12.
            Передзвоніть на (067) 123-45-67 після 18:00. Замовлення 20260115, сума 1 500,00 грн.
            """
        let phones = findPhones(in: text, region: "UA")
        #expect(phones.map { $0.e164 } == ["+380671234567", "+4930901820"])
        #expect(phones.map { $0.ext } == [nil, "12"])
        let areValid = phones.map { $0.isValid }
        #expect(areValid == [true, true])
    }

    @Test(
        "dates, amounts and words are no numbers",
        arguments: [
            "", "2026-01-15 08:20:30", "Order 123456", "1 500,00 грн", "192.168.10.20", "CALL-NOW-PLEASE",
        ])
    func none(text: String) {
        #expect(findPhones(in: text, region: "UA").isEmpty)
    }

    @Test("a text made to be slow is not")
    func hostile() {
        let clock = ContinuousClock()
        for unit in ["1", "1 ", "+1 (", "0671234567 ", "12/12/12 ", "1x", "((((1", "67-"] {
            let text = String(repeating: unit, count: 100_000 / unit.utf8.count)
            let time = clock.measure { _ = findPhones(in: text, region: "UA") }
            #expect(time < .seconds(5), "\(unit)")
        }
    }

    @Test("no more than 32 numbers are given")
    func capped() {
        let text = (0..<100).map { "06712345\(10 + $0 % 90)" }.joined(separator: "\n")
        #expect(findPhones(in: text, region: "UA").count == 32)
    }
}
