public import Adapters
public import Contacts

/// Tells before a line of an import is kept what would become of it: a number that no country's rules know makes a dead letter.
public struct ImportCheck: Sendable {
    static let detail = "none of the card's points can be read"

    private let normaliser: PointNormaliser

    /// - Parameter channel: the workspace's own for imports; its region tells how national numbers are read.
    public init(channel: Channel) {
        normaliser = PointNormaliser(channel: channel, phones: channel.phones ?? PhoneRules())
    }

    /// - Throws: where nobody could be recognised by the card.
    public func check(_ line: ImportLine) throws(ImportLineFailure) {
        if case .card(let card) = line, normaliser.normalise(card.contact.points).tellNobody {
            throw ImportLineFailure(.wrongShape, ImportCheck.detail)
        }
    }
}
