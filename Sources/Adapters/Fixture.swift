import Contacts
import Foundation
import JSON
import OpenSSL

/// Why a request file cannot be used.
public struct FixtureProblem: Error, Sendable, Hashable {
    public let message: String
}

/// A recorded request with the channel it came to: `<case>.request.json`.
public struct Fixture: Sendable {
    public let request: InboundRequest
    /// A channel named `fixture` with the file's settings.
    public let channel: Channel
    /// Whom a lookup is to find; nil: nobody.
    public let found: FoundContact?

    private static let keys = [
        "method", "tail", "query", "headers", "body", "body_base64", "settings", "token", "region", "url",
        "received_at", "remote", "found",
    ]

    /// - Parameter file: path of a `.request.json`.
    public init(file: String, adapter: Adapter) throws(FixtureProblem) {
        guard let data = FileManager.default.contents(atPath: file) else {
            throw FixtureProblem(message: "\(file) cannot be read")
        }
        let json: JSON
        do throws(JSONFailure) {
            json = try JSON.parse(Array(data))
        } catch {
            throw FixtureProblem(message: "\(file): \(error)")
        }
        try self.init(json: json, adapter: adapter)
    }

    init(json: JSON, adapter: Adapter) throws(FixtureProblem) {
        guard let table = json.object else {
            throw FixtureProblem(message: "a request file holds one object")
        }
        if let unknown = table.keys.first(where: { !Fixture.keys.contains($0) }) {
            throw FixtureProblem(
                message: "unknown key \"\(unknown)\"; known are \(Fixture.keys.joined(separator: ", "))")
        }
        let stated = table["received_at"]?.string ?? "2026-01-15T08:20:30Z"
        guard let receivedAt = TimeText.parse(stated, zone: "UTC") else {
            throw FixtureProblem(message: "received_at: expected a time as 2026-01-15T08:20:30Z")
        }
        let tail = table["tail"]?.string ?? ""
        let query = table["query"]?.string ?? ""
        let path = "https://leads.example.com/in/fixture/token" + (tail.isEmpty ? "" : "/" + tail)
        request = InboundRequest(
            method: table["method"]?.string ?? "POST", tail: tail, query: query,
            headers: try Fixture.headers(table["headers"]), body: try Fixture.body(table),
            remote: table["remote"]?.string ?? "203.0.113.7", receivedAt: receivedAt,
            url: table["url"]?.string ?? path + (query.isEmpty ? "" : "?" + query))
        let (open, secret) = try Fixture.settings(table["settings"], adapter.definition)
        channel = Channel(
            key: "fixture", adapter: adapter.name, tokens: [Secret(table["token"]?.string ?? "token")],
            settings: open, secrets: secret, region: table["region"]?.string ?? "UA")
        found = table["found"].flatMap { $0.isNull ? nil : FoundContact(fixture: $0) }
    }

    /// `{"Name": "value"}` or `{"Name": ["one", "two"]}`.
    private static func headers(_ json: JSON?) throws(FixtureProblem) -> [Header] {
        var headers: [Header] = []
        for (name, value) in json?.object ?? [:] {
            guard let values = texts(value) else {
                throw FixtureProblem(message: "headers.\(name): expected a text")
            }
            headers += values.map { Header(name, $0) }
        }
        return headers
    }

    /// `body` is a text; an object or a list is sent as its JSON without blanks.
    private static func body(_ table: JSONObject) throws(FixtureProblem) -> [UInt8] {
        if let text = table["body_base64"]?.string {
            guard let bytes = Base64.decode(text) else {
                throw FixtureProblem(message: "body_base64 is no base 64")
            }
            return bytes
        }
        switch table["body"] {
        case nil, .some(.null): return []
        case .some(.string(let text)): return Array(text.utf8)
        case .some(let json): return Array(json.text().utf8)
        }
    }

    private static func settings(
        _ json: JSON?, _ definition: AdapterDefinition
    ) throws(FixtureProblem) -> ([String: [String]], [String: [Secret]]) {
        var open: [String: [String]] = [:]
        var secret: [String: [Secret]] = [:]
        for (name, value) in json?.object ?? [:] {
            guard let values = texts(value) else {
                throw FixtureProblem(message: "settings.\(name): expected a text")
            }
            guard let setting = definition.setting(name) else {
                throw FixtureProblem(message: "settings.\(name) is not among the adapter's settings")
            }
            if setting.isSecret { secret[name] = values.map { Secret($0) } } else { open[name] = values }
        }
        return (open, secret)
    }

    private static func texts(_ value: JSON) -> [String]? {
        if let text = value.scalar { return [text] }
        let texts = value.array?.compactMap(\.scalar)
        return texts?.count == value.array?.count ? texts : nil
    }
}
