import API
import Contacts
import Dispatch
import HTTPTypes
import Logging
import OpenSSL
import Postgres
import Store

/// Lets people in and out.
struct Sessions: Sendable {
    /// The longest time without a request, and the longest at all.
    static let (idle, most) = (Duration.seconds(8 * 3_600), Duration.seconds(7 * 86_400))

    enum Answer {
        case entered(SessionToken)
        case refused
        /// Too many tries; seconds to wait.
        case wait(Int)
    }

    let services: ConsoleServices
    private let throttle = LoginThrottle()
    /// One password at a time: each costs 32 MiB.
    private let hashing = DispatchQueue(label: "leadgate.console.passwords")

    func account(_ token: SessionToken) async throws -> Account? {
        let (hash, now) = (token.hash, services.now)
        return try await services.change { try $0.sessionHolder(hash: hash, idle: Sessions.idle, now: now) }
    }

    func login(name: String, password: String, remote: String) async throws -> Answer {
        let now = services.now
        let keys = ["name \(name.lowercased().prefix(100))", "address \(remote)"]
        if let seconds = throttle.wait(keys, now: now) { return .wait(seconds) }
        guard name.count <= 100, password.utf8.count <= 1_024 else { return .refused }
        let found = try await services.read { try $0.account(named: name) }
        // An unknown name costs the same time as a wrong password.
        let known = PasswordHash(text: found?.password ?? "")
        let isRight = await withCheckedContinuation { continuation in
            hashing.async { continuation.resume(returning: known.matches(password)) }
        }
        guard let found, isRight else {
            throttle.failed(keys, now: now)
            services.api.log.notice("login refused")
            return .refused
        }
        throttle.succeeded(keys[0])
        let token = SessionToken.make()
        let hash = token.hash
        try await services.change { connection in
            try connection.openSession(found.0, hash: hash, now: now, endsAt: now + Sessions.most)
            try connection.note("login", of: found.0, subjects: [nil], remote: remote, now: now)
        }
        return .entered(token)
    }

    func logout(_ visit: Visit) async throws {
        let (account, hash) = (visit.account, visit.session.hash)
        try await services.change { try $0.closeSession(workspaceID: account.workspaceID, hash: hash) }
    }

    /// The cookie of a session; of nil one that ends it.
    func cookie(_ token: SessionToken?) -> String {
        let value = "\(SessionToken.cookie)=\(token?.text ?? ""); Path=/console; HttpOnly; SameSite=Lax"
        let age = token == nil ? 0 : Int(Sessions.most / .seconds(1))
        return value + "; Max-Age=\(age)" + (services.isSecure ? "; Secure" : "")
    }
}
