/// A count that only grows: events, bytes, failures.
public final class Counter: Family {
    let description: Description
    let type = "counter"
    private let table: SeriesTable<Int>

    init(_ description: Description) {
        self.description = description
        table = SeriesTable(description.labels, initial: 0)
    }

    /// Adds `amount` (0 or more) to the series of `values`, which come in the order of the labels. Stays at the
    /// largest integer rather than overflow.
    public func add(_ amount: Int = 1, _ values: [String] = []) {
        precondition(amount >= 0, "\(description.name) cannot go down")
        table.update(values) { total in
            let (sum, isOver) = total.addingReportingOverflow(amount)
            total = isOver ? .max : sum
        }
    }

    /// Shows a series at 0 before anything was counted, so that its first event is seen as an increase.
    public func prepare(_ values: [String]) {
        table.update(values) { _ in }
    }

    func render(into text: inout String) {
        for (values, total) in table.sorted {
            text += "\(description.name)_total\(labelText(description.labels, values)) \(total)\n"
        }
    }
}

/// A figure that goes up and down: a length, an age, a number of connections.
public final class Gauge: Family {
    let description: Description
    let type = "gauge"
    private let table: SeriesTable<Double>

    init(_ description: Description) {
        self.description = description
        table = SeriesTable(description.labels, initial: 0)
    }

    public func set(_ value: Double, _ values: [String] = []) {
        table.update(values) { $0 = value }
    }

    public func add(_ amount: Double, _ values: [String] = []) {
        table.update(values) { $0 += amount }
    }

    /// Forgets a series, say of a channel that is gone.
    public func remove(_ values: [String]) {
        table.remove(values)
    }

    func render(into text: inout String) {
        for (values, value) in table.sorted {
            text += "\(description.name)\(labelText(description.labels, values)) \(number(value))\n"
        }
    }
}

/// A figure that is asked for when it is shown.
final class CallbackGauge: Family {
    let description: Description
    let type = "gauge"
    private let read: @Sendable () -> [([String], Double)]

    init(_ description: Description, read: @escaping @Sendable () -> [([String], Double)]) {
        self.description = description
        self.read = read
    }

    func render(into text: inout String) {
        let series = read()
        // A table without labels would show a figure that is not there.
        if series.isEmpty { return }
        // Through a table, so that what is asked for keeps to the same bounds, and a series is shown once.
        let table = SeriesTable(description.labels, initial: 0.0)
        for (values, value) in series { table.update(values) { $0 = value } }
        for (values, value) in table.sorted {
            text += "\(description.name)\(labelText(description.labels, values)) \(number(value))\n"
        }
    }
}
