/// One element of an XML document (XML 1.0, namespaces passed over).
public struct XMLElement: Sendable, Hashable {
    public struct Attribute: Sendable, Hashable {
        /// Without the prefix.
        public let name: String
        public let value: String
    }
    /// Without the prefix.
    public let name: String
    /// As written, without declarations of namespaces.
    public internal(set) var attributes: [Attribute] = []
    public internal(set) var children: [XMLElement] = []
    /// All text directly in it, joined; comments and instructions left out.
    public internal(set) var text = ""

    init(name: String) { self.name = name }
}

/// Why bytes are not one document we take.
public enum XMLFailure: String, Error, Sendable, Hashable {
    case malformed = "not well-formed"
    case tooDeep = "elements too deep in each other"
    case tooMany = "too many elements and attributes"
    /// A document type: what it declares may name other files and grow without end.
    case documentType = "a document type, which is never read"
    case noMemory = "not enough memory"
}
