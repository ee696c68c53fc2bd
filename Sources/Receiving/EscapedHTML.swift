import Mustache

/// Escapes every code point that HTML gives a meaning, whatever follows it.
///
/// The library's own escaping goes by characters, and there a quotation mark with a combining accent is another character than
/// a quotation mark: in an attribute it would end the value.
struct EscapedHTML: MustacheContentType {
    /// What a template names in `CONTENT_TYPE`.
    static let name = "ESCAPED_HTML"

    func escapeText(_ text: String) -> String {
        var escaped = ""
        escaped.reserveCapacity(text.utf8.count)
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": escaped += "&amp;"
            case "<": escaped += "&lt;"
            case ">": escaped += "&gt;"
            case "\"": escaped += "&quot;"
            case "'": escaped += "&#39;"
            default: escaped.unicodeScalars.append(scalar)
            }
        }
        return escaped
    }
}
