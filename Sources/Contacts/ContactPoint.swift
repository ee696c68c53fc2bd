/// A way to reach somebody as the source wrote it; not checked, not normalised.
public struct RawPoint: Sendable, Hashable {
    public var kind: PointKind
    /// Trimmed, at most 512 characters. A phone may have any spelling; a handle is `provider:account:id`.
    public var value: String
    /// The source proves that the point belongs to the person.
    public var verified: Bool

    public init(kind: PointKind, value: String, verified: Bool = false) {
        self.kind = kind
        self.value = value
        self.verified = verified
    }
}

/// A normalised contact point: with its kind the key by which a person is recognised.
public struct ContactPoint: Sendable, Hashable {
    public var kind: PointKind
    /// E.164 with plus, canonical e-mail, or `provider:account:id`.
    public var value: String
    /// As it came.
    public var raw: String
    /// Proven by the channel to belong to the person.
    public var verified: Bool
    /// A phone's extension, digits; not part of the key.
    public var ext: String?

    public init(kind: PointKind, value: String, raw: String, verified: Bool = false, ext: String? = nil) {
        self.kind = kind
        self.value = value
        self.raw = raw
        self.verified = verified
        self.ext = ext
    }
}
