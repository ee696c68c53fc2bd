/// Cuts a stream of bytes into lines, holding no more than one of them.
public struct ImportLines: Sendable {
    public enum Line: Sendable, Hashable {
        /// Without its end; never blank.
        case text([UInt8])
        /// Over the limit; it was not held.
        case tooLong
    }

    private let limit: Int
    private var rest: [UInt8] = []
    private var isTooLong = false
    /// Of the last line given, counted from 1; blank lines count.
    public private(set) var number = 0

    /// - Parameter limit: bytes of a line, without its end.
    public init(limit: Int) { self.limit = limit }

    /// - Parameter take: told each whole line with its number.
    public mutating func add(_ bytes: [UInt8], _ take: (Line, Int) throws -> Void) rethrows {
        var start = bytes.startIndex
        while let end = bytes[start...].firstIndex(of: 0x0A) {
            keep(bytes[start..<end])
            try finishLine(take)
            start = end + 1
        }
        keep(bytes[start...])
    }

    /// The last line may have no end.
    public mutating func finish(_ take: (Line, Int) throws -> Void) rethrows {
        if isTooLong || !rest.isEmpty { try finishLine(take) }
    }

    private mutating func keep(_ bytes: ArraySlice<UInt8>) {
        // One more than the limit, since a carriage return may go yet.
        guard !isTooLong, rest.count + bytes.count <= limit + 1 else {
            isTooLong = true
            rest = []
            return
        }
        rest.append(contentsOf: bytes)
    }

    private mutating func finishLine(_ take: (Line, Int) throws -> Void) rethrows {
        number += 1
        defer {
            rest.removeAll(keepingCapacity: true)
            isTooLong = false
        }
        if rest.last == 0x0D { rest.removeLast() }
        if isTooLong || rest.count > limit { return try take(.tooLong, number) }
        // A byte order mark belongs to the file, not to its first line.
        if number == 1, rest.starts(with: [0xEF, 0xBB, 0xBF]) { rest.removeFirst(3) }
        if rest.allSatisfy({ $0 == 0x20 || $0 == 0x09 }) { return }
        try take(.text(rest), number)
    }
}
