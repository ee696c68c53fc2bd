import JSON

/// The columns of a list of customers, and what each is taken for.
public struct CustomerColumns: Sendable, Hashable {
    public struct Column: Sendable, Hashable {
        /// Unique in the list, at most 256 characters.
        public let name: String
        public let use: ColumnUse
        /// Left out because its name speaks of a password or a bank card.
        public let isSecret: Bool
    }

    /// What a card keeps of attributes.
    public static let most = Limit.fields

    public let columns: [Column]
    /// Whether the first row holds names; else it is the first customer.
    public let hasHead: Bool

    /// - Parameters:
    ///   - first: the first row.
    ///   - map: what columns are, by name, whatever they look like.
    public init(first: [String], map: [String: ColumnUse]) throws(CustomerColumnsFailure) {
        let cells = first.map { CustomerColumns.plain($0) }
        guard cells.count <= CustomerColumns.most else { throw .tooMany }
        let hasHead = !cells.contains { !FieldShape.emails($0).isEmpty || FieldShape.strictPhone($0) != nil }
        let names = CustomerColumns.names(hasHead ? cells : cells.map { _ in "" })
        var said: [String: ColumnUse] = [:]
        for (name, use) in map.sorted(by: { $0.key < $1.key }) {
            guard let known = names.first(where: { $0.lowercased() == name.trimmed.lowercased() }) else {
                throw .unknown(name, names)
            }
            said[known] = use
        }
        var columns: [Column] = []
        for (name, cell) in zip(names, cells) {
            if let use = said[name] {
                columns.append(Column(name: name, use: use, isSecret: false))
                continue
            }
            var use = hasHead ? ColumnUse.guess(name) : .guess(value: cell)
            // A card has one of each.
            let isOne = use == .id || use == .locale || (!hasHead && use == .name)
            if isOne, said.values.contains(use) || columns.contains(where: { $0.use == use }) {
                use = .attribute
            }
            let isSecret = hasHead && FieldRole.of(name).targets.first == .secret
            columns.append(Column(name: name, use: use, isSecret: isSecret))
        }
        guard columns.contains(where: { $0.use.isPoint }) else { throw .noPoint(names) }
        self.columns = columns
        self.hasHead = hasHead
    }

    private static func names(_ cells: [String]) -> [String] {
        var names: [String] = []
        for (number, cell) in zip(1..., cells) {
            let name = cell.kept(characters: Limit.line - Limit.word) ?? "column \(number)"
            var (unique, count) = (name, 1)
            while names.contains(where: { $0.lowercased() == unique.lowercased() }) {
                count += 1
                unique = "\(name) \(count)"
            }
            names.append(unique)
        }
        return names
    }

    // MARK: - Rows

    /// The customer of a row. What cannot be read as its column says is kept as an attribute.
    public func card(_ cells: [String]) -> ImportedCard {
        var card = ImportedCard(contact: Contact())
        var fields: [(ContactField, FieldRole)] = []
        for (column, cell) in zip(columns, cells) {
            let value = CustomerColumns.plain(cell)
            if value.isEmpty { continue }
            switch column.use {
            case .skip: continue
            case .id: card.id = value
            case .locale: card.contact.locale = value
            case .phone: fields.append((field(column, CustomerColumns.whole(value)), FieldRole(said: .phone)))
            case let use: fields.append((field(column, value), FieldRole(said: use.target)))
            }
        }
        let reading = readForm(said: fields)
        card.contact.name = reading.name
        card.contact.company = reading.company
        card.contact.points = reading.points
        card.attributes = reading.fields
        return card
    }

    private func field(_ column: Column, _ value: String) -> ContactField {
        ContactField(name: column.name, value: value)
    }

    /// Without what exports put around a text so that a spreadsheet takes it for one: `'+380…`, `="067…"`.
    static func plain(_ cell: String) -> String {
        let text = cell.trimmed
        if text.hasPrefix("=\""), text.hasSuffix("\""), text.utf8.count > 2 {
            return String(text.dropFirst(2).dropLast()).trimmed
        }
        guard text.hasPrefix("'"), let second = text.dropFirst().first, "=+-@".contains(second) else {
            return text
        }
        return String(text.dropFirst())
    }

    /// A number that a program wrote as a fraction: `380671112233.0`.
    private static func whole(_ number: String) -> String {
        let digits = number.dropLast(2)
        guard number.hasSuffix(".0"), digits.utf8.count >= 7, digits.unicodeScalars.allSatisfy(\.isDigit)
        else { return number }
        return String(digits)
    }
}

/// Why a list of customers cannot be read at all.
public enum CustomerColumnsFailure: Error, Sendable, Hashable, CustomStringConvertible {
    case tooMany
    /// The name that is not there, and those that are.
    case unknown(String, [String])
    case noPoint([String])
    case unreadable

    public var description: String {
        switch self {
        case .tooMany: "a list may have \(CustomerColumns.most) columns"
        case .unknown(let name, let names):
            "there is no column \(name); there are \(names.joined(separator: ", "))"
        case .noPoint(let names):
            "no column looks like a phone, an e-mail or a messenger; say which of them is one with "
                + "--map 'COLUMN=phone': \(names.joined(separator: ", "))"
        case .unreadable: "the first row cannot be read as the names of columns"
        }
    }
}
