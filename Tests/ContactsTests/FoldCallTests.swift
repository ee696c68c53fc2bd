import Contacts
import JSON
import Testing

@Suite("Folding a call")
struct FoldCallTests {
    // MARK: - Zadarma's shapes

    private static let phone = RawPoint(kind: .phone, value: "380501234567")

    private static func said(
        _ id: String, _ state: CallState, at second: Int64, scope: CallScope = .call,
        direction: Direction = .inbound,
        remote: RawPoint? = phone, _ change: (inout CallStatement) -> Void = { _ in }
    ) -> StoredStatement {
        var statement = CallStatement(
            state: state, scope: scope, direction: direction, remote: remote,
            at: Instant(microseconds: (1_768_465_200 + second) * 1_000_000))
        change(&statement)
        return StoredStatement(eventID: id, statement: statement)
    }

    private static let start = said("start", .ringing, at: 0) {
        $0.line = "+380443334455"
        $0.atSource = .provider
    }
    private static func rings(_ ext: String, at second: Int64) -> StoredStatement {
        said("internal-\(ext)", .ringing, at: second, scope: .leg) {
            $0.leg = ext
            $0.agents = [CallAgent(extension: ext, answered: false)]
        }
    }
    private static let answer = said(
        "answer", .answered, at: 9, scope: .leg, direction: .unknown, remote: nil
    ) {
        $0.leg = "101"
        $0.agents = [CallAgent(extension: "101", answered: true)]
    }
    private static let end = said("end", .ended, at: 194) {
        $0.outcome = .answered
        $0.cause = "answered"
        $0.talkSeconds = 185
        $0.agents = [CallAgent(extension: "101", answered: true)]
    }
    private static let missedEnd = said("end", .ended, at: 30) {
        $0.outcome = .missed
        $0.cause = "no answer"
        $0.talkSeconds = 0
        $0.agents = [CallAgent(extension: "101", answered: false)]
    }
    private static let record = said("record", .recording, at: 240, direction: .unknown, remote: nil) {
        $0.recording = CallRecording(id: "r-1", needsFetch: true)
    }
    private static let outStart = said("out-start", .ringing, at: 0, direction: .outbound) {
        $0.agents = [CallAgent(extension: "102")]
    }
    private static let outEnd = said("out-end", .ended, at: 50, direction: .outbound) {
        $0.outcome = .missed
        $0.talkSeconds = 0
        $0.line = "+380443334455"
    }

    private func foldAllWays(
        _ statements: [StoredStatement], sourceLocation: SourceLocation = #_sourceLocation
    ) -> FoldedCall {
        let expected = foldCall(statements)
        var generator = SeededGenerator(seed: 5)
        for order in permutations(statements) {
            let repeated = (order + order.prefix(Int.random(in: 0...order.count, using: &generator)))
            #expect(foldCall(repeated) == expected, sourceLocation: sourceLocation)
        }
        return expected
    }

    // MARK: - Tests

