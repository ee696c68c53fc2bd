import Foundation
import Logging

/// One log entry, spelled as text or JSON, with its line feed.
struct LogLine {
    let time: Date
    let level: String
    let label: String
    let message: String
    /// Already without secrets.
    let metadata: Logger.Metadata

    /// `2026-01-15T08:20:30.000Z info leadgate.serve: message key=value key="two words"`.
    var text: String {
        let fields = metadata.sorted { $0.key < $1.key }.map { key, value in
            " \(Self.plain(key))=\(Self.field(value))"
        }
        return "\(stamp) \(level) \(Self.plain(label)): \(Self.plain(message))\(fields.joined())\n"
    }

    /// An object with `time`, `level`, `label`, `message` and, where there is any, `metadata`.
    var json: String {
        var line = "{\"time\":\"\(stamp)\",\"level\":\"\(level)\",\"label\":\(Self.quoted(label))"
        line += ",\"message\":\(Self.quoted(message))"
        if !metadata.isEmpty { line += ",\"metadata\":\(Self.object(metadata))" }
        return line + "}\n"
    }

    private var stamp: String {
        time.formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: true))
    }

    // MARK: - Text

    private static func field(_ value: Logger.MetadataValue) -> String {
        switch value {
        case .string(let text): bare(text)
        case .stringConvertible(let held): bare(held.description)
        case .dictionary(let inner): object(inner)
        case .array(let values): array(values)
        }
    }

    /// The text itself where nobody can mistake its end, else in quotes.
    private static func bare(_ text: String) -> String {
        let isBare = !text.isEmpty && text.allSatisfy { !$0.isWhitespace && !"\"\\={}[]".contains($0) }
        return isBare && !text.unicodeScalars.contains(where: isControl) ? text : quoted(text)
    }

    private static func plain(_ text: String) -> String {
        var result = ""
        for scalar in text.unicodeScalars { append(scalar, to: &result) }
        return result
    }

    // MARK: - JSON

    private static func json(_ value: Logger.MetadataValue) -> String {
        switch value {
        case .string(let text): quoted(text)
        case .stringConvertible(let held): quoted(held.description)
        case .dictionary(let inner): object(inner)
        case .array(let values): array(values)
        }
    }

    private static func object(_ metadata: Logger.Metadata) -> String {
        let members = metadata.sorted { $0.key < $1.key }.map { "\(quoted($0.key)):\(json($0.value))" }
        return "{\(members.joined(separator: ","))}"
    }

    private static func array(_ values: [Logger.MetadataValue]) -> String {
        "[\(values.map(json).joined(separator: ","))]"
    }

    private static func quoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            if scalar == "\"" || scalar == "\\" { result += "\\" }
            append(scalar, to: &result)
        }
        return result + "\""
    }

    // MARK: - Characters

    /// Appends a scalar, a control character as JSON would write it.
    private static func append(_ scalar: Unicode.Scalar, to text: inout String) {
        switch scalar {
        case "\n": text += "\\n"
        case "\r": text += "\\r"
        case "\t": text += "\\t"
        case _ where isControl(scalar):
            let digits = String(scalar.value, radix: 16)
            text += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
        default: text.unicodeScalars.append(scalar)
        }
    }

    /// Control characters, line separators, and the marks that turn the direction of a line: all below U+10000.
    private static func isControl(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0...0x1F, 0x7F...0x9F, 0x2028...0x202E, 0x2066...0x2069: true
        default: false
        }
    }
}
