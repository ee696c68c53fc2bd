import HTTPTypes
import Hummingbird

/// `/problems/{reason}`: what a problem's type means, for people who follow it.
struct ProblemPages: Sendable {
    private static let pages = WebPages(["problem": page])

    private let kinds: [String: ProblemKind]

    /// - Parameter kinds: of one reason the first counts.
    init(_ kinds: [ProblemKind]) {
        self.kinds = Dictionary(kinds.map { ($0.reason, $0) }, uniquingKeysWith: { first, _ in first })
    }

    func respond(_ request: Request, _ context: GatewayContext) async throws -> Response {
        guard let kind = context.parameters.get("reason").flatMap({ kinds[$0] }) else {
            throw Problem(.notFound)
        }
        return ProblemPages.pages.response(
            "problem",
            [
                "language": "en", "title": kind.title, "status": Int(kind.status.code), "reason": kind.reason,
                "meaning": kind.meaning,
            ], status: .ok, policy: WebPages.Policy())
    }

    private static let page = """
        {{<frame}}{{$content}}
        <h1>{{title}}</h1>
        <p class="lead"><code>{{reason}}</code>, HTTP status {{status}}</p>
        <p>{{meaning}}</p>
        {{/content}}{{/frame}}
        """
}
