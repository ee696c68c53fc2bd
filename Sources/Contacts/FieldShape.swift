/// Finds addresses in what people typed into a field. Source: providers/forms.md A.5.
enum FieldShape {
    /// Longer values are text, not addresses.
    private static let limit = 300

    // MARK: - E-mail

    /// One address, also behind its owner's name as mail programs write it, or several with commas, semicolons or blanks between;
    /// empty unless all of the value is that.
    static func emails(_ value: String) -> [String] {
        guard value.utf8.count <= limit, value.utf8.contains(UInt8(ascii: "@")) else { return [] }
        if let named = addressBehindName(value.trimmed) { return [named] }
        var found: [String] = []
        let parts = value.unicodeScalars.split { $0.isBlank || $0 == "," || $0 == ";" }
        for part in parts {
            var text = Substring(part).trimmed
            if text.lowercased().hasPrefix("mailto:") { text = String(text.dropFirst(7)) }
            text = text.trimming { "<>.:()'\"".unicodeScalars.contains($0) }
            guard isEmail(text) else { return [] }
            found.append(text)
        }
        return found
    }

    /// Of `Ann Lee <ann@example.com>` the address.
    private static func addressBehindName(_ text: String) -> String? {
        guard text.hasSuffix(">"), let open = text.firstIndex(of: "<"), open > text.startIndex,
            !text[..<open].contains("@")
        else { return nil }
        let address = String(text[text.index(after: open)...].dropLast())
        return isEmail(address) && !address.contains(where: \.isWhitespace) ? address : nil
    }

    /// One `@` between something and a domain with a point.
    private static func isEmail(_ text: String) -> Bool {
        let sides = text.split(separator: "@", omittingEmptySubsequences: false)
        guard sides.count == 2, !sides[0].isEmpty, !sides[0].contains("/"), !sides[0].contains(":") else {
            return false
        }
        let labels = sides[1].split(separator: ".", omittingEmptySubsequences: false)
        return labels.count >= 2 && labels.allSatisfy { !$0.isEmpty }
            && sides[1].unicodeScalars.allSatisfy { $0 == "." || $0 == "-" || isWordScalar($0) }
    }

