/// A header field as it came.
public struct MIMEHeader: Sendable, Hashable {
    /// Lower case.
    public let name: String
    /// Unfolded, without outer blanks; encoded words as they are. Bytes beyond ASCII are read as UTF-8, else by guess.
    public let value: String
}

/// A letter or one part of it.
public struct MIMEPart: Sendable {
    /// In the letter's order.
    public internal(set) var headers: [MIMEHeader] = []
    /// Lower case: `text/plain`, which also stands for an absent or unreadable type.
    public internal(set) var mediaType = "text/plain"
    /// Those of the Content-Type, names in lower case, values decoded.
    public internal(set) var parameters: [String: String] = [:]
    /// Lower case: `attachment`, `inline`, another word, or empty.
    public internal(set) var disposition = ""
    /// As the sender wrote it, decoded: never to be used as a path.
    public internal(set) var fileName: String?
    /// The transfer encoding undone; empty for a container.
    public internal(set) var bytes: [UInt8] = []
    /// Of a container, in order. A letter inside a letter is a leaf: its raw bytes.
    public internal(set) var parts: [MIMEPart] = []

    public var isContainer: Bool { mediaType.hasPrefix("multipart/") && !parts.isEmpty }
    public var isText: Bool { mediaType.hasPrefix("text/") }

    /// The first field of this name (given in lower case) with its encoded words decoded; nil if there is none.
    public func text(_ name: String) -> String? { value(name).map(decodedWords) }

    /// The first field of this name as it came.
    public func value(_ name: String) -> String? { headers.first { $0.name == name }?.value }

    /// All fields of this name as they came.
    public func values(_ name: String) -> [String] { headers.lazy.filter { $0.name == name }.map(\.value) }

    /// The text of a leaf by its charset, or by what it really is (``decodedText(_:charset:)``).
    public var decoded: String { decodedText(bytes, charset: parameters["charset"]) }

    /// The leaves in order, this part itself if it is one.
    public var leaves: [MIMEPart] { isContainer ? parts.flatMap(\.leaves) : [self] }
}

/// A letter taken apart.
public struct MIMELetter: Sendable {
    /// The letter itself, with its header fields.
    public let root: MIMEPart
    /// Bytes of the letter without its header fields, where they begin.
    public let bodyStart: Int
    /// Something was over ``MIMELimits``.
    public let isCut: Bool
}
