import Foundation
import Harness
import Testing

extension Faults {
    /// Faults by themselves, then several at random; the latter for as long as `deploy/soak` says.
    @Suite("schedules") struct ScheduleTests {
        @Test("under load, whatever is acknowledged comes to one good end", arguments: Fault.chosen)
        func each(fault: Fault) throws {
            let schedule = Schedule(seed: Seed(fault.name).seed, faults: [fault], groups: 300)
            let verdict = try schedule.run()
            #expect(
                verdict.acknowledged > 0 && verdict.missed.isEmpty, "\(schedule.label): \(verdict.missed)")
            #expect(verdict.findings.isEmpty, "\(schedule.label): \(verdict.findings.prefix(12))")
        }

        @Test("faults in random company: whatever is acknowledged comes to one good end")
        func random() throws {
            let plan = SoakPlan()
            var result = SoakResult()
            while plan.mayGoOn(after: result.schedules) {
                let schedule = Schedule(seed: plan.seed &+ UInt64(result.schedules), groups: plan.groups)
                let begin = ContinuousClock.now
                var verdict = Schedule.Verdict()
                do {
                    verdict = try schedule.run()
                } catch {
                    verdict.findings.append(Finding(rule: .unfinished, text: "\(error)"))
                }
                result.take(schedule, verdict, took: ContinuousClock.now - begin)
                #expect(verdict.findings.isEmpty, "\(schedule.label): \(verdict.findings.prefix(12))")
            }
            try result.write(to: plan.json)
        }
    }
}
