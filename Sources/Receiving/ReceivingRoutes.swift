import HTTPTypes
public import Hummingbird

/// Adds what strangers may call: `/in/{channel}/{token}[/tail]`.
public func addReceivingRoutes(to router: Router<GatewayContext>, services: ReceivingServices) {
    let webhooks = Webhooks(services: services)
    let methods: [HTTPRequest.Method] = [.get, .head, .post, .put, .patch, .delete, .options]
    for method in methods {
        router.on("in/**", method: method) { request, context in
            try await webhooks.respond(request, context)
        }
    }
}
