import HTTPTypes
import Hummingbird
import Receiving
import Store

extension Console {
    /// `/console/login`, `/console/logout`.
    func addLogin() {
        let (sessions, services) = (sessions, services)
        router.get("console/login") { request, _ in
            await Console.answering(request, services) { words in Console.login(words, status: .ok) }
        }
        router.post("console/login") { request, context in
            await Console.answering(request, services) { words in
                // Nobody is logged in yet, so there is no mark: another site's form would log nobody in but its own maker.
                guard Console.isOwnSite(request) else { throw ConsoleFailure.badForm }
                let values = try await Console.values(of: request)
                let (name, remote) = (values["name"] ?? "", services.client(request, context))
                let answer = try await sessions.login(
                    name: name, password: values["password"] ?? "", remote: remote)
                switch answer {
                case .entered(let token):
                    return Response(
                        status: .seeOther,
                        headers: [.location: "/console", .setCookie: sessions.cookie(token)])
                case .refused:
                    return Console.login(
                        words, status: .unauthorized, name: name, problem: words["refused"])
                case .wait(let seconds):
                    return Console.login(
                        words, status: .tooManyRequests, name: name, problem: "\(words["wait"]) \(seconds)",
                        headers: [.retryAfter: "\(seconds)"])
                }
            }
        }
        form("console/logout", role: .viewer) { visit, _ in
            try await sessions.logout(visit)
            return Response(
                status: .seeOther, headers: [.location: "/console/login", .setCookie: sessions.cookie(nil)])
        }
    }

    /// Browsers say where a form was sent from; one that does not is let through.
    private static func isOwnSite(_ request: Request) -> Bool {
        guard let name = HTTPField.Name("sec-fetch-site"), let site = request.headers[name] else {
            return true
        }
        return site == "same-origin" || site == "none"
    }

    private static func login(
        _ words: ConsoleWords, status: HTTPResponse.Status, name: String = "", problem: String? = nil,
        headers: HTTPFields = [:]
    ) -> Response {
        var policy = WebPages.Policy()
        policy.formTargets = ["'self'"]
        var values: [String: Any] = [
            "title": "\(words["login"]) – Leadgate", "language": words.language, "w": words.table,
            "name": name,
        ]
        if let problem { values["problem"] = problem }
        return pages.response("login", values, status: status, policy: policy, headers: headers)
    }
}
