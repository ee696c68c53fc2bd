import CXML2

extension XMLElement {
    /// Reads one document in the encoding that it states, UTF-8 where it states none. The five entities of XML and
    /// numbered characters are known, no others; nothing is read from elsewhere.
    ///
    /// - Parameters:
    ///   - maxDepth: elements within each other.
    ///   - maxNodes: elements and attributes together.
    public static func parse(
        _ bytes: [UInt8], maxDepth: Int = 32, maxNodes: Int = 10_000
    ) throws(XMLFailure) -> XMLElement {
        var code: Int32 = 0
        let tape = unsafe bytes.withUnsafeBufferPointer {
            unsafe lg_xml_read($0.baseAddress, $0.count, maxDepth, maxNodes, &code)
        }
        guard let tape = unsafe tape else { throw .noMemory }
        defer { unsafe lg_xml_free(tape) }
        switch Int(code) {
        case LG_XML_OK: break
        case LG_XML_TOO_DEEP: throw .tooDeep
        case LG_XML_TOO_MANY: throw .tooMany
        case LG_XML_DOCTYPE: throw .documentType
        case LG_XML_NO_MEMORY: throw .noMemory
        default: throw .malformed
        }
        var length = 0
        let start = unsafe lg_xml_tape(tape, &length)
        guard let root = unsafe root(of: UnsafeRawBufferPointer(start: start, count: length)) else {
            throw .malformed
        }
        return root
    }

    /// Walks the tape (CXML2.h), which is whole and no deeper than was asked for.
    private static func root(of tape: UnsafeRawBufferPointer) -> XMLElement? {
        // The document itself, so that the root closes into something.
        var open = [XMLElement(name: "")]
        var attribute: String?
        var place = 0
        while place < tape.count {
            let kind = unsafe Int(tape[place])
            let count = unsafe Int(tape.loadUnaligned(fromByteOffset: place + 1, as: UInt32.self))
            let piece = unsafe String(decoding: tape[(place + 5)..<(place + 5 + count)], as: UTF8.self)
            place += 5 + count
            switch (kind, attribute) {
            case (LG_XML_OPEN, _): open.append(XMLElement(name: piece))
            case (LG_XML_ATTRIBUTE, _): attribute = piece
            case (LG_XML_TEXT, let name?):
                open[open.count - 1].attributes.append(Attribute(name: name, value: piece))
                attribute = nil
            case (LG_XML_TEXT, nil): open[open.count - 1].text += piece
            default:
                let closed = open.removeLast()
                open[open.count - 1].children.append(closed)
            }
        }
        return open.first?.children.first
    }
}
