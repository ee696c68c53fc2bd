/// What tells where somebody came from. Source: providers/forms.md B.
enum AttributionKey: Hashable, Sendable {
    /// A campaign parameter or click id, by its one name.
    case parameter(String)
    case page, pageTitle, landing, referrer, form, formID
    /// A browser's cookies in one text.
    case cookies
    /// Several utm parameters in one text.
    case bundle

    /// By a field's normalised name: `utm source`.
    init?(field spelling: String) {
        if let key = AttributionKey.fields[spelling] {
            self = key
            return
        }
        guard spelling.hasPrefix("utm ") || spelling.contains(" utm ") else { return nil }
        let words = spelling.split(separator: " ")
        guard let place = words.lastIndex(of: "utm") else { return nil }
        self = AttributionKey(utm: words[(place + 1)...].joined(separator: "_"))
    }

    /// What `x` means as `utm_x` or within an object named `utm`.
    private init(utm name: String) {
        switch name {
        case "": self = .bundle
        case "url", "href", "page", "page_url": self = .page
        case "referrer_url": self = .referrer
        case "name": self = .parameter("utm_campaign")
        case "json": self = .bundle
        default: self = .parameter("utm_" + name.prefix(Limit.word - 4))
        }
    }

    /// By a parameter's name in a page's address or a request's query, lower case.
    init?(query name: String) {
        if name.hasPrefix("utm_"), name.utf8.count > 4, name.utf8.count <= Limit.word {
            self = .parameter(name)
        } else if let parameter = AttributionKey.parameters[name] {
            self = .parameter(parameter)
        } else if AttributionKey.own.contains(name) {
            self = .parameter(name)
        } else {
            return nil
        }
    }

    // MARK: - Tables

    /// Click and client ids: spelling → name kept.
    private static let parameters: [String: String] = {
        let plain = [
            "gclid", "gbraid", "wbraid", "gad_source", "gad_campaignid", "dclid", "_gl", "fbclid", "igshid",
            "ctwa_clid", "yclid", "ymclid", "_openstat", "openstat_service", "openstat_campaign",
            "openstat_ad",
            "openstat_source", "frommarket", "erid", "vkclid", "rb_clickid", "ttclid", "twclid", "li_fat_id",
            "msclkid", "ko_click_id", "mc_cid", "mc_eid", "_hsenc", "_hsmi", "mkt_tok", "roistat",
            "roistat_visit", "_ga", "_fbc", "_fbp", "_gcl_aw", "_gcl_au", "ga_client_id", "client_id",
        ]
        var table = Dictionary(uniqueKeysWithValues: plain.map { ($0, $0) })
        table["gcl_id"] = "gclid"
        table["_ym_uid"] = "ym_client_id"
        table["ym_uid"] = "ym_client_id"
        table["ym_client_id"] = "ym_client_id"
        table["clientid"] = "client_id"
        return table
    }()

    /// Names too plain to be taken from a field; in an address they tell a source.
    private static let own: Set<String> = [
        "ref", "ref_source", "from", "source", "partner", "promo", "lead_source", "manager", "placement",
        "block",
        "keyword", "position", "source_id",
    ]

    private static let fields: [String: AttributionKey] = {
        var table: [String: AttributionKey] = [
            "utm": .bundle, "tildautm": .bundle, "lead source": .parameter("lead_source"),
        ]
        for (spelling, name) in parameters {
            let words = spelling.split(separator: "_").joined(separator: " ")
            table[words] = .parameter(name)
        }
        let lists: [(AttributionKey, [String])] = [
            (
                .page,
                [
                    "page", "page url", "pageurl", "url", "href", "source url", "current url", "current page",
                    "page link",
                    "страница", "сторінка", "document location", "form url", "page location",
                ]
            ),
            (.pageTitle, ["page title", "page name", "pagetitle", "pagename"]),
            (
                .landing,
                [
                    "landing", "landing page", "landing url", "landing site", "landingpage", "first page",
                    "entry page",
                ]
            ),
            (
                .referrer,
                [
                    "referrer", "referer", "http referer", "http referrer", "referring site",
                    "document referrer",
                ]
            ),
            (
                .form,
                ["form", "form name", "formname", "form title", "форма", "название формы", "назва форми"]
            ),
            (.formID, ["form id", "formid"]),
            (.cookies, ["cookies", "cookie"]),
        ]
        for (key, names) in lists {
            for name in names { table[name] = key }
        }
        return table
    }()

    /// Cookies worth keeping, by their names.
    static let cookieNames: Set<String> = [
        "_ga", "_gcl_aw", "_gcl_au", "_ym_uid", "_fbc", "_fbp", "yclid", "gclid", "fbclid", "roistat_visit",
    ]
}
