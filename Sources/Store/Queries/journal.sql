-- What receivers write and read: the journal's batches, rejections, the caller lookup.
--
-- One flush of the journal is one round trip: BEGIN, journal.insert, journal.owners, COMMIT; with companions it is two, since
-- what comes with them is judged before. Rows go in the order of the unique index, so that two writers never wait for each
-- other crosswise.

-- name: journal.session
-- Once per writer connection. The batches are small and all alike: a generic plan saves planning each of them. It may be
-- made while the tables are empty, so that it must use the indexes from the start.
SELECT set_config('plan_cache_mode', 'force_generic_plan', false), set_config('enable_seqscan', 'off', false)

-- name: journal.insert
-- Keeps the events whose key is free, or was a digest whose time is over. An event that was kept by an earlier attempt with
-- the same ids is not kept again, since its key is taken by itself. Due at once, however wrong the receiver's clock is.
-- $1 workspace_id bigint[], $2 channel_id bigint[], $3 key bytea[], $4 id uuid[], $5 adapter text[], $6 method text[],
-- $7 tail text[], $8 query text[], $9 url text[], $10 headers jsonb[], $11 body bytea[], $12 body_sha256 bytea[],
-- $13 content_sha256 bytea[] (what event_key compares), $14 remote text[], $15 verified text[] (words divided by blanks),
-- $16 received_at timestamptz[], $17 reusable_at timestamptz[], $18 reason text[] (known already; null: to be resolved)
WITH incoming AS MATERIALIZED (
    SELECT *
    FROM unnest(
        $1::bigint[], $2::bigint[], $3::bytea[], $4::uuid[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[],
        $10::jsonb[], $11::bytea[], $12::bytea[], $13::bytea[], $14::text[], $15::text[], $16::timestamptz[],
        $17::timestamptz[], $18::text[]
    ) AS e (
        workspace_id, channel_id, key, id, adapter, method, tail, query, url, headers, body, body_sha256, content_sha256,
        remote, verified, received_at, reusable_at, reason
    )
), won AS (
    INSERT INTO event_key (workspace_id, channel_id, key, event_id, body_sha256, received_at, reusable_at)
    SELECT workspace_id, channel_id, key, id, content_sha256, received_at, reusable_at
    FROM incoming
    ORDER BY workspace_id, channel_id, key
    ON CONFLICT (workspace_id, channel_id, key) DO UPDATE
    SET event_id = excluded.event_id, body_sha256 = excluded.body_sha256, received_at = excluded.received_at,
        reusable_at = excluded.reusable_at
    WHERE event_key.reusable_at <= excluded.received_at AND event_key.event_id <> excluded.event_id
    RETURNING event_id
), kept AS (
    INSERT INTO inbound_event (
        workspace_id, id, channel_id, adapter, method, tail, query, url, headers, body, body_sha256, remote, verified,
        received_at
    )
    SELECT
        i.workspace_id, i.id, i.channel_id, i.adapter, i.method, i.tail, i.query, i.url, i.headers, i.body, i.body_sha256,
        i.remote, string_to_array(i.verified, ' '), i.received_at
    FROM incoming i
    JOIN won ON won.event_id = i.id
)
INSERT INTO intake (workspace_id, channel_id, event_id, next_attempt_at, reason)
SELECT i.workspace_id, i.channel_id, i.id, least(i.received_at, now()), i.reason
FROM incoming i
JOIN won ON won.event_id = i.id

-- name: journal.owners
-- Who holds the keys now; a statement of its own, so that it sees what another writer committed meanwhile.
-- $1 workspace_id bigint[], $2 channel_id bigint[], $3 key bytea[]; one row per key found, place counted from 1
SELECT k.place::int, e.event_id, e.body_sha256
FROM unnest($1::bigint[], $2::bigint[], $3::bytea[]) WITH ORDINALITY AS k (workspace_id, channel_id, key, place)
CROSS JOIN LATERAL (
    SELECT e.event_id, e.body_sha256
    FROM event_key e
    WHERE e.workspace_id = k.workspace_id AND e.channel_id = k.channel_id AND e.key = k.key
    LIMIT 1
) e

-- name: journal.probe
-- Whether the journal could write: takes the locks that it takes, adds a word to the log and commits it, and changes nothing.
WITH keys AS (
    INSERT INTO event_key (workspace_id, channel_id, key, event_id, body_sha256, received_at)
    SELECT 0, 0, '\x', gen_random_uuid(), '\x', now() WHERE false
), events AS (
    INSERT INTO inbound_event (workspace_id, id) SELECT 0, gen_random_uuid() WHERE false
), owed AS (
    INSERT INTO intake (workspace_id) SELECT 0 WHERE false
)
SELECT pg_logical_emit_message(true, 'leadgate', '')::text

-- name: journal.bell
-- Wakes workers of other processes. Never in the journal's own transaction: commits would stand in one line.
NOTIFY leadgate_intake

-- name: rejection.count
-- $1 workspace_id bigint[], $2 channel_id bigint[], $3 reason text[], $4 minute timestamptz[], $5 count bigint[],
-- $6 last_address text[]
INSERT INTO rejection (workspace_id, channel_id, reason, minute, count, last_address)
SELECT r.workspace_id, r.channel_id, r.reason, r.minute, r.count, r.last_address
FROM unnest($1::bigint[], $2::bigint[], $3::text[], $4::timestamptz[], $5::bigint[], $6::text[])
    AS r (workspace_id, channel_id, reason, minute, count, last_address)
ORDER BY r.workspace_id, r.channel_id, r.reason, r.minute
ON CONFLICT (workspace_id, channel_id, reason, minute) DO UPDATE
SET count = rejection.count + excluded.count, last_address = excluded.last_address

-- name: lookup.byPhone
-- $1 workspace_id bigint, $2 phone text (E.164); at most one row: card id uuid, name text, company text.
-- Only a known point leads to a card: a proposed one was never proven. A merged card leads to the one it became.
WITH RECURSIVE followed AS (
    SELECT c.id, c.name, c.company, c.merged_into, 0 AS steps
    FROM contact_point p
    JOIN card c ON c.workspace_id = p.workspace_id AND c.id = p.card_id
    WHERE p.workspace_id = $1 AND p.kind = 'phone' AND p.value = $2 AND p.state = 'known'
    UNION ALL
    SELECT c.id, c.name, c.company, c.merged_into, f.steps + 1
    FROM followed f
    JOIN card c ON c.workspace_id = $1 AND c.id = f.merged_into
    WHERE f.steps < 8
)
SELECT id, name, company FROM followed WHERE merged_into IS NULL
