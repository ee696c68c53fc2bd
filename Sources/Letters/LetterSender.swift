import Contacts
import JSON
import MIME
import PhoneNumbers

/// Whose letter it is.
struct LetterSender {
    /// A robot wrote for somebody: its own address says nothing, and it may call itself automatic.
    let isRelayed: Bool
    private(set) var contact = Contact()
    private(set) var fields: [ContactField] = []
    private(set) var attribution = JSONObject()
    private let isOwn: Bool

    /// - Parameter sender: the address of From in the form addresses are compared in.
    init(_ letter: Letter, _ sender: String?, _ trust: LetterTrust, _ rules: LetterRules) {
        let isListed = sender.map(rules.isRelay) ?? false
        let isOurs = sender.map(rules.isOwn) ?? false
        let answerTo = letter.replyTo.filter { mailbox in
            guard let address = canonical(mailbox.address) else { return false }
            return !rules.isOwn(address) && !rules.isRelay(address) && address != sender
        }
        // Forms of our own site send from our own address, with the visitor's in Reply-To.
        isRelayed = isListed || (isOurs && !answerTo.isEmpty)
        isOwn = isOurs && !isRelayed
        if isRelayed {
            readForm(letter, answerTo, isListed ? rules : nil)
        } else {
            contact.name = letter.from.first.flatMap { LetterSender.name($0) }
            add(letter.from.prefix(1), verified: trust == .pass)
            add(answerTo.prefix(3), verified: false)
            addPhones(letter.text, rules)
        }
    }

    /// Nil where the letter is somebody's.
    func ignored(_ kind: LetterKind) -> (IgnoredReason, String)? {
        switch kind {
        case .bounce: (.bounce, "delivery report")
        case _ where isOwn: (.own, "from")
        case .ignored(.statusOnly, let because): (.statusOnly, because)
        case _ where isRelayed: nil
        case .ignored(let reason, let because): (reason, because)
        case .personal: contact.points.isEmpty ? (.notAContact, "from") : nil
        }
    }

    /// The visitor as the robot tells it. Without rules only Reply-To is believed: who is not listed does not write for others.
    private mutating func readForm(_ letter: Letter, _ answerTo: [MIMEMailbox], _ rules: LetterRules?) {
        add(answerTo.prefix(1), verified: false)
        contact.name = answerTo.first.flatMap { LetterSender.name($0) }
        guard let rules else { return }
        let form = Contacts.readForm(formFields(in: letter.text.own))
        contact.name = form.name ?? contact.name
        contact.company = form.company
        fields = form.fields + form.consents
        attribution = form.attribution
        for point in form.points where !contact.points.contains(point) {
            if point.kind == .email, let address = canonical(point.value),
                rules.isOwn(address) || rules.isRelay(address)
            {
                continue
            }
            contact.points.append(point)
        }
        if !contact.points.contains(where: { $0.kind == .phone }) { addPhones(letter.text, rules) }
    }

    private mutating func add(_ mailboxes: some Collection<MIMEMailbox>, verified: Bool) {
        for mailbox in mailboxes {
            guard let value = mailbox.address.kept(characters: Limit.point), canonical(value) != nil else {
                continue
            }
            contact.points.append(RawPoint(kind: .email, value: value, verified: verified))
        }
    }

    /// Numbers of the signature, else of the words. Those of the quotation are ours or anybody's.
    private mutating func addPhones(_ text: LetterText, _ rules: LetterRules) {
        var found = findPhones(in: text.signature, region: rules.region)
        if found.isEmpty { found = findPhones(in: text.own, region: rules.region) }
        for phone in found.prefix(3) { contact.points.append(RawPoint(kind: .phone, value: phone.e164)) }
    }

    /// The name beside an address, unless it only repeats the address.
    private static func name(_ mailbox: MIMEMailbox) -> String? {
        let name = mailbox.name.trimming("'\" ").kept(characters: Limit.line)
        return name?.contains("@") == true ? nil : name
    }
}