    private static func isWordScalar(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
        case ..<0x80: false
        default: scalar.properties.isAlphabetic || scalar.properties.canonicalCombiningClass != .notReordered
        }
    }

    // MARK: - Phone

    /// The numbers in a field for phones: one, or several with commas, semicolons or line ends between.
    static func phones(_ value: String) -> [String] {
        guard value.utf8.count <= limit else { return [] }
        let parts = value.unicodeScalars.split { $0 == "," || $0 == ";" || $0 == "\n" || $0 == "\r" }
            .map { Substring($0).trimmed }.filter { !$0.isEmpty }
        if parts.count > 1 {
            let numbers = parts.compactMap { Phone($0) }
            if numbers.count == parts.count { return numbers.map(\.text) }
        }
        if let whole = Phone(value) { return [whole.text] }
        // A number with words after it: `8 900 123-45-67 Anna, after six`.
        if let first = parts.first, let phone = Phone(leading: first) { return [phone.text] }
        return []
    }

    /// A number under a name that says nothing: with plus, or ten digits and more.
    static func strictPhone(_ value: String) -> String? {
        guard value.utf8.count <= 40, let phone = Phone(value), phone.isWhole else { return nil }
        return phone.text
    }

    struct Phone {
        /// Without `tel:`; extension included.
        var text: String
        var digits = 0
        var hasPlus = false

        /// Full enough to be one wherever it stands.
        var isWhole: Bool { digits <= 15 && (hasPlus ? digits >= 7 : digits >= 10) }

        init?(_ value: String) {
            self.init(value, mayGoOn: false)
        }

        /// Takes the number a text begins with.
        init?(leading value: String) {
            self.init(value, mayGoOn: true)
        }

        private init?(_ value: String, mayGoOn: Bool) {
            var text = value.trimmed
            if text.unicodeScalars.first?.properties.isAlphabetic == true { text = Phone.withoutScheme(text) }
            let scalars = text.unicodeScalars
            var end = scalars.startIndex
            var values: Set<Int> = []
            scan: for place in scalars.indices {
                let scalar = scalars[place]
                if let digit = FieldShape.digit(scalar) {
                    digits += 1
                    values.insert(digit)
                    end = scalars.index(after: place)
                    continue
                }
                switch scalar {
                case "+", "\u{FF0B}":
                    if digits > 0 { break scan }
                    hasPlus = true
                case "(", ")", "-", ".", "/", "\u{2010}"..."\u{2015}", "\u{2212}", "\u{FF08}", "\u{FF09}",
                    "\u{FF0D}":
                    continue
                default:
                    guard scalar.isBlank else { break scan }
                }
            }
            guard digits >= 7, digits <= 15, values.count > 1 else { return nil }
            let rest = Substring(scalars[end...]).trimmed.trimming { ").".unicodeScalars.contains($0) }
            if rest.isEmpty || FieldShape.isExtension(rest) {
                self.text = text
            } else if mayGoOn {
                self.text = Substring(scalars[..<end]).trimmed
            } else {
                return nil
            }
        }

        private static func withoutScheme(_ text: String) -> String {
            let lower = text.prefix(12).lowercased()
            let scheme = ["tel:", "whatsapp:", "callto:", "phone:", "тел.", "тел:", "tel."].first(
                where: lower.hasPrefix)
            return scheme.map { String(text.dropFirst($0.count)).trimmed } ?? text
        }
    }

    /// `ext. 12`, `доб. 12`, `x12`, `#12`, `;ext=12`, `(доб. 12`.
    private static func isExtension(_ text: String) -> Bool {
        let scalars = text.lowercased().unicodeScalars
        let word = scalars.prefix { digit($0) == nil }
        let digits = scalars.dropFirst(word.count)
        guard (1...7).contains(digits.count), digits.allSatisfy({ digit($0) != nil }) else { return false }
        let name = Substring(word).trimming { " .:;=,()#".unicodeScalars.contains($0) || $0.isBlank }
        if name.isEmpty { return word.contains("#") }
        let words: Set<String> = [
            "ext", "extension", "x", "доб", "добавочный", "вн", "внутр", "внутренний", "дод", "додатковий",
            "внутрішній",
            "durchwahl", "dw", "wew", "int",
        ]
        return words.contains(name)
    }

    /// Of any script: full-width and Arabic ones too.
    private static func digit(_ scalar: Unicode.Scalar) -> Int? {
        if scalar.isDigit { return Int(scalar.value - 0x30) }
        guard scalar.value >= 0x660, scalar.properties.numericType == .decimal else { return nil }
        return scalar.properties.numericValue.map { Int($0) }
    }

    // MARK: - Others

    /// `https://…`, `www.…`.
    static func isAddress(_ value: String) -> Bool {
        guard let scheme = value.utf8.firstIndex(of: UInt8(ascii: ":")) else {
            return value.prefix(4).lowercased() == "www."
        }
        let name = value[..<scheme].lowercased()
        return (name == "http" || name == "https") && value[scheme...].hasPrefix("://")
    }

    /// A person's name: 2...60 letters, blanks, hyphens, apostrophes, points.
    static func isName(_ value: String) -> Bool {
        guard value.utf8.count <= 240 else { return false }
        var letters = 0
        for scalar in value.unicodeScalars {
            switch scalar {
            case " ", "-", "'", "\u{2019}", "\u{02BC}", ".", "`", "\u{A0}": continue
            default:
                guard isWordScalar(scalar), !scalar.isDigit else { return false }
                letters += 1
            }
        }
        return (2...60).contains(letters)
    }

    static func hasLetter(_ value: String) -> Bool {
        value.unicodeScalars.contains { !$0.isDigit && isWordScalar($0) }
    }

    /// A ticked box, or one left alone.
    static func isYesOrNo(_ value: String) -> Bool {
        guard value.utf8.count <= 40 else { return false }
        return [
            "", "on", "off", "yes", "no", "true", "false", "1", "0", "да", "нет", "так", "ні", "checked",
            "accepted",
            "agree", "agreed", "i agree", "согласен", "согласна", "согласен(на)", "згоден", "згодна", "ok",
            "y", "n",
        ].contains(value.lowercased())
    }
}

extension StringProtocol where SubSequence == Substring {
    /// Without such characters at either end.
    func trimming(_ isDropped: (Unicode.Scalar) -> Bool) -> String {
        let scalars = unicodeScalars
        guard let first = scalars.firstIndex(where: { !isDropped($0) }),
            let last = scalars.lastIndex(where: { !isDropped($0) })
        else { return "" }
        return String(String.UnicodeScalarView(scalars[first...last]))
    }
}
