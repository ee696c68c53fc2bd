import Adapters
import Contacts
import HTTPTypes
import Hummingbird
import OpenSSL

/// The hosted page of one form, in the words of one visitor. Works without scripts.
struct FormPage {
    /// What a person can type, by the names the page gives to the fields.
    private static let visible = ["name", "phone", "email", "message"]
    /// Fields of the page's address that are handed on.
    private static let maxCarried = 50
    private static let pages = WebPages(["form": form, "sent": sent, "note": note])

    let words: FormWords
    let origins: FormOrigins
    /// The form's own path.
    let path: String
    /// Name of the field that robots fill in; nil: the channel's adapter knows none.
    let honeypot: String?

    /// The empty form.
    /// - Parameters:
    ///   - address: the page's own, with its query.
    ///   - query: of the page's address: campaign, click ids, where to go afterwards.
    func empty(address: String, query: [ContactField], referer: String?) -> Response {
        var carried = attribution(in: query)
        // The page is where the visitor is and, as far as we know, where the visit began.
        if !carried.contains(where: { $0.name.hasPrefix("page") }) {
            add("landing_page", address, to: &carried)
        }
        add("page_url", address, to: &carried)
        add("referrer", isOwn(referer) ? "" : referer ?? "", to: &carried)
        return show(values: [:], carried: carried, nonce: FormPage.newNonce(), problem: nil)
    }

    /// The form with what was typed, and what is wrong with it. Sent again unchanged it is the same submission.
    /// - Parameter fields: as they were sent.
    func again(
        _ problem: Problem, fields: [ContactField], query: [ContactField], referer: String?
    ) -> Response {
        var values: [String: String] = [:]
        var carried: [ContactField] = []
        for field in fields where field.name != honeypot && field.name != "nonce" {
            if FormPage.visible.contains(field.name), values[field.name] == nil {
                values[field.name] = field.value
            } else {
                carried.append(field)
            }
        }
        for field in attribution(in: query) { add(field.name, field.value, to: &carried) }
        if let referer, !isOwn(referer) { add("page_url", referer, to: &carried) }
        let nonce = fields.first { $0.name == "nonce" }?.value
        return show(values: values, carried: carried, nonce: nonce ?? FormPage.newNonce(), problem: problem)
    }

    func sent() -> Response {
        FormPage.pages.response(
            "sent", common.merging(["title": words.sent]) { $1 }, status: .ok, policy: origins.policy)
    }

    /// A problem where there is no form to show.
    static func note(_ problem: Problem, _ words: FormWords) -> Response {
        pages.response(
            "note", ["language": words.language, "title": words.title, "text": words.text(of: problem)],
            status: problem.status, policy: WebPages.Policy(), headers: problem.headers)
    }

    // MARK: - What is carried along

    private func attribution(in query: [ContactField]) -> [ContactField] {
        let names = Forms.redirectNames
        return Array(
            query.lazy.filter { isAttribution(field: $0.name) || names.contains($0.name) }
                .prefix(FormPage.maxCarried))
    }

    private func add(_ name: String, _ value: String, to fields: inout [ContactField]) {
        if !fields.contains(where: { $0.name == name }) {
            fields.append(ContactField(name: name, value: value))
        }
    }

    /// Whether a page is one of our forms, so that it tells nothing of where somebody came from.
    private func isOwn(_ referer: String?) -> Bool {
        guard let referer, let own = origins.own else { return false }
        return FormOrigins.origin(of: referer) == own && referer.contains(path)
    }

    private static func newNonce() -> String { Base64.encode(randomBytes(16), urlSafe: true) }

    // MARK: - Rendering

    private var common: [String: Any] { ["language": words.language, "words": words, "path": path] }

    private func show(
        values: [String: String], carried: [ContactField], nonce: String, problem: Problem?
    ) -> Response {
        var shown = common.merging(["title": words.title, "nonce": nonce, "carried": carried]) { $1 }
        for (name, value) in values { shown[name] = value }
        if let honeypot { shown["honeypot"] = honeypot }
        if let problem {
            shown["problem"] = words.text(of: problem)
            shown["needs_contact"] = problem.reason == ProblemKind.noContact.reason
        }
        return FormPage.pages.response(
            "form", shown, status: problem?.status ?? .ok, policy: origins.policy,
            headers: problem?.headers ?? [:])
    }

    private static let form = """
        {{<frame}}{{$content}}
        <h1>{{words.title}}</h1>
        <p class="lead">{{words.lead}}</p>
        {{#problem}}<p class="notice" id="problem" role="alert">{{problem}}</p>{{/problem}}
        <form method="post" action="{{path}}" accept-charset="utf-8">
        <div class="field"><label for="name">{{words.name}}</label>
        <input id="name" name="name" type="text" autocomplete="name" maxlength="256" value="{{name}}"></div>
        <div class="pair">
        <div class="field"><label for="phone">{{words.phone}}</label>
        <input id="phone" name="phone" type="tel" autocomplete="tel" maxlength="256" value="{{phone}}"
        aria-describedby="hint"{{#needs_contact}} aria-invalid="true" autofocus{{/needs_contact}}></div>
        <div class="field"><label for="email">{{words.email}}</label>
        <input id="email" name="email" type="email" autocomplete="email" maxlength="256" value="{{email}}"
        aria-describedby="hint"{{#needs_contact}} aria-invalid="true"{{/needs_contact}}></div>
        </div>
        <p class="hint" id="hint">{{words.hint}}</p>
        <div class="field"><label for="message">{{words.message}}</label>
        <textarea id="message" name="message" rows="5">
        {{message}}</textarea></div>
        {{#honeypot}}<div class="apart" aria-hidden="true"><label for="trap">{{words.trap}}</label>
        <input id="trap" name="{{honeypot}}" type="text" tabindex="-1" autocomplete="off"></div>{{/honeypot}}
        <input type="hidden" name="nonce" value="{{nonce}}">
        {{#carried}}<input type="hidden" name="{{name}}" value="{{value}}">
        {{/carried}}<button type="submit" data-busy="{{words.sending}}">{{words.send}}</button>
        </form>
        <script nonce="{{csp_nonce}}">\(script)</script>
        {{/content}}{{/frame}}
        """

    private static let sent = """
        {{<frame}}{{$content}}
        <div class="done" aria-hidden="true">✓</div>
        <h1>{{words.sent}}</h1>
        <p class="lead" role="status">{{words.sentText}}</p>
        <a class="button" href="{{path}}">{{words.again}}</a>
        {{/content}}{{/frame}}
        """

    private static let note = """
        {{<frame}}{{$content}}
        <h1>{{title}}</h1>
        <p class="notice" role="alert">{{text}}</p>
        {{/content}}{{/frame}}
        """

    /// Betters what works without it: the button rests while the form is on its way, and is back when the browser brings
    /// the page back from its memory.
    private static let script = """
        (function () {
          var form = document.querySelector("form"), button = form.querySelector("button");
          var text = button.textContent, referrer = form.elements.referrer;
          if (referrer && !referrer.value) referrer.value = document.referrer;
          form.addEventListener("submit", function () {
            button.disabled = true;
            button.textContent = button.dataset.busy;
          });
          addEventListener("pageshow", function () {
            button.disabled = false;
            button.textContent = text;
          });
        })();

        """
}
