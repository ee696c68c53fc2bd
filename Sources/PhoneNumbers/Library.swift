import CPhoneNumbers

/// libphonenumber's calls on Swift values. Nothing is kept between calls, and nothing of the library's is owned here.
enum Library {
    /// Reads digits, with or without a leading plus. Nil unless the number's length is possible in its country.
    static func parse(_ digits: String, region: String) -> ParsedPhone? {
        var number = lg_phone()
        var text = digits
        let isFound = text.withUTF8 { bytes in
            unsafe bytes.withMemoryRebound(to: CChar.self) { characters in
                unsafe lg_phone_parse(characters.baseAddress, characters.count, region, &number) == 1
            }
        }
        guard isFound else { return nil }
        let phone = parsed(number)
        return phone.isNonsense ? nil : phone
    }

    /// Finds valid numbers in text, in order. At most `limit`, from at most `tries` spots.
    static func find(_ text: String, region: String, tries: Int, limit: Int) -> [ParsedPhone] {
        var numbers = [lg_phone](repeating: lg_phone(), count: limit)
        var text = text
        let count = text.withUTF8 { bytes in
            unsafe bytes.withMemoryRebound(to: CChar.self) { characters in
                unsafe lg_phone_find(
                    characters.baseAddress, characters.count, region, Int32(clamping: tries), &numbers, limit)
            }
        }
        return numbers.prefix(count).map(parsed).filter { !$0.isNonsense }
    }

    /// The digits dialled before a national number: "0" in UA, "8" in RU, empty in ES.
    static func trunk(of region: String) -> String {
        var buffer = [CChar](repeating: 0, count: 16)
        unsafe lg_phone_trunk(region, &buffer, buffer.count)
        return text(buffer)
    }

    private static func parsed(_ number: lg_phone) -> ParsedPhone {
        let e164 = unsafe withUnsafeBytes(of: number.e164) { unsafe text($0.bindMemory(to: CChar.self)) }
        let ext = unsafe withUnsafeBytes(of: number.extension) { unsafe text($0.bindMemory(to: CChar.self)) }
        let region = unsafe withUnsafeBytes(of: number.region) { unsafe text($0.bindMemory(to: CChar.self)) }
        return ParsedPhone(
            e164: e164, ext: ext.isEmpty ? nil : ext, isValid: number.is_valid == 1, isPossible: true,
            region: region.isEmpty ? nil : region)
    }

    private static func text(_ characters: some Sequence<CChar>) -> String {
        String(decoding: characters.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
