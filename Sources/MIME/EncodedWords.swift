import Foundation

/// A field's text with its encoded words (RFC 2047) decoded.
///
/// Not GMime's decoder: it drops what follows a padded word, and many programs pad each. Words of one charset that stand
/// together are decoded as one, since others break a letter in two; and what a word says of its charset is doubted as in a body.
public func decodedWords(_ value: String) -> String {
    guard value.contains("=?") else { return value }
    var result = ""
    var pending: (charset: String, bytes: [UInt8])?
    func flush() {
        if let word = pending { result += decodedText(word.bytes, charset: word.charset) }
        pending = nil
    }
    var rest = value[...]
    while let mark = rest.range(of: "=?") {
        let between = rest[..<mark.lowerBound]
        guard let word = EncodedWord(rest[mark.lowerBound...]) else {
            flush()
            result += rest[..<mark.upperBound]
            rest = rest[mark.upperBound...]
            continue
        }
        // Blanks between two words are none of the text.
        if pending == nil || !between.allSatisfy(\.isWhitespace) {
            flush()
            result += between
        } else if pending?.charset != word.charset {
            flush()
        }
        pending = (word.charset, (pending?.bytes ?? []) + word.bytes)
        rest = rest[word.end...]
    }
    flush()
    return result + rest
}

/// `=?charset*language?B?text?=` at the beginning of a text.
private struct EncodedWord {
    let charset: String
    let bytes: [UInt8]
    let end: Substring.Index

    init?(_ text: Substring) {
        let head = text.dropFirst(2)
        guard let first = head.prefix(60).firstIndex(of: "?") else { return nil }
        let coding = head[head.index(after: first)...].prefix(2)
        guard coding.count == 2, coding.last == "?" else { return nil }
        let body = head[coding.endIndex...]
        // The `=` of a coded byte may stand before the end, as in `=?utf-8?Q?=41?=`.
        guard let close = body.range(of: "?=") else { return nil }
        charset = String(head[..<first].prefix { $0 != "*" }).lowercased()
        end = close.upperBound
        let coded = ArraySlice(Array(body[..<close.lowerBound].utf8))
        switch coding.first {
        case "B", "b": bytes = transferDecoded(coded, encoding: "base64")
        case "Q", "q":
            let blanks = coded.map { $0 == UInt8(ascii: "_") ? 0x20 : $0 }
            bytes = EncodedWord.quoted(blanks)
        default: return nil
        }
    }

    /// Not the decoder of bodies, for which a blank or `=` at the end means the line's end.
    private static func quoted(_ coded: [UInt8]) -> [UInt8] {
        var bytes: [UInt8] = []
        var place = 0
        while place < coded.count {
            if coded[place] == UInt8(ascii: "="), place + 2 < coded.count,
                let byte = UInt8(String(decoding: coded[(place + 1)...(place + 2)], as: UTF8.self), radix: 16)
            {
                bytes.append(byte)
                place += 3
            } else {
                bytes.append(coded[place])
                place += 1
            }
        }
        return bytes
    }
}
