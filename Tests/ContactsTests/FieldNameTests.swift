import Contacts
import JSON
import Testing

/// One field alone, read by its name.
private func read(_ name: String, _ value: String) -> FormReading {
    readForm([ContactField(name: name, value: value)])
}

/// Spellings listed in providers/forms.md A.4.
enum Spellings {
    static let fullName = [
        "name", "fullname", "full name", "your name", "fio", "имя", "ваше имя", "фио", "как вас зовут",
        "как к вам обращаться", "контактное лицо", "ім'я", "імя", "ваше ім'я", "піб", "як вас звати",
        "контактна особа",
        "client name", "customer name", "contact name", "contact person", "nombre", "nome", "nom", "imię",
        "imię i nazwisko", "name und vorname", "ad soyad", "аты", "есіміңіз",
    ]
    static let firstName = [
        "first name", "firstname", "fname", "given name", "vorname", "prénom", "First_Name", "givenName",
    ]
    static let lastName = [
        "last name", "lastname", "lname", "surname", "family name", "фамилия", "прізвище", "nachname",
        "apellido",
        "apellidos", "cognome", "nazwisko", "soyad",
    ]
    static let patronymic = ["patronymic", "middle name", "отчество", "по батькові"]
    static let phone = [
        "phone", "tel", "telephone", "mobile", "cell", "phone number", "mobile phone", "whatsapp", "viber",
        "телефон",
        "тел", "ваш телефон", "номер телефона", "мобильный", "моб", "контактный телефон", "номер для связи",
        "номер телефону", "мобільний", "контактний телефон", "telefon", "telefono", "teléfono", "telefone",
        "handy",
        "rufnummer", "numer telefonu", "cep telefonu", "телефоныңыз",
    ]
    static let email = [
        "email", "e mail", "mail", "your email", "email address", "почта", "эл почта", "электронная почта",
        "адрес электронной почты", "емейл", "имейл", "мейл", "мыло", "пошта", "ел пошта", "електронна пошта",
        "електронна адреса", "correo", "correo electronico", "courriel", "posta", "e posta",
    ]
    static let comment = [
        "comment", "comments", "message", "text", "textarea", "your message", "note", "notes", "question",
        "description", "subject", "комментарий", "сообщение", "вопрос", "текст", "пожелания", "описание",
        "коментар",
        "повідомлення", "питання", "побажання", "nachricht", "mensaje", "messaggio", "wiadomość", "mesaj",
    ]
    static let company = [
        "company", "organization", "компания", "организация", "компанія", "firma", "empresa",
    ]
    static let form = ["form", "form id", "form name", "formid", "форма"]
    static let consent = ["consent", "agree", "privacy", "gdpr", "согласие", "згода", "checkbox"]

    /// The same name as other people write it.
    static func variants(_ name: String) -> [String] {
        let words = name.split(separator: " ").map(String.init)
        return [
            name, name.uppercased(), name + "*", "  " + name + ": ", words.joined(separator: "_"),
            words.joined(separator: "-"), "fields[" + words.joined(separator: "_") + "][value]",
            "data." + name,
            name + "_2", "📞 " + name + " (?)", "wpforms[" + name + "]", name.decomposedStringForTests,
        ]
    }
}

extension String {
    /// й as и and a breve.
    fileprivate var decomposedStringForTests: String {
        replacing("й", with: "и\u{306}").replacing("é", with: "e\u{301}")
    }
}

@Suite("Names of form fields")
struct FieldNameTests {
    // Under a name that says nothing these values would be no points, so the name must have told.
    @Test("every spelling of the phone is known", arguments: Spellings.phone)
    func phone(name: String) {
        for name in Spellings.variants(name) {
            #expect(read(name, "12-34-567").points == [RawPoint(kind: .phone, value: "12-34-567")], "\(name)")
        }
    }

    @Test(
        "every spelling of the e-mail is known, before any name that could hold one by its shape",
        arguments: Spellings.email)
    func email(name: String) {
        for name in Spellings.variants(name) {
            let reading = readForm([
                ContactField(name: "zzz", value: "other@example.com"),
                ContactField(name: name, value: "ann@example.com"),
            ])
            #expect(reading.points == [RawPoint(kind: .email, value: "ann@example.com")], "\(name)")
            #expect(reading.fields == [ContactField(name: "zzz", value: "other@example.com")])
        }
    }

    @Test("every spelling of the name is known", arguments: Spellings.fullName)
    func fullName(name: String) {
        for name in Spellings.variants(name) {
            #expect(read(name, "Анна Лі").name == "Анна Лі", "\(name)")
        }
    }

    @Test("first and last names and patronymics are known and joined")
    func nameParts() {
        for first in Spellings.firstName {
            for last in Spellings.lastName {
                let reading = readForm([
                    ContactField(name: last, value: "Петренко"), ContactField(name: first, value: "Олена"),
                ])
                #expect(reading.name == "Олена Петренко" && reading.fields.isEmpty, "\(first), \(last)")
            }
        }
        for middle in Spellings.patronymic {
            let reading = readForm([
                ContactField(name: "Фамилия", value: "Петров"), ContactField(name: "Имя", value: "Иван"),
                ContactField(name: middle, value: "Ильич"),
            ])
            #expect(reading.name == "Иван Ильич Петров", "\(middle)")
        }
    }

    @Test("every spelling of the comment is known", arguments: Spellings.comment)
    func comment(name: String) {
        for name in Spellings.variants(name) {
            let reading = read(name, "Потрібна розстрочка")
            #expect(reading.text == "Потрібна розстрочка" && reading.fields.isEmpty, "\(name)")
        }
    }

