import Synchronization

/// What a field's name says about it, whatever its value.
struct FieldRole: Sendable {
    /// What may be asked for, the likeliest first; the value decides.
    var targets: [FormTarget]
    /// Named in so many words, not guessed by a fragment.
    var isExact = false
    /// The name is about another number (an order, a model, a code): only a full number is taken for a phone.
    var doubtsPhone = false
    /// Names that say nothing may still hold an address.
    var allowsPhoneByShape = false
    var allowsEmailByShape = false

    /// The same few names come with every form of a site, and reading one costs more than all the rest.
    private static let known = Mutex<[String: FieldRole]>([:])
    private static let maxKnown = 4_096

    /// The role of a name, remembered if it is short.
    static func of(_ name: String) -> FieldRole {
        guard name.utf8.count <= 120 else { return FieldRole(name) }
        if let role = known.withLock({ $0[name] }) { return role }
        let role = FieldRole(name)
        known.withLock { known in
            if known.count >= maxKnown { known.removeAll(keepingCapacity: true) }
            known[name] = role
        }
        return role
    }

    /// Not remembered; for what may be a person's words.
    init(_ raw: String) {
        let name = FieldName(raw)
        if name.has(anyOf: FieldRole.secrets) {
            targets = [.secret]
            return
        }
        for spelling in name.spellings {
            if let key = AttributionKey(field: spelling) {
                targets = [.attribution(key)]
                isExact = true
                return
            }
            if let target = FormDictionary.exact[spelling] {
                targets = [target]
                isExact = true
                allowsPhoneByShape = target != .technical
                allowsEmailByShape = target != .technical
                return
            }
        }
        if name.has(anyOf: FieldRole.technical) {
            targets = [.technical]
            return
        }
        doubtsPhone = name.has(anyOf: FieldRole.notPhone)
        allowsEmailByShape = !name.has(anyOf: FieldRole.notEmail)
        allowsPhoneByShape = !doubtsPhone && !name.has(anyOf: FieldRole.otherNumbers)
        targets = FieldRole.guesses(name, allowsEmail: allowsEmailByShape)
    }

    // MARK: - Fragments, normalised; source: providers/forms.md A.4

    private static func guesses(_ name: FieldName, allowsEmail: Bool) -> [FormTarget] {
        var targets: [FormTarget] = []
        func take(_ target: FormTarget, _ fragments: [Fragment], unless negatives: [Fragment] = []) {
            if name.has(anyOf: fragments) && !name.has(anyOf: negatives) { targets.append(target) }
        }
        take(.consent, consent)
        if allowsEmail { take(.email, email) }
        take(.phone, phone)
        take(.handle(provider: "telegram"), telegram)
        take(.handle(provider: "instagram"), instagram)
        take(.handle(provider: nil), nick)
        take(.preferredChannel, preferredChannel)
        take(.company, company)
        targets += nameGuess(name)
        if name.starts.count <= 5 { take(.comment, comment, unless: notComment) }
        take(.city, city)
        if name.has(anyOf: form) { targets.append(.attribution(.form)) }
        return targets
    }

    /// `first and last name` asks for both, so for the full one.
    private static func nameGuess(_ name: FieldName) -> [FormTarget] {
        guard !name.has(anyOf: notName) else { return [] }
        let parts = [name.has(anyOf: firstName), name.has(anyOf: lastName), name.has(anyOf: patronymic)]
        let given = name.has(anyOf: givenWords)
        if parts.filter({ $0 }).count > 1 || (given && (parts[1] || parts[2])) { return [.fullName] }
        if parts[0] { return [.firstName] }
        if parts[1] { return [.lastName] }
        if parts[2] { return [.patronymic] }
        return name.has(anyOf: fullName) ? [.fullName] : []
    }

