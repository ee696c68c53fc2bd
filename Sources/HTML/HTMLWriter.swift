/// Writes text as a page's elements come by. A class, since the parser's calls find it by its address.
final class HTMLWriter {
    private(set) var isCut = false
    private let limit: Int
    private var text: [UInt8] = []
    private var open: [Element] = []
    private var hidden = 0
    private var quotes = 0
    /// Those of the line written last.
    private var writtenQuotes = 0
    private var preformatted = 0
    /// Line ends owed before the next word: 0, 1, or 2 for an empty line between.
    private var newlines = 0
    private var isSpaceOwed = false

    private struct Element {
        let name: String
        let isHidden: Bool
        /// A link's address and where its words begin.
        let link: (address: String, start: Int)?
    }

    /// The parser compares each end with all that is open: a deep page would cost the square of its length.
    private static let deepest = 256

    init(limit: Int) { self.limit = limit }

    func result() -> String {
        String(decoding: text, as: UTF8.self)
    }

    /// - Returns: false to stop the reading.
    func start(_ name: String, _ attributes: [String: String]) -> Bool {
        guard open.count < Self.deepest, text.count < limit else {
            isCut = true
            return false
        }
        let isHidden = Self.unseen.contains(name) || Self.hides(attributes)
        if isHidden { hidden += 1 }
        if hidden == 0 { begin(name, attributes) }
        open.append(
            Element(
                name: name, isHidden: isHidden,
                link: hidden == 0 && name == "a" ? attributes["href"].map { ($0, text.count) } : nil))
        return true
    }

    private func begin(_ name: String, _ attributes: [String: String]) {
        if Self.blocks.contains(name) { newlines = max(newlines, 1) }
        if Self.paragraphs.contains(name) { newlines = max(newlines, 2) }
        switch name {
        case "br": breakLine()
        case "hr": write("----------")
        case "li": write("- ")
        case "td", "th": if !isAtLineStart { write("\t", isTab: true) }
        case "blockquote": quotes += 1
        case "pre", "textarea": preformatted += 1
        case "img":
            // Smileys are pictures in some programs; other pictures say nothing, or where the letter was opened.
            let word = attributes["alt"] ?? ""
            if word.unicodeScalars.count <= 8, word.unicodeScalars.contains(where: { $0.value > 0x2000 }) {
                write(word)
            }
        default: break
        }
    }

    func end(_ name: String) {
        guard let place = open.lastIndex(where: { $0.name == name }) else { return }
        while open.count > place, let element = open.popLast() {
            if hidden == 0 { close(element) }
            if element.isHidden { hidden -= 1 }
        }
    }

    private func close(_ element: Element) {
        if let link = element.link { finish(link) }
        if Self.blocks.contains(element.name) { newlines = max(newlines, 1) }
        if Self.paragraphs.contains(element.name) { newlines = max(newlines, 2) }
        switch element.name {
        case "blockquote": quotes = max(0, quotes - 1)
        case "pre", "textarea": preformatted = max(0, preformatted - 1)
        default: break
        }
    }

    /// The address behind a link's words, unless the words say it themselves.
    private func finish(_ link: (address: String, start: Int)) {
        let address = String(String.UnicodeScalarView(link.address.unicodeScalars.filter { $0.value > 0x20 }))
        guard let colon = address.firstIndex(of: ":"), address.utf8.count <= 1_024 else { return }
        let scheme = address[..<colon].lowercased()
        guard ["http", "https", "mailto", "tel"].contains(scheme) else { return }
        let words = String(decoding: text[min(link.start, text.count)...], as: UTF8.self)
        let bare =
            scheme == "http" || scheme == "https" ? address : String(address[address.index(after: colon)...])
        guard !words.isEmpty, !words.contains(bare.hasSuffix("/") ? bare.dropLast() : bare[...]) else {
            return
        }
        write(" <\(address)>")
    }

    // MARK: - Text

    func write(_ words: String, isTab: Bool = false) {
        guard hidden == 0 else { return }
        guard text.count < limit else {
            isCut = true
            return
        }
        for scalar in words.unicodeScalars {
            if preformatted > 0, scalar == "\n" {
                breakLine()
            } else if isTab {
                put(scalar)
            } else if scalar.value <= 0x20 || scalar == "\u{A0}" {
                isSpaceOwed = true
            } else if !Self.isInvisible(scalar) {
                put(scalar)
            }
        }
    }

    private func put(_ scalar: Unicode.Scalar) {
        if newlines > 0 || text.isEmpty {
            if !text.isEmpty { for _ in 0..<newlines { endLine() } }
            startLine(quotes)
            writtenQuotes = quotes
            newlines = 0
        } else if isSpaceOwed, !isAtLineStart, text.last != UInt8(ascii: "\t") {
            text.append(0x20)
        }
        isSpaceOwed = false
        text.append(contentsOf: UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter)
    }

    /// An empty line, too, counts: two `br` make one. No more than one of them.
    private func breakLine() {
        newlines = min(newlines + 1, 2)
        isSpaceOwed = false
    }

    private func endLine() {
        // An empty line between two quotations belongs to what is around both.
        if text.last == UInt8(ascii: "\n") { startLine(min(quotes, writtenQuotes)) }
        while text.last == 0x20 || text.last == 0x09 { text.removeLast() }
        text.append(UInt8(ascii: "\n"))
    }

    private func startLine(_ quotes: Int) {
        for _ in 0..<min(quotes, 20) { text.append(contentsOf: "> ".utf8) }
    }

    private var isAtLineStart: Bool { newlines > 0 || text.isEmpty || text.last == UInt8(ascii: "\n") }

    // MARK: - Words

    private static let unseen: Set<String> = [
        "script", "style", "head", "title", "template", "object", "iframe", "svg", "noscript", "audio",
        "video", "map", "select",
    ]
    private static let blocks: Set<String> = [
        "p", "div", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "dl", "dt", "dd", "li", "table", "tr",
        "blockquote", "pre",
        "hr", "header", "footer", "section", "article", "address", "form", "center", "fieldset", "textarea",
        "body",
    ]
    private static let paragraphs: Set<String> = [
        "p", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "dl", "table", "blockquote", "pre",
    ]

    /// Text that programs hide in a letter: previews, keys for their own threads, what filters shall read.
    private static func hides(_ attributes: [String: String]) -> Bool {
        if attributes["hidden"] != nil { return true }
        guard let style = attributes["style"], style.utf8.count <= 4_096 else { return false }
        let rules = style.lowercased().filter { !$0.isWhitespace }.split(separator: ";")
        return rules.contains { rule in
            hiding.contains { rule == $0 || rule == $0 + "!important" }
        }
    }

    private static let hiding: [Substring] = [
        "display:none", "visibility:hidden", "font-size:0", "font-size:0px", "max-height:0", "max-height:0px",
        "mso-hide:all",
        "opacity:0",
    ]

    /// Filling of previews and soft hyphens. A joiner of letters or smileys stays.
    private static func isInvisible(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0xAD, 0x34F, 0x200B, 0x2060, 0xFEFF, 0x7F: true
        default: false
        }
    }
}
