import Foundation
import Harness
import Testing

/// A source that only these tests know.
enum TestAdapter {
    static let good = """
        -- A source for tests.
        return {
          name = "acme", kind = "form", title = "Acme",
          accepts = { methods = { "POST" }, body = "json", limit = "64KiB" },
          event_key = { "json.id" },
          map = function(request)
            local person = request.json.person
            return { {
              type = "submission", direction = "inbound", event_id = request.json.id, text = request.json.text,
              contact = { name = person.name, points = { { kind = "phone", value = person.phone } } },
            } }
          end,
        }
        """
    /// Fails at its line 7 with every request.
    static let failing = good.replacing("request.json.person", with: "request.json.persona.person")
    static let request = """
        {"method": "POST", "headers": {"Content-Type": "application/json"},
         "body": {"id": "a-1", "text": "Hello", "person": {"name": "Olena Bondar", "phone": "+380671112233"}}}
        """
}

/// A folder of adapters to be changed: those of the repository, and what a test adds.
struct AdapterFolder {
    let path: String

    init() throws {
        let base = FileManager.default.temporaryDirectory.resolvingSymlinksInPath().path
        let name = UUID().uuidString.lowercased().prefix(8)
        path = "\(base)/leadgate-tests-\(ProcessInfo.processInfo.processIdentifier)-a\(name)"
        try FileManager.default.copyItem(atPath: "\(Program.repository)/adapters", toPath: path)
    }

    func write(_ script: String, named name: String) throws {
        let folder = "\(path)/form/\(name)"
        try FileManager.default.createDirectory(
            atPath: "\(folder)/fixtures", withIntermediateDirectories: true)
        try script.write(toFile: "\(folder)/adapter.lua", atomically: true, encoding: .utf8)
    }

    func remove(_ name: String) throws { try FileManager.default.removeItem(atPath: "\(path)/form/\(name)") }

    /// Gives an adapter its recorded request, and what the adapter makes of it now as the expectation.
    func record(_ name: String) throws {
        let folder = "\(path)/form/\(name)"
        try TestAdapter.request.write(
            toFile: "\(folder)/fixtures/typical.request.json", atomically: true, encoding: .utf8)
        // The first run writes the expectation and fails, so that a person looks at it.
        #expect(try Program.run(["adapter", "test", folder, "--update"]).status == 1)
        #expect(try Program.run(["adapter", "test", folder]).status == 0)
    }
}
