import Foundation

/// A number as somebody wrote it, taken apart before the library sees it.
///
/// libphonenumber reads letters as keypad digits and takes a long tail for an extension; a form's field is better
/// served by a closed grammar: a known word, the number, a known word with an extension.
struct Spelling: Equatable {
    /// ASCII digits only.
    var digits: String
    var hasPlus: Bool
    /// 1...7 digits.
    var ext: String?

    /// Nil where the text is not just a number with its known words.
    init?(_ raw: String) {
        // As exchanges and messengers write it; they send most of what comes.
        let bare = raw.utf8.first == UInt8(ascii: "+") ? raw.utf8.dropFirst() : raw.utf8[...]
        if !bare.isEmpty, bare.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }) {
            self.init(digits: String(Substring(bare)), hasPlus: bare.count < raw.utf8.count)
            return
        }
        let text = Self.plain(raw)
        if let address = Self.withoutScheme(text) {
            self.init(telephoneAddress: address)
        } else {
            self.init(plain: text[...])
        }
    }

    private init(digits: String, hasPlus: Bool) {
        (self.digits, self.hasPlus) = (digits, hasPlus)
    }

    private init?(plain text: Substring) {
        let label = text.prefix { !Self.isNumberPart($0) || $0 == " " || $0 == "." }
        guard Self.isKnown(label, among: Self.leadingWords) else { return nil }
        let rest = text.dropFirst(label.count)
        let number = rest.prefix(while: Self.isNumberPart)
        let tail = rest.dropFirst(number.count)

        let body = number.drop { !Self.isDigit($0) && $0 != "+" }
        let pluses = body.prefix { $0 == "+" || $0 == " " }
        let national = body.dropFirst(pluses.count)
        guard !national.contains("+"), !national.isEmpty else { return nil }
        digits = String(national.filter(Self.isDigit))
        hasPlus = pluses.contains("+")
        ext = nil
        if !tail.isEmpty, !Self.isKnown(tail, among: Self.trailingWords) {
            guard let found = Self.ext(in: tail) else { return nil }
            ext = found
        }
    }

    /// RFC 3966: `+380-67-123;ext=5`, `067-123;phone-context=+380`.
    private init?(telephoneAddress address: Substring) {
        let parts = address.split(separator: ";", omittingEmptySubsequences: false)
        guard let number = parts.first else { return nil }
        self.init(plain: number)
        for part in parts.dropFirst() {
            if part.hasPrefix("ext=") {
                let value = part.dropFirst(4).filter(Self.isDigit)
                ext = (1...7).contains(value.count) ? value : ext
            } else if part.hasPrefix("phone-context=+"), !hasPlus {
                digits = part.dropFirst(15).filter(Self.isDigit) + digits
                hasPlus = true
            }
        }
    }

    // MARK: - Characters

    /// Lower case, ASCII digits, plain blanks and hyphens; without the marks that copying from a page leaves behind.
    static func plain(_ raw: String) -> String {
        var text = String.UnicodeScalarView()
        for scalar in raw.unicodeScalars {
            switch scalar.value {
            case 0xAD, 0x200B...0x200F, 0x202A...0x202E, 0x2060...0x2069, 0xFEFF: continue
            case 0xFF08: text.append("(")
            case 0xFF09: text.append(")")
            case 0xFF0B: text.append("+")
            case 0xFF0E: text.append(".")
            case 0xFF0F: text.append("/")
            case 0x2010...0x2015, 0x2212, 0x30FC, 0xFF0D: text.append("-")
            default:
                if scalar.properties.numericType == .decimal, let value = scalar.properties.numericValue {
                    text.append(Unicode.Scalar(UInt8(ascii: "0") + UInt8(value)))
                } else if scalar.properties.isWhitespace {
                    text.append(" ")
                } else {
                    text.append(contentsOf: scalar.properties.lowercaseMapping.unicodeScalars)
                }
            }
        }
        return String(text).trimmingCharacters(in: .whitespaces)
    }

    private static func isDigit(_ character: Character) -> Bool {
        character.isASCII && character.isNumber
    }

    private static func isNumberPart(_ character: Character) -> Bool {
        isDigit(character) || "+ -./()[]".contains(character)
    }

    private static func withoutScheme(_ text: String) -> Substring? {
        guard text.hasPrefix("tel:") else { return nil }
        let address = text.dropFirst(4)
        return address.contains("%") ? address.removingPercentEncoding.map { plain($0)[...] } : address
    }

    // MARK: - Words

    private static let leadingWords: Set<String> = [
        "tel", "telephone", "phone", "mobile", "mob", "cell", "fax", "whatsapp", "viber", "telegram",
        "signal", "t",
        "m", "тел", "телефон", "моб", "мобильный", "мобільний", "мобилка", "т", "м", "факс", "вайбер",
        "телеграм",
        "ватсап",
    ]

    private static let trailingWords: Set<String> = [
        "mobile", "mob", "cell", "home", "work", "whatsapp", "viber", "telegram", "signal", "wa", "tg", "моб",
        "мобильный", "мобільний", "дом", "домашний", "домашній", "раб", "рабочий", "робочий", "вайбер",
        "телеграм",
        "ватсап",
    ]

    private static let extensionWords: Set<String> = [
        "ext", "extn", "xtn", "extension", "x", "х", "×", "int", "anexo", "ramal", "poste", "durchwahl", "dw",
        "доб",
        "добавочный", "доп", "дод", "додатковий", "вн", "внутр", "внутренний", "внутрішній",
    ]

    private static func isKnown(_ text: Substring, among words: Set<String>) -> Bool {
        let found = text.split { !$0.isLetter }
        let isPunctuated = text.allSatisfy { $0.isLetter || " .,:;()/-".contains($0) }
        return isPunctuated && found.allSatisfy { words.contains(String($0)) }
    }

    /// The digits of `доб. 123`, `ext 5`, `,5`, `x5`, `#5`, `;ext=5`.
    private static func ext(in tail: Substring) -> String? {
        let mark = tail.prefix { !isDigit($0) }
        let digits = tail.dropFirst(mark.count).prefix(while: isDigit)
        let rest = tail.dropFirst(mark.count + digits.count)
        guard (1...7).contains(digits.count), rest.allSatisfy({ " #).".contains($0) }) else { return nil }
        let words = mark.split { !$0.isLetter && $0 != "×" }
        let isPunctuated = mark.allSatisfy { $0.isLetter || " .,:;=#~×(-№".contains($0) }
        let isMarked = words.isEmpty ? mark.contains { ",;#~".contains($0) } : words.count == 1
        guard isPunctuated, isMarked, words.allSatisfy({ extensionWords.contains(String($0)) }) else {
            return nil
        }
        return String(digits)
    }
}
