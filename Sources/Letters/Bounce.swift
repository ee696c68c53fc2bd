import Contacts
import MIME

/// What a delivery report (RFC 3464) says, as far as it can be read.
public struct Bounce: Sendable, Hashable {
    /// `failed`, `delayed`, `delivered`, `relayed`, `expanded`, or empty where the report is only prose.
    public var action = ""
    /// `5.1.1`, or empty.
    public var status = ""
    /// The address that was not reached, in the form addresses are compared in; nil where it cannot be told.
    public var failedAddress: String?
    /// The letter that did not arrive, without brackets; nil where the report does not carry its header.
    public var messageID: String?

    init?(_ root: MIMEPart, _ letter: Letter) {
        let leaves = root.leaves
        let report = leaves.first {
            $0.mediaType == "message/delivery-status" || $0.mediaType == "message/global-delivery-status"
        }
        let isReport =
            root.mediaType == "multipart/report"
            && (root.parameters["report-type"]?.lowercased() ?? "delivery-status").hasSuffix(
                "delivery-status")
        guard report != nil || isReport || Bounce.isProse(root, letter) else { return nil }
        if let report { read(report) }
        if failedAddress == nil, let value = root.value("x-failed-recipients") {
            failedAddress = mailboxes(value).first.flatMap { canonical($0.address) }
        }
        if failedAddress == nil { failedAddress = Bounce.address(in: letter.text) }
        for leaf in leaves
        where ["message/rfc822", "text/rfc822-headers", "message/global"].contains(leaf.mediaType) {
            messageID = MIMELetter(leaf.bytes).root.value("message-id").flatMap {
                Letter.ids(in: $0, orWhole: true).first
            }
        }
    }

    private mutating func read(_ report: MIMEPart) {
        // Groups of fields with empty lines between: one for the letter, one for each recipient.
        let groups = report.decoded.replacing("\r\n", with: "\n").split(separator: "\n\n")
        for group in groups.prefix(20) where action != "failed" {
            let fields = MIMELetter(Array(group.utf8)).root
            guard let recipient = fields.value("final-recipient") ?? fields.value("original-recipient") else {
                continue
            }
            action = fields.value("action")?.lowercased().trimmed ?? ""
            status = fields.value("status").map { String($0.prefix { $0.isNumber || $0 == "." }) } ?? ""
            failedAddress = recipient.split(separator: ";").last.flatMap { canonical(String($0)) }
        }
    }

    /// Reports of servers older than the standard: from nobody, by a daemon's name.
    private static func isProse(_ root: MIMEPart, _ letter: Letter) -> Bool {
        if root.value("x-failed-recipients") != nil { return true }
        let sender = letter.from.first?.address.lowercased() ?? ""
        let name = sender.prefix { $0 != "@" }
        let isDaemon = name == "mailer-daemon" || name == "postmaster" || name == "mail-daemon"
        let isFromNobody = root.value("return-path").map { $0.filter { $0 != " " } == "<>" } ?? false
        let subject = letter.subject?.lowercased() ?? ""
        return (isDaemon || isFromNobody) && subjects.contains { subject.contains($0) }
            || name == "mailer-daemon"
    }

    private static let subjects = [
        "undeliver", "delivery status", "delivery fail", "failure notice", "returned mail", "mail delivery",
        "delivery has failed",
        "не доставлено", "недоставлен", "ошибка доставки", "не удалось доставить", "помилка доставки",
        "не вдалося доставити",
        "unzustellbar", "non remis",
    ]

    private static func address(in text: LetterText) -> String? {
        let words = text.own.prefix(4_096).split { $0.isWhitespace || "<>()\"';,".contains($0) }
        return words.lazy.filter { $0.contains("@") }.compactMap { canonical($0.trimming(".:")) }.first
    }
}
