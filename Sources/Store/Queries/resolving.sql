-- Claiming, resolving and finishing: what the workers ask, in the order in which a batch asks it.
--
-- Sessions keep generic plans and make them anew every second (worker.replan): every key begins with workspace_id, and a plan
-- made while a table counts as tiny may read it by that alone, whole, for each row of a batch. Rows are found one by one by their
-- whole key (CROSS JOIN LATERAL … LIMIT 1 or OFFSET 0, which is not taken apart), changed by their place (ctid, which our lock
-- keeps still), by a list of ids, or by the unique key of ON CONFLICT, so that no table is hashed or sorted whole.

-- name: worker.session
-- Once per worker connection; as journal.session, for the same reasons.
SELECT set_config('plan_cache_mode', 'force_generic_plan', false), set_config('enable_seqscan', 'off', false)

-- name: worker.replan
DISCARD PLANS

-- name: worker.time
SELECT clock_timestamp()

-- name: session.asLogin
-- Until the end of the transaction: a role may end sessions of its own only, and those of ours are the login's.
SET LOCAL ROLE NONE

-- name: session.endStuck
-- $1 seconds double precision. Ours that have kept the server waiting for so long in the middle of a transaction.
SELECT pg_terminate_backend(a.pid)
FROM pg_stat_activity a
WHERE a.datname = current_database() AND a.usename = session_user AND a.pid <> pg_backend_pid()
    AND a.application_name IN ('leadgate worker', 'leadgate journal')
    AND a.xact_start IS NOT NULL AND a.wait_event_type = 'Client'
    AND a.state_change < clock_timestamp() - make_interval(secs => $1)

-- name: intake.enter
-- $1 workspace_id. Begins a small transaction that need not survive a crash: a claim that is lost is a lease that is lost.
SELECT set_config('leadgate.workspace', $1::bigint::text, true), set_config('synchronous_commit', 'off', true)

-- name: intake.claim
-- $1 workspace_id, $2 channel ids bigint[], $3 low-water marks uuid[] (one a channel), $4 now, $5 rows of each lane int[],
-- $6 lease token uuid, $7 lease until
-- Every lane gives its share, oldest first, so that no channel starves another.
WITH due AS MATERIALIZED (
    SELECT i.place
    FROM unnest($2::bigint[], $3::uuid[], $5::int[]) AS lane (channel_id, low, share)
    CROSS JOIN LATERAL (
        SELECT i.ctid AS place
        FROM intake i
        WHERE i.workspace_id = $1 AND i.channel_id = lane.channel_id AND i.event_id >= lane.low
          AND i.next_attempt_at <= $4 AND (i.lease_until IS NULL OR i.lease_until < $4)
        ORDER BY i.channel_id, i.event_id
        LIMIT lane.share
        FOR UPDATE SKIP LOCKED
    ) i
), claimed AS (
    UPDATE intake i
    SET lease_token = $6, lease_until = $7, attempts = i.attempts + 1
    WHERE i.ctid = ANY (ARRAY(SELECT place FROM due)) AND i.workspace_id = $1
    RETURNING i.channel_id, i.event_id, i.attempts, i.run, i.reason
)
SELECT c.channel_id, c.event_id, c.attempts, c.run, c.reason, e.adapter, e.method, e.tail, e.query, e.url, e.headers,
    e.body, e.remote, e.verified, e.received_at
FROM claimed c
CROSS JOIN LATERAL (SELECT e.* FROM inbound_event e WHERE e.workspace_id = $1 AND e.id = c.event_id LIMIT 1) e
ORDER BY c.event_id

-- name: intake.imagine
-- $1 workspace_id, $2 event. The event as intake.claim would give it if it were put back into the queue.
SELECT e.channel_id, e.id, 1,
    (SELECT coalesce(max(o.run) + 1, 0) FROM outcome o WHERE o.workspace_id = e.workspace_id AND o.event_id = e.id)::int,
    (SELECT o.reason FROM outcome o WHERE o.workspace_id = e.workspace_id AND o.event_id = e.id
        AND o.reason = 'same_key_other_content' LIMIT 1),
    e.adapter, e.method, e.tail, e.query, e.url, e.headers, e.body, e.remote, e.verified, e.received_at
FROM inbound_event e
WHERE e.workspace_id = $1 AND e.id = $2

-- name: intake.rehearse
-- $1 workspace_id, $2 channel, $3 event, $4 run, $5 now, $6 lease token. For a transaction that is rolled back in the end.
INSERT INTO intake (workspace_id, channel_id, event_id, attempts, run, next_attempt_at, lease_token, lease_until)
VALUES ($1, $2, $3, 1, $4, $5, $6, $5)
ON CONFLICT DO NOTHING

