-- What programs and people read. Every read runs in a transaction begun by reading.begin and workspace.enter, so that row
-- security has its workspace and all answers of one page are of one moment. Lists go by keyset, newest first.

-- name: reading.begin
BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY

-- Events. A page is found first (ids only, from the narrowest index), its rows are read then.

-- name: event.page
-- $1 workspace, $2 first id wanted, $3 first id not wanted, $4 rows
SELECT e.id
FROM inbound_event e
WHERE e.workspace_id = $1 AND e.id >= $2 AND e.id < $3
ORDER BY e.id DESC
LIMIT $4

-- name: event.pageOfChannel
-- $1 workspace, $2 first id wanted, $3 first id not wanted, $4 rows, $5 channel id
SELECT e.id
FROM inbound_event e
WHERE e.workspace_id = $1 AND e.channel_id = $5 AND e.id >= $2 AND e.id < $3
ORDER BY e.channel_id DESC, e.id DESC
LIMIT $4

-- name: event.pageQueued
-- $1 workspace, $2 first id wanted, $3 first id not wanted, $4 rows, $5 channel id or null for all
-- The queue is kept by channel: each gives its newest, the newest of those are the page.
SELECT q.event_id
FROM channel c
CROSS JOIN LATERAL (
    SELECT i.event_id
    FROM intake i
    WHERE i.workspace_id = c.workspace_id AND i.channel_id = c.id AND i.event_id >= $2 AND i.event_id < $3
    ORDER BY i.event_id DESC
    LIMIT $4
) q
WHERE c.workspace_id = $1 AND ($5::bigint IS NULL OR c.id = $5)
ORDER BY q.event_id DESC
LIMIT $4

-- name: event.pageFinished
-- $1 workspace, $2 first id wanted, $3 first id not wanted, $4 rows, $5 channel id or null for all, $6 status
-- Of an event's outcomes only the one that speaks for it counts, and none while it is queued again; both are asked row by
-- row, so that a page costs what it holds. Within coalesce the planner takes the answer for an even chance; bare, for so
-- rare a one that it reads all rows of the status before the page.
SELECT o.event_id
FROM outcome o
WHERE o.workspace_id = $1 AND o.status = $6 AND o.event_id >= $2 AND o.event_id < $3
    AND ($5::bigint IS NULL OR o.channel_id = $5)
    AND coalesce(
        (o.run, o.ordinal) = (
            SELECT s.run, s.ordinal
            FROM outcome s
            WHERE s.workspace_id = o.workspace_id AND s.event_id = o.event_id
            ORDER BY s.run DESC, array_position(ARRAY['dead', 'done', 'ignored'], s.status), s.ordinal
            LIMIT 1)
        AND (
            SELECT i.event_id
            FROM intake i
            WHERE i.workspace_id = o.workspace_id AND i.channel_id = o.channel_id AND i.event_id = o.event_id
        ) IS NULL,
        false)
ORDER BY o.event_id DESC
LIMIT $4

-- name: event.pageDoneOfChannel
-- $1 workspace, $2 first id wanted, $3 first id not wanted, $4 rows, $5 channel id
-- Most of a channel's events are done, so that its own index finds a page sooner than that of the status.
SELECT e.id
FROM inbound_event e
WHERE e.workspace_id = $1 AND e.channel_id = $5 AND e.id >= $2 AND e.id < $3
    AND coalesce(
        (
            SELECT s.status
            FROM outcome s
            WHERE s.workspace_id = e.workspace_id AND s.event_id = e.id
            ORDER BY s.run DESC, array_position(ARRAY['dead', 'done', 'ignored'], s.status), s.ordinal
            LIMIT 1
        ) = 'done'
        AND (
            SELECT i.event_id
            FROM intake i
            WHERE i.workspace_id = e.workspace_id AND i.channel_id = e.channel_id AND i.event_id = e.id
        ) IS NULL,
        false)
ORDER BY e.channel_id DESC, e.id DESC
LIMIT $4

-- name: event.rows
-- $1 workspace, $2 ids
SELECT
    e.id, c.key, e.adapter, e.received_at, e.verified, e.status, e.reason, e.attempts, e.next_attempt_at, e.finished_at,
    e.card_id, e.lead_id, e.activity_id, e.adapter_version
FROM unnest($2::uuid[]) AS page (id)
JOIN event e ON e.workspace_id = $1 AND e.id = page.id
LEFT JOIN channel c ON c.workspace_id = e.workspace_id AND c.id = e.channel_id
ORDER BY e.id DESC

-- name: event.exists
-- $1 workspace, $2 id
SELECT e.id
FROM inbound_event e
WHERE e.workspace_id = $1 AND e.id = $2

