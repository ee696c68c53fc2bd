import Contacts
import MIME

/// Which leaves of a letter are its text and which are files.
struct LetterBody {
    private(set) var text = ""
    private(set) var attachments: [MIMEPart] = []
    private(set) var isCut = false

    init(_ root: MIMEPart) {
        take(root)
        text = text.trimmed
    }

    private mutating func take(_ part: MIMEPart) {
        if part.isContainer {
            if part.mediaType == "multipart/alternative", let best = best(of: part.parts) {
                take(best)
                // What the alternatives do not show: an invitation, the picture inside an HTML part.
                for other in part.parts.flatMap(\.leaves)
                where !other.isText || other.mediaType == "text/calendar" {
                    if !best.leaves.contains(where: { $0.bytes == other.bytes }) { attachments.append(other) }
                }
            } else {
                for child in part.parts { take(child) }
            }
        } else if part.isReadable {
            add(part)
        } else if !part.bytes.isEmpty || part.fileName != nil {
            attachments.append(part)
        }
    }

    /// The plain text, unless it is empty or only says that there is HTML.
    private func best(of parts: [MIMEPart]) -> MIMEPart? {
        let readable = parts.filter { $0.leaves.contains(where: \.isReadable) }
        let plain = readable.first { $0.mediaType == "text/plain" && $0.decoded.trimmed.utf8.count > 0 }
        let other = readable.last { $0.mediaType != "text/plain" }
        guard let plain else { return other ?? readable.first }
        guard let other else { return plain }
        // Some robots send one word in plain text and the order in HTML.
        let size = plain.decoded.trimmed.utf8.count
        guard size < 100 else { return plain }
        let html = LetterBody(other).text.utf8.count
        return html > size * 4 ? other : plain
    }

    private mutating func add(_ part: MIMEPart) {
        var words = part.plainText
        isCut = isCut || words.isCut
        words.text = words.text.trimmed
        if words.text.isEmpty { return }
        text += text.isEmpty ? words.text : "\n\n" + words.text
        if text.utf8.count > Limit.text * 4 {
            text = text.kept(bytes: Limit.text * 4)
            isCut = true
        }
    }
}
