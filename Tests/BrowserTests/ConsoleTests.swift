import Curl
import Foundation
import Harness
import Testing

@Suite("The console in a real browser", .serialized)
struct ConsoleTests {
    private static let password = "a password of many letters"

    @Test(
        "somebody logs in, sees an event arrive without a reload, and finds the person with what was written")
    func showsLive() async throws {
        let program = try await onThread {
            let database = try TestDatabase.make()
            let config = """
                region: UA
                database: "\(database.url)"
                channels: {site: {adapter: web-form}}

                """
            let made = try Program.run(
                ["user", "add", "Olena", "--role", "viewer", "--stdin"], config: config,
                input: Self.password + "\n")
            try #require(made.status == 0, "\(made.errors)")
            let program = try Program(["serve"], config: config)
            try program.waitUntilReady()
            return program
        }
        defer { program.terminate() }
        let browser = try await Browser(runsScripts: true, languages: "en-GB,en")
        do {
            try await visit(browser, program)
        } catch {
            await browser.close()
            throw error
        }
        await browser.close()
    }

    private func visit(_ browser: Browser, _ program: Program) async throws {
        try await browser.open("\(program.url)/console")
        try await browser.type("olena", into: "#name")
        try await browser.type("not " + Self.password, into: "#password")
        try await browser.click("button")
        try await browser.waitFor("The name or the password is not right.")
        try await browser.type(Self.password, into: "#password")
        try await browser.click("button")
        try await browser.waitFor("nothing yet")

        let hostile = "<img src=x onerror=alert(1)>"
        let answer = try await onThread {
            try HTTP.post(
                program.url + "/form/site", body: "name=\(hostile)&phone=%2B380671112233&message=Call+me",
                type: "application/x-www-form-urlencoded")
        }
        #expect(answer.status == 200)
        try await browser.waitFor("working")

        try await browser.open("\(program.url)/console/leads")
        try await browser.click("td a[href^='/console/cards/']")
        try await browser.waitFor("+380671112233")
        let page = try await browser.text()
        #expect(page.contains(hostile))
        #expect(page.contains("Call me"))
        try await browser.open("\(program.url)/console/log")
        try await browser.waitFor("Your role does not allow this.")
    }
}