    private static let secrets: [Fragment] = [
        .word("card"), .word("cards"), .inside("creditcard"), .inside("cardnumber"), .inside("cardno"),
        .inside("cardholder"), .inside("cardnum"), .inside("cardexp"), .inside("cardcode"), .inside("cvv"),
        .inside("cvc"), .inside("passw"), .inside("парол"),
    ]
    private static let technical: [Fragment] = [
        .start("wpcf7"), .start("csrf"), .start("xsrf"), .start("recaptcha"), .start("hcaptcha"),
        .start("turnstile"),
    ]
    private static let consent: [Fragment] = [
        .start("соглас"), .start("згод"), .start("персональн"), .start("privacy"), .start("policy"),
        .start("consent"), .start("gdpr"), .start("agree"),
    ]
    private static let email: [Fragment] = [
        .inside("email"), .start("e mail"), .start("mail"), .start("электронн", then: ["почт", "адрес"]),
        .start("електронн", then: ["пошт", "адрес"]), .inside("eposta"), .start("e posta"), .start("correo"),
        .start("имейл"), .start("емейл"),
    ]
    private static let phone: [Fragment] = [
        .inside("phone"), .word("tel"), .inside("телефон"), .start("мобил"), .start("мобіл"),
        .inside("telefon"), .start("teléfono"), .start("whatsapp"), .start("whats app"), .word("viber"),
        .start("номер", then: ["связ", "зв'яз", "звяз"]), .start("number", then: ["contact", "phone"]),
        .start("contact", then: ["number"]), .word("mobile"), .word("тел"),
    ]
    private static let telegram: [Fragment] = [.start("telegram"), .start("телеграм")]
    private static let instagram: [Fragment] = [
        .start("instagram"), .start("инстаграм"), .start("інстаграм"),
    ]
    private static let nick: [Fragment] = [.word("ник"), .word("нік")]
    private static let preferredChannel: [Fragment] = [
        .start("способ", then: ["связ"]), .start("спосіб", then: ["зв"]),
        .start("contact", then: ["method"]), .start("preferred", then: ["contact"]),
    ]
    private static let company: [Fragment] = [
        .start("compan"), .start("organiz"), .start("organis"), .start("компан"), .start("организац"),
        .start("організац"), .start("название компании"),
    ]
    private static let firstName: [Fragment] = [
        .start("first name"), .start("firstname"), .start("given name"), .start("first and last name"),
    ]
    private static let lastName: [Fragment] = [
        .start("last name"), .start("lastname"), .start("surname"), .start("фамили"), .start("прізвищ"),
    ]
    private static let patronymic: [Fragment] = [
        .start("отчеств"), .start("батьков"), .start("middle name"), .start("patronymic"),
    ]
    private static let givenWords: [Fragment] = [
        .word("имя"), .word("ім'я"), .word("імя"), .start("имени"), .word("first"), .start("name and"),
        .start("name surname"),
    ]
    private static let fullName: [Fragment] = [
        .start("как вас"), .start("как к вам"), .start("як вас"), .start("як до вас"), .start("ваше имя"),
        .start("твое имя"), .start("ваше ім"), .first("ім'я"), .first("імя"), .first("имя"), .first("name"),
        .start("full name"), .start("fullname"), .start("your name"), .start("yourname"), .word("фио"),
        .word("ф и о"), .word("піб"),
    ]
    private static let comment: [Fragment] = [
        .start("comment"), .start("message"), .start("комментар"), .start("коментар"), .start("сообщен"),
        .start("повідомлен"), .start("вопрос"), .start("питанн"), .start("пожелан"), .start("побажан"),
    ]
    private static let city: [Fragment] = [.start("город"), .start("місто"), .start("міста")]
    private static let form: [Fragment] = [.first("form")]

    // MARK: - Negative words: a name with one is never that target

    private static let notName: [Fragment] = [
        .start("compan"), .start("компан"), .start("организац"), .start("організац"), .start("form"),
        .start("page"), .start("site"), .start("product"), .start("товар"), .start("file"),
        .start("username"),
        .start("user name"), .start("nick"), .start("карт"), .start("card"), .start("child"), .start("ребен"),
        .start("дитин"), .start("питом"), .start("найти"), .start("знайти"), .start("item"),
        .start("campaign"),
    ]
    private static let notPhone: [Fragment] = [
        .start("model"), .start("модель"), .start("модел"), .start("order"), .start("заказ"), .start("карт"),
        .start("card"), .word("inn"), .word("инн"), .start("passport"), .start("паспорт"), .start("код"),
        .start("code"), .start("country"), .start("количеств"), .start("кільк"), .start("площад"),
        .inside("headphone"), .inside("microphone"), .inside("smartphone"), .inside("earphone"),
        .start("замовлен"), .word("іпн"),
    ]
    private static let notEmail: [Fragment] = [
        .start("индекс"), .start("індекс"), .start("zip"), .start("postal"), .start("почтовый"),
        .start("почтовое"), .start("отделени"), .start("відділенн"),
    ]
    private static let notComment: [Fragment] = [.start("промокод"), .start("promo"), .start("coupon")]
    /// Numbers that look like a phone's.
    private static let otherNumbers: [Fragment] = [
        .word("id"), .word("uid"), .word("uuid"), .inside("timestamp"), .start("time"), .start("date"),
        .start("дата"), .start("время"), .start("час"), .word("ip"), .start("sum"), .start("price"),
        .start("total"), .start("amount"), .start("сумм"), .start("сума"), .start("цен"), .start("цін"),
        .start("бюджет"), .start("budget"), .start("quantity"), .start("zip"), .start("индекс"),
        .start("індекс"), .start("postal"), .start("year"), .start("год"), .start("birth"), .word("ts"),
        .start("hash"), .start("version"), .start("tranid"), .start("session"), .start("cookie"), .word("ga"),
        .start("account"), .start("счет"), .start("рахун"), .start("iban"), .start("снилс"), .start("окпо"),
        .start("едрпоу"), .start("єдрпоу"), .start("egrpou"), .start("tax"), .start("vat"), .word("кпп"),
        .word("огрн"), .start("article"), .start("артикул"), .word("sku"), .start("user agent"),
    ]
}