-- name: event.request
-- $1 workspace, $2 id
SELECT e.method, e.tail, e.query, e.headers, e.body, e.body_sha256, e.remote
FROM inbound_event e
WHERE e.workspace_id = $1 AND e.id = $2

-- name: event.outcomes
-- $1 workspace, $2 id
SELECT
    o.run, o.ordinal, o.status, o.reason, o.attempts, o.card_id, o.lead_id, o.activity_id, o.because, o.adapter_version,
    o.at
FROM outcome o
WHERE o.workspace_id = $1 AND o.event_id = $2
ORDER BY o.run, o.ordinal
LIMIT 1000

-- name: event.replay
-- $1 workspace, $2 ids, $3 now
-- Puts events back into the queue that are not in it, as a run of their own. Gives the ids put back.
-- What the journal knew of an event stays known: another content under a used key makes no activity by a replay either.
INSERT INTO intake (workspace_id, channel_id, event_id, attempts, run, next_attempt_at, reason)
SELECT
    e.workspace_id, e.channel_id, e.id, 0,
    coalesce(
        (SELECT max(o.run) + 1 FROM outcome o WHERE o.workspace_id = e.workspace_id AND o.event_id = e.id), 0),
    $3,
    (SELECT o.reason FROM outcome o WHERE o.workspace_id = e.workspace_id AND o.event_id = e.id
        AND o.reason = 'same_key_other_content' LIMIT 1)
FROM inbound_event e
WHERE e.workspace_id = $1 AND e.id = ANY ($2)
    -- One seen in the queue may leave it before the insert, whose run would then be taken.
    AND NOT EXISTS (
        SELECT 1
        FROM intake i
        WHERE i.workspace_id = e.workspace_id AND i.channel_id = e.channel_id AND i.event_id = e.id)
ORDER BY e.channel_id, e.id
ON CONFLICT (workspace_id, channel_id, event_id) DO NOTHING
RETURNING event_id

-- Leads.

-- name: lead.page
-- $1 workspace, $2 first id not wanted, $3 rows, $4 since or null, $5 first id of that time, $6 source or null
SELECT
    l.id, l.card_id, k.name, k.company, l.pipeline, l.status, l.source, l.attribution, l.owner_id, l.previous_lead_id,
    l.opened_at, l.first_response_due, l.first_response_at, l.closed_at
FROM lead l
JOIN card k ON k.workspace_id = l.workspace_id AND k.id = l.card_id
WHERE l.workspace_id = $1 AND l.id < $2 AND l.id >= $5
    AND ($4::timestamptz IS NULL OR l.opened_at >= $4) AND ($6::text IS NULL OR l.source = $6)
ORDER BY l.id DESC
LIMIT $3

-- name: lead.pageOfStatus
-- $1 workspace, $2 first id not wanted, $3 rows, $4 since or null, $5 first id of that time, $6 source or null, $7 status
SELECT
    l.id, l.card_id, k.name, k.company, l.pipeline, l.status, l.source, l.attribution, l.owner_id, l.previous_lead_id,
    l.opened_at, l.first_response_due, l.first_response_at, l.closed_at
FROM lead l
JOIN card k ON k.workspace_id = l.workspace_id AND k.id = l.card_id
WHERE l.workspace_id = $1 AND l.status = $7 AND l.id < $2 AND l.id >= $5
    AND ($4::timestamptz IS NULL OR l.opened_at >= $4) AND ($6::text IS NULL OR l.source = $6)
ORDER BY l.status DESC, l.id DESC
LIMIT $3

-- name: lead.show
-- $1 workspace, $2 id
SELECT
    l.id, l.card_id, k.name, k.company, l.pipeline, l.status, l.source, l.attribution, l.owner_id, l.previous_lead_id,
    l.opened_at, l.first_response_due, l.first_response_at, l.closed_at
FROM lead l
JOIN card k ON k.workspace_id = l.workspace_id AND k.id = l.card_id
WHERE l.workspace_id = $1 AND l.id = $2

-- name: lead.ofCard
-- $1 workspace, $2 card id
SELECT
    l.id, l.card_id, k.name, k.company, l.pipeline, l.status, l.source, l.attribution, l.owner_id, l.previous_lead_id,
    l.opened_at, l.first_response_due, l.first_response_at, l.closed_at
FROM lead l
JOIN card k ON k.workspace_id = l.workspace_id AND k.id = l.card_id
WHERE l.workspace_id = $1 AND l.card_id = $2
ORDER BY l.opened_at DESC
LIMIT 200

-- Cards.

