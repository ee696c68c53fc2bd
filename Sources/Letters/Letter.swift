public import Contacts
public import MIME

/// A letter as far as it says: who wrote, what, in answer to what. Nothing is judged here.
public struct Letter: Sendable {
    /// Without angle brackets, 1...998 bytes; nil if it has none.
    public var messageID: String?
    /// Ids of the letters that this one answers or follows, without brackets, the nearest first; at most 50, none empty.
    public var references: [String] = []
    /// By the sender's clock.
    public var date: Instant?
    public var from: [MIMEMailbox] = []
    public var replyTo: [MIMEMailbox] = []
    /// To and Cc.
    public var recipients: [MIMEMailbox] = []
    /// One line; nil if blank.
    public var subject: String?
    public var text = LetterText()
    public var attachments: [LetterAttachment] = []
    /// Sent on by the one who wrote, not an answer.
    public var isForward = false
    /// Something was over a limit and is only in the raw letter.
    public var isCut = false
}

/// A file that came with a letter.
public struct LetterAttachment: Sendable, Hashable {
    /// Safe as the name of a file on any system, 1...120 bytes.
    public let name: String
    /// Lower case: `application/pdf`.
    public let mediaType: String
    /// Bytes, decoded.
    public let size: Int
    /// Of the decoded bytes, hexadecimal.
    public let sha256: String
    /// Shown within the text rather than beside it.
    public let isInline: Bool
}
