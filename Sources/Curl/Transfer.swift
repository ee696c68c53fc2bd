import CCurl

/// What has come of an answer so far. Lives as long as one call, whose callbacks refer back to it.
final class Transfer {
    let limit: Int
    private(set) var headers: [(String, String)] = []
    private(set) var body: [UInt8] = []
    /// Whether the body went over the limit.
    private(set) var isOver = false

    init(limit: Int) {
        self.limit = limit
    }

    static let takeHeader: lg_curl_sink = { data, unit, size, context in
        guard let bytes = unsafe Transfer.bytes(data, unit, size), let transfer = unsafe Transfer.of(context)
        else {
            return 0
        }
        transfer.add(headerLine: unsafe String(decoding: bytes, as: UTF8.self))
        return bytes.count
    }

    static let takeBody: lg_curl_sink = { data, unit, size, context in
        guard let bytes = unsafe Transfer.bytes(data, unit, size), let transfer = unsafe Transfer.of(context)
        else {
            return 0
        }
        guard bytes.count <= transfer.limit - transfer.body.count else {
            transfer.isOver = true
            return 0
        }
        unsafe transfer.body.append(contentsOf: bytes)
        return bytes.count
    }

    private func add(headerLine line: String) {
        // One entry per answer: an interim "100 Continue" is followed by the lines of the real one.
        if line.hasPrefix("HTTP/") { headers.removeAll() }
        guard let colon = line.utf8.firstIndex(of: UInt8(ascii: ":")), !line.hasPrefix("HTTP/") else {
            return
        }
        let value = line[line.utf8.index(after: colon)...]
        headers.append((line[..<colon].lowercased(), String(trimmed(value))))
    }

    private func trimmed(_ text: Substring) -> Substring {
        var text = text
        while let first = text.first, first.isWhitespace { text.removeFirst() }
        while let last = text.last, last.isWhitespace { text.removeLast() }
        return text
    }

    private static func bytes(
        _ data: UnsafeMutablePointer<CChar>?, _ unit: Int, _ size: Int
    ) -> UnsafeRawBufferPointer? {
        guard let data = unsafe data else { return nil }
        return unsafe UnsafeRawBufferPointer(start: data, count: unit * size)
    }

    private static func of(_ context: UnsafeMutableRawPointer?) -> Transfer? {
        guard let context = unsafe context else { return nil }
        return unsafe Unmanaged<Transfer>.fromOpaque(context).takeUnretainedValue()
    }
}
