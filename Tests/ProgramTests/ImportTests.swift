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

    // MARK: - The command

    /// Writes a file into the installation's folder.
    private func write(_ bytes: [UInt8], _ name: String, _ installation: Installation) throws -> String {
        let path = "\(installation.folder)/\(name)"
        try Data(bytes).write(to: URL(fileURLWithPath: path))
        return path
    }

    private func write(_ text: String, _ name: String, _ installation: Installation) throws -> String {
        try write(Array(text.utf8), name, installation)
    }

    /// What the command says at its end, by name.
    private func totals(_ ended: Program.Ended) -> [String: Int] {
        var found: [String: Int] = [:]
        for line in ended.lines {
            for name in ["read", "right", "imported", "already there", "wrong"]
            where line.hasPrefix(name + " ") {
                found[name] = Int(line.dropFirst(name.count).split(separator: " ").first ?? "")
            }
        }
        return found
    }

    private func list(_ count: Int) -> String {
        "Name,Phone,Email\n"
            + (0..<count).map { "Customer \($0),+38067\(1_000_000 + $0),c\($0)@example.com\n" }.joined()
    }

    @Test(
        "a table of windows-1251 with semicolons becomes cards that a call is answered by, and twice is once")
    func table() throws {
        let installation = try Installation()
        // Имя;Телефон;Город
        let head: [UInt8] =
            [0xC8, 0xEC, 0xFF, 0x3B, 0xD2, 0xE5, 0xEB, 0xE5, 0xF4, 0xEE, 0xED] + [0x3B]
            + [0xC3, 0xEE, 0xF0, 0xEE, 0xE4, 0x0D, 0x0A]
        // Олена;067 111 22 33;Киев
        let row: [UInt8] =
            [0xCE, 0xEB, 0xE5, 0xED, 0xE0] + Array(";067 111 22 33;".utf8) + [
                0xCA, 0xE8, 0xE5, 0xE2, 0x0D, 0x0A,
            ]
        let file = try write(head + row, "customers.csv", installation)
        for imported in [1, 0] {
            let ended = try installation.run("import", file)
            #expect(ended.status == 0, "\(ended.errors)")
            for line in ["Имя      name", "Телефон  phone", "Город    attribute"] {
                #expect(ended.lines.contains { $0 == line }, "\(ended.output)")
            }
            #expect(
                totals(ended) == ["read": 1, "imported": imported, "already there": 1 - imported, "wrong": 0])
        }
        try installation.withGateway { gateway in
            try installation.waitUntilResolved(1)
            #expect(try installation.texts("SELECT name FROM leadgate.card") == ["Олена"])
            #expect(try installation.rows(of: "lead") == 0)
            try gateway.submit("e-1", phone: "+380 67 111 22 33", name: "O. B.")
            try installation.waitUntilResolved(2)
            #expect(try installation.rows(of: "card") == 1)
            #expect(try installation.rows(of: "lead") == 1)
        }
    }

    @Test(
        "a dry run needs no database, writes nothing and tells what is wrong: a number without a country, too"
    )
    func dryRun() throws {
        let away = "postgresql://localhost:1/none"
        let installation = try Installation("channels: {site: {adapter: web-form}}\ndatabase: \(away)")
        let file = try write(
            "Name,Phone\nAnn,+380671112233\nBen,none\nCid,067 111 22 44\n", "c.csv", installation)
        let ended = try installation.run("import", file, "--dry-run")
        #expect(ended.status == 1)
        #expect(totals(ended) == ["read": 3, "right": 1, "wrong": 2])
        #expect(
            ended.complaints == [
                "line 3: wrong_shape: card.points hold no phone, e-mail or handle",
                "line 4: wrong_shape: none of the card's points can be read",
            ])
        #expect(ended.lines.last == "Nothing was written.")
        let left = try FileManager.default.contentsOfDirectory(atPath: installation.folder).sorted()
        #expect(left == ["c.csv", "leadgate.yaml"])
        let refused = try installation.run("import", file)
        #expect(refused.status == 1)
        #expect(refused.errors.contains("Connection refused"))
    }

    @Test("wrong lines are in a file of their own, for the owner only, which is mended and imported")
    func errorsFile() throws {
        let installation = try Installation()
        let text = "Name;Phone;Note\nAnn;0671112233;\nBen;none;\"a;b\"\nCid;0671112244;x;y\n"
        let file = try write(text, "c.csv", installation)
        let ended = try installation.run("import", file)
        #expect(ended.status == 1)
        #expect(totals(ended) == ["read": 3, "imported": 1, "already there": 0, "wrong": 2])
        let errors = "\(file).errors.csv"
        #expect(ended.output.contains("see \(errors)"))
        let mode = try FileManager.default.attributesOfItem(atPath: errors)[.posixPermissions] as? Int
        #expect(mode == 0o600)
        let told = try String(contentsOfFile: errors, encoding: .utf8)
        #expect(
            told == "import_line;import_error;Name;Phone;Note\r\n"
                + "3;wrong_shape: card.points hold no phone, e-mail or handle;Ben;none;\"a;b\"\r\n"
                + "4;wrong_shape: there are more cells than columns;Cid;0671112244;x;y\r\n")
        // Spreadsheets take UTF-8 without it for something else.
        #expect(FileManager.default.contents(atPath: errors)?.starts(with: [0xEF, 0xBB, 0xBF]) == true)
        let mended = told.replacing(";none;", with: ";067 111 22 55;").replacing(";x;y", with: ";x")
        try mended.write(toFile: errors, atomically: true, encoding: .utf8)
        let again = try installation.run("import", errors)
        #expect(again.status == 0, "\(again.errors)")
        #expect(totals(again) == ["read": 2, "imported": 2, "already there": 0, "wrong": 0])
        let cid =
            #"{"card":{"name":"Cid","points":[{"kind":"phone","value":"0671112244"}],"attributes":{"Note":"x"}}}"#
        let bodies = try installation.texts("SELECT convert_from(body, 'UTF8') FROM leadgate.inbound_event")
        #expect(bodies.count == 3 && bodies.contains(cid), "\(bodies)")
    }

    @Test("lines of JSON are taken, too, and the wrong ones are mended in a file like theirs")
    func lines() throws {
        let installation = try Installation()
        let card = #"{"card": {"points": [{"kind": "phone", "value": "0671112233"}]}}"#
        let file = try write("\(card)\n{}\n\(card)\n", "c.ndjson", installation)
        let ended = try installation.run("import", file)
        #expect(ended.status == 1)
        #expect(totals(ended) == ["read": 3, "imported": 1, "already there": 1, "wrong": 1])
        let errors = "\(file).errors.ndjson"
        let told = try String(contentsOfFile: errors, encoding: .utf8)
        #expect(told.hasPrefix(#"{"import_line":2,"import_error":"wrong_shape: "#))
        #expect(told.contains(#""import_source":{}"#))
        let right = #"{"card":{"points":[{"kind":"email","value":"ann@example.com"}]}}"#
        try told.replacing("{}", with: right).write(toFile: errors, atomically: true, encoding: .utf8)
        #expect(
            totals(try installation.run("import", errors)) == [
                "read": 1, "imported": 1, "already there": 0, "wrong": 0,
            ])
    }

    @Test("killed in the middle and started again, 20,000 customers are in, each once")
    func killed() throws {
        let installation = try Installation()
        let file = try write(list(20_000), "c.csv", installation)
        let program = try Program(["import", file, "--config", installation.file])
        try eventually("some customers are in", within: .seconds(60)) {
            try installation.rows(of: "event_key") >= 400
        }
        program.killNow()
        try program.waitUntilExit()
        let kept = try installation.rows(of: "event_key")
        let ended = try installation.run("import", file, timeout: .seconds(180))
        #expect(ended.status == 0, "\(ended.errors)")
        let totals = totals(ended)
        #expect(totals["read"] == 20_000)
        #expect(totals["already there"].map(Int64.init) ?? 0 >= kept)
        #expect((totals["already there"] ?? 0) + (totals["imported"] ?? 0) == 20_000)
        #expect(try installation.rows(of: "event_key") == 20_000)
        #expect(try installation.rows(of: "inbound_event") == 20_000)
        try installation.database.drop()
    }

    @Test("SIGINT stops it between two pieces, and it says how to go on")
    func interrupted() throws {
        let installation = try Installation()
        let file = try write(list(60_000), "c.csv", installation)
        let program = try Program(["import", file, "--config", installation.file])
        try eventually("some customers are in", within: .seconds(60)) {
            try installation.rows(of: "event_key") >= 400
        }
        program.signal(SIGINT)
        let ended = try program.waitUntilExit(timeout: .seconds(60))
        #expect(ended.status == 130 && !ended.isSignal, "\(ended.errors)")
        #expect(ended.lines.last == "Stopped. The same command goes on; what is there already has no effect.")
        let totals = totals(ended)
        #expect(totals["read"] == totals["imported"])
        #expect(totals["imported"].map(Int64.init) == (try installation.rows(of: "event_key")))
        #expect(totals["imported"] ?? 60_000 < 60_000)
        try installation.database.drop()
    }

    @Test("it says which workspace it is for, and retires no other channel")
    func workspaces() throws {
        let installation = try Installation(
            """
            workspaces:
              kyiv: {region: UA, channels: {kyiv-site: {adapter: web-form}}}
              berlin: {region: DE, channels: {berlin-site: {adapter: web-form}}}
            """)
        try installation.withGateway { _ in }
        let file = try write("Имя,Телефон\nAnn,030 901820\n", "c.csv", installation)
        let unsaid = try installation.run("import", file)
        #expect(unsaid.errors == "leadgate: name one of the workspaces kyiv, berlin with --workspace\n")
        #expect(try installation.run("import", file, "--workspace", "berlin").status == 0)
        #expect(
            try installation.texts(
                """
                SELECT w.key || ' ' || e.adapter FROM leadgate.inbound_event e
                JOIN leadgate.workspace w ON w.id = e.workspace_id
                """) == ["berlin import"])
        #expect(try installation.count("SELECT count(*) FROM leadgate.channel WHERE state <> 'active'") == 0)
    }

    @Test(
        "what cannot be read at all is told in one line",
        arguments: [
            ("none.csv", nil, "there is no file"), ("c.csv", "", "there is nothing in"),
            ("c.csv", "Name,City\nAnn,Kyiv\n", "no column looks like a phone"),
        ])
    func refuses(name: String, text: String?, told: String) throws {
        let installation = try Installation()
        let path = try text.map { try write($0, name, installation) } ?? name
        let ended = try installation.run("import", path)
        #expect(ended.status == 1)
        #expect(ended.output == "")
        #expect(ended.complaints.count == 1 && ended.errors.contains(told), "\(ended.errors)")
    }
}
