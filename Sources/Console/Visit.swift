import Adapters
import Contacts
import Foundation
import HTTPTypes
import Hummingbird
import OpenSSL
import Receiving
import Store

/// One request of a person who is logged in.
struct Visit: Sendable {
    let account: Account
    let session: SessionToken
    let words: ConsoleWords
    let query: FormValues
    let path: Parameters
    /// The client's address.
    let remote: String

    var workspaceID: Int64 { account.workspaceID }

    func id(_ name: String) throws(ConsoleFailure) -> UUID {
        guard let text = path.get(name), text.utf8.count == 36, let id = UUID(uuidString: text) else {
            throw .notFound
        }
        return id
    }

    /// Where a list goes on.
    func before() -> UUID? { query["before"].flatMap(UUID.init(uuidString:)) }
}

enum ConsoleFailure: Error {
    case notFound
    /// The role does not allow it.
    case forbidden
    /// A form without the session's own mark, or too large.
    case badForm
    case unavailable
}

/// What the browser's cookie holds; the database has its SHA-256 only.
struct SessionToken: Sendable {
    static let cookie = "leadgate_session"
    let text: String

    static func make() -> SessionToken { SessionToken(text: Base64.encode(randomBytes(32), urlSafe: true)) }

    init(text: String) { self.text = text }

    /// - Returns: nil if the request shows none.
    init?(in headers: HTTPFields) {
        for field in headers[values: .cookie] {
            for pair in field.split(separator: ";") {
                let parts = pair.drop { $0 == " " }.split(separator: "=", maxSplits: 1)
                guard parts.count == 2, parts[0] == SessionToken.cookie, parts[1].utf8.count == 43 else {
                    continue
                }
                self.init(text: String(parts[1]))
                return
            }
        }
        return nil
    }

    var hash: [UInt8] { digest(Array(text.utf8), .sha256) }

    /// Stands in every form of the session, so that no other site can send one.
    var formMark: String {
        Base64.encode(hmac(key: Array(text.utf8), message: Array("form".utf8), .sha256), urlSafe: true)
    }

    func isMark(_ text: String?) -> Bool {
        guard let text else { return false }
        return constantTimeEqual(Array(text.utf8), Array(formMark.utf8))
    }
}

/// A query or a form by name.
struct FormValues: Sendable {
    private var values: [String: [String]] = [:]

    init(_ encoded: String?) {
        // What PostgreSQL cannot hold is left out.
        for field in (try? formFields(encoded ?? "")) ?? [] where !field.value.utf8.contains(0) {
            values[field.name, default: []].append(field.value)
        }
    }

    /// The first value, if it is not blank.
    subscript(name: String) -> String? { values[name]?.first.flatMap { $0.isEmpty ? nil : $0 } }

    func all(_ name: String) -> [String] { values[name] ?? [] }
}
