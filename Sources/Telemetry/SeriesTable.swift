import Synchronization

/// The series of one metric by their label values, kept within bounds.
///
/// A value outside a label's closed set, and every new series after the 10,000th, counts under `other`: sums stay
/// right and memory stays bounded whatever comes in.
final class SeriesTable<Value: Sendable>: Sendable {
    static var limit: Int { 10_000 }

    let labels: [Label]
    private let initial: Value
    private let series: Mutex<[[String]: Value]>

    init(_ labels: [Label], initial: Value) {
        self.labels = labels
        self.initial = initial
        // A metric without labels is shown from the start, so that its first event is an increase.
        series = Mutex(labels.isEmpty ? [[]: initial] : [:])
    }

    /// Changes one series in a short lock; it is made where it is new.
    func update(_ values: [String], _ change: (inout Value) -> Void) {
        precondition(
            values.count == labels.count, "a metric with labels \(labels.map(\.name)) got \(values.count)")
        let key = admitted(values)
        series.withLock { series in
            if let index = series.index(forKey: key) {
                change(&series.values[index])
            } else if series.count < Self.limit {
                change(&series[key, default: initial])
            } else {
                change(&series[labels.map { _ in other }, default: initial])
            }
        }
    }

    func remove(_ values: [String]) {
        series.withLock { _ = $0.removeValue(forKey: values) }
    }

    /// The series by label values, in ascending order.
    var sorted: [(key: [String], value: Value)] {
        series.withLock { $0 }.sorted { $0.key.lexicographicallyPrecedes($1.key) }
    }

    private func admitted(_ values: [String]) -> [String] {
        guard labels.contains(where: { $0.allowed != nil }) else { return values }
        return zip(labels, values).map { label, value in
            label.allowed.map { $0.contains(value) } ?? true ? value : other
        }
    }
}

/// The value that stands for all that have no series of their own.
let other = "other"
