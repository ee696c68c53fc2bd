import JSON

/// Makes one call of all that was said about it.
///
/// Depends on the set of statements alone, not on their order or repeats: they are put in a total order first. Of two
/// statements the one further on wins (a final record over an end, an end over an answer), the other only fills what
/// is empty. What is about one leg never says what the call came to, except that an employee answered; a call ends only
/// by a statement about the whole of it.
///
/// Source: providers/telephony.md D1.
public func foldCall(_ statements: [StoredStatement]) -> FoldedCall {
    var seen: Set<StoredStatement> = []
    let entries = statements.filter { seen.insert($0).inserted }.map(FoldEntry.init)
    let byWeight = entries.sorted { $0.isWeightier(than: $1) }.map(\.statement)
    let byTime = entries.sorted { $0.isEarlier(than: $1) }.map(\.statement)

    var call = FoldedCall()
    call.fill(from: byWeight)
    call.agents = gatherAgents(byTime)
    call.recordings = gatherRecordings(byTime)
    call.answeredBy = firstToAnswer(byTime)
    call.startedAt = byTime.lazy.compactMap(\.at).min()
    call.isIdentified = call.direction != .unknown && (call.remote != nil || call.isAnonymous)

    let answers = byTime.filter(\.tellsOfHumanAnswer)
    let ends = byTime.filter(\.endsCall)
    call.answeredAt = earliest(answers.filter { $0.state == .answered })
    call.endedAt = earliest(ends)
    call.settle(isAnswered: !answers.isEmpty, isEnded: !ends.isEmpty, byWeight)
    return call
}

// MARK: - Order

/// A statement with what it is sorted by.
private struct FoldEntry {
    let stored: StoredStatement
    /// Last resort of both orders, so that only equal statements are equal.
    let text: String

    init(_ stored: StoredStatement) {
        self.stored = stored
        text = stored.statement.json.text(sortedKeys: true)
    }

    var statement: CallStatement { stored.statement }

    func isWeightier(than other: FoldEntry) -> Bool {
        if statement.weight != other.statement.weight { return statement.weight > other.statement.weight }
        if statement.order != other.statement.order {
            return (statement.order ?? .min) > (other.statement.order ?? .min)
        }
        if statement.at != other.statement.at {
            return (statement.at?.microseconds ?? .min) > (other.statement.at?.microseconds ?? .min)
        }
        return isLater(than: other)
    }

    func isEarlier(than other: FoldEntry) -> Bool {
        if statement.at != other.statement.at {
            return (statement.at?.microseconds ?? .max) < (other.statement.at?.microseconds ?? .max)
        }
        if statement.weight != other.statement.weight { return statement.weight < other.statement.weight }
        if statement.order != other.statement.order {
            return (statement.order ?? .max) < (other.statement.order ?? .max)
        }
        return other.isLater(than: self)
    }

    private func isLater(than other: FoldEntry) -> Bool {
        stored.eventID != other.stored.eventID ? stored.eventID > other.stored.eventID : text > other.text
    }
}

extension CallStatement {
    /// Who wins where two statements say something: what is about the whole call, and further on.
    fileprivate var weight: Int {
        let rank: Int
        switch state {
        case .recording: rank = 0
        case .ringing: rank = 1
        case .answered: rank = 2
        case .ended: rank = 3
        case .summary: rank = 4
        }
        return scope == .call && state != .recording ? rank + 10 : rank
    }

    fileprivate var endsCall: Bool { scope == .call && (state == .ended || state == .summary) }

    /// Whether a person of ours took the call, by this statement. A menu or a queue that answers a leg is nobody.
    fileprivate var tellsOfHumanAnswer: Bool {
        switch scope {
        case .call: state == .answered && (outcome == nil || outcome == .answered)
        case .leg:
            agents.contains { $0.answered != false }
                && (state == .answered || outcome == .answered || (talkSeconds ?? 0) > 0)
                && (outcome == nil || outcome == .answered)
        }
    }
}

/// The provider's clock before ours; nil if no statement has a time.
private func earliest(_ statements: [CallStatement]) -> Instant? {
    statements.filter { $0.atSource == .provider }.compactMap(\.at).min() ?? statements.compactMap(\.at).min()
}

// MARK: - What one statement decides

extension FoldedCall {
    fileprivate mutating func fill(from byWeight: [CallStatement]) {
        direction = byWeight.lazy.map(\.direction).first { $0 != .unknown } ?? .unknown
        remote = byWeight.lazy.compactMap(\.remote).first
        isAnonymous = remote == nil && byWeight.contains { $0.isAnonymous }
        name = byWeight.lazy.compactMap(\.name).first
        line = byWeight.lazy.compactMap(\.line).first
        parentThread = byWeight.lazy.compactMap(\.parentThread).first
        let whole = byWeight.lazy.filter { $0.scope == .call }
        cause = whole.compactMap(\.cause).first
        waitSeconds = whole.compactMap(\.waitSeconds).first
        talkSeconds = whole.compactMap(\.talkSeconds).first
    }

    fileprivate mutating func settle(isAnswered: Bool, isEnded: Bool, _ byWeight: [CallStatement]) {
        if isIdentified { state = isEnded ? .ended : isAnswered ? .talking : .ringing }
        guard isEnded else { return }
        outcome = byWeight.lazy.filter { $0.scope == .call }.compactMap(\.outcome).first
        if outcome == nil {
            if isAnswered || (talkSeconds ?? 0) > 0 {
                outcome = .answered
            } else if direction == .inbound {
                outcome = .missed
            }
        }
        let talked = outcome == .answered && talkSeconds != 0
        isMissed = direction == .inbound && !talked && outcome != .forwarded
    }
}

// MARK: - What adds up

private func gatherAgents(_ byTime: [CallStatement]) -> [CallAgent] {
    var agents: [CallAgent] = []
    for agent in byTime.flatMap(\.agents) where agent.key != nil {
        guard let place = agents.firstIndex(where: { $0.isSame(as: agent) }) else {
            agents.append(agent)
            continue
        }
        var known = agents[place]
        known.extension = known.extension ?? agent.extension
        known.name = known.name ?? agent.name
        known.email = known.email ?? agent.email
        known.answered = known.answered == true ? true : agent.answered ?? known.answered
        agents[place] = known
    }
    return agents
}

private func firstToAnswer(_ byTime: [CallStatement]) -> String? {
    byTime.lazy.flatMap(\.agents).first { $0.answered == true && $0.key != nil }?.key
}

extension CallAgent {
    /// What names an employee.
    fileprivate var key: String? { self.extension ?? email ?? name }

    fileprivate func isSame(as other: CallAgent) -> Bool {
        if let one = self.extension, let two = other.extension { return one == two }
        if let one = email, let two = other.email { return one == two }
        return name != nil && name == other.name
    }
}

private func gatherRecordings(_ byTime: [CallStatement]) -> [CallRecording] {
    var recordings: [CallRecording] = []
    for recording in byTime.compactMap(\.recording) {
        let place = recordings.firstIndex { known in
            if let one = known.id, let two = recording.id { return one == two }
            return known.url != nil && known.url == recording.url
        }
        guard let place else {
            recordings.append(recording)
            continue
        }
        recordings[place].id = recordings[place].id ?? recording.id
        recordings[place].url = recordings[place].url ?? recording.url
        recordings[place].expiresAt = recordings[place].expiresAt ?? recording.expiresAt
        recordings[place].needsFetch = recordings[place].needsFetch || recording.needsFetch
    }
    return recordings
}
