import Dispatch
import Foundation
import Telemetry
import Testing

@Suite("Metrics")
struct MetricsTests {
    @Test("everything is rendered as OpenMetrics text, in a fixed order")
    func exactText() {
        let metrics = Metrics()
        let received = metrics.counter(
            "leadgate_received", help: "Events accepted.", labels: ["channel", "result"])
        let waiting = metrics.gauge("leadgate_waiting", help: "Events owed.")
        metrics.gauge("leadgate_age_seconds", help: "Age of the oldest.") { 2.5 }
        metrics.gauge("leadgate_up", help: "Which parts run.", labels: ["role"]) {
            [(["worker"], 1), (["mail"], 0)]
        }
        let accept = metrics.histogram(
            "leadgate_accept_seconds", help: "Time to accept.", buckets: [0.01, 1])
        _ = metrics.counter("leadgate_lost", help: "Nothing yet.")
        received.add(2, ["site", "accepted"])
        received.add(1, ["pbx", "rejected"])
        received.add(1, ["pbx", "accepted"])
        received.prepare(["zzz", "accepted"])
        waiting.set(7)
        waiting.add(-3)
        accept.observe(0.25)
        accept.observe(.milliseconds(5))
        #expect(
            metrics.render() == """
                # HELP leadgate_accept_seconds Time to accept.
                # TYPE leadgate_accept_seconds histogram
                # UNIT leadgate_accept_seconds seconds
                leadgate_accept_seconds_bucket{le="0.01"} 1
                leadgate_accept_seconds_bucket{le="1.0"} 2
                leadgate_accept_seconds_bucket{le="+Inf"} 2
                leadgate_accept_seconds_count 2
                leadgate_accept_seconds_sum 0.255
                # HELP leadgate_age_seconds Age of the oldest.
                # TYPE leadgate_age_seconds gauge
                # UNIT leadgate_age_seconds seconds
                leadgate_age_seconds 2.5
                # HELP leadgate_lost Nothing yet.
                # TYPE leadgate_lost counter
                leadgate_lost_total 0
                # HELP leadgate_received Events accepted.
                # TYPE leadgate_received counter
                leadgate_received_total{channel="pbx",result="accepted"} 1
                leadgate_received_total{channel="pbx",result="rejected"} 1
                leadgate_received_total{channel="site",result="accepted"} 2
                leadgate_received_total{channel="zzz",result="accepted"} 0
                # HELP leadgate_up Which parts run.
                # TYPE leadgate_up gauge
                leadgate_up{role="mail"} 0.0
                leadgate_up{role="worker"} 1.0
                # HELP leadgate_waiting Events owed.
                # TYPE leadgate_waiting gauge
                leadgate_waiting 4.0
                # EOF

                """)
    }

    @Test("a registry with nothing in it renders its end")
    func empty() {
        #expect(Metrics().render() == "# EOF\n")
    }

    @Test("buckets are cumulative, with bounds inclusive and everything in the last")
    func cumulative() {
        let metrics = Metrics()
        let histogram = metrics.histogram("h", help: "h", labels: ["stage"], buckets: [1, 2, 4])
        for value in [0, 1, 1.5, 2, 3, 4, 5, 100, -1, .nan, .infinity] { histogram.observe(value, ["map"]) }
        let lines = metrics.render().split(separator: "\n").dropFirst(2)
        #expect(
            lines == [
                "h_bucket{stage=\"map\",le=\"1.0\"} 3", "h_bucket{stage=\"map\",le=\"2.0\"} 5",
                "h_bucket{stage=\"map\",le=\"4.0\"} 7", "h_bucket{stage=\"map\",le=\"+Inf\"} 9",
                "h_count{stage=\"map\"} 9", "h_sum{stage=\"map\"} 116.5", "# EOF",
            ])
    }

    @Test("label values and help texts cannot break a line or end a quote")
    func escaping() {
        let metrics = Metrics()
        metrics.counter("c", help: "one\ntwo \\ \"three\"", labels: ["l"]).add(1, ["a\"b\\c\nd\0é"])
        #expect(
            metrics.render() == """
                # HELP c one\\ntwo \\\\ \\"three\\"
                # TYPE c counter
                c_total{l="a\\"b\\\\c\\nd\u{FFFD}é"} 1
                # EOF

                """)
    }

    @Test("a figure that is not known has no series, and one that is known has its unit")
    func unknown() {
        let metrics = Metrics()
        metrics.gauge("age_seconds", help: "a") { nil }
        metrics.gauge("size_bytes", help: "b") { 0 }
        #expect(
            metrics.render() == """
                # HELP age_seconds a
                # TYPE age_seconds gauge
                # UNIT age_seconds seconds
                # HELP size_bytes b
                # TYPE size_bytes gauge
                # UNIT size_bytes bytes
                size_bytes 0.0
                # EOF

                """)
    }

    @Test("special numbers have their names")
    func numbers() {
        let metrics = Metrics()
        metrics.gauge("a", help: "a") { .nan }
        metrics.gauge("b", help: "b") { .infinity }
        metrics.gauge("c", help: "c") { -.infinity }
        let samples = metrics.render().split(separator: "\n").filter { !$0.hasPrefix("#") }
        #expect(samples == ["a NaN", "b +Inf", "c -Inf"])
    }

    @Test("a value outside a closed set counts as other")
    func closedSet() {
        let metrics = Metrics()
        let counter = metrics.counter(
            "c", help: "c", labels: [Label("reason", allowed: ["probe", "own"]), "channel"])
        counter.add(1, ["probe", "pbx"])
        counter.add(2, ["invented", "pbx"])
        counter.add(3, ["invented too", "pbx"])
        let samples = metrics.render().split(separator: "\n").filter { !$0.hasPrefix("#") }
        #expect(
            samples == [
                "c_total{reason=\"other\",channel=\"pbx\"} 5", "c_total{reason=\"probe\",channel=\"pbx\"} 1",
            ])
    }

    @Test("series are bounded, and what is over the bound is still counted")
    func bounded() {
        let metrics = Metrics()
        let counter = metrics.counter("c", help: "c", labels: ["l"])
        for number in 0..<12_000 { counter.add(1, ["value \(number)"]) }
        counter.add(1, ["value 3"])
        let samples = metrics.render().split(separator: "\n").filter { !$0.hasPrefix("#") }
        #expect(samples.count == 10_001)
        #expect(samples.contains("c_total{l=\"other\"} 2000"))
        #expect(samples.contains("c_total{l=\"value 3\"} 2"))
    }

    @Test("a name with _total is not doubled, and the same metric is shared")
    func shared() {
        let metrics = Metrics()
        metrics.counter("c_total", help: "c").add(1)
        metrics.counter("c", help: "c").add(2)
        #expect(metrics.render().contains("\nc_total 3\n"))
    }

    @Test("a series of a gauge can be forgotten")
    func removed() {
        let metrics = Metrics()
        let gauge = metrics.gauge("g", help: "g", labels: ["channel"])
        gauge.set(1, ["gone"])
        gauge.set(2, ["kept"])
        gauge.remove(["gone"])
        #expect(metrics.render().contains("g{channel=\"kept\"} 2.0"))
        #expect(!metrics.render().contains("gone"))
    }

    @Test("a count stays at the largest integer")
    func overflow() {
        let metrics = Metrics()
        let counter = metrics.counter("c", help: "c")
        counter.add(.max)
        counter.add(5)
        #expect(metrics.render().contains("c_total \(Int.max)\n"))
    }

    @Test("four threads that add at once, while a fifth renders, give exact totals")
    func threads() {
        let metrics = Metrics()
        let plain = metrics.counter("plain", help: "p")
        let labelled = metrics.counter("labelled", help: "l", labels: ["l"])
        let gauge = metrics.gauge("gauge", help: "g")
        let histogram = metrics.histogram("histogram", help: "h", buckets: [1])
        let rounds = 20_000
        let done = DispatchGroup()
        for thread in 0..<4 {
            done.enter()
            Thread {
                for round in 0..<rounds {
                    plain.add()
                    labelled.add(2, ["\(round % 3)"])
                    gauge.add(thread.isMultiple(of: 2) ? 1 : -1)
                    histogram.observe(0.5)
                }
                done.leave()
            }.start()
        }
        while done.wait(timeout: .now()) == .timedOut { _ = metrics.render() }
        let text = metrics.render()
        #expect(text.contains("\nplain_total \(4 * rounds)\n"))
        for value in 0..<3 {
            let count = (0..<rounds).count { $0 % 3 == value }
            #expect(text.contains("\nlabelled_total{l=\"\(value)\"} \(8 * count)\n"))
        }
        #expect(text.contains("\ngauge 0.0\n"))
        #expect(text.contains("\nhistogram_bucket{le=\"1.0\"} \(4 * rounds)\n"))
        #expect(text.contains("\nhistogram_sum \(Double(2 * rounds))\n"))
    }
}
