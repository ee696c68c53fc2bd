import Contacts
import Foundation
import JSON

/// One recorded request and what came of it.
public struct FixtureResult: Sendable {
    /// The case's name, as `missed-call`.
    public let name: String
    /// Path of the request file.
    public let file: String
    /// Nil if all is as expected; else what is not, as a diff of expected (`-`) and actual (`+`) lines.
    public let problem: String?
}

/// Runs an adapter's own fixtures: pairs `fixtures/<case>.request.json`, `<case>.expected.json` (DESIGN §12).
public struct FixtureRunner {
    private let adapter: Adapter

    public init(adapter: Adapter) { self.adapter = adapter }

    /// All cases by name.
    ///
    /// - Parameter updating: writes what came as the new expectation; a case that changed is a problem all
    ///   the same.
    public func run(updating: Bool = false) -> [FixtureResult] {
        let folder = adapter.folder + "/fixtures"
        let files = FixtureRunner.fileNames(in: adapter.folder)
        let requests = files.filter { $0.hasSuffix(".request.json") }
        var results = requests.map { file in
            let name = String(file.dropLast(".request.json".count))
            let problem = run(name, in: folder, updating: updating)
            return FixtureResult(name: name, file: "\(folder)/\(file)", problem: problem)
        }
        for file in files where !file.hasSuffix(".request.json") {
            let name = String(file.dropLast(".expected.json".count))
            guard !file.hasSuffix(".expected.json") || !requests.contains(name + ".request.json") else {
                continue
            }
            results.append(
                FixtureResult(
                    name: name, file: "\(folder)/\(file)", problem: "a file without its <case>.request.json"))
        }
        return results
    }

    /// - Throws: the first case that fails, or that there is none.
    func check() throws(AdapterProblem) {
        let results = run()
        if results.isEmpty {
            throw AdapterProblem(file: adapter.folder + "/fixtures", line: nil, message: "no fixtures")
        }
        for result in results {
            if let problem = result.problem {
                throw AdapterProblem(file: result.file, line: nil, message: problem)
            }
        }
    }

    /// Names of the files in `<folder>/fixtures`, sorted; hidden ones left out.
    static func fileNames(in folder: String) -> [String] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder + "/fixtures")) ?? []
        return names.filter { !$0.hasPrefix(".") }.sorted()
    }

    private func run(_ name: String, in folder: String, updating: Bool) -> String? {
        let fixture: Fixture
        do throws(FixtureProblem) {
            fixture = try Fixture(file: "\(folder)/\(name).request.json", adapter: adapter)
        } catch {
            return error.message
        }
        let path = "\(folder)/\(name).expected.json"
        let expected = FileManager.default.contents(atPath: path).flatMap { try? JSON.parse(Array($0)) }
        let outcome = FixtureOutcome(of: fixture, adapter: adapter)
        let actual = outcome.json(shapedLike: expected)
        if actual == expected.map(FixtureOutcome.normal) { return nil }
        if updating {
            let text = outcome.spelled(shapedLike: expected).text(sortedKeys: true, pretty: true) + "\n"
            do {
                try text.write(toFile: path, atomically: true, encoding: .utf8)
            } catch {
                return "\(path) cannot be written"
            }
        }
        guard let expected else {
            return "\(name).expected.json is missing or no JSON; came:\n\(lines(actual))"
        }
        return LineDiff.text(from: lines(FixtureOutcome.normal(expected)), to: lines(actual))
    }

    private func lines(_ json: JSON) -> String { json.text(sortedKeys: true, pretty: true) }
}

/// What a request came to, in the words of `<case>.expected.json`.
private struct FixtureOutcome {
    private var table = JSONObject()
    private var optional = JSONObject()