-- name: intake.renew
-- $1 workspace_id, $2 lease token, $3 channel ids, $4 event ids, $5 lease until
UPDATE intake i SET lease_until = $5
WHERE i.workspace_id = $1 AND i.lease_token = $2 AND i.ctid = ANY (ARRAY(
    SELECT i.place
    FROM unnest($3::bigint[], $4::uuid[]) AS mine (channel_id, event_id)
    CROSS JOIN LATERAL (
        SELECT i.ctid AS place
        FROM intake i
        WHERE i.workspace_id = $1 AND i.channel_id = mine.channel_id AND i.event_id = mine.event_id
        LIMIT 1
    ) i))

-- name: intake.fence
-- $1 workspace_id, $2 lease token, $3 channel ids, $4 event ids, sorted
-- Must give back every row; a worker that slept past its lease finds some missing and rolls back.
SELECT i.event_id
FROM unnest($3::bigint[], $4::uuid[]) AS mine (channel_id, event_id)
CROSS JOIN LATERAL (
    SELECT i.event_id
    FROM intake i
    WHERE i.workspace_id = $1 AND i.channel_id = mine.channel_id AND i.event_id = mine.event_id AND i.lease_token = $2
    LIMIT 1
    FOR UPDATE
) i

-- name: intake.release
-- $1 workspace_id, $2 lease token, $3 channel ids, $4 event ids, $5 next attempt at timestamptz[], $6 reasons text[],
-- $7 whether the attempt counts
UPDATE intake i
SET lease_token = NULL, lease_until = NULL, attempts = i.attempts - CASE WHEN $7 THEN 0 ELSE 1 END,
    next_attempt_at = ($5::timestamptz[])[array_position($4::uuid[], i.event_id)],
    reason = ($6::text[])[array_position($4::uuid[], i.event_id)]
WHERE i.workspace_id = $1 AND i.lease_token = $2 AND i.ctid = ANY (ARRAY(
    SELECT i.place
    FROM unnest($3::bigint[], $4::uuid[]) AS mine (channel_id, event_id)
    CROSS JOIN LATERAL (
        SELECT i.ctid AS place
        FROM intake i
        WHERE i.workspace_id = $1 AND i.channel_id = mine.channel_id AND i.event_id = mine.event_id
        LIMIT 1
    ) i))

-- name: intake.finish
-- $1 workspace_id, $2 channel ids, $3 event ids. The fence has locked them.
DELETE FROM intake i
WHERE i.workspace_id = $1 AND i.ctid = ANY (ARRAY(
    SELECT i.place
    FROM unnest($2::bigint[], $3::uuid[]) AS mine (channel_id, event_id)
    CROSS JOIN LATERAL (
        SELECT i.ctid AS place
        FROM intake i
        WHERE i.workspace_id = $1 AND i.channel_id = mine.channel_id AND i.event_id = mine.event_id
        LIMIT 1
    ) i))

-- name: thread.insert
-- $1 workspace_id, $2 channel ids, $3 keys, $4 now. What comes back was not there before: nothing can wait for it.
INSERT INTO thread (workspace_id, channel_id, key, first_seen_at)
SELECT $1, t.channel_id, t.key, $4
FROM unnest($2::bigint[], $3::text[]) AS t (channel_id, key)
ORDER BY t.channel_id, t.key
ON CONFLICT DO NOTHING
RETURNING channel_id, key

-- name: thread.lock
-- $1 workspace_id, $2 channel ids, $3 keys, sorted
SELECT t.channel_id, t.key, t.card_id, t.lead_id, t.activity_id, t.first_seen_at
FROM unnest($2::bigint[], $3::text[]) AS wanted (channel_id, key)
CROSS JOIN LATERAL (
    SELECT t.channel_id, t.key, t.card_id, t.lead_id, t.activity_id, t.first_seen_at
    FROM thread t
    WHERE t.workspace_id = $1 AND t.channel_id = wanted.channel_id AND t.key = wanted.key
    LIMIT 1
    FOR UPDATE
) t