    @Test("all 720 orders of an answered call's events make the same call")
    func answered() throws {
        let call = foldAllWays([
            Self.start, Self.rings("101", at: 2), Self.rings("102", at: 2), Self.answer, Self.end,
            Self.record,
        ])
        #expect(call.state == .ended && call.direction == .inbound && call.remote == Self.phone)
        #expect(call.outcome == .answered && !call.isMissed && call.isIdentified)
        #expect(call.talkSeconds == 185 && call.answeredBy == "101" && call.line == "+380443334455")
        #expect(
            call.agents == [
                CallAgent(extension: "101", answered: true), CallAgent(extension: "102", answered: false),
            ])
        #expect(call.recordings == [CallRecording(id: "r-1", needsFetch: true)])
        #expect(call.startedAt == Self.start.statement.at && call.answeredAt == Self.answer.statement.at)
        #expect(call.endedAt == Self.end.statement.at && call.cause == "answered")
        #expect(call.title == "Inbound call, 3:05")
        #expect(
            call.details.text(sortedKeys: true)
                == #"{"agents":[{"answered":true,"extension":"101"},{"answered":false,"extension":"102"}],"#
                + #""answered_at":"2026-01-15T08:20:09.000000Z","answered_by":"101","cause":"answered","#
                + #""ended_at":"2026-01-15T08:23:14.000000Z","line":"+380443334455","missed":false,"#
                + #""outcome":"answered","recordings":[{"id":"r-1","needs_fetch":true}],"remote":"380501234567","#
                + #""started_at":"2026-01-15T08:20:00.000000Z","state":"ended","talk_s":185}"#)
    }

    @Test("a call nobody takes is missed in every order, whoever's phone rang")
    func missed() {
        let call = foldAllWays([
            Self.missedEnd, Self.rings("101", at: 1), Self.rings("102", at: 5), Self.start,
        ])
        #expect(call.isMissed && call.outcome == .missed && call.answeredBy == nil)
        #expect(call.title == "Inbound call, missed")
    }

    @Test("an unanswered outbound call is no missed call")
    func outbound() {
        let call = foldAllWays([Self.outEnd, Self.outStart, Self.record])
        #expect(call.direction == .outbound && !call.isMissed && call.title == "Outbound call, no answer")
        #expect(call.recordings.count == 1 && call.agents == [CallAgent(extension: "102")])
    }

    @Test(
        "ANSWER or RECORD alone say neither direction nor number: the call waits, then takes both from others"
    )
    func parked() {
        for parked in [[Self.answer], [Self.record], [Self.record, Self.answer], []] {
            let call = foldCall(parked)
            #expect(call.state == .unidentified && !call.isIdentified && call.direction == .unknown)
        }
        let talking = foldAllWays([Self.record, Self.answer, Self.start])
        #expect(talking.state == .talking && talking.isIdentified && talking.title == "Inbound call, talking")
        #expect(foldCall([Self.start]).state == .ringing)
    }

    @Test("the state never falls back, whatever arrives later")
    func onlyRises() {
        let order: [FoldedCallState] = [.unidentified, .ringing, .talking, .ended]
        for arrival in permutations([
            Self.start, Self.rings("101", at: 2), Self.answer, Self.end, Self.record,
        ]) {
            var last = 0
            for count in 1...arrival.count {
                let rank = order.firstIndex(of: foldCall(Array(arrival.prefix(count))).state) ?? 0
                #expect(rank >= last)
                last = rank
            }
        }
    }

    @Test("a summary wins over an end, an end over what was said before; the weaker only fills what is empty")
    func whoWins() {
        let summary = Self.said("summary", .summary, at: 200) {
            $0.outcome = .voicemail
            $0.cause = "vm"
            $0.remote = RawPoint(kind: .phone, value: "+380501234567")
        }
        let call = foldAllWays([Self.start, Self.answer, Self.end, summary])
        #expect(call.outcome == .voicemail && call.cause == "vm" && call.remote?.value == "+380501234567")
        #expect(call.talkSeconds == 185 && call.line == "+380443334455")
        #expect(call.isMissed && call.title == "Inbound call, missed (voicemail)")
    }

    @Test("of two ends the later by the provider's own order counts")
    func providersOrder() {
        let first = Self.said("a", .ended, at: 20) {
            $0.order = 8
            $0.outcome = .busy
        }
        let second = Self.said("b", .ended, at: 10) {
            $0.order = 9
            $0.outcome = .rejected
        }
        #expect(foldAllWays([Self.start, first, second]).outcome == .rejected)
    }

    @Test("a leg that is cancelled, busy or over decides nothing")
    func legs() {
        let cancelled = Self.said("leg-end", .ended, at: 6, scope: .leg) {
            $0.leg = "102"
            $0.outcome = .cancelled
            $0.talkSeconds = 0
        }
        #expect(foldAllWays([Self.start, Self.rings("102", at: 2), cancelled]).state == .ringing)
        let call = foldAllWays([Self.start, cancelled, Self.answer, Self.end])
        #expect(call.outcome == .answered && call.talkSeconds == 185)
        #expect(foldCall([cancelled]).state == .ringing)
    }

    @Test(
        "a menu that takes the caller's leg is nobody; an employee's leg is an answer even where the end says nothing"
    )
    func whoAnswered() {
        let menu = Self.said("ivr", .answered, at: 1, scope: .leg) { $0.leg = "root" }
        let end = Self.said("end", .ended, at: 60)
        let unanswered = foldAllWays([Self.start, menu, end])
        #expect(unanswered.outcome == .missed && unanswered.isMissed && unanswered.answeredAt == nil)
        let answered = foldAllWays([Self.start, menu, Self.answer, end])
        #expect(answered.outcome == .answered && !answered.isMissed && answered.answeredBy == "101")
    }

    @Test(
        "missed is inbound, over, and no human talked",
        arguments: [
            (CallOutcome.missed, nil as Int64?, true), (.voicemail, 20, true), (.busy, nil, true),
            (.rejected, nil, true),
            (.cancelled, nil, true), (.failed, nil, true), (.answered, 0, true), (.answered, 12, false),
            (.answered, nil, false), (.forwarded, nil, false), (.forwarded, 0, false),
        ])
    func missedRule(outcome: CallOutcome, talk: Int64?, isMissed: Bool) {
        for direction in [Direction.inbound, .outbound, .internal] {
            let end = Self.said("end", .ended, at: 9, direction: direction) {
                $0.outcome = outcome
                $0.talkSeconds = talk
            }
            #expect(foldCall([end]).isMissed == (isMissed && direction == .inbound))
        }
    }

    @Test("a withheld number identifies a call; a number told later takes its place")
    func anonymous() {
        let withheld = Self.said("start", .ringing, at: 0, remote: nil) { $0.isAnonymous = true }
        let call = foldAllWays([withheld, Self.answer])
        #expect(call.isIdentified && call.isAnonymous && call.remote == nil && call.state == .talking)
        let told = foldAllWays([withheld, Self.end])
        #expect(!told.isAnonymous && told.remote == Self.phone)
    }

    @Test("agents and recordings add up, each once, in the order of time")
    func addUp() {
        let transferred = Self.said("answer-2", .answered, at: 60, scope: .leg) {
            $0.agents = [CallAgent(extension: "105", name: "Olha", answered: true)]
        }
        let named = Self.said("sum", .summary, at: 300) {
            $0.agents = [
                CallAgent(extension: "105", email: "olha@example.com"), CallAgent(name: "Robot"), CallAgent(),
            ]
            $0.recording = CallRecording(id: "r-1", url: "https://example.com/1")
        }
        let second = Self.said("record-2", .recording, at: 260, direction: .unknown, remote: nil) {
            $0.recording = CallRecording(id: "r-2", needsFetch: true)
        }
        let call = foldAllWays([Self.answer, transferred, named, Self.record, second, Self.start])
        #expect(call.agents.map(\.extension) == ["101", "105", nil])
        #expect(
            call.agents[1]
                == CallAgent(extension: "105", name: "Olha", email: "olha@example.com", answered: true))
        #expect(call.answeredBy == "101")
        #expect(
            call.recordings == [
                CallRecording(id: "r-1", url: "https://example.com/1", needsFetch: true),
                CallRecording(id: "r-2", needsFetch: true),
            ])
    }

    @Test("any set of statements folds alike in any order", arguments: [UInt64(1), 2, 3, 4, 5, 6])
    func anySet(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        for turn in 0..<100 {
            var statements: [StoredStatement] = []
            for number in 0..<Int.random(in: 1...6, using: &generator) {
                // Few different values and even equal ids and times, so that ties are common.
                let agents = (0..<Int.random(in: 0...2, using: &generator)).map { _ in
                    CallAgent(
                        extension: generator.pick(["1", "2", nil], or: nil),
                        name: generator.pick(["a", nil], or: nil),
                        email: generator.pick(["x@y", nil], or: nil),
                        answered: generator.pick([true, false, nil], or: nil))
                }
                let statement = CallStatement(
                    state: generator.pick(CallState.allCases, or: .ended),
                    outcome: generator.pick(CallOutcome.allCases.map { $0 } + [nil], or: nil),
                    scope: generator.pick(CallScope.allCases, or: .call),
                    order: generator.pick([1, 2, nil], or: nil),
                    cause: generator.pick(["a", "b", nil], or: nil),
                    atSource: generator.pick(AtSource.allCases, or: .receipt),
                    direction: generator.pick(Direction.allCases, or: .inbound),
                    remote: generator.pick([Self.phone, nil], or: nil),
                    isAnonymous: generator.chance(1, in: 3),
                    line: generator.pick(["l", "m", nil], or: nil), agents: agents,
                    talkSeconds: generator.pick([0, 5, nil], or: nil),
                    recording: generator.pick(
                        [
                            CallRecording(id: "1"), CallRecording(url: "u"), CallRecording(id: "1", url: "u"),
                            nil,
                        ], or: nil),
                    at: generator.pick([Instant(microseconds: 1), Instant(microseconds: 2), nil], or: nil))
                statements.append(StoredStatement(eventID: "\(number % 3)", statement: statement))
            }
            let expected = foldCall(statements)
            for _ in 0..<20 {
                statements.shuffle(using: &generator)
                #expect(foldCall(statements + statements.prefix(2)) == expected, "seed \(seed), turn \(turn)")
            }
        }
    }
}
