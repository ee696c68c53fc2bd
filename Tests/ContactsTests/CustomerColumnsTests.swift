import Contacts
import JSON
import Testing

@Suite("Columns of a list of customers")
struct CustomerColumnsTests {
    private func uses(_ names: String...) throws -> [ColumnUse] {
        try Array(CustomerColumns(first: names + ["phone"], map: [:]).columns.map(\.use).dropLast())
    }

    private func card(
        _ first: [String], _ cells: [String], map: [String: ColumnUse] = [:]
    ) throws -> ImportedCard {
        try CustomerColumns(first: first, map: map).card(cells)
    }

    @Test("names are known in Russian, Ukrainian and English")
    func languages() throws {
        #expect(
            try uses("ФИО", "Мобильный телефон", "Эл. почта", "Организация", "Код клиента", "Город")
                == [.name, .phone, .email, .company, .id, .attribute])
        #expect(
            try uses("Прізвище", "Ім'я", "По батькові", "Номер телефону", "Електронна пошта", "Компанія")
                == [.lastName, .name, .middleName, .phone, .email, .company])
        #expect(
            try uses("Customer ID", "First Name", "Last Name", "E-mail Address", "Language", "Telegram")
                == [.id, .firstName, .lastName, .email, .locale, .telegram])
        #expect(try uses("Клиент", "№", "Инстаграм", "Skype") == [.name, .id, .instagram, .skype])
    }

    @Test("what is somebody else's, or about another number, joins nobody")
    func doubtful() throws {
        #expect(
            try uses("Менеджер email", "Manager phone", "Код телефона", "Order no phone", "Responsible")
                == [.attribute, .attribute, .attribute, .attribute, .attribute])
    }

    @Test("what may be a secret is left out and said so, unless it is told otherwise")
    func secrets() throws {
        let columns = try CustomerColumns(
            first: ["phone", "Password", "Карта", "Card number"], map: ["card number": .attribute]
        ).columns
        #expect(columns.map(\.use) == [.phone, .skip, .attribute, .attribute])
        #expect(columns.map(\.isSecret) == [false, true, false, false])
    }

    @Test("names become unique, columns without one get their number")
    func unique() throws {
        let columns = try CustomerColumns(first: ["Phone", "", "phone", "Phone 2", ""], map: [:]).columns
        #expect(columns.map(\.name) == ["Phone", "column 2", "phone 2", "Phone 2 2", "column 5"])
    }

    @Test("a card has all that the row says")
    func reads() throws {
        let card = try card(
            [
                "ID", "Прізвище", "Ім'я", "Телефони", "Email", "Telegram", "Компанія", "Мова", "Місто",
                "Пароль",
            ],
            [
                "17", "Бондар", "Олена", "067 111 22 33, 050 123 45 67", "O@Example.com", "@o_bondar",
                "Ромашка", "uk", "Київ", "x",
            ])
        #expect(
            card
                == ImportedCard(
                    id: "17",
                    contact: Contact(
                        name: "Олена Бондар", company: "Ромашка", locale: "uk",
                        points: [
                            RawPoint(kind: .phone, value: "067 111 22 33"),
                            RawPoint(kind: .phone, value: "050 123 45 67"),
                            RawPoint(kind: .email, value: "O@Example.com"),
                            RawPoint(kind: .handle, value: "telegram::o_bondar"),
                        ]), attributes: [ContactField(name: "Місто", value: "Київ")]))
        #expect(
            try ImportedCard(json: card.json, path: "card").contact.points.map(\.verified) == [
                true, true, true, true,
            ])
    }

    @Test("a number in a column that is for something else is no way to recognise anybody")
    func noShapes() throws {
        let card = try card(
            ["Phone", "Company", "Договор", "Комментарий"],
            ["нет", "3012345678", "+380671112233", "a@example.com"])
        #expect(card.contact.points.isEmpty && card.contact.company == nil)
        #expect(card.attributes.map(\.value) == ["нет", "3012345678", "+380671112233", "a@example.com"])
    }

    @Test(
        "what spreadsheets and programs put around a value is taken off",
        arguments: [
            ("'+380671112233", "+380671112233"), ("=\"0671112233\"", "0671112233"),
            ("380671112233.0", "380671112233"), (" 067 111 22 33 ", "067 111 22 33"),
            ("067.111.2233", "067.111.2233"),
        ])
    func plain(cell: String, phone: String) throws {
        #expect(try card(["phone"], [cell]).contact.points.map(\.value) == [phone])
    }

    @Test("the guard before a formula is taken off, another apostrophe is not")
    func guards() throws {
        let card = try card(["phone", "a", "b", "c"], ["", "'=1+1", "'s", "'@x"])
        #expect(card.attributes.map(\.value) == ["=1+1", "'s", "@x"])
    }

    @Test("what is said counts more than what is guessed, and a name that is not there is told")
    func map() throws {
        let map: [String: ColumnUse] = ["contact 2": .phone, "Phone": .skip]
        let card = try card(["Phone", "Contact 2"], ["0671112233", "0501234567"], map: map)
        #expect(card.contact.points == [RawPoint(kind: .phone, value: "0501234567")])
        #expect(throws: CustomerColumnsFailure.unknown("Fax", ["Phone"])) {
            try CustomerColumns(first: ["Phone"], map: ["Fax": .phone])
        }
    }

    @Test("a list without names is known by the look of its first row")
    func headless() throws {
        let columns = try CustomerColumns(
            first: ["Olena Bondar", "+380 67 111 22 33", "o@example.com", "Kyiv"], map: [:])
        #expect(!columns.hasHead)
        #expect(columns.columns.map(\.use) == [.name, .phone, .email, .attribute])
        #expect(columns.columns.map(\.name) == ["column 1", "column 2", "column 3", "column 4"])
    }

    @Test("a list nobody could be recognised by is refused, and one with too many columns")
    func refuses() {
        #expect(throws: CustomerColumnsFailure.noPoint(["Name", "City"])) {
            try CustomerColumns(first: ["Name", "City"], map: [:])
        }
        #expect(throws: CustomerColumnsFailure.tooMany) {
            try CustomerColumns(first: Array(repeating: "phone", count: 201), map: [:])
        }
    }
}
