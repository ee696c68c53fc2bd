import Contacts
import HTML
import MIME

extension MIMEPart {
    /// Text to be read with the letter rather than a file beside it.
    var isReadable: Bool {
        guard disposition != "attachment", fileName == nil || disposition == "inline" else { return false }
        return ["text/plain", "text/html", "text/enriched", "text"].contains(mediaType)
            || (isText && fileName == nil && mediaType != "text/calendar")
    }

    var plainText: (text: String, isCut: Bool) {
        guard mediaType == "text/html" || (mediaType == "text/plain" && looksLikeHTML) else {
            let text = parameters["format"]?.lowercased() == "flowed" ? decoded.unflowed : decoded
            return (text.withPlainLineEnds, false)
        }
        let charset = parameters["charset"] ?? declaredCharset(inHTML: bytes)
        return htmlText(decodedText(bytes, charset: charset))
    }

    private var looksLikeHTML: Bool {
        let head = String(decoding: bytes.prefix(64), as: UTF8.self).lowercased().trimmed
        return head.hasPrefix("<html") || head.hasPrefix("<!doctype html")
    }
}

extension String {
    fileprivate var withPlainLineEnds: String {
        guard utf8.contains(0x0D) || utf8.contains(0) else { return self }
        return String(
            decoding: replacing("\r\n", with: "\n").utf8.lazy.compactMap { byte -> UInt8? in
                switch byte {
                case 0x0D: 0x0A
                case 0: nil
                default: byte
                }
            }, as: UTF8.self)
    }

    /// RFC 3676: a line that ends in a blank goes on in the next.
    fileprivate var unflowed: String {
        var result = ""
        var isOpen = false
        for line in withPlainLineEnds.split(separator: "\n", omittingEmptySubsequences: false) {
            let isQuoted = line.hasPrefix(">")
            if !result.isEmpty, !(isOpen && !isQuoted) { result += "\n" }
            result += line.hasPrefix(" ") && !isQuoted ? line.dropFirst() : line
            isOpen = line.hasSuffix(" ") && line != "-- " && !isQuoted
        }
        return result
    }
}
