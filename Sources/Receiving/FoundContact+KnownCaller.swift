import Adapters
import Contacts
import Store

extension FoundContact {
    init(_ caller: KnownCaller, phone: String, publicURL: String) {
        self.init(
            cardID: caller.cardID.text, name: caller.name, company: caller.company, phone: phone,
            url: "\(publicURL)/console/cards/\(caller.cardID.text)")
    }
}
