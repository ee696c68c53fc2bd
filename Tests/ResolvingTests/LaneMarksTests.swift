import Contacts
import Foundation
import Testing

@testable import Resolving

@Suite("Where a claim begins to read")
struct LaneMarksTests {
    private let start = Instant(microseconds: 1_768_465_230_000_000)
    private let zero = UUID(uuid: (0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0))

    @Test(
        "behind what was claimed, but not past what may still be on its way to its commit; whole every half second"
    )
    func marks() {
        var marks = LaneMarks()
        let first = marks.lanes([1], now: start)
        #expect(first[0].low == zero && first[0].share == LaneMarks.batch)
        let (old, new) = (UUID.v7(at: start - .seconds(60)), UUID.v7(at: start))
        marks.claimed(first, newest: [1: old], now: start)
        #expect(marks.lanes([1], now: start + .milliseconds(10))[0].low == old)
        marks.claimed(first, newest: [1: new], now: start)
        #expect(
            marks.lanes([1], now: start + .milliseconds(20))[0].low
                == UUID.v7Floor(at: start - LaneMarks.lateness))
        #expect(marks.lanes([1], now: start + .milliseconds(501))[0].low == zero)
        #expect(marks.lanes([1], now: start - .seconds(5))[0].low == zero, "a clock that was set back")
    }

    @Test("busy lanes share a batch, a quiet one has its place")
    func shares() {
        var marks = LaneMarks()
        let lanes = marks.lanes([1, 2, 3], now: start)
        marks.claimed(lanes, newest: [1: UUID.v7(at: start), 2: UUID.v7(at: start)], now: start)
        #expect(
            marks.lanes([1, 2, 3], now: start).map(\.share) == [
                LaneMarks.batch / 2, LaneMarks.batch / 2, LaneMarks.quietShare,
            ])
    }

    @Test(
        "attempts are further and further apart, at most five minutes, by chance up to half sooner",
        arguments: 1...40)
    func backoff(attempt: Int32) {
        let delay = RetryPolicy().delay(after: attempt)
        let full = min(Duration.seconds(1 << Int64(min(attempt - 1, 12))), .seconds(300))
        #expect(delay <= full && delay >= full / 2)
    }
}