-- name: card.winner
-- $1 workspace, $2 id
-- The card that a merged card was merged into, however often; itself if it was not.
WITH RECURSIVE chain AS (
    SELECT k.id, k.merged_into, 0 AS depth
    FROM card k
    WHERE k.workspace_id = $1 AND k.id = $2
    UNION ALL
    SELECT k.id, k.merged_into, chain.depth + 1
    FROM chain
    JOIN card k ON k.workspace_id = $1 AND k.id = chain.merged_into
    WHERE chain.depth < 64
)
SELECT chain.id
FROM chain
WHERE chain.merged_into IS NULL

-- name: card.show
-- $1 workspace, $2 id
SELECT k.id, k.name, k.company, k.locale, k.owner_id, k.attributes, k.seq, k.created_at, k.updated_at
FROM card k
WHERE k.workspace_id = $1 AND k.id = $2

-- name: card.mergedFrom
-- $1 workspace, $2 id
WITH RECURSIVE loser AS (
    SELECT k.id, 0 AS depth
    FROM card k
    WHERE k.workspace_id = $1 AND k.merged_into = $2
    UNION ALL
    SELECT k.id, loser.depth + 1
    FROM loser
    JOIN card k ON k.workspace_id = $1 AND k.merged_into = loser.id
    WHERE loser.depth < 64
)
SELECT loser.id
FROM loser
ORDER BY loser.id
LIMIT 1000

-- name: card.points
-- $1 workspace, $2 id
SELECT p.kind, p.value, p.raw, p.state, p.verified_by, p.verified_at, p.created_at
FROM contact_point p
WHERE p.workspace_id = $1 AND p.card_id = $2
ORDER BY array_position(ARRAY['phone', 'email', 'handle'], p.kind), p.created_at, p.value
LIMIT 1000

-- name: card.timeline
-- $1 workspace, $2 id, $3 time and $4 id of the activity before which to begin, $5 rows
SELECT
    a.id, a.lead_id, c.key, a.inbound_event_id, a.kind, a.direction, a.occurred_at, a.title, a.text, a.details, a.thread,
    a.because, a.created_at
FROM activity a
LEFT JOIN channel c ON c.workspace_id = a.workspace_id AND c.id = a.channel_id
WHERE a.workspace_id = $1 AND a.card_id = $2 AND (a.occurred_at, a.id) < ($3, $4)
ORDER BY a.occurred_at DESC, a.id DESC
LIMIT $5

-- name: card.suggestions
-- $1 workspace, $2 id
SELECT s.other_card_id, k.name, k.company, s.because, s.created_at
FROM card_suggestion s
JOIN card k ON k.workspace_id = s.workspace_id AND k.id = s.other_card_id
WHERE s.workspace_id = $1 AND s.card_id = $2 AND s.state = 'open'
UNION ALL
SELECT s.card_id, k.name, k.company, s.because, s.created_at
FROM card_suggestion s
JOIN card k ON k.workspace_id = s.workspace_id AND k.id = s.card_id
WHERE s.workspace_id = $1 AND s.other_card_id = $2 AND s.state = 'open'
LIMIT 200

-- name: card.byPoint
-- $1 workspace, $2 kind, $3 normalised value
WITH RECURSIVE point AS (
    SELECT p.kind, p.value, p.state, p.card_id
    FROM contact_point p
    WHERE p.workspace_id = $1 AND p.kind = $2 AND p.value = $3
), chain AS (
    SELECT k.id, k.merged_into, 0 AS depth
    FROM point
    JOIN card k ON k.workspace_id = $1 AND k.id = point.card_id
    UNION ALL
    SELECT k.id, k.merged_into, chain.depth + 1
    FROM chain
    JOIN card k ON k.workspace_id = $1 AND k.id = chain.merged_into
    WHERE chain.depth < 64
)
SELECT k.id, k.name, k.company, k.locale, k.owner_id, point.kind, point.value, point.state, k.created_at, k.updated_at
FROM point
CROSS JOIN chain
JOIN card k ON k.workspace_id = $1 AND k.id = chain.id
WHERE chain.merged_into IS NULL

-- Channels and figures. The oldest queued event is told by its id, which holds its time. Parked events wait for the rest of
-- their call, not for a worker, and are counted apart.

-- name: channel.queues
-- $1 workspace
SELECT c.key, c.adapter, c.state, c.updated_at, q.queued, q.parked, q.oldest, e.last
FROM channel c
CROSS JOIN LATERAL (
    SELECT w.queued, w.parked, (
        SELECT i.event_id
        FROM intake i
        WHERE i.workspace_id = c.workspace_id AND i.channel_id = c.id AND i.reason IS DISTINCT FROM 'parked'
        ORDER BY i.event_id
        LIMIT 1
    ) AS oldest
    FROM (
        SELECT
            count(*) FILTER (WHERE i.reason IS DISTINCT FROM 'parked') AS queued,
            count(*) FILTER (WHERE i.reason = 'parked') AS parked
        FROM intake i
        WHERE i.workspace_id = c.workspace_id AND i.channel_id = c.id
    ) w
) q
CROSS JOIN LATERAL (
    SELECT (
        SELECT e.id
        FROM inbound_event e
        WHERE e.workspace_id = c.workspace_id AND e.channel_id = c.id
        ORDER BY e.id DESC
        LIMIT 1
    ) AS last
) e
WHERE c.workspace_id = $1
ORDER BY c.key
LIMIT 10000

