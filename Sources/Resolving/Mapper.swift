import Adapters
import Contacts
import Foundation

/// Maps claimed events with their adapters' scripts. Not `Sendable`: one per thread, as the runtime it owns.
final class Mapper {
    private let runtime = AdapterRuntime()
    private let channels: ChannelSnapshot
    private let adapters: AdapterSnapshot
    private var normalisers: [Int64: PointNormaliser] = [:]

    /// - Parameters:
    ///   - channels: those in force now, retired ones among them.
    ///   - adapters: those in force now.
    init(channels: ChannelSnapshot, adapters: AdapterSnapshot) {
        self.channels = channels
        self.adapters = adapters
    }

    func map(_ event: ClaimedEvent) -> MappedEvent {
        if event.reason == IgnoredReason.sameKeyOtherContent.rawValue {
            return .ignored(.sameKeyOtherContent)
        }
        guard let channel = channels.byID[event.channelID] else {
            return .retry(detail: "the channel is not configured")
        }
        if channel.isImport { return imported(event, channel) }
        guard let adapter = adapters.byName[event.adapter] else {
            return .retry(detail: "the adapter \(event.adapter) is not there")
        }
        do throws(MappingFailure) {
            switch try runtime.map(event.request, adapter: adapter, channel: channel) {
            case .ignored(let reason): return .ignored(reason)
            case .fetch:
                return .dead(
                    .mappingFailed, detail: "the adapter asks for a fetch, which this version cannot do")
            case .events(let events):
                let normaliser = normaliser(channel, adapter.phones(for: channel))
                return .contacts(
                    events.enumerated().map { place, contact in
                        contacting(contact, place, event, channel, adapter.version, normaliser)
                    })
            }
        } catch {
            switch error {
            case .failed: return .dead(.mappingFailed, detail: error.reason)
            case .limit: return .dead(.mappingLimit, detail: error.reason)
            case .undecodable: return .dead(.undecodable, detail: error.reason)
            }
        }
    }

    /// A line of an import. A card that nobody could be recognised by is no card: once its region is set, say, it is replayed.
    private func imported(_ event: ClaimedEvent, _ channel: Channel) -> MappedEvent {
        let bytes = event.request.body
        do throws(ImportLineFailure) {
            let line = try ImportLine(bytes: bytes)
            var contact = line.contactEvent
            contact.eventID = line.eventID(bytes: bytes)
            let made = contacting(
                contact, 0, event, channel, ImportLine.version,
                normaliser(channel, channel.phones ?? PhoneRules()))
            if case .card = line, made.points.tellNobody {
                return .dead(.mappingFailed, detail: ImportCheck.detail)
            }
            return .contacts([made])
        } catch {
            return .dead(.mappingFailed, detail: "\(error)")
        }
    }

    private func contacting(
        _ contact: ContactEvent, _ place: Int, _ event: ClaimedEvent, _ channel: Channel, _ version: String,
        _ normaliser: PointNormaliser
    ) -> Contacting {
        var contact = contact
        if contact.call != nil, contact.call?.at == nil { contact.call?.at = event.request.receivedAt }
        return Contacting(
            claimed: event, ordinal: Int32(clamping: place), channel: channel, normaliser: normaliser,
            event: contact,
            eventID: contact.eventID ?? "\(event.id.text)/\(place)",
            points: normaliser.normalise(contact.contact.points),
            adapterVersion: version)
    }

    /// Reading our own numbers takes longer than an event: once a channel.
    private func normaliser(_ channel: Channel, _ phones: PhoneRules) -> PointNormaliser {
        if let known = normalisers[channel.id] { return known }
        let made = PointNormaliser(channel: channel, phones: phones)
        normalisers[channel.id] = made
        return made
    }
}
