/// Reads one telephone number as people and exchanges write it.
///
/// Understood: brackets, dots, hyphens, slashes, digits of any script, `tel:` addresses, the country's trunk prefix
/// (`8 900 123-45-67` in RU), `00`, words such as `тел.` before and an extension behind (`доб. 123`, `ext 5`, `,5`,
/// `x5`). Letters are never read as keypad digits. A valid reading is preferred to one whose length is merely possible.
///
/// - Parameters:
///   - region: two letters, the country whose national numbers are meant; any other text leaves international ones.
///   - internationalWithoutPlus: the sender writes `79991234567` for `+79991234567`. Then 8...15 digits without plus
///     are read so first, unless they begin as a number dialled inside the region does.
/// - Returns: nil for fewer than 6 digits, one digit throughout, a length that is impossible in the country, or text
///   that is no number. A short text with other words around a valid number gives the first such number.
public func parsePhone(_ raw: String, region: String, internationalWithoutPlus: Bool = false) -> ParsedPhone?
{
    guard raw.utf8.count <= 250 else { return nil }
    let region = region.uppercased()
    guard let spelling = Spelling(raw) else { return phoneAmongWords(raw, region: region) }
    let digits = spelling.digits
    guard (6...20).contains(digits.count), !isOneDigit(digits.utf8) else { return nil }

    var possible: ParsedPhone?
    for reading in readings(of: spelling, region: region, internationalWithoutPlus: internationalWithoutPlus)
    {
        guard let phone = Library.parse(reading.text, region: region) else { continue }
        // What is written with a plus is not guessed about: another reading is for when it cannot be a number.
        let isFinal = phone.isValid || (spelling.hasPlus && !reading.mustBeValid)
        if isFinal { return phone.with(ext: spelling.ext) }
        if !reading.mustBeValid { possible = possible ?? phone }
    }
    return possible?.with(ext: spelling.ext)
}

/// The valid telephone numbers in a text (its first 16 KiB), in order, each once, at most 32.
///
/// Dates, amounts and order numbers are passed over where libphonenumber tells them from a number; national numbers
/// are read as `region`'s.
public func findPhones(in text: String, region: String) -> [ParsedPhone] {
    let beginning = String(decoding: text.utf8.prefix(16 << 10), as: UTF8.self)
    var known: Set<String> = []
    return Library.find(beginning, region: region.uppercased(), tries: 1_000, limit: 32)
        .filter { known.insert($0.e164).inserted }
}

/// One way to read the digits.
private struct Reading {
    let text: String
    /// A guess that counts only if it is a number of a known range.
    let mustBeValid: Bool
}

/// The ways to read a number, the likeliest first.
private func readings(of spelling: Spelling, region: String, internationalWithoutPlus: Bool) -> [Reading] {
    let digits = spelling.digits
    let isZeroZero = digits.hasPrefix("00")
    let afterZeros = Reading(text: "+" + digits.dropFirst(2), mustBeValid: true)
    let national = Reading(text: digits, mustBeValid: spelling.hasPlus)
    if spelling.hasPlus {
        // "+067…" and "+8 900…": a plus put before a national number.
        return [Reading(text: "+" + digits, mustBeValid: false)] + (isZeroZero ? [afterZeros] : []) + [
            national
        ]
    }
    var list = [national]
    if region == "UA", digits.count == 11, digits.hasPrefix("80") {
        // The trunk prefix of before 2009, still on many a card.
        list.append(Reading(text: String(digits.dropFirst()), mustBeValid: true))
    }
    let trunk = Library.trunk(of: region)
    let isDialled = isZeroZero || digits.hasPrefix("0") || (!trunk.isEmpty && digits.hasPrefix(trunk))
    if isZeroZero {
        list.insert(afterZeros, at: 0)
    } else if internationalWithoutPlus, (8...15).contains(digits.count), !isDialled {
        list.insert(Reading(text: "+" + digits, mustBeValid: false), at: 0)
    } else if (11...15).contains(digits.count) || internationalWithoutPlus {
        list.append(Reading(text: "+" + digits, mustBeValid: true))
    }
    return list
}

/// The first valid number of a field such as "067 123 45 67 Ivan". Not of a whole message, and not where letters
/// stand for digits.
private func phoneAmongWords(_ raw: String, region: String) -> ParsedPhone? {
    let text = Spelling.plain(raw)
    guard text.count <= 64 else { return nil }
    var last: Character = " "
    for character in text where !"-.:/@=_#&".contains(character) {
        let isDigit = character.isASCII && character.isNumber
        if (last.isLetter && isDigit) || (last.isASCII && last.isNumber && character.isLetter) { return nil }
        last = character
    }
    return findPhones(in: text, region: region).first { $0.e164.utf8.count > 9 }
}
