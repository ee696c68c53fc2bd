/// Texts from outside made fit to keep: no NUL, which PostgreSQL refuses, and no more than the limit.
package enum Limit {
    /// Characters (code points) of names, subjects and other single lines.
    package static let line = 256
    /// Characters of an extension, a line, a word.
    package static let word = 64
    package static let locale = 35
    /// Characters of a contact point; what is indexed must stay under 2,700 bytes.
    package static let point = 512
    /// Bytes of an id that is indexed.
    package static let id = 512
    /// Bytes of what was written.
    package static let text = 65_536
    /// Bytes of one field's value.
    package static let field = 8_192
    /// Characters of an attribution value; page addresses may be longer.
    package static let attribution = 1_024
    package static let address = 4_096
    package static let fields = 200
    package static let points = 50
    package static let agents = 50
    package static let attachments = 50
    package static let attributions = 50
    /// Bytes of a string within an attachment.
    package static let attachmentText = 8_192
    /// Values within all attachments of an event.
    package static let attachmentValues = 2_000
}

extension String {
    /// With U+FFFD for NUL, cut before the character that goes past `bytes` of UTF-8.
    package func kept(bytes: Int) -> String {
        let text = cut(bytes: bytes)
        guard text.utf8.contains(0) else { return text }
        let scalars = text.unicodeScalars.map { $0.value == 0 ? "\u{FFFD}" : $0 }
        return String(String.UnicodeScalarView(scalars)).cut(bytes: bytes)
    }

    private func cut(bytes: Int) -> String {
        guard utf8.count > bytes else { return self }
        var end = utf8.index(utf8.startIndex, offsetBy: bytes)
        while end > startIndex, UTF8.isContinuation(utf8[end]) { end = utf8.index(before: end) }
        return String(self[..<end])
    }

    /// One line: blanks around it dropped, U+FFFD for NUL, cut after so many code points; nil if nothing is left.
    package func kept(characters: Int) -> String? {
        // Bytes first, so that a hostile length costs no walk through all of it.
        let text = trimmed.kept(bytes: characters * 4)
        if text.isEmpty { return nil }
        if text.utf8.count <= characters { return text }
        let scalars = text.unicodeScalars
        guard let end = scalars.index(scalars.startIndex, offsetBy: characters, limitedBy: scalars.endIndex)
        else { return text }
        let cut = String(scalars[..<end]).trimmed
        return cut.isEmpty ? nil : cut
    }

    /// Without the blanks and line ends around it.
    package var trimmed: String { Substring(self).trimmed }
}

extension Substring {
    /// Without the blanks and line ends around it.
    package var trimmed: String {
        let scalars = unicodeScalars
        guard let first = scalars.firstIndex(where: { !$0.isBlank }),
            let last = scalars.lastIndex(where: { !$0.isBlank })
        else { return "" }
        return String(scalars[first...last])
    }
}

extension Unicode.Scalar {
    /// White space, and what shows as nothing: zero-width space, word joiner, byte order mark.
    var isBlank: Bool {
        switch value {
        case 0x09...0x0D, 0x20: true
        case ..<0x80: false
        case 0x200B, 0x2060, 0xFEFF: true
        default: properties.isWhitespace
        }
    }

    var isDigit: Bool { (0x30...0x39).contains(value) }
}
