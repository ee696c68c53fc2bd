import Foundation
import Harness
import Postgres
import Testing

/// The built program, and a browser that is pointed at it. One at a time: a browser takes a processor for itself.
@Suite("The hosted form in a real browser", .serialized)
struct HostedFormTests {
    @Test("takes a message and says thanks, with scripts and without", arguments: [true, false])
    func sends(runsScripts: Bool) async throws {
        try await visit(runsScripts: runsScripts) { browser, url, database in
            try await browser.open("\(url)/form/site?utm_source=news")
            #expect(try await !browser.isShown("#trap"))
            try await browser.type("Olena Bondar", into: "#name")
            try await browser.type("+380 44 123 45 67", into: "#phone")
            try await browser.type("Call me,\nplease", into: "#message")
            try await browser.click("button")
            try await browser.waitFor("Thank you!")
            #expect(try await browser.address == "\(url)/form/site?sent=1")
            let bodies = try await bodies(in: database)
            #expect(bodies.count == 1)
            #expect(bodies.first?.contains("name=Olena+Bondar") == true)
            #expect(bodies.first?.contains("utm_source=news") == true)
        }
    }

    @Test("makes one event of a double click, with scripts and without", arguments: [true, false])
    func doubleClick(runsScripts: Bool) async throws {
        try await visit(runsScripts: runsScripts) { browser, url, database in
            try await browser.open("\(url)/form/site")
            try await browser.type("olena@example.org", into: "#email")
            try await browser.doubleClick("button")
            try await browser.waitFor("Thank you!")
            #expect(try await bodies(in: database).count == 1)
        }
    }

    @Test(
        "asks for a phone or an e-mail and keeps what was typed, with scripts and without",
        arguments: [true, false])
    func asksForContact(runsScripts: Bool) async throws {
        try await visit(runsScripts: runsScripts, languages: "uk-UA,uk") { browser, url, database in
            try await browser.open("\(url)/form/site")
            try await browser.type("Олена \"О'Б\" <b>", into: "#name")
            try await browser.type("Два\nрядки & ще", into: "#message")
            try await browser.click("button")
            try await browser.waitFor("Вкажіть, будь ласка, телефон або електронну пошту")
            #expect(try await browser.value("#name") == "Олена \"О'Б\" <b>")
            #expect(try await browser.value("#message") == "Два\nрядки & ще")
            #expect(try await bodies(in: database).isEmpty)
            try await browser.type("0441234567", into: "#phone")
            try await browser.click("button")
            try await browser.waitFor("Дякуємо!")
            #expect(try await bodies(in: database).count == 1)
        }
    }

    @Test("takes a corrected message for a new one, with scripts and without", arguments: [true, false])
    func corrects(runsScripts: Bool) async throws {
        try await visit(runsScripts: runsScripts) { browser, url, database in
            try await browser.open("\(url)/form/site")
            try await browser.type("olena@exmaple.org", into: "#email")
            try await browser.click("button")
            try await browser.waitFor("Thank you!")
            try await browser.back()
            try await browser.waitFor("Contact us")
            try await browser.type("+380441234567", into: "#phone")
            try await browser.click("button")
            try await browser.waitFor("Thank you!")
            #expect(try await bodies(in: database).count == 2)
            let keys = try await onThread {
                try database.connect().query(
                    Statement(name: "test.keys", sql: "SELECT count(*) FROM leadgate.event_key"))
            }
            #expect(keys.bigint(0, 0) == 2, "one under the other's key is no new message")
        }
    }

    // MARK: -

    private func visit(
        runsScripts: Bool, languages: String = "en-GB,en",
        _ body: (Browser, String, TestDatabase) async throws -> Void
    ) async throws {
        let (database, program) = try await onThread {
            let database = try TestDatabase.make()
            let program = try Program(
                ["serve"],
                config: """
                    region: UA
                    database: "\(database.url)"
                    channels:
                      site: {adapter: web-form, settings: {burst: 20}}

                    """)
            try program.waitUntilReady()
            return (database, program)
        }
        defer { program.terminate() }
        let browser = try await Browser(runsScripts: runsScripts, languages: languages)
        do {
            try await body(browser, program.url, database)
        } catch {
            await browser.close()
            throw error
        }
        await browser.close()
    }
}

/// The bodies of what was kept, oldest first.
private func bodies(in database: TestDatabase) async throws -> [String] {
    let rows = try await onThread {
        try database.connect().query(
            Statement(name: "test.bodies", sql: "SELECT body FROM leadgate.inbound_event ORDER BY id"))
    }
    return (0..<rows.count).map { String(decoding: rows.bytea($0, 0) ?? [], as: UTF8.self) }
}
