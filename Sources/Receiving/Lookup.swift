import Adapters
import Contacts
import Foundation
import Logging
import PhoneNumbers
import Postgres
import Store
import Telemetry

/// "Who is calling?", answered while it rings: reads, never writes, and never later than its deadline.
struct Lookup: Sendable {
    let services: ReceivingServices
    let request: InboundRequest
    let channel: Channel
    let adapter: Adapter
    /// When the request's head was read.
    let arrival: ContinuousClock.Instant

    private var deadline: ContinuousClock.Instant { arrival + services.limits.lookup }

    /// - Returns: the reply in the provider's dialect; nil for the neutral one.
    func answer(_ question: LookupRequest) async -> Reply? {
        let (outcome, reply) = await find(question)
        services.metrics.lookups.add(1, [outcome.rawValue])
        services.metrics.lookupTime.observe(ContinuousClock.now - arrival)
        return reply
    }

    private func find(_ question: LookupRequest) async -> (LookupOutcome, Reply?) {
        let rules = adapter.phones(for: channel)
        guard
            let phone = parsePhone(
                question.phone, region: channel.region,
                internationalWithoutPlus: rules.internationalWithoutPlus)
        else { return (.notANumber, nil) }
        if services.journal.spool?.isActive == true { return (.late, nil) }
        let caller: KnownCaller?
        do {
            let workspace = channel.workspaceID
            caller = try await services.lookups.run(deadline: deadline - .now, abandoning: true) {
                connection in
                try connection.knownCaller(workspaceID: workspace, phone: phone.e164)
            }
        } catch {
            services.log.debug(
                "lookup without answer", metadata: ["channel": "\(channel.key)", "cause": "\(error)"])
            return (.late, nil)
        }
        guard let caller else { return (.unknown, nil) }
        let found = FoundContact(caller, phone: phone.e164, publicURL: services.publicURL)
        let (request, adapter, channel) = (request, adapter, channel)
        let answered = await services.scripts.run(until: deadline) { runtime in
            Result { () throws(MappingFailure) in
                try runtime.answer(request, found: found, adapter: adapter, channel: channel)
            }
        }
        switch answered {
        case .success(let reply): return (.found, reply)
        case .failure(let failure):
            services.log.warning(
                "lookup answer failed", metadata: ["channel": "\(channel.key)", "cause": "\(failure.reason)"])
            return (.failed, nil)
        case nil: return (.late, nil)
        }
    }
}
