/// What a column of a list of customers is taken for. The raw values are the words of `--map`.
public enum ColumnUse: String, Sendable, CaseIterable {
    /// By the list's own count.
    case id
    case name
    case firstName = "first_name"
    case lastName = "last_name"
    case middleName = "middle_name"
    case phone, email
    /// A nickname or a link there.
    case telegram, instagram, skype, vk
    /// A nickname or a link that tells the messenger itself.
    case messenger
    case company, locale
    /// Kept as a text under the column's name.
    case attribute
    /// Left out.
    case skip

    /// Whether a person can be recognised by it.
    var isPoint: Bool {
        switch target {
        case .phone, .email, .handle: true
        default: false
        }
    }

    /// How a form's reader takes it; nil: not at all.
    var target: FormTarget? {
        switch self {
        case .name: .fullName
        case .firstName: .firstName
        case .lastName: .lastName
        case .middleName: .patronymic
        case .phone: .phone
        case .email: .email
        case .telegram, .instagram, .skype, .vk: .handle(provider: rawValue)
        case .messenger: .handle(provider: nil)
        case .company: .company
        case .id, .locale, .attribute, .skip: nil
        }
    }
}

// MARK: - Guessing

extension ColumnUse {
    /// What a column of this name is likely to be. A doubtful one is an attribute: a wrong number joins strangers.
    static func guess(_ column: String) -> ColumnUse {
        let name = FieldName(column)
        let role = FieldRole.of(column)
        if role.targets.first == .secret { return .skip }
        if name.has(anyOf: others) { return .attribute }
        for spelling in name.spellings { if let use = exact[spelling] { return use } }
        guard let first = role.targets.first, first != .phone || !role.doubtsPhone else { return .attribute }
        return allCases.first { $0.target == first } ?? .attribute
    }

    /// By the look of a value, where the columns have no names.
    static func guess(value: String) -> ColumnUse {
        if !FieldShape.emails(value).isEmpty { return .email }
        if !FieldShape.phones(value).isEmpty { return .phone }
        return FieldShape.isName(value) ? .name : .attribute
    }

    /// Names that a form has not. Those of the errors' own columns are among them.
    private static let exact: [String: ColumnUse] = {
        let names: [(ColumnUse, [String])] = [
            (
                .id,
                [
                    "id", "ид", "ід", "no", "uid", "код", "code", "код клиента", "код клієнта", "external id",
                    "contact id", "client id", "customer id", "crm id",
                ]
            ),
            (
                .name,
                [
                    "client", "customer", "contact", "клиент", "клієнт", "покупатель", "покупець", "контакт",
                    "контрагент", "наименование", "найменування",
                ]
            ),
            (.locale, ["locale", "language", "lang", "язык", "мова"]),
            (.skip, ["skip", "import line", "import error"]),
        ]
        return Dictionary(uniqueKeysWithValues: names.flatMap { use, names in names.map { ($0, use) } })
    }()

    /// Somebody else's address: who looks after the customer, who sent them.
    private static let others: [Fragment] = [
        .start("manager"), .start("менеджер"), .start("responsible"), .start("ответственн"),
        .start("відповідальн"), .start("owner"), .start("assign"), .start("operator"), .start("оператор"),
        .start("support"), .start("agent"), .start("агент"), .start("seller"), .start("продав"),
        .start("employee"), .start("сотрудник"), .start("співробітник"), .start("created by"),
        .start("referr"),
    ]
}

extension FieldRole {
    /// Of what somebody said outright: nothing is guessed.
    init(said target: FormTarget?) {
        targets = target.map { [$0] } ?? []
        isExact = true
    }
}
