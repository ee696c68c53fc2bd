import Contacts
import Telemetry

/// The spool's own figures.
struct SpoolFigures: Sendable {
    let events: Telemetry.Counter
    let failures: Telemetry.Counter

    init(_ metrics: Metrics) {
        events = metrics.counter(
            "leadgate_spool_events", help: "Events written to the spool and drained from it.",
            labels: [Label("step", allowed: ["written", "drained", "refused"])])
        failures = metrics.counter(
            "leadgate_spool_failures", help: "Batches that the spool could not take.",
            labels: [Label("cause", allowed: ["full", "disk"])])
    }

    func show(_ spool: Spool, _ metrics: Metrics) {
        metrics.gauge("leadgate_spool_bytes", help: "Bytes in the spool.") {
            Double(spool.locked { $0.bytes })
        }
        metrics.gauge("leadgate_spool_files", help: "Batches in the spool.") {
            Double(spool.locked { $0.files.count })
        }
        metrics.gauge("leadgate_spool_unreadable", help: "Batches in the spool that the disk does not give.")
        {
            Double(spool.locked { $0.unreadable.count })
        }
        metrics.gauge("leadgate_spool_damaged", help: "Files in spool/damaged, to be looked at.") {
            Double(spool.locked { $0.damaged })
        }
        metrics.gauge("leadgate_spool_oldest_seconds", help: "Age of the spool's oldest batch.") {
            let oldest = spool.locked { $0.files.first?.number }
            return oldest.map { max(0, Double(spool.now().microseconds - $0) / 1_000_000) } ?? 0
        }
        metrics.gauge("leadgate_spool_mode", help: "1 while events go to the spool, 0 while to the database.")
        {
            spool.isActive ? 1 : 0
        }
    }
}
