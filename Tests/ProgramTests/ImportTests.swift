import Curl
import Foundation
import Harness
import JSON
import Postgres
import Testing

@Suite("Customers brought in")
struct ImportTests {
    @Test("what the README says: a card of a file is found by the first call, which opens the only lead")
    func readme() throws {
        let readme = try String(contentsOfFile: "\(Program.repository)/README.md", encoding: .utf8)
        let line = try #require(readme.split(separator: "\n").first { $0.contains(#"{"card": "#) })
        let installation = try Installation()
        try installation.withGateway { gateway in
            let token = try installation.token("ingest")
            for duplicates in [0, 1] {
                let answer = try HTTP.post(
                    "\(gateway.url)/v1/import", body: String(line), type: "application/x-ndjson",
                    headers: [("Authorization", "Bearer \(token)")])
                #expect(answer.status == 200, "\(answer.text)")
                #expect(try JSON.parse(answer.body)["duplicates"] == .integer(Int64(duplicates)))
            }
            try installation.waitUntilResolved(1)
            #expect(try installation.rows(of: "lead") == 0)
            try gateway.submit("e-1", phone: "+380 67 111 22 33", name: "O. B.")
            try installation.waitUntilResolved(2)
            #expect(try installation.rows(of: "card") == 1)
            #expect(try installation.rows(of: "lead") == 1)
            #expect(try installation.texts("SELECT name FROM leadgate.card") == ["Olena Bondar"])
            #expect(
                try installation.texts("SELECT key FROM leadgate.channel WHERE adapter = 'import'") == [
                    "import@main"
                ])
        }
    }

    @Test(
        "nobody reaches the channel for imports by a URL",
        arguments: ["in/import@main/x", "form/import@main"])
    func unreachable(path: String) throws {
        let installation = try Installation()
        try installation.withGateway { gateway in
            let answer = try HTTP.post("\(gateway.url)/\(path)", body: "{}")
            #expect(answer.status == 404)
        }
    }
}