-- name: callStatement.insert
-- $1 workspace_id, $2 channel ids, $3 threads, $4 event ids, $5 inbound events, $6 statements jsonb[],
-- $7 received at timestamptz[]
INSERT INTO call_statement (workspace_id, channel_id, thread, event_id, inbound_event_id, statement, received_at)
SELECT $1, s.channel_id, s.thread, s.event_id, s.inbound_event_id, s.statement, s.received_at
FROM unnest($2::bigint[], $3::text[], $4::text[], $5::uuid[], $6::jsonb[], $7::timestamptz[])
    AS s (channel_id, thread, event_id, inbound_event_id, statement, received_at)
ORDER BY s.channel_id, s.thread, s.event_id
ON CONFLICT DO NOTHING

-- name: intake.wakeParked
-- $1 workspace_id, $2 channel ids, $3 threads, $4 now. The call is known now: what waited for that is worked at once.
UPDATE intake i
SET next_attempt_at = $4, reason = NULL
WHERE i.workspace_id = $1 AND i.reason = 'parked' AND i.ctid = ANY (ARRAY(
    SELECT i.place
    FROM unnest($2::bigint[], $3::text[]) AS woken (channel_id, thread)
    CROSS JOIN LATERAL (
        SELECT s.channel_id, s.inbound_event_id
        FROM call_statement s
        WHERE s.workspace_id = $1 AND s.channel_id = woken.channel_id AND s.thread = woken.thread
        OFFSET 0
    ) s
    CROSS JOIN LATERAL (
        SELECT i.ctid AS place
        FROM intake i
        WHERE i.workspace_id = $1 AND i.channel_id = s.channel_id AND i.event_id = s.inbound_event_id
        LIMIT 1
    ) i))

-- name: callStatement.read
-- $1 workspace_id, $2 channel ids, $3 threads
SELECT s.channel_id, s.thread, s.event_id, s.statement, s.received_at
FROM unnest($2::bigint[], $3::text[]) AS wanted (channel_id, thread)
CROSS JOIN LATERAL (
    SELECT s.channel_id, s.thread, s.event_id, s.statement, s.received_at
    FROM call_statement s
    WHERE s.workspace_id = $1 AND s.channel_id = wanted.channel_id AND s.thread = wanted.thread
    ORDER BY s.event_id
    OFFSET 0
) s

-- name: activity.existing
-- $1 workspace_id, $2 channel ids, $3 event ids
SELECT a.channel_id, a.event_id, a.id, a.card_id, a.lead_id
FROM unnest($2::bigint[], $3::text[]) AS wanted (channel_id, event_id)
CROSS JOIN LATERAL (
    SELECT a.channel_id, a.event_id, a.id, a.card_id, a.lead_id
    FROM activity a
    WHERE a.workspace_id = $1 AND a.channel_id = wanted.channel_id AND a.event_id = wanted.event_id
    LIMIT 1
) a

-- name: contactPoint.insert
-- $1 workspace_id, $2 kinds, $3 values, $4 raws, $5 cards given beforehand uuid[], $6 now
-- The unique key is the judge: what comes back was won. Sorted, so that two batches cannot lock each other out.
INSERT INTO contact_point (workspace_id, kind, value, raw, state, card_id, created_at)
SELECT $1, p.kind, p.value, p.raw, 'known', p.card_id, $6
FROM unnest($2::text[], $3::text[], $4::text[], $5::uuid[]) AS p (kind, value, raw, card_id)
ORDER BY p.kind, p.value
ON CONFLICT DO NOTHING
RETURNING kind, value

-- name: contactPoint.read
-- $1 workspace_id, $2 kinds, $3 values. A statement of its own: in the one that inserts, a race can come back empty.
SELECT p.kind, p.value, p.state, p.card_id, p.is_verified
FROM unnest($2::text[], $3::text[]) AS wanted (kind, value)
CROSS JOIN LATERAL (
    SELECT p.kind, p.value, p.state, p.card_id, p.verified_by IS NOT NULL AS is_verified
    FROM contact_point p
    WHERE p.workspace_id = $1 AND p.kind = wanted.kind AND p.value = wanted.value
    LIMIT 1
) p

-- name: contactPoint.assign
-- $1 workspace_id, $2 kinds, $3 values, $4 cards, $5 states, $6 verified by text[], $7 now. Every one of them is there.
INSERT INTO contact_point (workspace_id, kind, value, raw, state, verified_by, verified_at, card_id, created_at)
SELECT $1, a.kind, a.value, a.value, a.state, a.verified_by, CASE WHEN a.verified_by IS NOT NULL THEN $7 END, a.card_id, $7
FROM unnest($2::text[], $3::text[], $4::uuid[], $5::text[], $6::text[]) AS a (kind, value, card_id, state, verified_by)
ORDER BY a.kind, a.value
ON CONFLICT (workspace_id, kind, value) DO UPDATE
SET card_id = excluded.card_id, state = excluded.state,
    verified_by = coalesce(contact_point.verified_by, excluded.verified_by),
    verified_at = coalesce(contact_point.verified_at, excluded.verified_at)

