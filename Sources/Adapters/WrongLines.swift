import Contacts
import JSON

/// Writes the wrong lines of an import in the form of its file, each with its number and what is wrong, so that they can be mended
/// there and brought in again.
public struct WrongLines: Sendable {
    private static let number = "import_line"
    private static let reason = "import_error"
    private static let source = "import_source"

    /// Nil: lines of JSON.
    let columns: CustomerColumns?
    let delimiter: UInt8

    /// `csv` or `ndjson`.
    public var ending: String { columns == nil ? "ndjson" : "csv" }

    /// What stands before the first of them; with a byte order mark, without which Excel takes UTF-8 for something else.
    public var head: String {
        guard let columns else { return "" }
        // Where they have no names, what they are taken for is one.
        let names = columns.columns.map {
            columns.hasHead || $0.use == .attribute ? $0.name : $0.use.rawValue
        }
        return "\u{FEFF}" + row([WrongLines.number, WrongLines.reason] + names)
    }

    /// One of them, with its line end.
    public func text(_ entry: ImportFile.Entry, _ failure: ImportLineFailure) -> String {
        if columns != nil {
            var cells = [String(entry.number), failure.description]
            if case .row(let original) = entry.source { cells += original }
            return row(cells)
        }
        var members: [(String, JSON)] = [
            (WrongLines.number, .integer(Int64(entry.number))),
            (WrongLines.reason, .string(failure.description)),
        ]
        if case .line(let bytes) = entry.source {
            let json = (try? JSON.parse(bytes)) ?? .string(String(decoding: bytes, as: UTF8.self))
            members.append((WrongLines.source, json))
        }
        return JSON.object(JSONObject(members)).text() + "\n"
    }

    /// Of a line that was written by ``text(_:_:)`` and may be mended, the line proper; nil for any other.
    static func original(of bytes: [UInt8]) -> [UInt8]? {
        guard bytes.starts(with: "{\"\(number)\":".utf8), let json = try? JSON.parse(bytes),
            let source = json[source]
        else { return nil }
        return Array((source.string ?? source.text()).utf8)
    }

    private func row(_ cells: [String]) -> String {
        cells.map(quoted).joined(separator: String(Unicode.Scalar(delimiter))) + "\r\n"
    }

    /// Guarded, so that a spreadsheet does not run what strangers wrote as a formula; the guard is taken off again on reading.
    private func quoted(_ cell: String) -> String {
        let isFormula = cell.first.map { "=+-@".contains($0) } ?? false
        let text = (isFormula ? "'" + cell : cell).unicodeScalars
        let special: Set<Unicode.Scalar> = ["\"", "\r", "\n", Unicode.Scalar(delimiter)]
        guard text.contains(where: special.contains) else { return String(text) }
        let doubled = text.flatMap { $0 == "\"" ? [$0, $0] : [$0] }
        return "\"\(String(String.UnicodeScalarView(doubled)))\""
    }
}
