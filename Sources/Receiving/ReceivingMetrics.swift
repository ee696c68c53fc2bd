import Adapters
import Contacts
public import Telemetry

/// What receiving counts. Labels are channel keys and closed sets, never what a stranger sent.
public struct ReceivingMetrics: Sendable {
    let received: Counter
    let duplicates: Counter
    let rejected: Counter
    let accept: Histogram
    let lookups: Counter
    let lookupTime: Histogram
    let failures: Counter

    public init(_ metrics: Metrics) {
        let channel: [Label] = ["workspace", "channel"]
        received = metrics.counter(
            "leadgate_received", help: "Events that were verified and made durable, repetitions included.",
            labels: channel)
        duplicates = metrics.counter(
            "leadgate_duplicates", help: "Events that were known already and had no effect.", labels: channel)
        let reasons = Label("reason", allowed: Set(RejectionReason.allCases.map(\.rawValue)))
        rejected = metrics.counter(
            "leadgate_rejected", help: "Requests turned away.", labels: channel + [reasons])
        accept = metrics.histogram(
            "leadgate_accept_seconds",
            help: "Time from a request's head to its answer, of those that were kept.")
        let outcomes = Label("outcome", allowed: Set(LookupOutcome.allCases.map(\.rawValue)))
        lookups = metrics.counter(
            "leadgate_lookups", help: "Questions for a caller's name.", labels: [outcomes])
        lookupTime = metrics.histogram(
            "leadgate_lookup_seconds", help: "Time from a request's head to the end of its lookup.")
        failures = metrics.counter(
            "leadgate_not_kept", help: "Verified requests that could not be kept.",
            labels: [Label("cause", allowed: ["overloaded", "unavailable", "refused"])])
    }
}

/// How a lookup ended.
enum LookupOutcome: String, CaseIterable {
    case found
    /// No card has the number.
    case unknown
    /// What was sent is no number.
    case notANumber = "not_a_number"
    /// The time was over, or the database away.
    case late
    /// The adapter's `answer` failed.
    case failed
}
