import CXML2

/// The readable text of a page or a letter in HTML: blocks on lines of their own, quotations behind `> `, list items behind
/// `- `, links behind their words as `<address>`. Scripts, styles, images and what is hidden are left out.
///
/// - Parameters:
///   - html: at most 2 MiB of it are read, so that no letter takes seconds.
///   - limit: bytes of text, at most.
/// - Returns: the text, and whether some was left out for one of the limits.
public func htmlText(_ html: String, limit: Int = 256 << 10) -> (text: String, isCut: Bool) {
    let longest = 2 << 20
    let whole = html.utf8.count
    var bytes = Array(html.utf8.prefix(longest))
    for place in bytes.indices where bytes[place] == 0 { bytes[place] = 0x20 }
    let writer = HTMLWriter(limit: limit)
    read(bytes, writer)
    return (writer.result(), writer.isCut || whole > longest)
}

/// The charset that a page in unknown bytes names in its first kibibyte; nil if it names none.
public func declaredCharset(inHTML bytes: [UInt8]) -> String? {
    let head = String(decoding: bytes.prefix(1_024), as: UTF8.self).lowercased()
    guard head.contains("<meta"), let mark = head.range(of: "charset") else { return nil }
    let value = head[mark.upperBound...].drop { $0 == " " || $0 == "=" || $0 == "\"" || $0 == "'" }
    let name = value.prefix { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-" || $0 == "_") }
    return name.isEmpty ? nil : String(name)
}

extension String {
    /// Foundation is not needed for this one search.
    fileprivate func range(of word: String) -> Range<Index>? {
        var start = startIndex
        while let first = self[start...].firstIndex(of: word[word.startIndex]) {
            if self[first...].hasPrefix(word) { return first..<index(first, offsetBy: word.count) }
            start = index(after: first)
        }
        return nil
    }
}

private func read(_ bytes: [UInt8], _ writer: HTMLWriter) {
    // Borrowed: `writer` outlives the call.
    var sink = unsafe lg_html_sink(
        context: Unmanaged.passUnretained(writer).toOpaque(),
        start: { context, name, attributes in
            guard let writer = unsafe HTMLWriter.of(context), let name = unsafe name else { return 0 }
            return unsafe writer.start(String(cString: name), HTMLWriter.list(attributes)) ? 1 : 0
        },
        end: { context, name in
            guard let name = unsafe name else { return }
            unsafe HTMLWriter.of(context)?.end(String(cString: name))
        },
        text: { context, text, count in
            let bytes = unsafe UnsafeBufferPointer(start: text, count: count)
            unsafe HTMLWriter.of(context)?.write(
                String(decoding: bytes.lazy.map { UInt8(bitPattern: $0) }, as: UTF8.self))
        })
    unsafe bytes.withUnsafeBytes { raw in
        unsafe lg_html_read(raw.baseAddress?.assumingMemoryBound(to: CChar.self), raw.count, &sink)
    }
    withExtendedLifetime(writer) {}
}

extension HTMLWriter {
    fileprivate static func of(_ context: UnsafeMutableRawPointer?) -> HTMLWriter? {
        guard let context = unsafe context else { return nil }
        return unsafe Unmanaged<HTMLWriter>.fromOpaque(context).takeUnretainedValue()
    }

    /// Name and value in turn, ended by null.
    fileprivate static func list(_ attributes: UnsafePointer<UnsafePointer<CChar>?>?) -> [String: String] {
        guard let attributes = unsafe attributes else { return [:] }
        var (found, place) = ([String: String](), 0)
        while let name = unsafe attributes[place] {
            found[unsafe String(cString: name)] =
                unsafe attributes[place + 1].map { unsafe String(cString: $0) } ?? ""
            place += 2
        }
        return found
    }
}
