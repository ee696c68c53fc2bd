import Contacts
import MIME

/// What a letter is, before it is asked whose.
enum LetterKind: Sendable, Hashable {
    /// Written by somebody to us.
    case personal
    /// Nobody's enquiry; the reason and what it was known by.
    case ignored(IgnoredReason, because: String)
    /// Our own earlier letter did not arrive.
    case bounce(Bounce)

    /// - Parameter rules: a list of our own domain only brings what others write to us.
    init(_ root: MIMEPart, _ letter: Letter, _ rules: LetterRules) {
        if let bounce = Bounce(root, letter) {
            self = .bounce(bounce)
        } else if let because = LetterKind.receipt(root) {
            self = .ignored(.statusOnly, because: because)
        } else if let because = LetterKind.automatic(root, letter) {
            self = .ignored(.automatic, because: because)
        } else if let because = LetterKind.list(root, rules) {
            self = .ignored(.list, because: because)
        } else {
            self = .personal
        }
    }

    /// A receipt, or an answer to an invitation.
    private static func receipt(_ root: MIMEPart) -> String? {
        if root.mediaType == "multipart/report",
            root.parameters["report-type"]?.lowercased() == "disposition-notification"
        {
            return "report-type=disposition-notification"
        }
        for leaf in root.leaves where leaf.mediaType == "text/calendar" {
            let method = leaf.parameters["method"]?.lowercased() ?? LetterKind.calendarMethod(leaf)
            if method == "reply" || method == "counter" || method == "declinecounter" {
                return "calendar method=\(method)"
            }
        }
        return nil
    }

    private static func calendarMethod(_ leaf: MIMEPart) -> String {
        let head = String(decoding: leaf.bytes.prefix(2_048), as: UTF8.self).lowercased()
        let line = head.split(whereSeparator: \.isNewline).first { $0.hasPrefix("method:") }
        return line.map { $0.dropFirst(7).trimmed } ?? ""
    }

    /// RFC 3834, and the fields of programs that do not know it.
    private static func automatic(_ root: MIMEPart, _ letter: Letter) -> String? {
        if let word = root.value("auto-submitted")?.prefix(while: { $0 != ";" && $0 != " " }).lowercased(),
            word != "no", !word.isEmpty
        {
            return "auto-submitted"
        }
        for name in [
            "x-autoreply", "x-autorespond", "x-autoresponder", "x-auto-reply", "x-mail-autoreply",
            "x-vacation",
        ]
        where root.value(name) != nil { return name }
        if ["auto_reply", "auto-reply"].contains(precedence(root)) { return "precedence" }
        let subject = letter.subject?.lowercased() ?? ""
        return awaySubjects.contains { subject.hasPrefix($0) } ? "subject" : nil
    }

    private static func precedence(_ root: MIMEPart) -> String {
        root.value("precedence")?.lowercased().trimmed ?? ""
    }

    private static let awaySubjects = [
        "automatic reply:", "auto reply:", "autoreply:", "auto-reply:", "auto:", "out of office",
        "automatic reply from",
        "автоответ", "автоматический ответ", "автоматична відповідь", "автовідповідь", "abwesenheitsnotiz",
        "automatische antwort",
        "réponse automatique", "respuesta automática", "resposta automática", "risposta automatica",
        "odpowiedź automatyczna",
    ]

    private static func list(_ root: MIMEPart, _ rules: LetterRules) -> String? {
        if let id = root.value("list-id") {
            let host = Letter.ids(in: id, orWhole: true).last ?? ""
            // A group of ours: sales@ may be one, and then every customer's letter comes by it.
            return rules.isOwnHost(host) ? nil : "list-id"
        }
        if let way = root.value("list-unsubscribe") ?? root.value("list-post") {
            let hosts = Letter.ids(in: way).compactMap {
                $0.split(separator: "@").last.map { String($0.prefix { $0 != "?" }) }
            }
            return hosts.contains(where: rules.isOwnHost) ? nil : "list-unsubscribe"
        }
        let word = precedence(root)
        return ["list", "bulk", "junk"].contains(word) ? "precedence" : nil
    }
}
