import Contacts
import Foundation
import JSON
import Testing

@testable import Adapters

/// Every adapter of the tree; a new folder is tested by being there.
let catalog = Result { try AdapterCatalog(folder: adaptersFolder) }

@Suite("Every adapter under adapters/")
struct ConformanceTests {
    static let adapters = ((try? catalog.get())?.snapshot.byName.values.map { $0 } ?? []).sorted {
        $0.name < $1.name
    }

    struct Case: CustomTestStringConvertible, Sendable {
        let adapter: Adapter
        let name: String
        var testDescription: String { "\(adapter.name)/\(name)" }
        var file: String { "\(adapter.folder)/fixtures/\(name).request.json" }
    }
    static let cases = adapters.flatMap { adapter in
        FixtureRunner.fileNames(in: adapter.folder).filter { $0.hasSuffix(".request.json") }.map {
            Case(adapter: adapter, name: String($0.dropLast(".request.json".count)))
        }
    }

    @Test("the catalogue loads without a problem")
    func loads() throws {
        let snapshot = try catalog.get().snapshot
        #expect(snapshot.problems == [])
        #expect(Set(snapshot.byName.keys).isSuperset(of: ["zadarma", "telegram", "web-form", "generic"]))
    }

    @Test("its fixtures come out as expected", arguments: adapters)
    func fixtures(_ adapter: Adapter) {
        let updating = ProcessInfo.processInfo.environment["UPDATE_GOLDEN"] == "1"
        for result in FixtureRunner(adapter: adapter).run(updating: updating) {
            #expect(result.problem == nil, "\(adapter.name)/\(result.name)\n\(result.problem ?? "")")
        }
    }

    @Test("it has the cases every adapter owes", arguments: adapters)
    func completeness(_ adapter: Adapter) throws {
        let outcomes = try Self.cases.filter { $0.adapter.name == adapter.name }.map { entry in
            let path = entry.file.replacingOccurrences(of: ".request.json", with: ".expected.json")
            let data = try #require(FileManager.default.contents(atPath: path), "\(path)")
            return try JSON.parse(Array(data))
        }
        #expect(outcomes.count >= 4)
        #expect(outcomes.contains { $0.array != nil || $0["events"] != nil })
        if adapter.definition.verify.contains(where: { $0.word == "allow_list" }) {
            #expect(outcomes.contains { $0["rejected"] == "address_not_allowed" })
        }
        if adapter.definition.verify.contains(where: { $0.word != "allow_list" }) {
            #expect(outcomes.contains { $0["rejected"] == "signature_mismatch" })
            #expect(outcomes.contains { $0["rejected"] == "signature_missing" })
        }
        if adapter.definition.hasAnswer {
            #expect(outcomes.contains { $0["lookup"] != nil && $0["reply"] != nil })
        }
        let lines = adapter.source.split(separator: "\n").prefix { $0.hasPrefix("--") }.joined(separator: " ")
            .replacingOccurrences(of: "-- ", with: "")
        #expect(lines.contains("read 20"), "the first lines name the source and the day it was read")
    }

    @Test("nothing it emits depends on when it runs", arguments: cases)
    func repeats(_ entry: Case) throws {
        let fixture = try Fixture(file: entry.file, adapter: entry.adapter)
        let runtime = AdapterRuntime()
        let one = Result {
            try runtime.map(fixture.request, adapter: entry.adapter, channel: fixture.channel)
        }
        let two = Result {
            try runtime.map(fixture.request, adapter: entry.adapter, channel: fixture.channel)
        }
        #expect((try? one.get()) == (try? two.get()))
    }

    @Test("64 KiB of blanks in any field end within the limits", arguments: cases)
    func blanks(_ entry: Case) throws {
        let fixture = try Fixture(file: entry.file, adapter: entry.adapter)
        let runtime = AdapterRuntime()
        for request in Self.stuffed(fixture.request) {
            do throws(MappingFailure) {
                _ = try runtime.map(request, adapter: entry.adapter, channel: fixture.channel)
            } catch {
                if case .limit(let reason) = error { Issue.record("\(reason)") }
            }
        }
    }

