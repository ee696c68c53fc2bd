import Postgres

/// What holds in the database whatever was posted and whatever was killed, once the queue is empty.
///
/// Each is a question for offenders: one text column, no row if all is well.
enum Invariants {
    static func findings(_ connection: Connection) throws -> [Finding] {
        var findings: [Finding] = []
        for (number, (rule, sql)) in all.enumerated() {
            let rows = try connection.query(Statement(name: "invariant.\(number)", sql: sql + " LIMIT 5"))
            findings += (0..<rows.count).map { Finding(rule: rule, text: rows.text($0, 0) ?? "") }
        }
        return findings
    }

    private static let all: [(Finding.Rule, String)] = events + cards + calls

    private static let events: [(Finding.Rule, String)] = [
        (
            .lost,
            """
            SELECT 'key of event ' || k.event_id || ' without the event'
            FROM event_key k
            WHERE NOT EXISTS (
                SELECT FROM inbound_event e WHERE e.workspace_id = k.workspace_id AND e.id = k.event_id)
            """
        ),
        (
            .keptTwice,
            "SELECT 'event ' || event_id || ' under several keys' FROM event_key GROUP BY event_id HAVING count(*) > 1"
        ),
        (
            .lost,
            "SELECT 'body of event ' || id || ' is not what was hashed' FROM inbound_event "
                + "WHERE body_sha256 <> sha256(body)"
        ),
        (
            .conservation,
            """
            SELECT 'event ' || e.id || ' neither owed nor finished'
            FROM inbound_event e
            WHERE NOT EXISTS (
                SELECT FROM intake i WHERE i.workspace_id = e.workspace_id AND i.event_id = e.id)
              AND NOT EXISTS (
                SELECT FROM outcome o WHERE o.workspace_id = e.workspace_id AND o.event_id = e.id)
            """
        ),
        (
            .conservation,
            """
            SELECT 'event ' || i.event_id || ' finished and still owed'
            FROM intake i
            JOIN outcome o ON o.workspace_id = i.workspace_id AND o.event_id = i.event_id AND o.run = i.run
            WHERE i.reason IS DISTINCT FROM 'parked'
            """
        ),
        (
            .conservation,
            """
            SELECT 'event ' || i.event_id || ' owed and not there'
            FROM intake i
            WHERE NOT EXISTS (
                SELECT FROM inbound_event e WHERE e.workspace_id = i.workspace_id AND e.id = i.event_id)
            """
        ),
        (
            .outcome,
            """
            SELECT 'event ' || event_id || ', run ' || run || ': ordinals ' || array_agg(ordinal ORDER BY ordinal)::text
            FROM outcome
            GROUP BY workspace_id, event_id, run
            HAVING count(*) <> max(ordinal) + 1 OR count(DISTINCT ordinal) <> count(*)
            """
        ),
        (
            .outcome,
            """
            SELECT 'event ' || o.event_id || ' done without its activity'
            FROM outcome o
            WHERE o.status = 'done' AND NOT EXISTS (
                SELECT FROM activity a WHERE a.workspace_id = o.workspace_id AND a.id = o.activity_id)
            """
        ),
        (
            .deadlock,
            "SELECT deadlocks || ' deadlocks' FROM pg_stat_database WHERE datname = current_database() AND deadlocks > 0"
        ),
    ]

    private static let cards: [(Finding.Rule, String)] = [
        (
            .point,
            "SELECT kind || ' held by ' || count(*) || ' cards' FROM contact_point "
                + "GROUP BY workspace_id, kind, value HAVING count(*) > 1"
        ),
        (
            .merged,
            """
            SELECT x.what || ' on card ' || x.card_id
            FROM (
                SELECT 'point' AS what, workspace_id, card_id FROM contact_point
                UNION ALL SELECT 'lead', workspace_id, card_id FROM lead
                UNION ALL SELECT 'activity', workspace_id, card_id FROM activity
                UNION ALL SELECT 'call', workspace_id, card_id FROM thread WHERE card_id IS NOT NULL
            ) x
            LEFT JOIN card c ON c.workspace_id = x.workspace_id AND c.id = x.card_id
            WHERE c.id IS NULL OR c.merged_into IS NOT NULL
            """
        ),
        (
            .person,
            """
            SELECT 'card ' || c.id || ' that nothing happened on'
            FROM card c
            WHERE c.merged_into IS NULL AND NOT EXISTS (
                SELECT FROM activity a WHERE a.workspace_id = c.workspace_id AND a.card_id = c.id)
            """
        ),
        (
            .lead,
            "SELECT 'card ' || card_id || ' with ' || count(*) || ' open leads' FROM lead WHERE status = 'open' "
                + "GROUP BY workspace_id, card_id, pipeline HAVING count(*) > 1"
        ),
        (
            .lead,
            """
            SELECT 'activity ' || a.id || ' under the lead of another card'
            FROM activity a
            JOIN lead l ON l.workspace_id = a.workspace_id AND l.id = a.lead_id
            WHERE l.card_id <> a.card_id
            """
        ),
        (
            .outbox,
            """
            SELECT 'card ' || c.id || ' at ' || c.seq || ': ' || coalesce(array_agg(o.seq ORDER BY o.seq)::text, '{}')
            FROM card c
            LEFT JOIN outbox o ON o.workspace_id = c.workspace_id AND o.card_id = c.id
            GROUP BY c.workspace_id, c.id
            HAVING count(o.seq) <> c.seq OR count(DISTINCT o.seq) <> c.seq OR max(o.seq) <> c.seq
                OR min(o.seq) <> 1 OR c.seq = 0
            """
        ),
        (
            .outbox,
            """
            SELECT 'change ' || o.id || ' of no card'
            FROM outbox o
            WHERE NOT EXISTS (SELECT FROM card c WHERE c.workspace_id = o.workspace_id AND c.id = o.card_id)
            """
        ),
    ]

    private static let calls: [(Finding.Rule, String)] = [
        (
            .activity,
            "SELECT 'call ' || thread || ' in ' || count(*) || ' activities' FROM activity WHERE kind = 'call' "
                + "GROUP BY workspace_id, channel_id, thread HAVING count(*) > 1"
        ),
        (
            .fold,
            """
            SELECT 'call ' || a.thread || ' and its thread differ'
            FROM activity a
            LEFT JOIN thread t ON t.workspace_id = a.workspace_id AND t.channel_id = a.channel_id AND t.key = a.thread
            WHERE a.kind = 'call' AND (t.activity_id, t.card_id) IS DISTINCT FROM (a.id, a.card_id)
            """
        ),
        (
            .conservation,
            """
            SELECT 'event ' || i.event_id || ' parked although its call is known'
            FROM intake i
            JOIN call_statement s ON s.workspace_id = i.workspace_id AND s.inbound_event_id = i.event_id
            JOIN thread t ON t.workspace_id = s.workspace_id AND t.channel_id = s.channel_id AND t.key = s.thread
            WHERE t.activity_id IS NOT NULL
            """
        ),
    ]
}
