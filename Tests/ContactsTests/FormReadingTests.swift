import Contacts
import JSON
import Testing

private func fields(_ pairs: [(String, String)]) -> [ContactField] {
    pairs.map { ContactField(name: $0.0, value: $0.1) }
}

@Suite("Reading forms")
struct FormReadingTests {
    @Test("the sample of providers/forms.md §22")
    func sample() {
        let reading = readForm(
            fields([
                ("Ваше имя", "Иван"), ("phone", "8 (900) 123-45-67"), ("comment", "Нужен расчёт"),
                ("page_url", "https://site.ru/?utm_source=google&utm_medium=cpc&ref=blog"),
                ("utm_source", "yandex"),
                ("yclid", "1234567890123456789"),
            ]))
        #expect(
            reading
                == FormReading(
                    name: "Иван", points: [RawPoint(kind: .phone, value: "8 (900) 123-45-67")],
                    text: "Нужен расчёт",
                    attribution: [
                        "utm_source": "yandex", "yclid": "1234567890123456789", "utm_medium": "cpc",
                        "ref": "blog",
                        "page": "https://site.ru/?utm_source=google&utm_medium=cpc&ref=blog",
                    ]))
    }

    @Test("what is not mapped is kept in order as it was named")
    func rest() {
        let reading = readForm(
            fields([
                ("Какая площадь?", "100"), ("Имя", "Ann"), ("Город", "Київ"), ("car.model", "Nissan Leaf"),
                ("пусто", " "),
                ("phone", "нет"), ("Согласие на обработку персональных данных", "да"),
            ]))
        #expect(
            reading.fields
                == fields([
                    ("Какая площадь?", "100"), ("Город", "Київ"), ("car.model", "Nissan Leaf"),
                    ("phone", "нет"),
                ]))
        #expect(reading.consents == fields([("Согласие на обработку персональных данных", "да")]))
        #expect(reading.name == "Ann" && reading.points.isEmpty)
    }

    @Test(
        "what is typed in the wrong field is still recognised",
        arguments: [
            ("phone", "ann@example.com", RawPoint(kind: .email, value: "ann@example.com")),
            ("email", "+38 050 123 45 67", RawPoint(kind: .phone, value: "+38 050 123 45 67")),
            ("phone", "@Anna_K", RawPoint(kind: .handle, value: "telegram::anna_k")),
            ("phone", "https://t.me/Anna_K?x=1", RawPoint(kind: .handle, value: "telegram::anna_k")),
            ("phone", "wa.me/380501234567", RawPoint(kind: .phone, value: "+380501234567")),
            ("email", "vk.com/id123", RawPoint(kind: .handle, value: "vk::id123")),
            ("telegram", "Anna_K", RawPoint(kind: .handle, value: "telegram::anna_k")),
            ("Ваш Telegram", "@Anna_K", RawPoint(kind: .handle, value: "telegram::anna_k")),
            ("telegram", "+380501234567", RawPoint(kind: .phone, value: "+380501234567")),
            ("instagram", "instagram.com/Shop.Anna/", RawPoint(kind: .handle, value: "instagram::shop.anna")),
            ("name", "ann@example.com", RawPoint(kind: .email, value: "ann@example.com")),
            ("name", "+380501234567", RawPoint(kind: .phone, value: "+380501234567")),
            ("Контакт", "0501234567", RawPoint(kind: .phone, value: "0501234567")),
            ("zzz", "<Ann@Example.com>", RawPoint(kind: .email, value: "Ann@Example.com")),
            ("t.me", "https://t.me/+380501234567", RawPoint(kind: .phone, value: "+380501234567")),
            ("email", "mailto:ann@example.com", RawPoint(kind: .email, value: "ann@example.com")),
            ("phone", "tel:+380501234567", RawPoint(kind: .phone, value: "+380501234567")),
            ("phone", "＋３８０５０１２３４５６７", RawPoint(kind: .phone, value: "＋３８０５０１２３４５６７")),
        ])
    func wrongField(name: String, value: String, point: RawPoint) {
        let reading = readForm(fields([(name, value)]))
        #expect(reading.points == [point] && reading.fields.isEmpty && reading.name == nil)
    }

    @Test(
        "an answer that is no address makes no point",
        arguments: [
            ("phone", "+7 (___) ___-__-__"), ("phone", "0000000000"), ("phone", "12"), ("phone", "нет"),
            ("telegram", "none"),
            ("telegram", "нет"), ("telegram", "t.me/joinchat/AAAA"), ("email", "ann at example.com"),
            ("email", "@"),
            ("email", "ann@example"), ("username", "anna"), ("zzz", "https://example.com/a@b.c"),
            ("zzz", "2026-02-03"),
            ("phone", "12345678901234567890"), ("zzz", "1234567"), ("zzz", "https://t.me/s"),
        ])
    func noPoint(name: String, value: String) {
        let reading = readForm(fields([(name, value)]))
        #expect(reading.points.isEmpty && reading.fields == fields([(name, value)]))
    }

    @Test("several phones in one field, an extension, words after the number")
    func phones() {
        func values(_ value: String) -> [String] {
            readForm(fields([("Телефон", value)])).points.map(\.value)
        }
        #expect(
            values("050 123 45 67, +38 (067) 765-43-21;0441234567") == [
                "050 123 45 67", "+38 (067) 765-43-21", "0441234567",
            ])
        #expect(values("+38 044 333-44-55 доб. 12") == ["+38 044 333-44-55 доб. 12"])
        #expect(values("030/1234567 ext. 5") == ["030/1234567 ext. 5"])
        #expect(values("+380501234567#12") == ["+380501234567#12"])
        let talkative = readForm(fields([("Телефон", "8 900 123-45-67 Анна, звонить после 6")]))
        #expect(talkative.points.map(\.value) == ["8 900 123-45-67"])
        #expect(talkative.fields.count == 1)
        let twice = readForm(
            fields([("phone", "0501234567"), ("phone", "0671234567"), ("phone", "0501234567")]))
        #expect(twice.points.map(\.value) == ["0501234567", "0671234567"] && twice.fields.isEmpty)
    }

    @Test("a nickname without a messenger takes the one chosen in another field")
    func chosenMessenger() {
        let reading = readForm(fields([("messenger-type", "Instagram"), ("messenger-id", "Anna.K")]))
        #expect(reading.points == [RawPoint(kind: .handle, value: "instagram::anna.k")])
        #expect(reading.fields == fields([("messenger-type", "Instagram")]))
    }

    @Test("of two names the one that looks like one is taken, the other stays")
    func twoNames() {
        let reading = readForm(
            fields([("name", "user77 !"), ("fio", "Петренко Олена"), ("company", "Acme"), ("firma", "B")]))
        #expect(reading.name == "Петренко Олена" && reading.company == "Acme")
        #expect(reading.fields == fields([("name", "user77 !"), ("firma", "B")]))
        #expect(readForm(fields([("name", "Ann"), ("last_name", "Lee")])).name == "Ann Lee")
        #expect(
            readForm(fields([("name", "Ann Lee"), ("first_name", "Ann"), ("last_name", "Lee")])).name
                == "Ann Lee")
        #expect(readForm(fields([("name", "Ann Lee"), ("last_name", "Lee")])).fields.isEmpty)
    }

    @Test("an address behind its owner's name, as mail programs write it, is read alone")
    func namedAddress() {
        let reading = readForm(fields([("email", "Anna Lee <anna@müller.example>")]))
        #expect(reading.points == [RawPoint(kind: .email, value: "anna@müller.example")])
        #expect(readForm(fields([("email", "a@b.example <c@d.example> x")])).points.isEmpty)
    }

    @Test("a placeholder is no name")
    func placeholder() {
        let reading = readForm(fields([("Ваше имя", "Ваше имя*"), ("phone", "0501234567")]))
        #expect(reading.name == nil && reading.fields.isEmpty && reading.points.count == 1)
    }

    @Test("comments are joined; an address in them is no point")
    func comments() {
        let reading = readForm(fields([("subject", "Питання"), ("message", "Пишіть на bob@example.com")]))
        #expect(reading.text == "Питання\nПишіть на bob@example.com" && reading.points.isEmpty)
    }

    @Test("NUL is replaced and sizes are bounded")
    func bounded() {
        let many = (0..<3_000).map {
            ContactField(name: "f\($0)\0", value: "v\0" + String(repeating: "x", count: 9_000))
        }
        let reading = readForm(many)
        #expect(reading.fields.count == 200 && reading.fields.first?.name == "f0\u{FFFD}")
        #expect(
            reading.fields.allSatisfy { $0.value.hasPrefix("v\u{FFFD}x") && $0.value.utf8.count <= 8_192 })
        let emails = readForm((0..<300).map { ContactField(name: "email", value: "a\($0)@example.com") })
        #expect(emails.points.count == 50)
    }

    @Test("a reading goes into a contact event unchanged")
    func intoEvent() throws {
        var generator = SeededGenerator(seed: 77)
        for _ in 0..<500 {
            let names =
                Spellings.phone + Spellings.email + Spellings.fullName + Spellings.comment + [
                    "zzz", "utm_source",
                ]
            let form = (0..<8).map { _ in
                ContactField(name: generator.pick(names, or: "zzz"), value: generator.text(upTo: 40))
            }
            let reading = readForm(form)
            let event = ContactEvent(
                type: .submission,
                contact: Contact(name: reading.name, company: reading.company, points: reading.points),
                text: reading.text, fields: reading.fields, attribution: reading.attribution)
            #expect(try ContactEvent(json: event.json) == event)
        }
    }
}
