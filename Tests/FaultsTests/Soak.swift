import Foundation
import JSON

/// How long schedules go on, as `deploy/soak` says; by default one short one, the same all day.
struct SoakPlan {
    let groups: Int
    /// Of the first schedule.
    let seed: UInt64
    /// Where the figures go.
    let json: String?
    private let schedules: Int
    private let end: ContinuousClock.Instant?

    init() {
        let environment = ProcessInfo.processInfo.environment
        let minutes = environment["LEADGATE_SOAK_MINUTES"].flatMap { Double($0) }
        let given = environment["LEADGATE_SOAK_SCHEDULES"].flatMap { Int($0) }
        let isShort = minutes == nil && given == nil
        end = minutes.map { .now + .seconds($0 * 60) }
        schedules = given ?? (isShort ? 1 : .max)
        groups = isShort ? 300 : 500
        seed =
            environment["LEADGATE_SEED"].flatMap { UInt64($0) }
            ?? UInt64(Date().timeIntervalSince1970 / 86_400)
        json = environment["LEADGATE_SOAK_JSON"]
    }

    func mayGoOn(after schedules: Int) -> Bool {
        schedules < self.schedules && end.map { ContinuousClock.now < $0 } ?? true
    }
}

/// What came of the schedules.
struct SoakResult {
    private struct Count {
        var struck = 0
        var missed = 0
        /// Schedules with it in which a promise was broken.
        var broken = 0
    }
    private(set) var schedules = 0
    private var acknowledged = 0
    private var findings: [Finding.Rule: Int] = [:]
    private var faults = Dictionary(uniqueKeysWithValues: Fault.all.map { ($0.name, Count()) })
    private var broken: [Schedule] = []

    private static let doubling: Set<Finding.Rule> = [.keptTwice, .activity, .person, .lead]

    /// Writes a line for `deploy/soak` to show at once; `print` keeps lines back in a pipe.
    mutating func take(_ schedule: Schedule, _ verdict: Schedule.Verdict, took: Duration) {
        schedules += 1
        acknowledged += verdict.acknowledged
        for finding in verdict.findings { findings[finding.rule, default: 0] += 1 }
        for name in schedule.faults.map(\.name) {
            if verdict.missed[name] == nil {
                faults[name, default: Count()].struck += 1
            } else {
                faults[name, default: Count()].missed += 1
            }
            if !verdict.findings.isEmpty { faults[name, default: Count()].broken += 1 }
        }
        if !verdict.findings.isEmpty { broken.append(schedule) }
        let seconds = String(format: "%.1f", took / .seconds(1))
        let missed = verdict.missed.map { " (\($0): \($1))" }.joined()
        let outcome = verdict.findings.isEmpty ? "kept" : "BROKEN: \(verdict.findings.prefix(3))"
        let line =
            "soak: \(schedules), \(acknowledged) acknowledged, \(seconds) s, seed \(schedule.seed), \(schedule.names): "
            + outcome + missed + "\n"
        FileHandle.standardOutput.write(Data(line.utf8))
    }

    func write(to path: String?) throws {
        guard let path else { return }
        let doubled = findings.filter { Self.doubling.contains($0.key) }.values.reduce(0, +)
        let json: JSON = [
            "schedules": number(schedules), "acknowledged": number(acknowledged),
            "lost": number(findings[.lost] ?? 0), "doubled": number(doubled),
            "findings": object(findings.map { ($0.key.rawValue, number($0.value)) }),
            "faults": object(
                faults.map { name, count in
                    let figures: JSON = [
                        "struck": number(count.struck), "missed": number(count.missed),
                        "broken": number(count.broken),
                    ]
                    return (name, figures)
                }),
            "broken": .array(
                broken.map { ["seed": .string(String($0.seed)), "faults": .string($0.names)] }),
        ]
        try json.text().write(toFile: path, atomically: true, encoding: .utf8)
    }

    private func number(_ value: Int) -> JSON { .integer(Int64(value)) }

    private func object(_ members: [(String, JSON)]) -> JSON {
        .object(JSONObject(members.sorted { $0.0 < $1.0 }))
    }
}
