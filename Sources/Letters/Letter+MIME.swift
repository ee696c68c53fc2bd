import Contacts
import MIME
import OpenSSL

extension Letter {
    /// Reads what a letter says.
    init(_ letter: MIMELetter) {
        let root = letter.root
        isCut = letter.isCut
        messageID = root.value("message-id").flatMap { Letter.ids(in: $0, orWhole: true).first }
        let answered = root.value("in-reply-to").map { Letter.ids(in: $0) } ?? []
        let followed = root.value("references").map { Letter.ids(in: $0) } ?? []
        for id in answered.prefix(5) + followed.reversed()
        where id != messageID && !references.contains(id) && references.count < 50 {
            references.append(id)
        }
        date = root.value("date").flatMap(dateSeconds).flatMap {
            (0...253_402_300_799).contains($0) ? Instant(microseconds: $0 * 1_000_000) : nil
        }
        from = root.value("from").map(mailboxes) ?? []
        replyTo = root.value("reply-to").map(mailboxes) ?? []
        recipients = ["to", "cc"].flatMap { name in root.values(name).flatMap(mailboxes) }
        subject = root.text("subject")?.kept(characters: Limit.line)
        let body = LetterBody(root)
        isForward = Letter.saysForward(subject)
        text = LetterText(body.text, isForward: isForward)
        isForward = isForward || text.isForward
        attachments = body.attachments.prefix(Limit.attachments).map(LetterAttachment.init)
        isCut = isCut || body.isCut || body.attachments.count > Limit.attachments
    }

    /// The ids between angle brackets; without brackets the first word, where one is asked for.
    static func ids(in value: String, orWhole: Bool = false) -> [String] {
        let ids = value.split(separator: "<").dropFirst(value.hasPrefix("<") ? 0 : 1).compactMap {
            piece -> String? in
            guard let end = piece.firstIndex(of: ">") else { return nil }
            return cleanID(piece[..<end])
        }
        if ids.isEmpty, orWhole, !value.contains("<") { return [value[...]].compactMap(cleanID) }
        return ids
    }

    private static func cleanID(_ text: Substring) -> String? {
        let id = String(
            String.UnicodeScalarView(text.unicodeScalars.filter { $0.value > 0x20 && $0.value != 0x7F }))
        return (1...998).contains(id.utf8.count) ? id : nil
    }

    private static func saysForward(_ subject: String?) -> Bool {
        guard let word = subject?.prefix(20).split(separator: ":").first?.lowercased().trimmed else {
            return false
        }
        return ["fwd", "fw", "пересл", "переслано", "вд", "пер", "wg", "tr", "rv"].contains(word)
    }
}

extension LetterAttachment {
    init(_ part: MIMEPart) {
        self.init(
            name: safeFileName(part.fileName ?? "", mediaType: part.mediaType), mediaType: part.mediaType,
            size: part.bytes.count, sha256: Hex.encode(digest(part.bytes, .sha256)),
            isInline: part.disposition == "inline"
                || (part.disposition.isEmpty && part.value("content-id") != nil))
    }
}
