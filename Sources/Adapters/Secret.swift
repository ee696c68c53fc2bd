/// A text that must not be seen: a token, a password, a signing key.
///
/// Printing, interpolating, dumping and reflecting give a dash. Only ``reveal()`` gives the text, so that
/// every use can be found by that word.
public struct Secret: Sendable, Hashable, ExpressibleByStringLiteral {
    private let text: String

    public init(_ text: String) { self.text = text }
    public init(stringLiteral text: String) { self.text = text }

    public var isEmpty: Bool { text.isEmpty }

    /// The text itself. Never to be logged, stored or put into an error.
    public func reveal() -> String { text }
}

extension Secret: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    public var description: String { "-" }
    public var debugDescription: String { "-" }
    public var customMirror: Mirror { Mirror(self, children: [] as [Mirror.Child], displayStyle: .struct) }
}
