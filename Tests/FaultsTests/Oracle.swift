import Contacts
import Foundation
import Harness
import JSON
import Postgres
import Testing

/// The judge of every fault: each acknowledged request is an obligation, and what was not acknowledged may be there,
/// but then whole.
///
/// A test tells it what was posted and answered, breaks what it likes, and asks at the end.
struct Oracle {
    /// Stands in every failure: the seed, the round.
    let label: String
    /// What the test brings about itself.
    var tolerated: Set<Finding.Rule> = []
    private let connection: Connection
    /// By ``Post/key``: of several sendings the best answer counts.
    private var posts: [String: (post: Post, isAcknowledged: Bool)] = [:]

    /// - Parameter url: logs in as the superuser, who sees every workspace.
    init(_ url: String, label: String) throws {
        self.label = label
        connection = try Connection(url, options: .administration)
    }

    /// Takes note of what was posted and answered; never sent posts oblige nobody.
    mutating func note(_ posts: [Post], _ answers: [Answer]) {
        for (post, answer) in zip(posts, answers) where answer != .unsent {
            let before = self.posts[post.key]?.isAcknowledged ?? false
            self.posts[post.key] = (post, before || answer == .acknowledged)
        }
    }

    /// How many requests were acknowledged.
    var acknowledged: Int { posts.values.count(where: \.isAcknowledged) }

    // MARK: - Judging