-- name: card.lock
-- $1 workspace_id, $2 ids, sorted
SELECT c.id, c.merged_into, c.seq, c.name, c.company, c.locale, c.owner_id
FROM card c
WHERE c.workspace_id = $1 AND c.id = ANY ($2::uuid[])
ORDER BY c.id
FOR NO KEY UPDATE

-- name: lead.ofCards
-- $1 workspace_id, $2 card ids: the open leads, and the newest closed one of each card and pipeline
SELECT DISTINCT ON (l.card_id, l.pipeline, l.status = 'open')
    l.card_id, l.pipeline, l.id, l.status, l.closed_at
FROM lead l
WHERE l.workspace_id = $1 AND l.card_id = ANY ($2::uuid[])
ORDER BY l.card_id, l.pipeline, l.status = 'open', l.opened_at DESC

-- name: card.save
-- $1 workspace_id, $2 ids, $3 names, $4 companies, $5 locales, $6 seqs, $7 now, $8 attributes jsonb[]. A good value is never
-- overwritten.
INSERT INTO card (workspace_id, id, name, company, locale, seq, attributes, created_at, updated_at)
SELECT $1, c.id, c.name, c.company, c.locale, c.seq, c.attributes, $7, $7
FROM unnest($2::uuid[], $3::text[], $4::text[], $5::text[], $6::bigint[], $8::jsonb[])
    AS c (id, name, company, locale, seq, attributes)
ON CONFLICT (workspace_id, id) DO UPDATE
SET name = coalesce(card.name, excluded.name), company = coalesce(card.company, excluded.company),
    locale = coalesce(card.locale, excluded.locale), seq = excluded.seq,
    attributes = excluded.attributes || card.attributes, updated_at = excluded.updated_at

-- name: lead.insert
-- $1 workspace_id, $2 ids, $3 card ids, $4 pipelines, $5 sources, $6 attributions jsonb[], $7 owners, $8 previous leads,
-- $9 opened at, $10 first response due
INSERT INTO lead (workspace_id, id, card_id, pipeline, status, source, attribution, owner_id, previous_lead_id, opened_at,
    first_response_due)
SELECT $1, l.id, l.card_id, l.pipeline, 'open', l.source, l.attribution, l.owner_id, l.previous, l.opened_at, l.due
FROM unnest($2::uuid[], $3::uuid[], $4::text[], $5::text[], $6::jsonb[], $7::uuid[], $8::uuid[], $9::timestamptz[],
    $10::timestamptz[]) AS l (id, card_id, pipeline, source, attribution, owner_id, previous, opened_at, due)

-- name: lead.reopen
-- $1 workspace_id, $2 ids
UPDATE lead SET status = 'open', closed_at = NULL WHERE workspace_id = $1 AND id = ANY ($2::uuid[])

-- name: lead.backdate
-- $1 workspace_id, $2 ids, $3 activities of the calls, $4 opened at, $5 first response due or null. The earliest word of the call
-- that opened a lead may arrive last; calls that joined one change nothing.
UPDATE lead l
SET opened_at = ($4::timestamptz[])[array_position($2::uuid[], l.id)],
    first_response_due = least(l.first_response_due, ($5::timestamptz[])[array_position($2::uuid[], l.id)])
WHERE l.workspace_id = $1 AND l.id = ANY ($2::uuid[])
    AND l.opened_at > ($4::timestamptz[])[array_position($2::uuid[], l.id)]
    AND (
        SELECT a.because ->> 'lead'
        FROM activity a
        WHERE a.workspace_id = $1 AND a.id = ($3::uuid[])[array_position($2::uuid[], l.id)]
    ) IN ('opened', 'opened again')

-- name: lead.changeDue
-- $1 workspace_id, $2 ids, $3 due. Nobody has to hurry for a lead that was answered already.
UPDATE lead l
SET first_response_due = least(l.first_response_due, ($3::timestamptz[])[array_position($2::uuid[], l.id)])
WHERE l.workspace_id = $1 AND l.id = ANY ($2::uuid[]) AND l.first_response_at IS NULL

