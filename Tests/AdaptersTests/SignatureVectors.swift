import Testing

@testable import Adapters

/// A signature that a provider, its SDK or providers/*.md prints, in the grammar of `adapter.lua`.
struct SignatureVector: CustomTestStringConvertible, Sendable {
    /// Where a byte of the covered text stands, to be flipped.
    enum Covered: Sendable { case body, fields([String]), url, query, header(String) }

    let testDescription: String
    let accepts: String
    let verify: String
    var secrets: [String: [String]]
    var request: InboundRequest
    /// Where the signature lies, for flipping and for removing it.
    let place: Selector
    var covered: [Covered] = [.body]
    /// What the provider's clock said, in Unix seconds.
    var sentAt: Int64 = 1_768_465_230
    /// Where the timestamp must be for the window to be judged; nil if none is signed.
    var hasTimestamp = false
}

private let greeting = #"{"hello":"Привет"}"#
private let form = "methods = {\"GET\", \"POST\"}, body = \"form\""
private let json = "methods = {\"GET\", \"POST\"}, body = \"json\""
private let any = "methods = {\"GET\", \"POST\"}, body = \"query\""

/// Schemes over a JSON body with the shared secret of forms.md's table.
private func overBody(
    _ name: String, _ rule: String, header: String, value: String, part: String? = nil,
    secret: String = "test-secret", body: String = greeting, sentAt: Int64? = nil
) -> SignatureVector {
    SignatureVector(
        testDescription: name, accepts: any, verify: rule, secrets: ["secret": [secret]],
        request: makeRequest(headers: [(header, value)], body: body),
        place: .header(header.lowercased(), part: part), sentAt: sentAt ?? 1_768_465_230,
        hasTimestamp: sentAt != nil)
}

