import Contacts
import Foundation
import Store

/// Where to begin reading each channel's queue, so that a claim does not walk over what was just worked off and deleted.
///
/// A mark is a hint: events that were committed late, released or left by a dead worker lie before it, so every lane is read
/// from its start again after ``wholeEvery``.
struct LaneMarks: Sendable {
    /// Ids are made at accept and committed a moment later: so far back a lane is read anew at each claim.
    static let lateness: Duration = .seconds(3)
    static let wholeEvery: Duration = .milliseconds(500)
    /// Rows of one claim.
    static let batch = 200
    /// Rows that a lane may give which had none last time.
    static let quietShare = 20

    struct Lane: Sendable {
        let channelID: Int64
        let low: UUID
        let share: Int
    }

    private struct Mark {
        var low = UUID.first
        var readWholeAt: Instant?
        /// Gave rows at its last claim.
        var isBusy = false
    }
    private var marks: [Int64: Mark] = [:]

    /// What to claim of the channels of one workspace.
    mutating func lanes(_ channels: [Int64], now: Instant) -> [Lane] {
        let busy = channels.count { marks[$0]?.isBusy == true }
        let share = LaneMarks.batch / max(1, busy)
        return channels.map { channel in
            var mark = marks[channel] ?? Mark()
            let isWhole =
                mark.readWholeAt.map { now.duration(since: $0) >= LaneMarks.wholeEvery || now < $0 } ?? true
            if isWhole { mark.readWholeAt = now }
            marks[channel] = mark
            return Lane(
                channelID: channel, low: isWhole ? .first : mark.low,
                share: mark.isBusy || busy == 0 ? max(1, share) : LaneMarks.quietShare)
        }
    }

    /// - Parameter newest: the newest event that each lane gave.
    mutating func claimed(_ lanes: [Lane], newest: [Int64: UUID], now: Instant) {
        let recent = UUID.v7Floor(at: now - LaneMarks.lateness)
        for lane in lanes {
            let last = newest[lane.channelID]
            marks[lane.channelID, default: Mark()].isBusy = last != nil
            if let last { marks[lane.channelID, default: Mark()].low = min(last, recent) }
        }
    }
}
