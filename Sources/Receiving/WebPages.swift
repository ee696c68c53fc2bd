package import HTTPTypes
package import Hummingbird
import Mustache
import NIOCore
import OpenSSL

/// Pages for people: templates in one frame, answered so that nothing is loaded, run or framed that is not named.
package struct WebPages: Sendable {
    /// Whom a page may deal with. Each is a list of CSP sources: `'self'`, an origin.
    package struct Policy: Sendable {
        package var formTargets: [String] = []
        /// Sites that may show the page in a frame; empty: none.
        package var frames: [String] = []
        /// What scripts of the page may ask.
        package var connections: [String] = []

        package init(formTargets: [String] = [], frames: [String] = [], connections: [String] = []) {
            self.formTargets = formTargets
            self.frames = frames
            self.connections = connections
        }
    }
    private let library: MustacheLibrary

    /// - Parameters:
    ///   - templates: by name; each fills the block `content` of `frame`.
    ///   - style: the page's own.
    package init(_ templates: [String: String], style: String = WebPages.style) {
        MustacheContentTypes.register(EscapedHTML(), named: EscapedHTML.name)
        var library = MustacheLibrary()
        do {
            for (name, text) in templates { try library.register(text, named: name) }
            try library.register(WebPages.frame(style), named: "frame")
        } catch {
            preconditionFailure("a template is wrong: \(error)")
        }
        self.library = library
    }

    /// - Parameter values: what the template shows, besides `language` and `title` of the frame.
    package func response(
        _ template: String, _ values: [String: Any], status: HTTPResponse.Status, policy: Policy,
        headers: HTTPFields = [:]
    ) -> Response {
        var values = values
        let nonce = Base64.encode(randomBytes(16), urlSafe: true)
        values["csp_nonce"] = nonce
        var fields = headers
        fields[.contentType] = "text/html; charset=utf-8"
        fields[.cacheControl] = "no-store"
        fields[.xContentTypeOptions] = "nosniff"
        fields[.contentSecurityPolicy] = WebPages.policyText(policy, nonce)
        // Another policy, such as `no-referrer`, would make browsers send `Origin: null` with the form.
        fields.append("referrer-policy", "strict-origin-when-cross-origin")
        if policy.frames.allSatisfy({ $0 == "'self'" }) {
            fields.append("x-frame-options", policy.frames.isEmpty ? "DENY" : "SAMEORIGIN")
        }
        return Response(
            status: status, headers: fields,
            body: ResponseBody(byteBuffer: ByteBuffer(string: text(template, values))))
    }

    /// A template alone.
    package func text(_ template: String, _ values: [String: Any]) -> String {
        library.render(values, withTemplate: template) ?? ""
    }

    private static func policyText(_ policy: Policy, _ nonce: String) -> String {
        func list(_ sources: [String]) -> String {
            sources.isEmpty ? "'none'" : sources.joined(separator: " ")
        }
        return [
            "default-src 'none'", "style-src 'nonce-\(nonce)'", "script-src 'nonce-\(nonce)'",
            "base-uri 'none'",
            "connect-src \(list(policy.connections))", "form-action \(list(policy.formTargets))",
            "frame-ancestors \(list(policy.frames))",
        ].joined(separator: "; ")
    }

    private static func frame(_ style: String) -> String {
        """
        {{% CONTENT_TYPE: \(EscapedHTML.name)}}<!DOCTYPE html>
        <html lang="{{language}}">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <meta name="color-scheme" content="light dark">
        <title>{{title}}</title>
        <style nonce="{{csp_nonce}}">\(style)</style>
        </head>
        <body>
        <main>
        {{$content}}{{/content}}
        </main>
        </body>
        </html>

        """
    }

    package static let style = """
        :root { --ink: #16202e; --quiet: #56637a; --line: #b9c3d3; --paper: #fff; --ground: #eef2f8;
          --accent: #1d5fd1; --accent-ink: #fff; --bad: #a3162a; --bad-ground: #fdeef0; --good: #14713d;
          --good-ground: #e6f5ec; }
        @media (prefers-color-scheme: dark) { :root { --ink: #e9eef6; --quiet: #a5b1c5; --line: #47536a;
          --paper: #1b2331; --ground: #10151f; --accent: #7eacff; --accent-ink: #0b1730; --bad: #ffb3bd;
          --bad-ground: #3d1a22; --good: #86e0ab; --good-ground: #14352a; } }
        * { box-sizing: border-box; }
        body { margin: 0; min-height: 100vh; display: grid; place-items: center; padding: 1.25rem;
          background: var(--ground); color: var(--ink);
          font: 1rem/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif; }
        main { width: 100%; max-width: 34rem; background: var(--paper); border-radius: 1rem;
          padding: clamp(1.5rem, 5vw, 2.5rem);
          box-shadow: 0 1px 2px rgb(16 32 64 / .08), 0 12px 40px rgb(16 32 64 / .1); }
        h1 { margin: 0 0 .35rem; font-size: 1.7rem; line-height: 1.2; letter-spacing: -.01em; }
        p { margin: 0 0 1rem; }
        .lead, .hint { color: var(--quiet); }
        .lead { margin-bottom: 1.5rem; }
        .hint { font-size: .875rem; margin: -.35rem 0 1rem; }
        .field { margin-bottom: 1rem; }
        .pair { display: grid; gap: 0 1rem; grid-template-columns: repeat(auto-fit, minmax(12rem, 1fr)); }
        label { display: block; margin-bottom: .3rem; font-weight: 600; font-size: .925rem; }
        input, textarea { width: 100%; padding: .7rem .8rem; font: inherit; color: inherit;
          background: transparent; border: 1px solid var(--line); border-radius: .55rem; }
        textarea { resize: vertical; min-height: 8rem; }
        input:focus, textarea:focus { outline: 2px solid var(--accent); outline-offset: 0;
          border-color: var(--accent); }
        [aria-invalid=true] { border-color: var(--bad); }
        button, .button { display: inline-block; width: 100%; margin-top: .25rem; padding: .85rem 1.2rem;
          font: inherit; font-weight: 600; text-align: center; text-decoration: none; cursor: pointer;
          color: var(--accent-ink); background: var(--accent); border: 0; border-radius: .55rem; }
        button:hover, .button:hover { filter: brightness(1.08); }
        button:focus-visible, .button:focus-visible { outline: 3px solid var(--accent); outline-offset: 3px; }
        button:disabled { opacity: .65; cursor: default; }
        .notice { margin: 0 0 1.5rem; padding: .8rem 1rem; border-radius: .55rem; color: var(--bad);
          background: var(--bad-ground); border-left: 4px solid currentColor; }
        .done { display: grid; place-items: center; width: 3.5rem; height: 3.5rem; margin-bottom: 1.25rem;
          border-radius: 50%; color: var(--good); background: var(--good-ground); font-size: 1.7rem; }
        .apart { position: absolute; left: -9999px; top: auto; width: 1px; height: 1px; overflow: hidden; }
        code { font-size: .95em; }

        """
}

extension HTTPFields {
    /// A header that HTTPTypes has no constant for. A value that HTTP does not allow is left out.
    mutating func append(_ name: String, _ value: String) {
        guard let name = HTTPField.Name(name), HTTPField.isValidValue(value) else { return }
        append(HTTPField(name: name, value: value))
    }
}
