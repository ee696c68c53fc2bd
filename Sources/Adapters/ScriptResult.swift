import Contacts
import JSON
import Lua

extension Mapping {
    /// Contact events of one request; more than a provider batches is a mistake of the script.
    static let maxEvents = 1_000

    /// Reads what `map` returned.
    init(script result: JSON) throws(MappingFailure) {
        switch result {
        case .array(let list):
            guard !list.isEmpty else {
                throw .failed("map returned an empty list; give { ignored = \"reason\" }")
            }
            guard list.count <= Mapping.maxEvents else {
                throw .failed("map returned \(list.count) events, the most is \(Mapping.maxEvents)")
            }
            var events: [ContactEvent] = []
            for (index, element) in list.enumerated() {
                do throws(ContactEventFailure) {
                    events.append(try ContactEvent(json: element))
                } catch {
                    throw .failed("event \(index + 1) of map: \(error)")
                }
            }
            self = .events(events)
        case .object(let object):
            if let word = object["ignored"]?.string {
                guard let reason = IgnoredReason(rawValue: word) else {
                    throw .failed(
                        "map gave the reason \"\(word.prefix(40))\", which is not among the known ones")
                }
                self = .ignored(reason)
            } else if let fetch = object["fetch"], fetch.object != nil {
                self = .fetch(fetch)
            } else {
                throw .failed(
                    "map returned a table without ignored or fetch; events are a list: return { event }")
            }
        default:
            throw .failed("map returned neither events nor a reason")
        }
    }
}

extension Reply {
    /// Bytes of an answer to a lookup.
    static let maxScriptBody = 65_536

    /// Reads what `answer` returned: `{ json = {...} }` or `{ body = "..." }`, with `status` and `headers`.
    init(script result: JSON) throws(MappingFailure) {
        guard let table = result.object else { throw .failed("answer returned no table") }
        let status = table["status"]?.integer ?? 200
        guard (200...599).contains(status) else { throw .failed("answer gave the status \(status)") }
        var headers: [Header] = []
        for (name, value) in table["headers"]?.object ?? [:] {
            guard let text = value.scalar, !name.isEmpty,
                name.utf8.allSatisfy({ $0 > 32 && $0 < 127 && $0 != 58 })
            else { throw .failed("answer gave a header that is no text") }
            headers.append(Header(name, text.withoutControls))
        }
        let body: [UInt8]
        if let json = table["json"] {
            body = Array(json.text(sortedKeys: true).utf8)
            headers.append(Header("content-type", "application/json"))
        } else {
            body = Array((table["body"]?.scalar ?? "").utf8)
        }
        guard body.count <= Reply.maxScriptBody else { throw .failed("answer gave a body over 64 KiB") }
        self.init(status: Int(status), headers: headers, body: body)
    }
}

extension FoundContact {
    /// As the second argument of `answer`.
    var json: JSON {
        var table = JSONObject([("card_id", .string(cardID)), ("phone", .string(phone))])
        let texts = [
            ("name", name), ("company", company), ("owner_extension", ownerExtension),
            ("owner_name", ownerName),
            ("url", url),
        ]
        for (key, text) in texts {
            if let text { table[key] = .string(text) }
        }
        return .object(table)
    }

    /// A found contact from the `found` of a fixture.
    init(fixture: JSON) {
        self.init(
            cardID: fixture["card_id"]?.scalar ?? "1", name: fixture["name"]?.string,
            company: fixture["company"]?.string, ownerExtension: fixture["owner_extension"]?.string,
            ownerName: fixture["owner_name"]?.string, phone: fixture["phone"]?.string ?? "",
            url: fixture["url"]?.string)
    }
}

extension MappingFailure {
    init(_ failure: LuaFailure) {
        switch failure {
        case .instructionLimit, .memoryLimit: self = .limit(failure.summary)
        default: self = .failed(failure.summary)
        }
    }
}

extension LuaFailure {
    /// Counted from 1; nil where unknown.
    var sourceLine: Int? {
        switch self {
        case .error(_, let line), .instructionLimit(let line): line
        case .doesNotLoad(let message): LuaFailure.line(in: message)
        default: nil
        }
    }

    /// One line for people.
    var summary: String {
        switch self {
        case .doesNotLoad(let message): message
        case .error(let message, let line): LuaFailure.place(line) + message
        case .instructionLimit(let line): LuaFailure.place(line) + "the script ran out of instructions"
        case .memoryLimit: "the script ran out of memory"
        case .noSuchFunction(let name): "the script has no function \(name)"
        case .resultNotJSON(let message): "the result is no plain data: \(message)"
        }
    }

    private static func place(_ line: Int?) -> String { line.map { "line \($0): " } ?? "" }

    /// The number in `line 12: unexpected symbol`.
    private static func line(in message: String) -> Int? {
        guard message.hasPrefix("line ") else { return nil }
        return Int(message.dropFirst(5).prefix { $0.isNumber })
    }
}
