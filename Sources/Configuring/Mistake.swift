/// Where a setting was written.
public struct Place: Sendable, Hashable, CustomStringConvertible {
    /// The file as it was named, or the name of an environment variable.
    public let source: String
    /// Counted from 1; nil for an environment variable and for a file as a whole.
    public let line: Int?
    /// Counted from 1 in Unicode scalars; nil where ``line`` is.
    public let column: Int?

    public init(source: String, line: Int? = nil, column: Int? = nil) {
        self.source = source
        self.line = line
        self.column = column
    }

    /// `leadgate.yaml:3:5`.
    public var description: String {
        [source, line.map(String.init), column.map(String.init)].compactMap { $0 }.joined(separator: ":")
    }
}

/// Something that is wrong, or unwise, in the configuration. Never holds a secret's text.
public struct Mistake: Sendable, Hashable, CustomStringConvertible {
    public let place: Place
    /// The setting, as `channels.pbx.token`; empty for the file as a whole.
    public let path: String
    /// What is wrong and what is expected.
    public let message: String

    /// `leadgate.yaml:3:5: channels.pbx.token: …`.
    public var description: String {
        path.isEmpty ? "\(place): \(message)" : "\(place): \(path): \(message)"
    }
}

/// Why a configuration cannot be used: every mistake in it, in the order of the file.
public struct ConfigurationFailure: Error, Sendable, Hashable, CustomStringConvertible {
    public let mistakes: [Mistake]

    public var description: String { mistakes.map(\.description).joined(separator: "\n") }
}

/// Collects what is wrong while a configuration is read, so that all of it is told together.
final class Notebook {
    private(set) var mistakes: [Mistake] = []
    private(set) var warnings: [Mistake] = []

    func mistake(_ place: Place, _ path: String, _ message: String) {
        mistakes.append(Mistake(place: place, path: path, message: message))
    }

    func warning(_ place: Place, _ path: String, _ message: String) {
        warnings.append(Mistake(place: place, path: path, message: message))
    }

    /// In the order of the file; what has no line comes first.
    static func sorted(_ list: [Mistake]) -> [Mistake] {
        list.enumerated().sorted { left, right in
            let (a, b) = (left.element.place, right.element.place)
            return (a.line ?? 0, a.column ?? 0, left.offset) < (b.line ?? 0, b.column ?? 0, right.offset)
        }.map(\.element)
    }
}