    init(of fixture: Fixture, adapter: Adapter) {
        switch adapter.receive(fixture.request, channel: fixture.channel, now: fixture.request.receivedAt) {
        case .handshake(let reply): table["reply"] = reply.json
        case .rejected(let reason): table["rejected"] = .string(reason.rawValue)
        case .accepted(let accepted):
            let runtime = AdapterRuntime()
            var reply = accepted.reply
            if let lookup = accepted.lookup {
                optional["lookup"] = .string(lookup.phone)
                do throws(MappingFailure) {
                    reply = try runtime.answer(
                        fixture.request, found: fixture.found, adapter: adapter, channel: fixture.channel)
                } catch {
                    table["answer_failed"] = .string(error.reason)
                }
            }
            optional["reply"] = reply.json
            map(fixture, adapter, runtime)
        }
    }

    private mutating func map(_ fixture: Fixture, _ adapter: Adapter, _ runtime: AdapterRuntime) {
        do throws(MappingFailure) {
            switch try runtime.map(fixture.request, adapter: adapter, channel: fixture.channel) {
            case .events(let events): table["events"] = .array(events.map(\.json))
            case .ignored(let reason): table["ignored"] = .string(reason.rawValue)
            case .fetch(let fetch): table["fetch"] = .some(fetch)
            }
        } catch {
            switch error {
            case .failed(let text): table["mapping_failed"] = .string(text)
            case .limit(let text): table["mapping_limit"] = .string(text)
            case .undecodable(let text): table["undecodable"] = .string(text)
            }
        }
    }

    /// The outcome with just those optional parts that the expectation names.
    func json(shapedLike expected: JSON?) -> JSON {
        var table = table
        for (key, value) in optional where expected?[key] != nil { table[key] = .some(value) }
        return .object(table)
    }

    /// The same as it is written to a file: bare events as a list.
    func spelled(shapedLike expected: JSON?) -> JSON {
        let json = json(shapedLike: expected)
        guard let object = json.object, object.count == 1, let events = object["events"] else { return json }
        return events
    }

    /// An expectation with its bare list of events named.
    static func normal(_ expected: JSON) -> JSON {
        expected.array == nil ? expected : .object(JSONObject([("events", expected)]))
    }
}

extension Reply {
    fileprivate var json: JSON {
        var table = JSONObject([("status", .integer(Int64(status))), ("body", .string(text))])
        let shown = headers.filter { $0.name != "x-content-type-options" }
        if !shown.isEmpty {
            table["headers"] = .object(JSONObject(shown.map { ($0.name, .string($0.value)) }))
        }
        return .object(table)
    }
}

/// A short line-by-line comparison.
enum LineDiff {
    static func text(from old: String, to new: String) -> String {
        let before = old.split(separator: "\n", omittingEmptySubsequences: false)
        let after = new.split(separator: "\n", omittingEmptySubsequences: false)
        let front = zip(before, after).prefix { $0 == $1 }.count
        let most = min(before.count, after.count) - front
        let back = min(most, zip(before.reversed(), after.reversed()).prefix { $0 == $1 }.count)
        var lines = before[max(0, front - 3)..<front].map { "  \($0)" }
        let removed = Array(before[front..<(before.count - back)])
        let added = Array(after[front..<(after.count - back)])
        let difference = added.difference(from: removed)
        let gone = Set(difference.removals.map(FixturePlace.init))
        let come = Set(difference.insertions.map(FixturePlace.init))
        var (left, right) = (0, 0)
        while left < removed.count || right < added.count {
            if left < removed.count, gone.contains(FixturePlace(offset: left)) {
                lines.append("- \(removed[left])")
                left += 1
            } else if right < added.count, come.contains(FixturePlace(offset: right)) {
                lines.append("+ \(added[right])")
                right += 1
            } else {
                if left < removed.count { lines.append("  \(removed[left])") }
                (left, right) = (left + 1, right + 1)
            }
        }
        lines += before[(before.count - back)..<min(before.count, before.count - back + 3)].map { "  \($0)" }
        return lines.joined(separator: "\n")
    }

    private struct FixturePlace: Hashable {
        let offset: Int

        init(offset: Int) { self.offset = offset }

        init(_ change: CollectionDifference<Substring>.Change) {
            switch change {
            case .insert(let offset, _, _), .remove(let offset, _, _): self.offset = offset
            }
        }
    }
}
