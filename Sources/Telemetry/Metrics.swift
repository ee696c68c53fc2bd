import Synchronization

/// The figures of one process, rendered as OpenMetrics text.
///
/// Instruments are registered once, when a service is built, and kept by who counts; adding takes one short lock of
/// that instrument alone. Labels come from closed sets (adapter, channel, reason), never from what a stranger sent.
public final class Metrics: Sendable {
    /// What `/metrics` answers as its media type.
    public static let contentType = "application/openmetrics-text; version=1.0.0; charset=utf-8"

    private let families = Mutex<[String: any Family]>([:])

    public init() {}

    /// A count that only grows. Its samples are called `<name>_total`; the name itself is given without that.
    public func counter(_ name: String, help: String, labels: [Label] = []) -> Counter {
        register(Counter(Description(name: name, help: help, labels: labels)))
    }

    /// A figure that goes up and down and is set by who knows it.
    public func gauge(_ name: String, help: String, labels: [Label] = []) -> Gauge {
        register(Gauge(Description(name: name, help: help, labels: labels)))
    }

    /// A figure that is asked for at each rendering; nil shows none. `read` runs on the thread that renders and must not
    /// wait.
    public func gauge(_ name: String, help: String, read: @escaping @Sendable () -> Double?) {
        gauge(name, help: help, labels: []) { read().map { [([], $0)] } ?? [] }
    }

    /// Figures that are asked for at each rendering, each with its label values in the order of `labels`.
    public func gauge(
        _ name: String, help: String, labels: [Label], read: @escaping @Sendable () -> [([String], Double)]
    ) {
        _ = register(CallbackGauge(Description(name: name, help: help, labels: labels), read: read))
    }

    /// A distribution over fixed buckets, whose upper bounds ascend; the bucket above all is added.
    public func histogram(
        _ name: String, help: String, labels: [Label] = [], buckets: [Double] = Histogram.seconds
    ) -> Histogram {
        register(Histogram(Description(name: name, help: help, labels: labels), bounds: buckets))
    }

    /// The OpenMetrics 1.0 text of everything registered: families by name, series by label values.
    public func render() -> String {
        let known = families.withLock { $0 }
        var text = ""
        for (_, family) in known.sorted(by: { $0.key < $1.key }) {
            let description = family.description
            text += "# HELP \(description.name) \(escaped(description.help))\n"
            text += "# TYPE \(description.name) \(family.type)\n"
            if let unit = description.unit { text += "# UNIT \(description.name) \(unit)\n" }
            family.render(into: &text)
        }
        return text + "# EOF\n"
    }

    /// Gives the instrument registered before under the same name and labels, so that two services may share it.
    private func register<Instrument: Family>(_ instrument: Instrument) -> Instrument {
        families.withLock { families in
            let name = instrument.description.name
            guard let known = families[name] else {
                families[name] = instrument
                return instrument
            }
            guard let same = known as? Instrument, same.description.labels == instrument.description.labels
            else {
                preconditionFailure("the metric \(name) is registered twice, with different kinds or labels")
            }
            return same
        }
    }
}

/// One label of a metric: its name, and its values where they are a closed set.
public struct Label: Sendable, Hashable, ExpressibleByStringLiteral {
    public let name: String
    /// Another value counts as `other`. Nil where the values are registered as they come, say channel keys.
    public let allowed: Set<String>?

    public init(_ name: String, allowed: Set<String>? = nil) {
        self.name = name
        self.allowed = allowed
    }

    public init(stringLiteral value: String) {
        self.init(value)
    }
}

/// What is said of a metric before its samples.
struct Description: Sendable {
    let name: String
    let help: String
    let labels: [Label]
    /// The base unit that the name ends with, if any.
    var unit: String? { ["seconds", "bytes"].first { name.hasSuffix("_\($0)") } }

    /// Stops the program where a name is not one of OpenMetrics: the programmer's mistake, seen at the first start.
    init(name: String, help: String, labels: [Label]) {
        precondition(isMetricName(name), "\(name) is no name of a metric")
        precondition(
            labels.allSatisfy { isMetricName($0.name) && $0.name != "le" }, "a label of \(name) has no name")
        self.name = name.hasSuffix("_total") ? String(name.dropLast(6)) : name
        self.help = help
        self.labels = labels
    }
}

/// An instrument as the registry sees it.
protocol Family: AnyObject, Sendable {
    var description: Description { get }
    /// The word behind `# TYPE`.
    var type: String { get }
    func render(into text: inout String)
}
