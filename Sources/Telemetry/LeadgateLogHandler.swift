public import Foundation
public import Logging
import Synchronization

/// Writes each log entry as one line to the standard error stream.
///
/// A line holds the time (RFC 3339, UTC, milliseconds), level, label, message and metadata, sorted by key. Whatever
/// was logged, it stays one line, and no control character reaches a terminal. A metadata value whose key names a
/// secret or a person is a dash.
public struct LeadgateLogHandler: LogHandler {
    public enum Format: String, Sendable, CaseIterable {
        case text, json
    }

    public var logLevel: Logger.Level
    public var metadata: Logger.Metadata = [:]
    public var metadataProvider: Logger.MetadataProvider?

    private let label: String
    private let format: Format
    private let now: @Sendable () -> Date
    private let write: @Sendable (String) -> Void

    /// - Parameters:
    ///   - now: the time of an entry.
    ///   - write: takes one line with its line feed, from any thread.
    public init(
        label: String, format: Format = .text, level: Logger.Level = .info,
        metadataProvider: Logger.MetadataProvider? = nil, now: @escaping @Sendable () -> Date = { Date() },
        write: @escaping @Sendable (String) -> Void = Self.writeToStandardError
    ) {
        self.label = label
        self.format = format
        logLevel = level
        self.metadataProvider = metadataProvider
        self.now = now
        self.write = write
    }

    public subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    public func log(event: LogEvent) {
        var all = metadata
        if let provided = metadataProvider?.get() { all.merge(provided) { $1 } }
        if let own = event.metadata { all.merge(own) { $1 } }
        if let error = event.error { all["error"] = "\(error)" }
        let line = LogLine(
            time: now(), level: event.level.rawValue, label: label, message: event.message.description,
            metadata: Redaction.redacted(all))
        write(format == .json ? line.json : line.text)
    }

    /// One line at a time over all handlers, so that lines never mix.
    @Sendable public static func writeToStandardError(_ line: String) {
        standardError.withLock { stream in
            // Nobody can be told that the log cannot be written.
            try? stream.write(contentsOf: Data(line.utf8))
        }
    }

    private static let standardError = Mutex(FileHandle.standardError)
}