    @Test("cut and shuffled bodies give events, a reason or a failure, never a crash", arguments: cases)
    func noise(_ entry: Case) throws {
        let fixture = try Fixture(file: entry.file, adapter: entry.adapter)
        let runtime = AdapterRuntime()
        for seed in UInt64(1)...24 {
            var generator = SeededGenerator(seed: seed)
            var request = fixture.request
            if !request.body.isEmpty {
                request.body.removeLast(Int.random(in: 0..<request.body.count, using: &generator))
            }
            for _ in 0..<Int.random(in: 0...3, using: &generator) where !request.body.isEmpty {
                let place = Int.random(in: 0..<request.body.count, using: &generator)
                request.body[place] = UInt8.random(in: 0...255, using: &generator)
            }
            _ = entry.adapter.receive(request, channel: fixture.channel, now: request.receivedAt)
            _ = try? runtime.map(request, adapter: entry.adapter, channel: fixture.channel)
        }
    }

    @Test("other JSON in the place of its own is mapped or refused", arguments: adapters)
    func foreignJSON(_ adapter: Adapter) throws {
        let runtime = AdapterRuntime()
        let found = Self.cases.filter { $0.adapter.name == adapter.name }.flatMap { entry in
            (try? Fixture(file: entry.file, adapter: adapter)).map { words(in: $0.request.body) } ?? []
        }
        let keys = Set(found + ["a", "0"]).sorted()
        for seed in UInt64(1)...200 {
            var generator = SeededGenerator(seed: seed)
            let body = randomJSON(depth: 5, keys: keys, using: &generator)
            var request = makeRequest(headers: [("Content-Type", "application/json")], body: body.text())
            _ = try? runtime.map(request, adapter: adapter, channel: makeChannel())
            request.body = Array(repeating: UInt8(ascii: "["), count: 10_000)
            _ = try? runtime.map(request, adapter: adapter, channel: makeChannel())
        }
    }

    private func words(in body: [UInt8]) -> [String] {
        String(decoding: body, as: UTF8.self).split { !$0.isLetter && $0 != "_" && !$0.isNumber }.map(
            String.init)
    }

    private func randomJSON(depth: Int, keys: [String], using generator: inout SeededGenerator) -> JSON {
        switch Int.random(in: 0...(depth > 0 ? 8 : 5), using: &generator) {
        case 0: return .null
        case 1: return .bool(Bool.random(using: &generator))
        case 2: return .integer(Int64.random(in: Int64.min...Int64.max, using: &generator))
        case 3: return .number("1e300")
        case 4, 5: return .string(keys.randomElement(using: &generator) ?? "")
        case 6:
            return .array((0..<3).map { _ in randomJSON(depth: depth - 1, keys: keys, using: &generator) })
        default:
            return .object(
                JSONObject(
                    (0..<4).map { _ in
                        (
                            keys.randomElement(using: &generator) ?? "",
                            randomJSON(depth: depth - 1, keys: keys, using: &generator)
                        )
                    }))
        }
    }

    /// The request with 64 KiB of blanks as the value of one field, for every field of its query, form or
    /// JSON.
    private static func stuffed(_ request: InboundRequest) -> [InboundRequest] {
        let blanks = String(repeating: " ", count: 65_536)
        let body = String(decoding: request.body, as: UTF8.self)
        if let json = try? JSON.parse(request.body) {
            return paths(of: json).map { path in
                var stuffed = request
                stuffed.body = Array(
                    replacing(json, at: path[...], with: .string("x" + blanks + "x")).text().utf8)
                return stuffed
            }
        }
        let pairs = body.split(separator: "&")
        return pairs.indices.map { index in
            var pairs = pairs.map(String.init)
            pairs[index] =
                pairs[index].prefix { $0 != "=" } + "=x" + String(repeating: "+", count: 65_536) + "x"
            var stuffed = request
            stuffed.body = Array(pairs.joined(separator: "&").utf8)
            return stuffed
        }
    }

    private static func paths(of json: JSON) -> [[String]] {
        switch json {
        case .object(let object):
            object.flatMap { key, value in paths(of: value).map { [key] + $0 } }
        case .array(let list):
            list.enumerated().flatMap { index, value in paths(of: value).map { [String(index)] + $0 } }
        default: [[]]
        }
    }

    private static func replacing(_ json: JSON, at path: ArraySlice<String>, with value: JSON) -> JSON {
        guard let step = path.first else { return value }
        switch json {
        case .object(var object):
            object[step] = .some(replacing(object[step] ?? .null, at: path.dropFirst(), with: value))
            return .object(object)
        case .array(var list):
            guard let index = Int(step), list.indices.contains(index) else { return json }
            list[index] = replacing(list[index], at: path.dropFirst(), with: value)
            return .array(list)
        default: return json
        }
    }
}
