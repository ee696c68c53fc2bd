public import Contacts

/// The fields of a request in the order they were sent, before any script has seen them.
public struct SentForm: Sendable {
    /// One for each object where the body is a list of objects, else one; the query's fields where there is no body. Empty if
    /// nothing was filled in.
    public let forms: [[ContactField]]
    /// Parameters of the request's own address.
    public let query: [ContactField]
    /// The page that the request came from, as a field.
    private let page: [ContactField]

    init(_ request: InboundRequest, _ decoded: DecodedRequest) {
        query = decoded.query.map { ContactField(name: $0.name, value: $0.value) }
        let sent = decoded.form.map { ContactField(name: $0.name, value: $0.value) }
        var forms = decoded.json.map { submissions(in: $0) } ?? [sent].filter { !$0.isEmpty }
        if forms.isEmpty, decoded.json == nil, !query.isEmpty { forms = [query] }
        self.forms = forms
        page = request.header("referer").map { [ContactField(name: "page_url", value: $0)] } ?? []
    }

    /// The first value of a field in the first form; nil if it was not sent.
    public func value(_ name: String) -> String? {
        forms.first?.first { $0.name == name }?.value
    }

    /// What the forms say, each read by itself; the query and the page count for attribution only.
    /// - Parameter ignored: names of fields that are left out.
    public func readings(ignoring ignored: Set<String>) -> [FormReading] {
        forms.map { reading(of: $0, ignoring: ignored) }
    }

    func reading(of fields: [ContactField], ignoring ignored: Set<String>) -> FormReading {
        readForm(fields.filter { !ignored.contains($0.name) }, query: query + page)
    }
}

extension Adapter {
    /// Reads a request's fields by data alone. What cannot be decoded gives none.
    public func form(in request: InboundRequest) -> SentForm {
        SentForm(request, Decoder(accepts: definition.accepts).decode(request))
    }
}