-- name: lead.respond
-- $1 workspace_id, $2 ids, $3 at
UPDATE lead l
SET first_response_at = least(l.first_response_at, ($3::timestamptz[])[array_position($2::uuid[], l.id)])
WHERE l.workspace_id = $1 AND l.id = ANY ($2::uuid[])

-- name: activity.insert
-- $1 workspace_id, $2 ids, $3 cards, $4 leads, $5 channels, $6 event ids, $7 inbound events, $8 kinds, $9 directions,
-- $10 occurred at, $11 titles, $12 texts, $13 details, $14 threads, $15 because, $16 now
-- What comes back is new; one missing means another worker was first, and the batch is worked again.
INSERT INTO activity (workspace_id, id, card_id, lead_id, channel_id, event_id, inbound_event_id, kind, direction,
    occurred_at, title, text, details, thread, because, created_at)
SELECT $1, a.id, a.card_id, a.lead_id, a.channel_id, a.event_id, a.inbound_event_id, a.kind, a.direction, a.occurred_at,
    a.title, a.text, a.details, a.thread, a.because, $16
FROM unnest($2::uuid[], $3::uuid[], $4::uuid[], $5::bigint[], $6::text[], $7::uuid[], $8::text[], $9::text[],
    $10::timestamptz[], $11::text[], $12::text[], $13::jsonb[], $14::text[], $15::jsonb[])
    AS a (id, card_id, lead_id, channel_id, event_id, inbound_event_id, kind, direction, occurred_at, title, text,
        details, thread, because)
ORDER BY a.channel_id, a.event_id
ON CONFLICT DO NOTHING
RETURNING id

-- name: activity.refold
-- $1 workspace_id, $2 ids, $3 directions, $4 occurred at, $5 titles, $6 details, $7 rules
UPDATE activity a
SET direction = ($3::text[])[array_position($2::uuid[], a.id)],
    occurred_at = ($4::timestamptz[])[array_position($2::uuid[], a.id)],
    title = ($5::text[])[array_position($2::uuid[], a.id)], details = ($6::jsonb[])[array_position($2::uuid[], a.id)],
    because = a.because || jsonb_build_object('rule', ($7::text[])[array_position($2::uuid[], a.id)])
WHERE a.workspace_id = $1 AND a.id = ANY ($2::uuid[])

-- name: thread.save
-- $1 workspace_id, $2 channel ids, $3 keys, $4 cards, $5 leads, $6 activities, $7 now. Every one of them is there.
INSERT INTO thread (workspace_id, channel_id, key, card_id, lead_id, activity_id, first_seen_at)
SELECT $1, u.channel_id, u.key, u.card_id, u.lead_id, u.activity_id, $7
FROM unnest($2::bigint[], $3::text[], $4::uuid[], $5::uuid[], $6::uuid[])
    AS u (channel_id, key, card_id, lead_id, activity_id)
ON CONFLICT (workspace_id, channel_id, key) DO UPDATE
SET card_id = excluded.card_id, lead_id = excluded.lead_id, activity_id = excluded.activity_id

-- name: cardSuggestion.insert
-- $1 workspace_id, $2 smaller card ids, $3 larger card ids, $4 because jsonb[], $5 now
INSERT INTO card_suggestion (workspace_id, card_id, other_card_id, because, state, created_at)
SELECT $1, s.card_id, s.other, s.because, 'open', $5
FROM unnest($2::uuid[], $3::uuid[], $4::jsonb[]) AS s (card_id, other, because)
ORDER BY s.card_id, s.other
ON CONFLICT DO NOTHING

-- name: outbox.insert
-- $1 workspace_id, $2 cards, $3 seqs, $4 ids, $5 kinds, $6 bodies jsonb[], $7 inbound events, $8 now
INSERT INTO outbox (workspace_id, card_id, seq, id, kind, body, event_id, created_at)
SELECT $1, o.card_id, o.seq, o.id, o.kind, o.body, o.event_id, $8
FROM unnest($2::uuid[], $3::bigint[], $4::uuid[], $5::text[], $6::jsonb[], $7::uuid[])
    AS o (card_id, seq, id, kind, body, event_id)

-- name: outcome.insert
-- $1 workspace_id, $2 events, $3 runs, $4 ordinals, $5 channels, $6 statuses, $7 reasons, $8 attempts, $9 cards,
-- $10 leads, $11 activities, $12 because, $13 adapter versions, $14 now
-- Of a batch that came in one request some may be told already, while a parked call of it waited.
INSERT INTO outcome (workspace_id, event_id, run, ordinal, channel_id, status, reason, attempts, card_id, lead_id,
    activity_id, because, adapter_version, at)
