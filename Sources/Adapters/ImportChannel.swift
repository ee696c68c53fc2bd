public import Contacts
import Foundation
import JSON
import OpenSSL

extension Channel {
    /// A source of the gateway's own: what a company brings in itself, by `POST /v1/import`.
    ///
    /// Every workspace has one. No configured key has an `@`, so that the two never meet.
    public static func imports(
        into workspace: String, region: String = "", own: OwnPoints = OwnPoints()
    ) -> Channel {
        Channel(
            workspace: workspace, key: importKey(of: workspace), adapter: importAdapter, region: region,
            own: own)
    }

    /// The word in the place of an adapter's name.
    public static let importAdapter = "import"

    public static func importKey(of workspace: String) -> String { "import@\(workspace)" }

    /// Whether it is a workspace's channel for imports, which nobody reaches by a URL of its own.
    public var isImport: Bool { key == Channel.importKey(of: workspace) }
}

/// Why a line of an import is not taken.
public struct ImportLineFailure: Error, Sendable, Hashable, CustomStringConvertible {
    public enum Reason: String, Sendable, CaseIterable {
        /// Longer than ``ImportLine/longest``.
        case tooLong = "line_too_long"
        case notJSON = "not_json"
        /// JSON, but neither a card nor a contact event.
        case wrongShape = "wrong_shape"
        /// The database refuses what it holds.
        case notKept = "not_kept"
    }
    public let reason: Reason
    /// Names keys and bytes, never values.
    public let detail: String

    public init(_ reason: Reason, _ detail: String) {
        self.reason = reason
        self.detail = detail
    }

    /// Of a line that was not even held.
    public static let tooLong = ImportLineFailure(.tooLong, "a line may have \(ImportLine.longest) bytes")

    public var description: String { "\(reason.rawValue): \(detail)" }
}

extension ImportLine {
    /// Bytes of a line.
    public static let longest = 256 << 10
    /// What stands in the place of an adapter's version; changed with what a line is mapped to.
    public static let version = "import 1"

    /// Reads one line of NDJSON.
    public init(bytes: [UInt8]) throws(ImportLineFailure) {
        let json: JSON
        do throws(JSONFailure) {
            json = try JSON.parse(bytes)
        } catch {
            if case .duplicateKey = error {
                throw ImportLineFailure(.notJSON, "an object has the same key twice")
            }
            throw ImportLineFailure(.notJSON, "\(error)")
        }
        do throws(ContactEventFailure) {
            try self.init(json: json)
        } catch {
            throw ImportLineFailure(.wrongShape, "\(error)")
        }
    }

    /// Unique in the channel: an event's own id; else the digest of the line, so that the same line counts once, and a card whose
    /// data changed since counts anew.
    public func eventID(bytes: [UInt8]) -> String {
        if case .event(let event) = self, let id = event.eventID { return id }
        return "line:" + Hex.encode(digest(bytes, .sha256))
    }

    /// By which a line is known again, 32 bytes.
    public func key(bytes: [UInt8]) -> [UInt8] {
        digest(Array((Channel.importAdapter + "/" + eventID(bytes: bytes)).utf8), .sha256)
    }
}
