/// A telephone number as it is kept and compared.
public struct ParsedPhone: Sendable, Hashable {
    /// A plus and at most 15 digits. Reading it again, in any region, gives the same text.
    public let e164: String

    /// The digits to dial after the call is answered; nil where there are none.
    public let ext: String?

    /// Whether the number fits a range that libphonenumber knows. New ranges are not in an old copy of its data, so
    /// that false is a doubt, not a refusal.
    public let isValid: Bool

    /// Whether the length fits the country; true of every number that the room's functions return.
    public let isPossible: Bool

    /// The country in two upper-case letters, "001" for numbers of no country, nil where it is not known.
    public let region: String?

    public init(e164: String, ext: String?, isValid: Bool, isPossible: Bool, region: String?) {
        self.e164 = e164
        self.ext = ext
        self.isValid = isValid
        self.isPossible = isPossible
        self.region = region
    }

    /// The same number with the extension found beside it.
    func with(ext: String?) -> ParsedPhone {
        ParsedPhone(
            e164: e164, ext: ext ?? self.ext, isValid: isValid, isPossible: isPossible, region: region)
    }

    /// Whether no caller has this number: one digit throughout, too short or, outside the known ranges, counted up
    /// (a visitor who types 123456789 does not want to be called).
    var isNonsense: Bool {
        let digits = e164.utf8.dropFirst()
        if digits.count < 6 || isOneDigit(digits) { return true }
        return !isValid && (e164.contains("123456789") || e164.hasSuffix("00000000"))
    }
}

/// Whether the digits are all the same.
func isOneDigit(_ digits: some Collection<UInt8>) -> Bool {
    guard let first = digits.first else { return false }
    return digits.allSatisfy { $0 == first }
}
