import Adapters
import Contacts
import Telemetry

/// What workers count. Labels are channel keys and closed sets.
struct ResolvingMetrics: Sendable {
    private let done: Counter
    private let ignored: Counter
    private let dead: Counter
    private let retried: Counter
    let fenced: Counter
    let halved: Counter
    let repeated: Counter
    let batches: Histogram
    let batchTime: Histogram
    private let endToEnd: Histogram

    init(_ metrics: Metrics) {
        let channel: [Label] = ["workspace", "channel"]
        done = metrics.counter(
            "leadgate_done", help: "Contact events that became or changed an activity.", labels: channel)
        ignored = metrics.counter(
            "leadgate_ignored", help: "Events understood that make no activity.",
            labels: channel + [Label("reason", allowed: Set(IgnoredReason.allCases.map(\.rawValue)))])
        dead = metrics.counter(
            "leadgate_dead", help: "Events given up on.",
            labels: channel + [Label("reason", allowed: Set(DeadReason.allCases.map(\.rawValue)))])
        retried = metrics.counter(
            "leadgate_retried", help: "Attempts that failed and are repeated later.", labels: channel)
        fenced = metrics.counter(
            "leadgate_fenced", help: "Batches left alone because their lease had gone to another worker.")
        halved = metrics.counter(
            "leadgate_halved", help: "Batches divided to find the event that the database refuses.")
        repeated = metrics.counter(
            "leadgate_apply_repeats",
            help: "Transactions repeated after a deadlock, a merge or a lost connection.")
        batches = metrics.histogram(
            "leadgate_resolve_batch_events", help: "Events of one batch.",
            buckets: [1, 2, 4, 8, 16, 32, 64, 128, 256])
        batchTime = metrics.histogram(
            "leadgate_resolve_batch_seconds", help: "Time to map and apply a batch.")
        endToEnd = metrics.histogram(
            "leadgate_end_to_end_seconds",
            help: "Time from an event's receipt to its outcome, first attempts only.")
    }

    /// - Parameter now: after the commit.
    func count(_ outcomes: [BatchRows.Outcome], _ channels: ChannelSnapshot, now: Instant) {
        for outcome in outcomes {
            let labels = channels.byID[outcome.event.channelID]?.labels ?? ["-", "-"]
            switch outcome.status {
            case "done": done.add(1, labels)
            case "ignored": ignored.add(1, labels + [outcome.reason ?? "-"])
            default: dead.add(1, labels + [outcome.reason ?? "-"])
            }
            if outcome.event.attempts == 1, outcome.event.run == 0, outcome.ordinal == 0 {
                endToEnd.observe(now.duration(since: outcome.event.request.receivedAt))
            }
        }
    }

    func countRetry(_ event: ClaimedEvent, _ channels: ChannelSnapshot) {
        retried.add(1, channels.byID[event.channelID]?.labels ?? ["-", "-"])
    }
}