    /// Waits until the queue is empty, then records every promise that was not kept as an issue.
    func expectKept(within limit: Duration = .seconds(60), sourceLocation: SourceLocation = #_sourceLocation)
        throws
    {
        record(try findings(within: limit), sourceLocation)
    }

    /// One issue, with the beginning of a long list.
    private func record(_ findings: [Finding], _ sourceLocation: SourceLocation) {
        if findings.isEmpty { return }
        let list = findings.prefix(12).map { "\n- \($0)" }.joined()
        let text = "\(label): \(findings.count) promises not kept\(list)"
        Issue.record(Comment(rawValue: text), sourceLocation: sourceLocation)
    }

    /// Whether nothing is owed any more, but for calls that nobody has identified yet.
    func isWorked() throws -> Bool { try owed().isEmpty }

    /// Every promise that was not kept, when the queue is empty or `limit` is over.
    func findings(within limit: Duration) throws -> [Finding] {
        if try !becomes(within: limit, isWorked) {
            return try owed().map { Finding(rule: .stuck, text: $0) }
        }
        let findings = try Invariants.findings(connection) + judge(Stored(connection))
        return findings.filter { !tolerated.contains($0.rule) }
    }

    /// Records acknowledged requests that are not in the table. Holds at any time, while the queue is full too.
    func expectStored(sourceLocation: SourceLocation = #_sourceLocation) throws {
        let stored = try KeptEvents(connection)
        record(posts.values.flatMap { kept($0.post, $0.isAcknowledged, stored) }, sourceLocation)
    }

    /// Posts one more event and waits until it has become an activity.
    mutating func expectFresh(at program: Program, sourceLocation: SourceLocation = #_sourceLocation) throws {
        record(try freshFindings(at: program), sourceLocation)
    }

    /// As ``expectFresh(at:sourceLocation:)``, without recording an issue.
    mutating func freshFindings(at program: Program) throws -> [Finding] {
        let id = "fresh-\(UUID())"
        let post = Post.submission(
            id, of: id, email: "\(id)@fresh.example", points: ["email:\(id.lowercased())@fresh.example"])
        let answers = LoadClient.post([post], to: [program.port], connections: 1)
        note([post], answers)
        let found = Statement(name: "oracle.fresh", sql: "SELECT 1 FROM activity WHERE event_id = $1")
        let isThere = try becomes(within: .seconds(10)) { try !connection.query(found, [.text(id)]).isEmpty }
        if answers == [.acknowledged], isThere { return [] }
        return [Finding(rule: .fresh, text: "answered \(answers), activity \(isThere)")]
    }

    /// Events that are owed, but for those of calls nobody has identified yet; a few of them, with their state.
    private func owed() throws -> [String] {
        let sql = """
            SELECT 'event ' || event_id || ', attempts ' || attempts || ', next ' || next_attempt_at || ', lease '
                || coalesce(lease_until::text, '-') || ', ' || coalesce(reason, '-')
            FROM intake WHERE reason IS DISTINCT FROM 'parked' ORDER BY event_id LIMIT 5
            """
        let rows = try connection.query(Statement(name: "oracle.owed", sql: sql))
        return (0..<rows.count).compactMap { rows.text($0, 0) }
    }

    // MARK: - What was posted against what is stored

    private func judge(_ stored: Stored) -> [Finding] {
        var findings: [Finding] = []
        var present: [Post] = []
        for (post, isAcknowledged) in posts.values.sorted(by: { $0.post.key < $1.post.key }) {
            findings += kept(post, isAcknowledged, stored.kept)
            for event in stored.kept.byPost[post.key] ?? [] {
                present.append(post)
                findings += finished(post, event, stored)
            }
        }
        return findings + activities(present, stored) + persons(present, stored) + folds(stored)
    }

    /// An acknowledged request is kept once, any other at most once.
    private func kept(_ post: Post, _ isAcknowledged: Bool, _ stored: KeptEvents) -> [Finding] {
        let events = stored.byPost[post.key] ?? []
        if events.isEmpty { return isAcknowledged ? [Finding(rule: .lost, text: post.name)] : [] }
        if events.count > 1 { return [Finding(rule: .keptTwice, text: "\(post.name): \(events)")] }
        return events.filter { !stored.keyed.contains($0) }
            .map { Finding(rule: .lost, text: "\(post.name): the key of \($0)") }
    }

    /// A kept event has come to one good outcome, or is a word about a call that nobody has identified.
    private func finished(_ post: Post, _ event: UUID, _ stored: Stored) -> [Finding] {
        var findings: [Finding] = []
        if case .call = post.effect, !stored.told.contains(event) {
            findings.append(Finding(rule: .lost, text: "\(post.name): its word about the call"))
        }
        if !stored.parked.contains(event), stored.outcomes[event] != ["done"] {
            findings.append(Finding(rule: .outcome, text: "\(post.name): \(stored.outcomes[event] ?? [])"))
        }
        return findings
    }

    /// One activity for each kept submission and message and for each identified call, and no other.
    private func activities(_ present: [Post], _ stored: Stored) -> [Finding] {
        var wanted: Set<String> = []
        for post in present {
            switch post.effect {
            case .activity(let id): wanted.insert("\(post.channel):\(id)")
            case .call(let thread, let isIdentifying):
                if isIdentifying { wanted.insert("\(post.channel):call:\(thread)") }
            }
        }
        let found = Dictionary(grouping: stored.activities) { "\($0.channel):\($0.eventID)" }
        return wanted.sorted().filter { found[$0]?.count != 1 }
            .map { Finding(rule: .activity, text: "\($0): \(found[$0]?.count ?? 0)") }
            + found.keys.sorted().filter { !wanted.contains($0) }
            .map { Finding(rule: .activity, text: "\($0), which nobody posted") }
    }

    /// Everything of one person on one card with one open lead, nobody else there, and the points lead to it.
    private func persons(_ present: [Post], _ stored: Stored) -> [Finding] {
        var owner: [String: String] = [:]
        var points: [String: Set<String>] = [:]
        for post in present {
            points[post.person, default: []].formUnion(post.points)
            switch post.effect {
            case .activity(let id): owner["\(post.channel):\(id)"] = post.person
            case .call(let thread, _): owner["\(post.channel):call:\(thread)"] = post.person
            }
        }
        var cards: [String: Set<UUID>] = [:]
        var people: [UUID: Set<String>] = [:]
        for activity in stored.activities {
            guard let person = owner["\(activity.channel):\(activity.eventID)"] else { continue }
            cards[person, default: []].insert(activity.card)
            people[activity.card, default: []].insert(person)
        }
        var findings: [Finding] = []
        for (card, people) in people where people.count > 1 {
            findings.append(Finding(rule: .person, text: "card \(card) of \(people.sorted())"))
        }
        for (person, cards) in cards.sorted(by: { $0.key < $1.key }) {
            guard cards.count == 1, let card = cards.first else {
                findings.append(Finding(rule: .person, text: "\(person) on \(cards.count) cards"))
                continue
            }
            if stored.openLeads[card] != 1 {
                let text = "\(person): \(stored.openLeads[card] ?? 0) open leads"
                findings.append(Finding(rule: .lead, text: text))
            }
            for point in points[person, default: []].sorted() where stored.points[point] != [card] {
                let text = "\(person): \(point) leads to \(stored.points[point] ?? []), not to \(card)"
                findings.append(Finding(rule: .point, text: text))
            }
        }
        return findings
    }

    /// Each call reads as if all that was said about it had been folded anew.
    private func folds(_ stored: Stored) -> [Finding] {
        stored.activities.filter(\.isCall).compactMap { activity in
            let name = "\(activity.channel):\(activity.thread ?? "")"
            let fold = foldCall(stored.statements[name] ?? [])
            let isSame =
                fold.details == activity.details && fold.title == activity.title
                && fold.direction.rawValue == activity.direction && fold.startedAt == activity.occurredAt
            if isSame { return nil }
            return Finding(
                rule: .fold,
                text:
                    "\(name): \(activity.title) \(activity.details.text()) for \(fold.title) \(fold.details.text())"
            )
        }
    }
}

extension Post {
    /// For failures.
    fileprivate var name: String { "\(channel) \(effect) of \(person)" }
}
