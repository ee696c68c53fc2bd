public import JSON

/// What a filled-in form says, as far as its field names and values tell.
public struct FormReading: Sendable, Hashable {
    public var name: String?
    public var company: String?
    /// As typed, in the order of the form, each once; none is verified.
    public var points: [RawPoint]
    /// What was written in free words.
    public var text: String?
    /// Everything else that was filled in, in order, for people to read.
    public var fields: [ContactField]
    /// Boxes ticked to agree with something.
    public var consents: [ContactField]
    /// `utm_*`, click ids, `page`, `page_title`, `landing_page`, `referrer`, `form`, `form_id`; strings only.
    public var attribution: JSONObject

    public init(
        name: String? = nil, company: String? = nil, points: [RawPoint] = [], text: String? = nil,
        fields: [ContactField] = [], consents: [ContactField] = [], attribution: JSONObject = JSONObject()
    ) {
        self.name = name
        self.company = company
        self.points = points
        self.text = text
        self.fields = fields
        self.consents = consents
        self.attribution = attribution
    }
}

/// Reads a form by its fields' names, then by the shape of their values.
///
/// Names may be PHP's (`data[client][phone]`) and values may be JSON: both are taken apart first. Tokens and captchas are
/// left out, fields for cards and passwords too. A honeypot is the caller's to know. Source: providers/forms.md A and B.
///
/// - Parameters:
///   - fields: in the order of the form; at most 1,000 are looked at.
///   - query: parameters of the request's own address, and its page as `page_url`; they count for attribution only.
public func readForm(_ fields: [ContactField], query: [ContactField] = []) -> FormReading {
    var reader = FormReader(takenApart(fields).prefix(FormReader.limit))
    return reader.read(query: query)
}

/// Reads fields of which it was said what each is: nothing is guessed, by name or by shape.
func readForm(said fields: [(ContactField, FieldRole)]) -> FormReading {
    var reader = FormReader(said: fields)
    return reader.read(query: [])
}

/// Whether a form's field of this name is read as a part of ``FormReading/attribution``: `utm_source`, `gclid`, `referrer`.
public func isAttribution(field name: String) -> Bool {
    if case .attribution? = FieldRole.of(name).targets.first { true } else { false }
}

/// One form being read.
private struct FormReader {
    static let limit = 1_000

    private struct Entry {
        let field: ContactField
        let role: FieldRole
        /// Nothing else shall take it, and it is not among the rest.
        var isTaken = false
    }
    private struct NamePart {
        let target: FormTarget
        let entry: Int
        let value: String
    }

    private var entries: [Entry]
    /// The messenger that the person chose in a field of its own.
    private var messenger: String?
    private var reading = FormReading()
    private var attribution = Attribution()
    private var nameParts: [NamePart] = []
    private var comments: [String] = []

    init(_ fields: ArraySlice<ContactField>) {
        self.init(said: fields.map { ($0, FieldRole.of($0.name)) })
    }

    init(said fields: [(ContactField, FieldRole)]) {
        entries = fields.compactMap { field, role in
            let value = field.value.kept(bytes: Limit.text).trimmed
            if value.isEmpty { return nil }
            return Entry(field: ContactField(name: field.name, value: value), role: role)
        }
    }

    mutating func read(query: [ContactField]) -> FormReading {
        messenger = chosenMessenger()
        for place in entries.indices {
            let (value, role) = (entries[place].field.value, entries[place].role)
            entries[place].isTaken = role.targets.contains { take(value, as: $0, role, place) }
        }
        takeByShape()
        reading.name = joinedName()
        let text = comments.joined(separator: "\n").kept(bytes: Limit.text)
        reading.text = text.isEmpty ? nil : text
        reading.attribution = attribution.result(query: query)
        reading.fields = entries.lazy.filter { !$0.isTaken }.prefix(Limit.fields).map {
            FormReader.kept($0.field)
        }
        return reading
    }

    private static func kept(_ field: ContactField) -> ContactField {
        ContactField(
            name: field.name.kept(characters: Limit.line) ?? "", value: field.value.kept(bytes: Limit.field))
    }

    private func chosenMessenger() -> String? {
        for entry in entries {
            guard case .preferredChannel? = entry.role.targets.first else {
                guard case .handle(provider: nil)? = entry.role.targets.first else { continue }
                if let provider = Messenger.provider(named: entry.field.value) { return provider }
                continue
            }
            if let provider = Messenger.provider(named: entry.field.value) { return provider }
        }
        return nil
    }

    // MARK: - By name

