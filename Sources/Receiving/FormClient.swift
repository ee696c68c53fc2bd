import HTTPTypes
import Hummingbird

/// Who asks for a form or sends one: a person's browser or a program, and in what words it wants its answer.
struct FormClient {
    /// A page, else JSON.
    let wantsPage: Bool
    let words: FormWords
    /// The site that sends, as the browser states it; nil where no browser does.
    let origin: String?
    /// The browser says that our own page sends. Scripts of other sites cannot set this header.
    let isOwnPage: Bool
    /// The page that led here.
    let referer: String?

    init(_ request: Request) {
        let accept = WeightedChoices(request.headers[.accept])
        let type = (request.headers[.contentType] ?? "").prefix { $0 != ";" }.lowercased()
        let (page, json) = (accept.weight(of: "text/html"), accept.weight(of: "application/json"))
        // A browser that is shown a form names HTML; scripts and tools name JSON or nothing.
        wantsPage = page > 0 && page >= json && !type.hasPrefix("application/json")
        words = FormWords.of(WeightedChoices(request.headers[.acceptLanguage]))
        origin = request.headers[.origin]?.lowercased()
        isOwnPage = HTTPField.Name("sec-fetch-site").flatMap { request.headers[$0] } == "same-origin"
        referer = request.headers[.referer]
    }
}
