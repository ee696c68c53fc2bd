import Foundation
import Harness

/// Load, faults at random instants, healing, judgement. The seed decides everything that chance decides here.
struct Schedule {
    let seed: UInt64
    let faults: [Fault]
    /// For each fault, of five requests each.
    let groups: Int

    struct Verdict: Sendable {
        /// Events, however many copies of each.
        var acknowledged = 0
        /// Faults whose moment did not come, by name, with the reason.
        var missed: [String: String] = [:]
        var findings: [Finding] = []
    }

    /// One to three faults by chance; the clock moves in some schedules only, since the preloaded library slows a gateway.
    init(seed: UInt64, groups: Int) {
        var chance = Seed(seed: seed)
        let count = Int.random(in: 1...3, using: &chance)
        var drawn = Array(Fault.all.shuffled(using: &chance).prefix(count))
        // Those that need two gateways and those that need one do not meet.
        drawn = drawn.filter { $0.gateways.overlaps(drawn[0].gateways) }
        self.init(seed: seed, faults: drawn, groups: groups)
    }

    init(seed: UInt64, faults: [Fault], groups: Int) {
        self.seed = seed
        self.faults = faults
        self.groups = groups
    }

    var names: String { faults.map(\.name).joined(separator: ", ") }
    var label: String { "LEADGATE_SEED=\(seed), \(names)" }

    func run() throws -> Verdict {
        var chance = Seed(seed: seed)
        let most = faults.map(\.gateways.upperBound).min() ?? 1
        let least = faults.map(\.gateways.lowerBound).max() ?? 1
        let arena = try Arena(
            gateways: least >= most ? most : Int.random(in: least...most, using: &chance),
            hasClock: faults.contains(where: \.hasClock))
        defer { arena.end() }
        let load = LoadClient([], to: arena.ports, patience: .seconds(120))
        defer { load.close() }
        var posts: [Post] = []
        var verdict = Verdict()
        for (round, fault) in faults.enumerated() {
            if !arena.isUsable { try arena.heal() }
            let begun = load.begun
            let fresh = freshPosts(round, &chance)
            posts += fresh
            load.add(fresh)
            _ = becomes(within: .seconds(10)) { load.begun > begun + 64 }
            Thread.sleep(forTimeInterval: Double.random(in: 0.02...0.2, using: &chance))
            do {
                try fault.strike(arena, &chance)
            } catch let missed as Missed {
                verdict.missed[fault.name] = missed.what
            }
        }
        try arena.heal()
        try judge(arena, posts, load.wait(), &verdict)
        return verdict
    }

    private func freshPosts(_ round: Int, _ chance: inout Seed) -> [Post] {
        let copies = faults.map(\.copies).max() ?? 1
        let single = Faults.KillTests.posts(round + 1, groups: max(1, groups / copies), seed: &chance)
        return (0..<copies).flatMap { _ in single }.shuffled(using: &chance)
    }

    private func judge(_ arena: Arena, _ posts: [Post], _ answers: [Answer], _ verdict: inout Verdict) throws
    {
        var oracle = try Oracle(arena.database.url, label: label)
        oracle.tolerated = faults.reduce(into: []) { $0.formUnion($1.tolerated) }
        oracle.note(posts, answers)
        verdict.acknowledged = oracle.acknowledged
        verdict.findings = try oracle.findings(within: .seconds(90))
        for gateway in arena.gateways { verdict.findings += try oracle.freshFindings(at: gateway) }
    }
}
