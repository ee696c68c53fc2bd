/// What a letter may cost at most. What goes beyond is left out and ``MIMELetter/isCut`` says so; a letter is never refused.
public struct MIMELimits: Sendable, Hashable {
    /// Parts in all, containers among them; a letter may hold millions of empty ones.
    public var parts = 500
    /// Containers inside one another; a deeper one is read as one leaf.
    public var depth = 20
    /// Header fields of one part.
    public var headers = 500
    /// Bytes of one header field.
    public var headerBytes = 64 << 10
    /// Bytes of all leaves together, decoded.
    public var decodedBytes = 64 << 20

    public init() {}
}