-- name: channel.dead
-- $1 workspace
-- Dead letters by channel: events whose last word is dead and that are not queued again.
SELECT c.key, count(*)
FROM outcome o
JOIN channel c ON c.workspace_id = o.workspace_id AND c.id = o.channel_id
WHERE o.workspace_id = $1 AND o.status = 'dead'
    AND (o.run, o.ordinal) = (
        SELECT s.run, s.ordinal
        FROM outcome s
        WHERE s.workspace_id = o.workspace_id AND s.event_id = o.event_id
        ORDER BY s.run DESC, array_position(ARRAY['dead', 'done', 'ignored'], s.status), s.ordinal
        LIMIT 1)
    AND (
        SELECT i.event_id
        FROM intake i
        WHERE i.workspace_id = o.workspace_id AND i.channel_id = o.channel_id AND i.event_id = o.event_id) IS NULL
GROUP BY c.key

-- name: stats.received
-- $1 workspace, $2 first id
SELECT c.key, (
    SELECT count(*)
    FROM inbound_event e
    WHERE e.workspace_id = c.workspace_id AND e.channel_id = c.id AND e.id >= $2)
FROM channel c
WHERE c.workspace_id = $1
ORDER BY c.key

-- name: stats.finished
-- $1 workspace, $2 first id
SELECT c.key, o.status, count(*)
FROM (
    SELECT DISTINCT ON (o.event_id) o.event_id, o.channel_id, o.status
    FROM outcome o
    WHERE o.workspace_id = $1 AND o.event_id >= $2
    ORDER BY o.event_id, o.run DESC, array_position(ARRAY['dead', 'done', 'ignored'], o.status), o.ordinal
) o
JOIN channel c ON c.workspace_id = $1 AND c.id = o.channel_id
WHERE NOT EXISTS (
    SELECT 1
    FROM intake i
    WHERE i.workspace_id = $1 AND i.channel_id = o.channel_id AND i.event_id = o.event_id)
GROUP BY c.key, o.status
ORDER BY c.key, o.status

-- name: stats.rejected
-- $1 workspace, $2 since
SELECT c.key, r.reason, sum(r.count)::bigint
FROM channel c
JOIN rejection r ON r.workspace_id = c.workspace_id AND r.channel_id = c.id
    AND r.minute >= date_trunc('minute', $2::timestamptz, 'UTC')
WHERE c.workspace_id = $1
GROUP BY c.key, r.reason
ORDER BY c.key, r.reason

-- name: stats.leads
-- $1 workspace, $2 first id, $3 since
SELECT count(*)
FROM lead l
WHERE l.workspace_id = $1 AND l.id >= $2 AND l.opened_at >= $3

-- Tokens of programs.

-- name: token.present
-- $1 SHA-256 of the token in hex
SELECT set_config('leadgate.token', $1, true)

-- name: token.holder
-- $1 SHA-256 of the token
SELECT t.workspace_id, t.id, t.name, t.scopes, t.expires_at, t.last_used_at
FROM api_token t
WHERE t.hash = $1 AND t.revoked_at IS NULL

-- name: token.use
-- $1 workspace, $2 id, $3 now, $4 the last use before
UPDATE api_token
SET last_used_at = $3
WHERE workspace_id = $1 AND id = $2 AND last_used_at IS NOT DISTINCT FROM $4

-- name: token.create
-- $1 workspace, $2 id, $3 name, $4 SHA-256 of the token, $5 scopes, $6 now, $7 end or null
INSERT INTO api_token (workspace_id, id, name, hash, scopes, created_at, expires_at)
VALUES ($1, $2, $3, $4, $5, $6, $7)

-- name: token.list
-- $1 workspace
SELECT t.id, t.name, t.scopes, t.created_at, t.expires_at, t.last_used_at, t.revoked_at
FROM api_token t
WHERE t.workspace_id = $1
ORDER BY t.id
LIMIT 1000

-- name: token.revoke
-- $1 workspace, $2 id, $3 now
UPDATE api_token
SET revoked_at = coalesce(revoked_at, $3)
WHERE workspace_id = $1 AND id = $2