extension SignatureVector {
    static let all = bodies + forms + urls
    private static let bodies = [
        overBody(
            "Placetel",
            #"{ kind = "hmac", hash = "sha256", key = "{settings.secret}", from = "header.X-PLACETEL-SIGNATURE", encoding = "hex", string = "{body}" }"#,
            header: "X-PLACETEL-SIGNATURE",
            value: "c4f823c5b8806432fe2b83b1fc2ee714422e0cdfb4b5129152a7d0bbcd7792d0",
            secret: "12345",
            body:
                "call_id=4a4cbb39578170aed9a2761a7bec8c7e704a541f52291ef603d6f5f152980c3c&event=CallAccepted&from=0123456789&to=0987654321"
        ),
        overBody(
            "base64 of the body: Shopify, WooCommerce",
            #"{ kind = "hmac", hash = "sha256", key = "{settings.secret}", from = "header.X-WC-Webhook-Signature", encoding = "base64", string = "{body}" }"#,
            header: "X-WC-Webhook-Signature", value: "9qzLGwiU1yAA5nQO7MjxYvIOPpVkLXU4pHnYOF2XaoQ="),
        overBody(
            "Typeform",
            #"{ kind = "hmac", hash = "sha256", key = "{settings.secret}", from = "header.Typeform-Signature", encoding = "base64", prefix = "sha256=", string = "{body}" }"#,
            header: "Typeform-Signature", value: "sha256=9qzLGwiU1yAA5nQO7MjxYvIOPpVkLXU4pHnYOF2XaoQ="),
        overBody(
            "LINE",
            #"{ kind = "hmac", hash = "sha256", key = "{settings.secret}", from = "header.X-Line-Signature", encoding = "base64", string = "{body}" }"#,
            header: "X-Line-Signature", value: "/gg9a+LvFevTH1sd7XCQycD7tsWclCsInj7MhBHxN7k=",
            secret: "channel_secret", body: "bodybodybodybody"),
        overBody(
            "Meta, forms.md",
            #"{ kind = "hmac", hash = "sha256", key = "{settings.secret}", from = "header.X-Hub-Signature-256", encoding = "hex", prefix = "sha256=", string = "{body}" }"#,
            header: "X-Hub-Signature-256",
            value: "sha256=f6accb1b0894d72000e6740eecc8f162f20e3e95642d7538a479d8385d976a84"),
        overBody(
            "Meta, a WhatsApp message",
            #"{ kind = "hmac", hash = "sha256", key = "{settings.secret}", from = "header.X-Hub-Signature-256", encoding = "hex", prefix = "sha256=", string = "{body}" }"#,
            header: "X-Hub-Signature-256",
            value: "sha256=54edfa1d7259e0eb13c677cc7d73d1b5c86cfa12433d19156e058ab9251bc441",
            secret: "1222e786b144d0e85b9f365372d93676",
            body:
                #"{"object":"whatsapp_business_account","entry":[{"id":"264937493375603","changes":[{"value":{"messaging_product":"whatsapp","metadata":{"display_phone_number":"15550953877","phone_number_id":"277321005464405"},"contacts":[{"profile":{"name":"PyWa Tests"},"wa_id":"972544401243"}],"messages":[{"from":"972544401243","id":"wamid.HBgMOTcyNTQ0NDAxMjQzFQIAEhggM0RFQTNCMEEwRTY3QzUwODYzMDc4NjQ4QzM4ODAxM0YA","timestamp":"1730231903","text":{"body":"Hey there! I am using PyWa."},"type":"text"}]},"field":"messages"}]}]}"#
        ),
        overBody(
            "Viber",
            #"{ kind = "hmac", hash = "sha256", key = "{settings.secret}", from = "header.X-Viber-Content-Signature", encoding = "hex", string = "{body}" }"#,
            header: "X-Viber-Content-Signature",
            value: "d21b343448c8aee33b8e93768ef6ceb64a6ba6163099973a2b8bd028fea510ef",
            secret: "44dafb7e0f40021e-61a47a1e6778d187-f2c5a676a07050b3",
            body: #"{"event":"webhook","timestamp":4977069964384421269,"message_token":1478683725125}"#),
        overBody(
            "tawk.to",
            #"{ kind = "hmac", hash = "sha1", key = "{settings.secret}", from = "header.X-Tawk-Signature", encoding = "hex", string = "{body}" }"#,
            header: "X-Tawk-Signature", value: "f41b0aa9e1481bad312ce14c8c8d208f00e93009"),
        overBody(
            "Intercom",
            #"{ kind = "hmac", hash = "sha1", key = "{settings.secret}", from = "header.X-Hub-Signature", encoding = "hex", prefix = "sha1=", string = "{body}" }"#,
            header: "X-Hub-Signature", value: "sha1=f41b0aa9e1481bad312ce14c8c8d208f00e93009"),
        overBody(
            "Calendly: t.body in parts of one header",
            #"{ kind = "hmac", hash = "sha256", key = "{settings.secret}", from = "header.Calendly-Webhook-Signature#v1", encoding = "hex", string = "{header.Calendly-Webhook-Signature#t}.{body}", timestamp = "header.Calendly-Webhook-Signature#t", tolerance = 180 }"#,
            header: "Calendly-Webhook-Signature",
            value: "t=1700000000,v1=8a09b1341bf3ecfa5d8a740e72067d1561b11ade3b2b4096162bfc4e6287a559",
            part: "v1",
            sentAt: 1_700_000_000),
        overBody(
            "LinkedIn",
            #"{ kind = "hmac", hash = "sha256", key = "{settings.secret}", from = "header.X-LI-Signature", encoding = "hex", string = "hmacsha256={body}" }"#,
            header: "X-LI-Signature",
            value: "c42c9ba1febf63bbe9eb91b473f0f748f2a4173ec4f3cfeceb15a2c85534ea6d"),
        overBody(
            "LinkedIn's challenge text",
            #"{ kind = "hmac", hash = "sha256", key = "{settings.secret}", from = "header.X-Response", encoding = "hex", string = "{body}" }"#,
            header: "X-Response", value: "8bde2af5ee9529546d2098fc83434bb05aff1104dca629a22f301714626e29b0",
            body: "890e4665-4dfe-4ab1-b689-ed553bceeed0"),
        stamped(
            "Webflow: t:body in milliseconds",
            "28077f546add9c2144b593c463335d5d1ea934f6e9f48a71874b04d5002e090c",
            string: "{header.X-Time}:{body}", stamp: "1700000000000"),
        stamped(
            "Crisp: [t;body]", "d46aba26862fee1038f5ad5f0391af789ef636dd10f4802568086009a0996f31",
            string: "[{header.X-Time};{body}]", stamp: "1700000000"),
        stamped(
            "Slack: v0:t:body", "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503",
            string: "v0:{header.X-Time}:{body}", stamp: "1531420618", prefix: "v0=",
            secret: "8f742231b10e8888abcd99yyyzzz85a5",
            body:
                "token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c"
        ),
    ]

    private static func stamped(
        _ name: String, _ value: String, string: String, stamp: String, prefix: String = "",
        secret: String = "test-secret", body: String = greeting
    ) -> SignatureVector {
        SignatureVector(
            testDescription: name, accepts: any,
            verify:
                #"{ kind = "hmac", hash = "sha256", key = "{settings.secret}", from = "header.X-Sign", encoding = "hex", "#
                + #"prefix = "\#(prefix)", string = "\#(string)", timestamp = "header.X-Time", tolerance = 300 }"#,
            secrets: ["secret": [secret]],
            request: makeRequest(headers: [("X-Sign", value), ("X-Time", stamp)], body: body),
            place: .header("x-sign", part: nil), covered: [.body, .header("x-time")],
            sentAt: Int64(stamp.prefix(10)) ?? 0, hasTimestamp: true)
    }

    // MARK: - Over fields

    private static let zadarma =
        #"{ kind = "hmac", hash = "sha1", key = "{settings.secret}", from = "header.Signature", encoding = "base64(hex)", "#
        + #"string = { switch = "form.event", cases = { NOTIFY_OUT_START = "{form.internal}{form.destination}{form.call_start}", "#
        + #"NOTIFY_RECORD = "{form.pbx_call_id}{form.call_id_with_rec}" }, "#
        + #"default = "{form.caller_id}{form.called_did}{form.call_start}" } }"#

    private static func zadarma(_ event: String, _ value: String, _ fields: String) -> SignatureVector {
        SignatureVector(
            testDescription: "Zadarma \(event)", accepts: form, verify: zadarma,
            secrets: ["secret": ["test_secret"]],
            request: makeRequest(headers: [("Signature", value)], body: "\(fields)&event=NOTIFY_\(event)"),
            place: .header("signature", part: nil),
            covered: [.fields(fields.split(separator: "&").map { String($0.prefix { $0 != "=" }) })])
    }

    private static let mangoJSON =
        #"{"entry_id":"MTIzNDU2Nzg5","call_id":"MToxMDA1","timestamp":1700000000,"seq":1,"call_state":"Appeared","location":"ivr","from":{"number":"79161234567"},"to":{"number":"74951112233","line_number":"74951112233"}}"#

    private static let forms = [
        zadarma(
            "START", "MzY4YmZkODI0NzMzZTM3ODcxNDRkYTU1ZTgyMjI0YzVjMjNkOTBhNA==",
            "caller_id=380501234567&called_did=380443334455&call_start=2026-01-15+10%3A20%3A30"),
        zadarma(
            "OUT_START", "NjAyNTBkZWRjMGJhN2M1ZjY5MTJlNDQxMDhhODAyMjdhOTI4ZmI0OA==",
            "internal=101&destination=380501234567&call_start=2026-01-15+10%3A20%3A30"),
        zadarma(
            "RECORD", "ZWUxYWFmMWJiYmViYjBmYjE3YTViNmQzMzQ3ZWViNjdmNzhlNmUzYg==",
            "pbx_call_id=in_ab12cd&call_id_with_rec=1700000000.1234"),
        SignatureVector(
            testDescription: "Mango: a hash with the salt appended", accepts: form,
            verify:
                #"{ kind = "hash", hash = "sha256", from = "form.sign", encoding = "hex", string = "{form.vpbx_api_key}{form.json}{settings.salt}" }"#,
            secrets: ["salt": ["testsalt"]],
            request: makeRequest(
                body: "vpbx_api_key=testkey&json="
                    + String(decoding: Conversion.percentEncoded(Array(mangoJSON.utf8)), as: UTF8.self)
                    + "&sign=fa4fbf249a02e0c5169985443e8d5ad9e1f6dcacad6964adb613b500f87d1e9f"),
            place: .form("sign"), covered: [.fields(["vpbx_api_key", "json"])]),
    ]

    // MARK: - Over the URL

    private static let twilio =
        #"{ kind = "hmac", hash = "sha1", key = "{settings.secret}", from = "header.X-Twilio-Signature", encoding = "base64", string = "{url}{sorted(form)}" }"#

    private static func twilio(_ name: String, _ value: String, _ fields: String, extra: String = "")
        -> SignatureVector
    {
        let query = "foo=1&bar=2" + extra
        return SignatureVector(
            testDescription: "Twilio, \(name)", accepts: extra.isEmpty ? form : any, verify: twilio,
            secrets: ["secret": ["12345"]],
            request: makeRequest(
                query: query, headers: [("X-Twilio-Signature", value)], body: fields,
                url: "https://mycompany.com/myapp.php?" + query),
            place: .header("x-twilio-signature", part: nil),
            covered: extra.isEmpty ? [.body, .url] : [.url])
    }

    private static let plivoV3 =
        #"{ kind = "hmac", hash = "sha256", key = "{settings.secret}", from = "header.X-Plivo-Signature-V3", encoding = "base64", list = true, "#
        + #"string = { switch = "{method} {has(query)}", cases = { "#
        + #"["POST yes"] = '{url_base}?{sorted(query,"=","&")}.{sorted(form)}.{header.X-Plivo-Signature-V3-Nonce}', "#
        + #"["POST no"] = '{url_base}?{sorted(form)}.{header.X-Plivo-Signature-V3-Nonce}' }, "#
        + #"default = '{url_base}?{sorted(query+form,"=","&")}.{header.X-Plivo-Signature-V3-Nonce}' } }"#

    private static func plivo(_ name: String, _ method: String, _ value: String, query: String, body: String)
        -> SignatureVector
    {
        SignatureVector(
            testDescription: "Plivo V3, \(name)", accepts: form, verify: plivoV3,
            secrets: ["secret": ["my_auth_token"]],
            request: makeRequest(
                method, query: query,
                headers: [("X-Plivo-Signature-V3", value), ("X-Plivo-Signature-V3-Nonce", "12345")],
                body: body,
                url: "https://gw.example.com/in/plivo" + (query.isEmpty ? "" : "?" + query)),
            place: .header("x-plivo-signature-v3", part: nil),
            covered: [body.isEmpty ? .query : .body, .header("x-plivo-signature-v3-nonce")])
    }

    private static let plivoFields =
        "CallStatus=ringing&CallUUID=97ceeb52-58b6-11e1-86da-77300b68f8bb&Direction=inbound&From=14158675309&To=18005551212"

    private static let urls = [
        twilio(
            "fields in order", "RSOYDt4T1cUTdK1PDd93/VVr8B8=",
            "CallSid=CA1234567890ABCDE&Caller=%2B14158675309&Digits=1234&From=%2B14158675309&To=%2B18005551212"
        ),
        twilio(
            "repeated fields", "IK+Dwps556ElfBT0I3Rgjkr1wJU=",
            "Sid=CA123&SidAccount=AC123&Digits=5678&Digits=1234&Digits=1234"),
        twilio(
            "a JSON body under the URL alone", "a9nBmqA0ju/hNViExpshrM61xv4=",
            #"{"property": "value", "boolean": true}"#,
            extra: "&bodySHA256=0a1ff7634d9ab3b95db5c9a2dfe9416e41502b283a80c7cf19632632f96e6620"),
        plivo(
            "POST with a query", "POST", "/THlzxnwNS8s6zsbNVizspToaOfVy1L/ZhtEgN0fo/M=", query: "tenant=7",
            body: plivoFields),
        plivo(
            "POST without a query", "POST", "6rHmELp92NsI9uqtuLgzfeCK6/yVjdc8VT+oiU66gzk=", query: "",
            body: plivoFields),
        plivo(
            "GET", "GET", "eEFaZ2A9LafeLPQGOaOoLhLiS0LV10gknWw5GAqUbGw=", query: "tenant=7&" + plivoFields,
            body: ""),
        SignatureVector(
            testDescription: "Plivo V2", accepts: form,
            verify:
                #"{ kind = "hmac", hash = "sha256", key = "{settings.secret}", from = "header.X-Plivo-Signature-V2", encoding = "base64", string = "{url_base}{header.X-Plivo-Signature-V2-Nonce}" }"#,
            secrets: ["secret": ["my_auth_token"]],
            request: makeRequest(
                headers: [
                    ("X-Plivo-Signature-V2", "ehV3IKhLysWBxC1sy8INm0qGoQYdYsHwuoKjsX7FsXc="),
                    ("X-Plivo-Signature-V2-Nonce", "12345"),
                ], url: "https://answer.url"), place: .header("x-plivo-signature-v2", part: nil),
            covered: [.url, .header("x-plivo-signature-v2-nonce")]),
        SignatureVector(
            testDescription: "Plivo V1", accepts: form,
            verify:
                #"{ kind = "hmac", hash = "sha1", key = "{settings.secret}", from = "header.X-Plivo-Signature", encoding = "base64", string = "{url}{sorted(form)}" }"#,
            secrets: ["secret": ["MAXXXXXXXXXXXXXXXXXX"]],
            request: makeRequest(
                headers: [("X-Plivo-Signature", "EJEt0ELanhr8hjMPIJnLNLex0dE=")],
                body: "CallUUID=97ceeb52-58b6-11e1-86da-77300b68f8bb&Duration=300",
                url: "http://foo.com/answer/"),
            place: .header("x-plivo-signature", part: nil), covered: [.body, .url]),
        SignatureVector(
            testDescription: "JustCall: the secret in the text, a time in words", accepts: json,
            verify:
                #"{ kind = "hmac", hash = "sha256", key = "{settings.secret}", from = "header.x-justcall-signature", encoding = "hex", "#
                + #"string = "{settings.secret}|{urlenc(json.webhook_url)}|{json.type}|{header.x-justcall-request-timestamp}", "#
                + #"timestamp = "header.x-justcall-request-timestamp", tolerance = 300 }"#,
            secrets: ["secret": ["ea39089c40790e9dc7a080ec95e849b8fa0fa5fb"]],
            request: makeRequest(
                headers: [
                    (
                        "x-justcall-signature",
                        "56761bae5b27a784a3ddd2af828bc5def7176bc0a8650199b04c737bd39bbecf"
                    ), ("x-justcall-request-timestamp", "2024-03-21 17:08:22"),
                ],
                body:
                    #"{"request_id":"01HSGZRD0PHRCCHM46JRCRYMC4","webhook_url":"https://webhook.site/3bcea770-370a-4b09-8b66-426f687e08a4","url_id":"65fc65d6d8b63be90aeee515","type":"call.completed","data":{}}"#
            ), place: .header("x-justcall-signature", part: nil),
            covered: [.header("x-justcall-request-timestamp")], sentAt: 1_711_040_902, hasTimestamp: true),
    ]
}
