import Curl
import Foundation
import Glibc
import Harness
import JSON
import Testing

/// Debian's Chromium without a window, driven over W3C WebDriver by a chromedriver of its own.
struct Browser {
    /// What one session of the driver answers to; ends with `/session/<id>`.
    private let session: String
    private let driver: Process
    private let folder: String

    /// - Parameters:
    ///   - runsScripts: false switches JavaScript off, as a cautious visitor does.
    ///   - languages: what the visitor's browser names in `Accept-Language`.
    init(runsScripts: Bool = true, languages: String = "en-GB,en") async throws {
        folder =
            FileManager.default.temporaryDirectory.appendingPathComponent("browser-\(UUID().uuidString)").path
        let port = Program.freePort()
        driver = Process()
        driver.executableURL = URL(filePath: "/usr/bin/chromedriver")
        driver.arguments = ["--port=\(port)"]
        driver.standardOutput = FileHandle.nullDevice
        driver.standardError = FileHandle.nullDevice
        try Program.withAllSignals(driver.run)
        let url = "http://127.0.0.1:\(port)"
        do {
            try await Browser.waitUntilReady(url)
            let preferences: JSON = [
                "intl.accept_languages": .string(languages),
                "profile.managed_default_content_settings.javascript": runsScripts ? 1 : 2,
            ]
            let arguments = [
                "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
                "--no-first-run",
                "--user-data-dir=\(folder)", "--window-size=900,1000", "--lang=en-GB",
            ]
            let answer = try await Browser.ask(
                "POST", "\(url)/session",
                [
                    "capabilities": [
                        "alwaysMatch": [
                            "browserName": "chrome",
                            "goog:chromeOptions": [
                                "binary": "/usr/bin/chromium", "args": .array(arguments.map(JSON.string)),
                                "prefs": preferences,
                            ],
                        ]
                    ]
                ], timeout: .seconds(60))
            session = "\(url)/session/\(try #require(answer["sessionId"]?.string))"
        } catch {
            driver.terminate()
            throw error
        }
    }

    /// Ends browser and driver. To be called last.
    func close() async {
        _ = try? await Browser.ask("DELETE", session)
        driver.terminate()
        driver.waitUntilExit()
        try? FileManager.default.removeItem(atPath: folder)
    }

    // MARK: - What a person does

    func open(_ url: String) async throws { try await post("url", ["url": .string(url)]) }

    func type(_ text: String, into selector: String) async throws {
        try await post("element/\(await element(selector))/value", ["text": .string(text)])
    }

    func click(_ selector: String) async throws {
        try await post("element/\(await element(selector))/click", [:])
    }

    /// Two clicks faster than any answer.
    func doubleClick(_ selector: String) async throws {
        let origin: JSON = ["element-6066-11e4-a52e-4f735466cecf": .string(try await element(selector))]
        let press: [JSON] = [["type": "pointerDown", "button": 0], ["type": "pointerUp", "button": 0]]
        let move: JSON = ["type": "pointerMove", "duration": 0, "x": 0, "y": 0, "origin": origin]
        try await post(
            "actions",
            ["actions": [["type": "pointer", "id": "mouse", "actions": .array([move] + press + press)]]])
    }

    func back() async throws { try await post("back", [:]) }

    // MARK: - What a person sees

    var address: String { get async throws { try await get("url").string ?? "" } }

    func text(_ selector: String = "body") async throws -> String {
        try await get("element/\(await element(selector))/text").string ?? ""
    }

    /// What stands in a field.
    func value(_ selector: String) async throws -> String {
        try await get("element/\(await element(selector))/property/value").string ?? ""
    }

    func isShown(_ selector: String) async throws -> Bool {
        guard let id = try? await element(selector) else { return false }
        let box = try await get("element/\(id)/rect")
        return ["x", "y"].allSatisfy { (box[$0]?.scalar).flatMap(Double.init).map { $0 >= 0 } ?? false }
    }

    /// Waits until a page shows `words`.
    func waitFor(_ words: String, sourceLocation: SourceLocation = #_sourceLocation) async throws {
        let end = ContinuousClock.now + .seconds(20)
        while ContinuousClock.now < end {
            // Between two pages there is no element.
            if let text = try? await text(), text.contains(words) { return }
            try await Task.sleep(for: .milliseconds(50))
        }
        Issue.record("the page says \(try await text())", sourceLocation: sourceLocation)
    }

    // MARK: - WebDriver

    private func element(_ selector: String) async throws -> String {
        let found = try await Browser.ask(
            "POST", "\(session)/element", ["using": "css selector", "value": .string(selector)])
        return try #require(found["element-6066-11e4-a52e-4f735466cecf"]?.string)
    }

    private func get(_ path: String) async throws -> JSON {
        try await Browser.ask("GET", "\(session)/\(path)")
    }

    private func post(_ path: String, _ body: JSON) async throws {
        _ = try await Browser.ask("POST", "\(session)/\(path)", body)
    }

    /// - Returns: the member `value` of the answer.
    private static func ask(
        _ method: String, _ url: String, _ body: JSON? = nil, timeout: Duration = .seconds(30)
    ) async throws -> JSON {
        let body = body.map { Array($0.text().utf8) } ?? []
        let answer = try await onThread {
            try HTTP.call(
                method, url, headers: [("Content-Type", "application/json")], body: body, timeout: timeout)
        }
        let value = try JSON.parse(answer.text)["value"] ?? .null
        guard answer.status == 200 else {
            throw BrowserFailure(description: "\(method) \(url): \(value["message"]?.string ?? answer.text)")
        }
        return value
    }

    private static func waitUntilReady(_ url: String) async throws {
        let end = ContinuousClock.now + .seconds(20)
        while ContinuousClock.now < end {
            if let status = try? await ask("GET", "\(url)/status"), status["ready"]?.bool == true { return }
            try await Task.sleep(for: .milliseconds(50))
        }
        throw BrowserFailure(description: "chromedriver did not start")
    }
}

struct BrowserFailure: Error, CustomStringConvertible {
    let description: String
}

/// Runs `body`, which waits for other processes, on a thread of its own.
func onThread<T: Sendable>(_ body: @escaping @Sendable () throws -> T) async throws -> T {
    try await withCheckedThrowingContinuation { continuation in
        Thread { continuation.resume(with: Result { try body() }) }.start()
    }
}
