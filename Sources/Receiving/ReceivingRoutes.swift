import HTTPTypes
public import Hummingbird

/// Adds what strangers may call: `/in/{channel}/{token}[/tail]`, `/form/{channel}`, `/problems/{reason}`.
///
/// ``RequestLimits`` is to stand before them: it turns what they throw into answers.
///
/// - Parameter problems: kinds of other rooms that have a page too.
public func addReceivingRoutes(
    to router: Router<GatewayContext>, services: ReceivingServices, problems: [ProblemKind] = []
) {
    let webhooks = Webhooks(services: services)
    let forms = Forms(services: services)
    let pages = ProblemPages(ProblemKind.all + problems)
    // Methods that no adapter accepts are routed too, so that they are told so.
    let methods: [HTTPRequest.Method] = [
        .get, .head, .post, .put, .patch, .delete, .options, .trace, .connect,
    ]
    for method in methods {
        router.on("in/**", method: method) { try await webhooks.respond($0, $1) }
        router.on("form/{channel}", method: method) { try await forms.respond($0, $1) }
    }
    for method in [.get, .head] as [HTTPRequest.Method] {
        router.on("problems/{reason}", method: method) { try await pages.respond($0, $1) }
    }
}