SELECT $1, o.event_id, o.run, o.ordinal, o.channel_id, o.status, o.reason, o.attempts, o.card_id, o.lead_id,
    o.activity_id, o.because, o.adapter_version, $14
FROM unnest($2::uuid[], $3::int[], $4::int[], $5::bigint[], $6::text[], $7::text[], $8::int[], $9::uuid[], $10::uuid[],
    $11::uuid[], $12::jsonb[], $13::text[])
    AS o (event_id, run, ordinal, channel_id, status, reason, attempts, card_id, lead_id, activity_id, because,
        adapter_version)
ON CONFLICT DO NOTHING

-- Two cards become one. Taken in the order of every path: threads, points, cards, then what hangs on them.

-- name: thread.lockOfCards
-- $1 workspace_id, $2 card ids
SELECT t.channel_id, t.key
FROM thread t
WHERE t.workspace_id = $1 AND t.card_id = ANY ($2::uuid[])
ORDER BY t.channel_id, t.key
FOR UPDATE

-- name: contactPoint.lockOfCards
-- $1 workspace_id, $2 card ids
SELECT p.kind, p.value
FROM contact_point p
WHERE p.workspace_id = $1 AND p.card_id = ANY ($2::uuid[])
ORDER BY p.kind, p.value
FOR UPDATE

-- name: mergeLog.insert
-- $1 workspace_id, $2 id, $3 winner, $4 loser, $5 because, $6 now
INSERT INTO merge_log (workspace_id, id, winner_id, loser_id, moved, because, merged_at)
SELECT $1, $2, $3, $4, jsonb_build_object(
    'points', (SELECT coalesce(jsonb_agg(jsonb_build_array(p.kind, p.value)), '[]') FROM contact_point p
        WHERE p.workspace_id = $1 AND p.card_id = $4),
    'leads', (SELECT coalesce(jsonb_agg(jsonb_build_array(l.id, l.status)), '[]') FROM lead l
        WHERE l.workspace_id = $1 AND l.card_id = $4),
    'activities', (SELECT coalesce(jsonb_agg(a.id), '[]') FROM activity a
        WHERE a.workspace_id = $1 AND a.card_id = $4),
    'threads', (SELECT coalesce(jsonb_agg(jsonb_build_array(t.channel_id, t.key)), '[]') FROM thread t
        WHERE t.workspace_id = $1 AND t.card_id = $4)), $5, $6

-- name: lead.closeSecond
-- $1 workspace_id, $2 loser, $3 winner, $4 now. Of two open leads in one pipeline the winner's stays; the other is its duplicate.
UPDATE lead l
SET status = 'duplicate', closed_at = $4
WHERE l.workspace_id = $1 AND l.card_id = $2 AND l.status = 'open'
    AND EXISTS (
        SELECT 1
        FROM lead w
        WHERE w.workspace_id = $1 AND w.card_id = $3 AND w.pipeline = l.pipeline AND w.status = 'open')

-- name: lead.move
-- $1 workspace_id, $2 loser, $3 winner
UPDATE lead SET card_id = $3 WHERE workspace_id = $1 AND card_id = $2

-- name: contactPoint.move
-- $1 workspace_id, $2 loser, $3 winner
UPDATE contact_point SET card_id = $3 WHERE workspace_id = $1 AND card_id = $2

-- name: activity.move
-- $1 workspace_id, $2 loser, $3 winner
UPDATE activity SET card_id = $3 WHERE workspace_id = $1 AND card_id = $2

-- name: thread.move
-- $1 workspace_id, $2 loser, $3 winner
UPDATE thread SET card_id = $3 WHERE workspace_id = $1 AND card_id = $2

-- name: card.merge
-- $1 workspace_id, $2 loser, $3 winner, $4 now. What the winner does not know it takes from the loser; its outbox has one more.
WITH gone AS (
    UPDATE card SET merged_into = $3, updated_at = $4 WHERE workspace_id = $1 AND id = $2
    RETURNING name, company, locale
)
UPDATE card c
SET name = coalesce(c.name, gone.name), company = coalesce(c.company, gone.company),
    locale = coalesce(c.locale, gone.locale), seq = c.seq + 1, updated_at = $4
FROM gone
WHERE c.workspace_id = $1 AND c.id = $3

-- name: cardSuggestion.accept
-- $1 workspace_id, $2 smaller card id, $3 larger card id
UPDATE card_suggestion SET state = 'accepted' WHERE workspace_id = $1 AND card_id = $2 AND other_card_id = $3
