import Hummingbird

extension RouteTable {
    /// `/openapi.yaml`: what this process answers, in OpenAPI 3.1 (RFC 9512 for the media type).
    func addOpenAPI() {
        open("openapi.yaml") { _, _ in
            .text(openAPIDocument, type: "application/yaml", caching: "no-cache")
        }
    }
}
