/// What a form asks for in a field.
enum FormTarget: Hashable, Sendable {
    case fullName, firstName, lastName, patronymic
    case phone, email
    /// A messenger's nickname; the messenger if the name tells it.
    case handle(provider: String?)
    /// How the person likes to be reached.
    case preferredChannel
    case comment, company, city
    case consent
    /// Form, page and campaign: a key of ``FormReading/attribution``.
    case attribution(AttributionKey)
    /// Tokens, buttons, captchas.
    case technical
    /// Never kept.
    case secret
}

/// Exact names, normalised as ``FieldName`` does, by what they ask for. Source: providers/forms.md A.4.
enum FormDictionary {
    static let exact: [String: FormTarget] = {
        var table: [String: FormTarget] = [:]
        for (target, names) in lists {
            for name in names where table[name] == nil { table[name] = target }
        }
        return table
    }()

    /// Whether a value is a name that asks for a person's name: `Ваше имя*` is no person.
    static func isPlaceholder(_ value: String) -> Bool {
        guard value.utf8.count <= 80 else { return false }
        return placeholders.contains(
            value.lowercased().trimming { !$0.properties.isAlphabetic }.replacing("\u{2019}", with: "'"))
    }

    private static let placeholders: Set<String> = Set(
        lists.filter { [.fullName, .firstName, .lastName].contains($0.target) }.flatMap(\.names))

    private static let lists: [(target: FormTarget, names: [String])] = [
        (
            .fullName,
            [
                "name", "fullname", "full name", "your name", "yourname", "fio", "имя", "ваше имя", "фио",
                "ф и о",
                "как вас зовут", "как к вам обращаться", "как вам обращаться", "контактное лицо", "ім'я",
                "імя",
                "ваше ім'я", "ваше імя", "піб", "п і б", "як вас звати", "як до вас звертатися",
                "контактна особа",
                "client name", "customer name", "contact name", "contact person", "nombre", "nome", "nom",
                "imię",
                "imię i nazwisko", "name und vorname", "vor und nachname", "nombre y apellidos", "ad soyad",
                "аты",
                "есіміңіз", "имя и фамилия", "фамилия имя отчество", "фамилия и имя", "прізвище та ім'я",
                "name first last", "name full",
            ]
        ),
        (
            .firstName,
            [
                "first name", "firstname", "fname", "given name", "givenname", "vorname", "prénom", "prenom",
                "name first", "first",
            ]
        ),
        (
            .lastName,
            [
                "last name", "lastname", "lname", "surname", "family name", "familyname", "фамилия",
                "прізвище",
                "nachname", "apellido", "apellidos", "cognome", "nazwisko", "soyad", "name last", "last",
            ]
        ),
        (
            .patronymic,
            [
                "patronymic", "middle name", "middlename", "отчество", "по батькові", "name middle",
            ]
        ),
        (
            .phone,
            [
                "phone", "tel", "telephone", "mobile", "cell", "phone number", "phonenumber", "mobile phone",
                "cell phone", "whatsapp", "viber", "телефон", "тел", "ваш телефон", "номер телефона",
                "мобильный",
                "моб", "контактный телефон", "номер для связи", "номер телефону", "мобільний",
                "контактний телефон",
                "номер для зв'язку", "telefon", "telefono", "teléfono", "telefone", "handy", "rufnummer",
                "telefonnummer", "numer telefonu", "cep telefonu", "телефоныңыз", "phone full",
                "whats app", "вайбер", "ватсап", "вотсап",
            ]
        ),
        (
            .email,
            [
                "email", "e mail", "mail", "your email", "email address", "почта", "эл почта",
                "электронная почта",
                "адрес электронной почты", "емейл", "имейл", "мейл", "мыло", "пошта", "ел пошта",
                "електронна пошта", "електронна адреса", "correo", "correo electronico", "correo electrónico",
                "courriel", "posta", "e posta", "eposta", "emailaddress", "емаил", "имэйл", "емайл",
            ]
        ),
        (
            .handle(provider: "telegram"),
            [
                "telegram", "tg", "телеграм", "телеграмм", "telegram username", "telegram nick",
                "ник в телеграм",
                "нік в телеграм",
            ]
        ),
        (.handle(provider: "instagram"), ["instagram", "инстаграм", "інстаграм", "insta", "инста", "інста"]),
        (.handle(provider: "skype"), ["skype", "скайп"]),
        (.handle(provider: "vk"), ["vk", "вк", "вконтакте", "vkontakte"]),
        (
            .handle(provider: nil),
            [
                "username", "user name", "nickname", "nick", "ник", "нік", "нікнейм", "никнейм",
                "messenger id",
                "contact value", "messenger", "мессенджер", "месенджер",
            ]
        ),
        (
            .preferredChannel,
            [
                "messenger type", "contact method", "preferred contact method", "удобный способ связи",
                "зручний спосіб зв'язку", "способ связи", "спосіб зв'язку",
            ]
        ),
        (
            .comment,
            [
                "comment", "comments", "message", "text", "textarea", "your message", "note", "notes",
                "question",
                "description", "subject", "комментарий", "комментарии", "сообщение", "вопрос", "текст",
                "пожелания",
                "описание", "коментар", "повідомлення", "питання", "побажання", "nachricht", "mensaje",
                "messaggio",
                "wiadomość", "mesaj", "текст сообщения", "текст повідомлення",
            ]
        ),
        (
            .company,
            [
                "company", "organization", "organisation", "компания", "организация", "компанія",
                "організація",
                "firma", "empresa", "фирма", "фірма",
            ]
        ),
        (.city, ["city", "город", "місто", "ciudad", "stadt", "miasto"]),
        (
            .consent,
            [
                "consent", "agree", "agreement", "privacy", "gdpr", "согласие", "згода", "checkbox", "terms",
                "privacy policy", "accept", "acceptance",
            ]
        ),
        (
            .technical,
            [
                "wpnonce", "g recaptcha response", "recaptcha response", "h captcha response",
                "cf turnstile response", "honeypot", "gotcha", "submit", "action", "nonce", "token",
                "authenticity token", "requestverificationtoken", "request verification token", "charset",
                "method",
                "smart token", "smartcaptcha token", "recaptcha token", "captcha", "redirect", "next", "utf8",
                "wp http referer", "formservices", "antispam",
            ]
        ),
    ]
}