    @Test("every spelling of the company, the form and the consent is known")
    func others() {
        for name in Spellings.company { #expect(read(name, "Acme").company == "Acme", "\(name)") }
        for name in Spellings.form {
            let attribution = read(name, "Callback").attribution
            #expect((attribution["form"] ?? attribution["form_id"])?.string == "Callback", "\(name)")
        }
        for name in Spellings.consent {
            let reading = read(name, "on")
            #expect(reading.consents.count == 1 && reading.fields.isEmpty && reading.text == nil, "\(name)")
        }
        #expect(read("city", "Київ").fields == [ContactField(name: "city", value: "Київ")])
    }

    @Test(
        "names are found by a fragment",
        arguments: [
            "Как вас зовут?", "Как к вам обращаться", "Ваше имя и отчество", "Ваше ім'я (обов'язково)",
            "Your full name",
            "Имя и фамилия", "Фамилия Имя Отчество", "First and last name", "Прізвище та ім’я", "Ф.И.О.",
            "Имя клиента",
            "yourName", "form_fields[name]", "data[client][name]", "q3_name", "Name 1",
        ])
    func nameFragments(name: String) { #expect(read(name, "Анна Лі").name == "Анна Лі") }

    @Test(
        "phones are found by a fragment",
        arguments: [
            "contact_phone", "clientPhone", "Контактный номер телефона", "Телефон для связи",
            "Мобильный телефон",
            "Ваш номер мобільного телефону", "phone_1", "tel-841", "WhatsApp number", "Номер для зв'язку",
            "Contact number",
            "userphone", "Phone/WhatsApp", "billing[phone]", "Мобилка",
        ])
    func phoneFragments(name: String) { #expect(read(name, "12-34-567").points.map(\.kind) == [.phone]) }

    @Test(
        "a negative word keeps a name from being a person's",
        arguments: [
            "company name", "Название компании", "form name", "page name", "site name", "product name",
            "Имя товара",
            "file name", "user name", "nickname", "Имя на карте", "Имя ребенка", "Ваше имя и имя ребенка",
            "name of child", "Ім'я дитини", "Имя питомца", "Товар имя",
        ])
    func notName(name: String) { #expect(read(name, "Анна").name == nil) }

    @Test(
        "a negative word keeps a number from being a phone",
        arguments: [
            "phone model", "Модель телефона", "order number", "Номер заказа", "Номер карты", "ИНН", "inn",
            "passport",
            "Паспорт", "Код телефона", "phone code", "country phone code", "Количество телефонов",
            "Кількість", "Площадь",
            "автомобиль", "headphones", "Артикул", "id", "timestamp", "Сумма", "Дата", "budget",
        ])
    func notPhone(name: String) {
        for value in ["1234567", "3310-05"] { #expect(read(name, value).points.isEmpty, "\(value)") }
        #expect(read(name, "1234567").fields.count == 1)
    }

    @Test("the phone of an order is a phone if a whole number stands there")
    func phoneOfOrder() {
        #expect(
            read("order_phone", "+380501234567").points == [RawPoint(kind: .phone, value: "+380501234567")])
        #expect(read("Номер заказа", "1234567890").points.isEmpty)
    }

    @Test(
        "a postal address or a parcel branch is no e-mail",
        arguments: [
            "Почтовый адрес", "Почтовый индекс", "zip", "postal code", "Новая почта отделение",
            "Нова пошта відділення",
        ])
    func notEmail(name: String) {
        let reading = read(name, "№ 5")
        #expect(reading.points.isEmpty && reading.fields.count == 1)
        #expect(read(name, "ann@example.com").points.isEmpty)
    }

    @Test(
        "a promotional code is no comment",
        arguments: ["promo comment", "Промокод комментарий", "coupon message"])
    func notComment(name: String) { #expect(read(name, "SALE").text == nil) }

    @Test(
        "tokens and captchas are left out, secrets never kept",
        arguments: [
            "_wpnonce", "_wpcf7", "_wpcf7_unit_tag", "csrf_token", "csrfmiddlewaretoken",
            "g-recaptcha-response",
            "h-captcha-response", "cf-turnstile-response", "honeypot", "submit", "action", "nonce", "card",
            "card_number",
            "cardNumber", "creditcard", "cvv", "CVC", "password", "passwd", "Пароль", "user_password",
            "cc-cvv2",
        ])
    func leftOut(name: String) { #expect(read(name, "+380501234567") == FormReading()) }

    @Test("10,000 names and values of any kind are read without a crash")
    func anyNames() {
        var generator = SeededGenerator(seed: 21)
        for _ in 0..<10_000 {
            let field = ContactField(name: generator.text(upTo: 60), value: generator.text(upTo: 60))
            let reading = readForm([field])
            #expect(reading.fields.count + reading.consents.count <= 1)
        }
    }

    @Test("hostile names and values of a megabyte are read at once")
    func hostile() {
        let pieces = [
            " ", "a", "phone ", "[", "[]", "][", "{", "{\"a\":", "@", "a@b.c,", "1", "+", "е", "utm_", "%",
            "A", "?a=",
        ]
        let clock = ContinuousClock()
        for piece in pieces {
            let long = String(repeating: piece, count: 1_000_000 / piece.utf8.count)
            let spent = clock.measure {
                for name in [
                    "phone", "email", "name", "telegram", "message", "cookies", "utm", "page_url", "zzz",
                    long,
                ] {
                    let reading = readForm(
                        [ContactField(name: name, value: long)],
                        query: [ContactField(name: name, value: long)])
                    #expect(
                        reading.fields.allSatisfy {
                            $0.value.utf8.count <= 8_192 && $0.name.utf8.count <= 1_024
                        })
                }
            }
            #expect(spent < .seconds(20), "\(piece)")
        }
    }
}
