import Contacts
import JSON
import Testing

@Suite("Attribution")
struct AttributionTests {
    private func attribution(_ pairs: [(String, String)], query: [(String, String)] = []) -> JSONObject {
        readForm(
            pairs.map { ContactField(name: $0.0, value: $0.1) },
            query: query.map { ContactField(name: $0.0, value: $0.1) }
        ).attribution
    }

    @Test("an explicit field wins over the page, the page over the landing page, cookies and the page before")
    func precedence() {
        let all: [(String, String)] = [
            ("utm_source", "field"), ("page_url", "https://a/?utm_source=page&utm_medium=page"),
            ("landing_page", "https://a/?utm_medium=landing&utm_term=landing&gclid=landing"),
            (
                "COOKIES",
                "x=1; gclid=cookie; _ym_uid=155; TILDAUTM=utm_term%3Dcookie%7C%7C%7Cutm_content%3Dcookie"
            ),
            ("referrer", "https://b/?utm_content=referrer&utm_id=referrer"),
        ]
        let found = attribution(all)
        #expect(
            found["utm_source"] == "field" && found["utm_medium"] == "page" && found["utm_term"] == "landing")
        #expect(
            found["gclid"] == "landing" && found["utm_content"] == "cookie" && found["utm_id"] == "referrer")
        #expect(found["ym_client_id"] == "155")
        #expect(found["page"] == "https://a/?utm_source=page&utm_medium=page" && found["referrer"] != nil)
        #expect(attribution(all.reversed()) == found)
    }

    @Test("the request's own query and page fill in what the form does not say")
    func query() {
        let found = attribution(
            [("utm_source", "form")],
            query: [
                ("utm_source", "query"), ("UTM_Medium", "query"), ("lead_id", "5"),
                ("page_url", "https://a/?utm_term=page&yclid=1"),
            ])
        #expect(
            found == [
                "utm_source": "form", "utm_medium": "query", "utm_term": "page", "yclid": "1",
                "page": "https://a/?utm_term=page&yclid=1",
            ])
        let own = attribution([("page_url", "https://own/")], query: [("page_url", "https://other/?ref=x")])
        #expect(own == ["page": "https://own/", "ref": "x"])
    }

    @Test(
        "parameters are known however they are wrapped",
        arguments: [
            ("utm_source", "utm_source"), ("UTM_SOURCE", "utm_source"), ("utmSource", "utm_source"),
            ("data[utm][source]", "utm_source"), ("utm[name]", "utm_campaign"),
            ("extra.utm.medium", "utm_medium"),
            ("tracking.utm_content", "utm_content"), ("utm_placement", "utm_placement"), ("gcl_id", "gclid"),
            ("GCLID", "gclid"), ("fbclid", "fbclid"), ("yclid", "yclid"), ("_ga", "_ga"),
            ("ym_client_id", "ym_client_id"),
            ("_ym_uid", "ym_client_id"), ("roistat_visit", "roistat_visit"), ("li_fat_id", "li_fat_id"),
            ("_openstat", "_openstat"), ("client_id", "client_id"),
        ])
    func wrapped(name: String, key: String) {
        #expect(attribution([(name, "Value 1")]) == [key: "Value 1"])
    }

    @Test("several parameters in one text are taken apart")
    func bundles() {
        let wanted: JSONObject = ["utm_source": "a b", "utm_campaign": "c"]
        #expect(attribution([("utm", "utm_source=a+b&utm_campaign=c")]) == wanted)
        #expect(attribution([("utm", "source=a%20b|name=c")]) == wanted)
        #expect(attribution([("utm", #"{"source":"a b","campaign":"c"}"#)]) == wanted)
        #expect(attribution([("TILDAUTM", "utm_source=a b|||utm_campaign=c")]) == wanted)
    }

    @Test("a page that is no address is a title, a plain word is no parameter")
    func pages() {
        #expect(
            attribution([("page", "Контакти"), ("form_id", "7"), ("form_name", "Callback")])
                == ["page_title": "Контакти", "form_id": "7", "form": "Callback"])
        let reading = readForm([
            ContactField(name: "source", value: "friend"), ContactField(name: "position", value: "Director"),
            ContactField(name: "referrer", value: "my friend"),
            ContactField(name: "website", value: "https://me.example"),
        ])
        #expect(reading.attribution.isEmpty && reading.fields.count == 4)
    }

    @Test("values are decoded once, cut, and never hold NUL; there are at most fifty")
    func caps() throws {
        let long = String(repeating: "y", count: 50_000)
        let found = attribution([
            (
                "page_url",
                "https://a/?utm_source=%D0%B0%2520%00&utm_term=" + String(long.prefix(2_000)) + "&gclid=%zz%"
            ),
            ("utm_content", long), ("utm_id", "{campaign_id}"),
        ])
        #expect(
            found["utm_source"] == "а%20\u{FFFD}" && found["gclid"] == "%zz%"
                && found["utm_id"] == "{campaign_id}")
        #expect(found["utm_term"]?.string?.count == 1_024 && found["utm_content"]?.string?.count == 1_024)
        let many = attribution((0..<200).map { ("utm_x\($0)", "1") } + [("page_url", "https://a/")])
        #expect(many.count <= 56 && many["page"] == "https://a/")
    }
}
