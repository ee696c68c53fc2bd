public import JSON

/// Who an event is about, as far as it says.
public struct Contact: Sendable, Hashable {
    /// Trimmed, 1...256 characters.
    public var name: String?
    /// Trimmed, 1...256 characters.
    public var company: String?
    /// The person's language as the source gives it: `uk`, `pt-BR`. At most 35 characters.
    public var locale: String?
    /// In the source's order, at most 50.
    public var points: [RawPoint]

    public init(name: String? = nil, company: String? = nil, locale: String? = nil, points: [RawPoint] = []) {
        self.name = name
        self.company = company
        self.locale = locale
        self.points = points
    }

    public var isEmpty: Bool { name == nil && company == nil && locale == nil && points.isEmpty }
}

/// A question and its answer, kept as the source named it.
public struct ContactField: Sendable, Hashable {
    /// At most 256 characters; may be empty and may come twice.
    public var name: String
    /// At most 8 KiB.
    public var value: String

    public init(name: String, value: String) {
        self.name = name
        self.value = value
    }
}

/// An adapter's normalised output: one contact, the same shape whatever channel it came by.
public struct ContactEvent: Sendable, Hashable {
    public var type: ActivityKind
    /// `unknown` only for a call.
    public var direction: Direction
    /// By the provider's clock; nil if it gives none, then the time of receipt counts.
    public var occurredAt: Instant?
    /// Unique in its channel, at most 512 bytes; nil: the gateway's own id and the event's place are used.
    public var eventID: String?
    /// The call or chat this belongs to, unique in its channel, at most 512 bytes. A call always has one.
    public var thread: String?
    public var contact: Contact
    /// At most 256 characters.
    public var subject: String?
    /// What was written; at most 64 KiB.
    public var text: String?
    /// The rest of what was filled in, in order, at most 200.
    public var fields: [ContactField]
    /// Objects in the words of the provider (name, type, size, where), at most 50.
    public var attachments: [JSON]
    /// Where the person came from: utm_*, click ids, page, referrer, form. Strings only, at most 50.
    public var attribution: JSONObject
    /// For a call, and only for one.
    public var call: CallStatement?
    /// The provider's own word for this kind of event; at most 256 characters.
    public var rawKind: String?

    public init(
        type: ActivityKind, direction: Direction = .inbound, occurredAt: Instant? = nil,
        eventID: String? = nil,
        thread: String? = nil, contact: Contact = Contact(), subject: String? = nil, text: String? = nil,
        fields: [ContactField] = [], attachments: [JSON] = [], attribution: JSONObject = JSONObject(),
        call: CallStatement? = nil, rawKind: String? = nil
    ) {
        self.type = type
        self.direction = direction
        self.occurredAt = occurredAt
        self.eventID = eventID
        self.thread = thread
        self.contact = contact
        self.subject = subject
        self.text = text
        self.fields = fields
        self.attachments = attachments
        self.attribution = attribution
        self.call = call
        self.rawKind = rawKind
    }
}
