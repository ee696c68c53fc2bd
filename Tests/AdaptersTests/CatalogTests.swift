import Contacts
import Foundation
import JSON
import Testing

@testable import Adapters

/// A folder of adapters of its own, removed afterwards.
private final class Tree {
    let folder: String

    init() throws {
        folder = NSTemporaryDirectory() + "leadgate-adapters-\(UUID().uuidString)"
        try write("return { ignored = 'probe' }", expecting: #"{"ignored":"probe"}"#)
    }

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    func write(
        _ map: String, expecting expected: String? = nil, name: String = "acme", declared: String? = nil,
        kind: String = "form"
    ) throws {
        let source = """
            return {
              name = "\(declared ?? name)", kind = "form", title = "Acme", accepts = { body = "json" },
              map = function(request) \(map) end,
            }
            """
        try put(source, "\(kind)/\(name)/adapter.lua")
        guard let expected else { return }
        try put(#"{"method":"POST","body":"{}"}"#, "\(kind)/\(name)/fixtures/smallest.request.json")
        try put(expected, "\(kind)/\(name)/fixtures/smallest.expected.json")
    }

    func put(_ text: String, _ path: String) throws {
        let url = URL(fileURLWithPath: "\(folder)/\(path)")
        try FileManager.default.createDirectory(
            at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
        try text.write(to: url, atomically: true, encoding: .utf8)
    }
}

@Suite("The catalogue of adapters")
struct CatalogTests {
    private func at(_ seconds: Int64) -> Instant { Instant(microseconds: seconds * 1_000_000) }

    @Test("a changed folder is taken once it has been still for a second and its fixtures pass")
    func updates() throws {
        let tree = try Tree()
        let catalog = try AdapterCatalog(folder: tree.folder)
        let old = try #require(catalog.snapshot.byName["acme"])
        #expect(catalog.reloadIfChanged(now: at(0)).isEmpty)

        try tree.write("return { ignored = 'spam' }", expecting: #"{"ignored":"spam"}"#)
        #expect(catalog.reloadIfChanged(now: at(10)).isEmpty)
        #expect(catalog.snapshot.byName["acme"]?.version == old.version)
        let changes = catalog.reloadIfChanged(now: at(11))
        let new = try #require(catalog.snapshot.byName["acme"])
        #expect(new.version != old.version)
        #expect(changes == [.updated(name: "acme", from: old.version, to: new.version)])
        #expect(catalog.reloadIfChanged(now: at(12)).isEmpty)
    }

    @Test("a folder that keeps changing is left alone until it is still")
    func unstable() throws {
        let tree = try Tree()
        let catalog = try AdapterCatalog(folder: tree.folder)
        for second in Int64(10)...14 {
            try tree.write("return { ignored = 'spam' } -- \(String(repeating: "x", count: Int(second)))")
            #expect(catalog.reloadIfChanged(now: at(second)).isEmpty)
        }
    }

    @Test("a broken file leaves the old version and is told with file and line, once")
    func broken() throws {
        let tree = try Tree()
        let catalog = try AdapterCatalog(folder: tree.folder)
        let old = try #require(catalog.snapshot.byName["acme"])
        try tree.put("return {\n  name = \"acme\",\n  oops(\n", "form/acme/adapter.lua")
        _ = catalog.reloadIfChanged(now: at(10))
        let changes = catalog.reloadIfChanged(now: at(11))
        guard case .refused(let problem) = changes.first else {
            Issue.record("\(changes)")
            return
        }
        #expect(problem.file == tree.folder + "/form/acme/adapter.lua")
        #expect(problem.line != nil)
        #expect(catalog.snapshot.byName["acme"]?.version == old.version)
        #expect(catalog.snapshot.problems == [problem])
        #expect(catalog.reloadIfChanged(now: at(12)).isEmpty)

        try tree.write("return { ignored = 'own' }", expecting: #"{"ignored":"own"}"#)
        _ = catalog.reloadIfChanged(now: at(20))
        #expect(catalog.reloadIfChanged(now: at(21)).count == 1)
        #expect(catalog.snapshot.problems.isEmpty)
    }

    @Test("an adapter whose own fixture fails is not taken")
    func failingFixture() throws {
        let tree = try Tree()
        let catalog = try AdapterCatalog(folder: tree.folder)
        let old = try #require(catalog.snapshot.byName["acme"])
        try tree.write("return { ignored = 'spam' }")
        _ = catalog.reloadIfChanged(now: at(10))
        let changes = catalog.reloadIfChanged(now: at(11))
        guard case .refused(let problem) = changes.first else {
            Issue.record("\(changes)")
            return
        }
        #expect(problem.message.contains("-   \"ignored\": \"probe\""), "\(problem.message)")
        #expect(problem.message.contains("+   \"ignored\": \"spam\""), "\(problem.message)")
        #expect(catalog.snapshot.byName["acme"]?.version == old.version)
    }

    @Test("a new folder is added, a removed one stays in force")
    func addedAndRemoved() throws {
        let tree = try Tree()
        let catalog = try AdapterCatalog(folder: tree.folder)
        try tree.write("return { ignored = 'probe' }", expecting: #"{"ignored":"probe"}"#, name: "other")
        _ = catalog.reloadIfChanged(now: at(10))
        let changes = catalog.reloadIfChanged(now: at(11))
        let version = try #require(catalog.snapshot.byName["other"]?.version)
        #expect(changes == [.added(name: "other", version: version)])
        try FileManager.default.removeItem(atPath: tree.folder + "/form/other")
        _ = catalog.reloadIfChanged(now: at(20))
        _ = catalog.reloadIfChanged(now: at(21))
        #expect(catalog.snapshot.byName["other"] != nil)
    }

    @Test("names are the folder's, of the kind above it, and taken once")
    func names() throws {
        let tree = try Tree()
        try tree.write("return {}", name: "misnamed", declared: "else")
        try tree.write("return {}", name: "acme", kind: "telephony")
        let catalog = try AdapterCatalog(folder: tree.folder)
        #expect(catalog.snapshot.byName.count == 1)
        let messages = catalog.snapshot.problems.map(\.message)
        #expect(messages.contains { $0.contains("expected the folder's name \"misnamed\"") })
        #expect(messages.contains { $0.contains("kind: expected \"telephony\"") })
        #expect(throws: AdapterProblem.self) { try AdapterCatalog(folder: "/nowhere/at/all") }
    }

    @Test("writing golden files changes them and still fails that run")
    func golden() throws {
        let tree = try Tree()
        try tree.write("return { ignored = 'spam' }")
        let adapter = try Adapter(folder: tree.folder + "/form/acme")
        #expect(FixtureRunner(adapter: adapter).run(updating: true).contains { $0.problem != nil })
        #expect(FixtureRunner(adapter: adapter).run().allSatisfy { $0.problem == nil })
    }
}
