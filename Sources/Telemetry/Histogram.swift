/// A distribution over fixed buckets.
public final class Histogram: Family {
    /// Bounds in seconds for the time that a request, a query or a batch takes: half a millisecond to half a minute.
    public static let seconds: [Double] = [
        0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.5, 1, 2.5, 5, 10, 30,
    ]

    let description: Description
    let type = "histogram"
    private let bounds: [Double]
    private let table: SeriesTable<Buckets>

    private struct Buckets: Sendable {
        /// How many fell into each bucket alone; the last is above all bounds.
        var counts: [Int]
        var sum = 0.0
    }

    init(_ description: Description, bounds: [Double]) {
        precondition(
            !bounds.isEmpty && bounds.allSatisfy(\.isFinite)
                && zip(bounds, bounds.dropFirst()).allSatisfy { $0 < $1 },
            "the buckets of \(description.name) do not ascend")
        self.description = description
        self.bounds = bounds
        table = SeriesTable(
            description.labels, initial: Buckets(counts: Array(repeating: 0, count: bounds.count + 1)))
    }

    /// Counts one value. Below zero (a clock that went back) counts as zero, and what is not finite is left out, for
    /// either would spoil the sum for good.
    public func observe(_ value: Double, _ values: [String] = []) {
        guard value.isFinite else { return }
        let value = max(0, value)
        let bucket = bounds.firstIndex { value <= $0 } ?? bounds.count
        table.update(values) { buckets in
            buckets.counts[bucket] += 1
            buckets.sum += value
        }
    }

    /// Counts one span of time, in seconds.
    public func observe(_ duration: Duration, _ values: [String] = []) {
        observe(duration / .seconds(1), values)
    }

    func render(into text: inout String) {
        let labels = description.labels
        for (values, buckets) in table.sorted {
            var total = 0
            for (bound, count) in zip(bounds + [.infinity], buckets.counts) {
                total += count
                let bucketLabels = labelText(labels + ["le"], values + [number(bound)])
                text += "\(description.name)_bucket\(bucketLabels) \(total)\n"
            }
            text += "\(description.name)_count\(labelText(labels, values)) \(total)\n"
            text += "\(description.name)_sum\(labelText(labels, values)) \(number(buckets.sum))\n"
        }
    }
}