    /// - Returns: whether the value fits the target and is used up.
    private mutating func take(_ value: String, as target: FormTarget, _ role: FieldRole, _ place: Int)
        -> Bool
    {
        switch target {
        case .technical, .secret: return true
        case .attribution(let key): return attribution.take(key, value)
        case .phone, .email, .handle: return takeAddresses(value, as: target, role)
        case .fullName, .firstName, .lastName, .patronymic: return takeName(value, target, place)
        case .company:
            guard reading.company == nil, FieldShape.hasLetter(value) else { return false }
            reading.company = value.kept(characters: Limit.line)
            return true
        case .comment:
            if !comments.contains(value) { comments.append(value) }
            return true
        case .consent:
            guard role.isExact || FieldShape.isYesOrNo(value) || FieldRole(value).targets.first == .consent
            else { return false }
            if reading.consents.count < Limit.fields {
                reading.consents.append(FormReader.kept(entries[place].field))
            }
            return true
        case .preferredChannel, .city: return false
        }
    }

    /// Whichever of the three is typed there: people put their e-mail into the field for the phone.
    private mutating func takeAddresses(_ value: String, as target: FormTarget, _ role: FieldRole) -> Bool {
        var provider: String?
        var asksHandle = false
        if case .handle(let named) = target {
            provider = named ?? messenger
            asksHandle = true
        }
        let emails = FieldShape.emails(value)
        if !emails.isEmpty {
            emails.forEach { add(.email, $0) }
            return true
        }
        if let read = Messenger.read(value, provider: provider, isAsked: asksHandle && !isNumber(value)) {
            switch read {
            case .phone(let number): add(.phone, number)
            case .handle(let handle): add(.handle, handle)
            }
            return true
        }
        if role.doubtsPhone || target != .phone {
            guard let number = FieldShape.strictPhone(value) else { return false }
            if role.doubtsPhone && target != .phone { return false }
            add(.phone, number)
            return true
        }
        let numbers = FieldShape.phones(value)
        numbers.forEach { add(.phone, $0) }
        guard let first = numbers.first else { return false }
        // What follows the number is for people to read.
        return numbers.count > 1 || first.utf8.count + 12 >= value.utf8.count
    }

    private func isNumber(_ value: String) -> Bool { FieldShape.strictPhone(value) != nil }

    private mutating func add(_ kind: PointKind, _ value: String) {
        guard let value = value.kept(characters: Limit.point), reading.points.count < Limit.points else {
            return
        }
        let point = RawPoint(kind: kind, value: value)
        if !reading.points.contains(point) { reading.points.append(point) }
    }

    // MARK: - By shape

    /// The first address of each kind that no name told of.
    private mutating func takeByShape() {
        for place in entries.indices where !entries[place].isTaken {
            let (value, role) = (entries[place].field.value, entries[place].role)
            if role.allowsEmailByShape, !has(.email), let email = FieldShape.emails(value).first {
                add(.email, email)
            } else if role.allowsPhoneByShape, !has(.phone), let number = FieldShape.strictPhone(value) {
                add(.phone, number)
            } else if role.allowsEmailByShape,
                let read = Messenger.read(value, provider: messenger, isAsked: false)
            {
                switch read {
                case .phone(let number) where !has(.phone): add(.phone, number)
                case .handle(let handle)
                where !has(.handle) && (value.hasPrefix("@") || handle.hasPrefix("telegram:")):
                    add(.handle, handle)
                default: continue
                }
            } else {
                continue
            }
            entries[place].isTaken = true
        }
    }

    private func has(_ kind: PointKind) -> Bool { reading.points.contains { $0.kind == kind } }

    // MARK: - Name

    private mutating func takeName(_ value: String, _ target: FormTarget, _ place: Int) -> Bool {
        guard value.utf8.count <= Limit.field else { return false }
        if FormDictionary.isPlaceholder(value) { return true }
        guard FieldShape.hasLetter(value), !FieldShape.isAddress(value), FieldShape.emails(value).isEmpty,
            !isNumber(value), !value.hasPrefix("@"), let name = value.kept(characters: Limit.line)
        else { return false }
        nameParts.append(NamePart(target: target, entry: place, value: name))
        return true
    }

    /// Joins the parts; what is not used of them goes back to the rest.
    private mutating func joinedName() -> String? {
        func best(_ target: FormTarget) -> NamePart? {
            let parts = nameParts.filter { $0.target == target }
            return parts.first { FieldShape.isName($0.value) } ?? parts.first
        }
        let (full, first, last) = (best(.fullName), best(.firstName), best(.lastName))
        let middle = best(.patronymic)
        var used: [NamePart]
        if let full {
            // `name` beside a surname is the first name.
            let isFirst = first == nil && last.map { !FormReader.covers(full.value, $0.value) } ?? false
            used = isFirst ? [full, middle, last].compactMap(\.self) : [full]
        } else {
            used = [first, middle, last].compactMap(\.self)
        }
        let name = used.map(\.value).joined(separator: " ").kept(characters: Limit.line)
        for part in nameParts where !used.contains(where: { $0.entry == part.entry }) {
            entries[part.entry].isTaken = name.map { FormReader.covers($0, part.value) } ?? false
        }
        return name
    }

    /// Whether all words of a name are in another.
    private static func covers(_ whole: String, _ part: String) -> Bool {
        let words = Set(whole.lowercased().split(separator: " "))
        return part.lowercased().split(separator: " ").allSatisfy { words.contains($0) }
    }
}
