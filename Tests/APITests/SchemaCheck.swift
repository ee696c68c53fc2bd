import Contacts
import Foundation
import JSON
import Testing
import Yams

/// The OpenAPI document, and which members of its schemas were seen in answers.
final class InterfaceDocument {
    let root: JSON
    /// `Schema.property` of every property that had a value other than null.
    private(set) var seen: Set<String> = []

    init(yaml: String) throws {
        root = try InterfaceDocument.json(try #require(try Yams.load(yaml: yaml)))
    }

    private static func json(_ value: Any) throws -> JSON {
        switch value {
        case let value as Bool: return .bool(value)
        case let value as Int: return .integer(Int64(value))
        case let value as String: return .string(value)
        case is NSNull: return .null
        case let value as [Any]: return .array(try value.map(json))
        case let value as [AnyHashable: Any]:
            let members = try value.map { (try #require($0.key as? String), try json($0.value)) }
            return .object(JSONObject(members))
        default:
            Issue.record("\(value) is no JSON")
            return .null
        }
    }

    /// What a `$ref` leads to; anything else is itself.
    func resolved(_ node: JSON) throws -> JSON {
        guard let reference = node["$ref"]?.string else { return node }
        let path = try #require(reference.hasPrefix("#/") ? reference.dropFirst(2) : nil, "\(reference)")
        var here = root
        for step in path.split(separator: "/") {
            here = try #require(here[String(step)], "\(reference) leads nowhere")
        }
        return here
    }

    /// `GET /v1/events` and its like.
    var operations: Set<String> {
        var found: Set<String> = []
        for (path, item) in root["paths"]?.object ?? [:] {
            for method in item.object?.keys ?? []
            where ["get", "post", "put", "patch", "delete"].contains(method) {
                found.insert("\(method.uppercased()) \(path)")
            }
        }
        return found
    }

    /// `Schema.property` of every named schema, but for what is always null.
    func properties() throws -> Set<String> {
        var found: Set<String> = []
        func walk(_ schema: JSON, _ name: String) {
            for part in schema["allOf"]?.array ?? [] where part["$ref"] == nil { walk(part, name) }
            for (property, value) in schema["properties"]?.object ?? [:] where value["type"] != "null" {
                found.insert("\(name).\(property)")
                if value["properties"] != nil { walk(value, "\(name).\(property)") }
            }
        }
        for (name, schema) in root.at(path: "components.schemas")?.object ?? [:] { walk(schema, name) }
        return found
    }

    // MARK: - Checking

    /// The schema of an answer, as documented for an operation.
    func schema(_ operation: String, status: Int, type: String) throws -> JSON {
        let parts = operation.split(separator: " ")
        let path = try #require(root["paths"]?[String(parts[1])], "\(operation)")
        let responses = try #require(path[parts[0].lowercased()]?["responses"], "\(operation)")
        let response = try resolved(#require(responses["\(status)"], "\(status) of \(operation)"))
        return try #require(response["content"]?[type]?["schema"], "\(type) of \(status) of \(operation)")
    }

    /// Whether a value is what the schema says, and has no member that the schema does not name.
    func check(_ value: JSON, _ schema: JSON, name: String = "", at place: String) throws {
        let given = schema["$ref"]?.string?.split(separator: "/").last.map(String.init) ?? name
        let schema = try resolved(schema)
        if let options = schema["anyOf"]?.array {
            let option = options.first { ($0["type"] == "null") == value.isNull }
            return try check(value, try #require(option, "\(place)"), at: place)
        }
        checkType(value, schema, place)
        if let words = schema["enum"]?.array { #expect(words.contains(value), "\(place): \(value)") }
        if let text = value.string { try checkText(text, schema, place) }
        for element in (value.array ?? []).enumerated() {
            let items = try #require(schema["items"], "\(place) is no array by its schema")
            try check(element.element, items, name: given + "[]", at: "\(place).\(element.offset)")
        }
        if let object = value.object { try checkMembers(of: object, schema, given, place) }
    }

    private func checkMembers(of object: JSONObject, _ schema: JSON, _ name: String, _ place: String) throws {
        guard schema["properties"] != nil || schema["allOf"] != nil else {
            // A free object, or a value that the schema leaves open.
            let isOpen = schema["type"] == nil || schema["additionalProperties"] != nil
            #expect(isOpen, "\(place) has members that no schema names")
            if let values = schema["additionalProperties"], values.object != nil {
                for (key, value) in object { try check(value, values, at: "\(place).\(key)") }
            }
            return
        }
        var known: [String: (schema: JSON, name: String)] = [:]
        for part in [schema] + (schema["allOf"]?.array ?? []) {
            let partName = part["$ref"]?.string?.split(separator: "/").last.map(String.init) ?? name
            let part = try resolved(part)
            for (key, value) in part["properties"]?.object ?? [:] { known[key] = (value, partName) }
            for key in part["required"]?.array ?? [] {
                #expect(object[key.string ?? ""] != nil, "\(place) lacks \(key)")
            }
        }
        for (key, value) in object {
            let member = try #require(known[key], "\(place).\(key) is not in the schema")
            if !value.isNull { seen.insert("\(member.name).\(key)") }
            try check(value, member.schema, name: "\(member.name).\(key)", at: "\(place).\(key)")
        }
    }

    private func checkType(_ value: JSON, _ schema: JSON, _ place: String) {
        let types = schema["type"]?.array?.compactMap(\.string) ?? schema["type"]?.string.map { [$0] }
        guard let types else { return }
        let type =
            switch value {
            case .null: "null"
            case .bool: "boolean"
            case .integer: "integer"
            case .number: "number"
            case .string: "string"
            case .array: "array"
            case .object: "object"
            }
        #expect(types.contains(type), "\(place) is \(type), not \(types)")
    }

    private func checkText(_ text: String, _ schema: JSON, _ place: String) throws {
        switch schema["format"]?.string {
        case "uuid": #expect(UUID(uuidString: text)?.text == text, "\(place): \(text)")
        case "date-time": #expect(Instant(iso8601: text)?.iso8601 == text, "\(place): \(text)")
        default: break
        }
        if let pattern = schema["pattern"]?.string {
            #expect(try Regex(pattern).firstMatch(in: text) != nil, "\(place): \(text)")
        }
    }
}
