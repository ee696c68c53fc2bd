/// Why a JSON value is no contact event.
///
/// The values themselves are never told, since they are people's.
public struct ContactEventFailure: Error, Sendable, Hashable, CustomStringConvertible {
    /// The offending key: `contact.points[2].kind`; empty for the event itself.
    public var path: String
    /// What is wrong with it, in words that follow the path: `is missing`.
    public var reason: String

    public init(path: String, reason: String) {
        self.path = path
        self.reason = reason
    }

    public var description: String { path.isEmpty ? "the event \(reason)" : "\(path) \(reason)" }
}
