public import JSON

extension FoldedCall {
    /// One line for people: `Inbound call, missed`, `Outbound call, 3:05`.
    public var title: String {
        let kind =
            switch direction {
            case .inbound: "Inbound call"
            case .outbound: "Outbound call"
            case .internal: "Internal call"
            case .unknown: "Call"
            }
        return "\(kind), \(course)"
    }

    private var course: String {
        switch state {
        case .unidentified, .ringing: return "ringing"
        case .talking: return "talking"
        case .ended: break
        }
        if isMissed {
            switch outcome {
            case .missed, .answered, nil: return "missed"
            case .some(let outcome): return "missed (\(outcome.rawValue))"
            }
        }
        switch outcome {
        case .answered: return talkSeconds.map(FoldedCall.clock) ?? "answered"
        case .missed: return "no answer"
        case .some(let outcome): return outcome.rawValue
        case nil: return "ended"
        }
    }

    /// `3:05`, `1:00:07`.
    private static func clock(_ seconds: Int64) -> String {
        func two(_ number: Int64) -> String { number < 10 ? "0\(number)" : "\(number)" }
        let (hours, minutes) = (seconds / 3_600, seconds / 60 % 60)
        return hours > 0
            ? "\(hours):\(two(minutes)):\(two(seconds % 60))" : "\(minutes):\(two(seconds % 60))"
    }

    /// What an activity keeps of the call besides its title, direction and time; what is not known is left out.
    public var details: JSON {
        var object = JSONObject([("state", .string(state.rawValue))])
        object["outcome"] = outcome.map { .string($0.rawValue) }
        if direction == .inbound && state == .ended { object["missed"] = .bool(isMissed) }
        object["cause"] = cause.map(JSON.string)
        object["remote"] = remote.map { .string($0.value) }
        if isAnonymous { object["anonymous"] = true }
        object["line"] = line.map(JSON.string)
        if !agents.isEmpty { object["agents"] = .array(agents.map(\.json)) }
        object["answered_by"] = answeredBy.map(JSON.string)
        object["started_at"] = startedAt.map { .string($0.iso8601) }
        object["answered_at"] = answeredAt.map { .string($0.iso8601) }
        object["ended_at"] = endedAt.map { .string($0.iso8601) }
        object["wait_s"] = waitSeconds.map(JSON.integer)
        object["talk_s"] = talkSeconds.map(JSON.integer)
        if !recordings.isEmpty { object["recordings"] = .array(recordings.map(\.json)) }
        object["parent_thread"] = parentThread.map(JSON.string)
        return .object(object)
    }
}
