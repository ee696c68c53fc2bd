-- People, their sessions, and what they did.

-- name: account.present
-- $1 name in lower case
SELECT set_config('leadgate.account', $1, true)

-- name: account.named
-- $1 name in lower case
SELECT a.workspace_id, a.id, a.name, a.role, a.password
FROM account a
WHERE lower(a.name) = $1 AND a.disabled_at IS NULL

-- name: account.create
-- $1 workspace, $2 id, $3 name, $4 role, $5 password, $6 now
INSERT INTO account (workspace_id, id, name, role, password, created_at)
VALUES ($1, $2, $3, $4, $5, $6)

-- name: account.list
-- $1 workspace
SELECT a.id, a.name, a.role, a.created_at, a.disabled_at
FROM account a
WHERE a.workspace_id = $1
ORDER BY a.id
LIMIT 1000

-- name: account.setPassword
-- $1 workspace, $2 name in lower case, $3 password
UPDATE account
SET password = $3, disabled_at = NULL
WHERE workspace_id = $1 AND lower(name) = $2
RETURNING id

-- name: account.disable
-- $1 workspace, $2 name in lower case, $3 now
UPDATE account
SET disabled_at = $3
WHERE workspace_id = $1 AND lower(name) = $2 AND disabled_at IS NULL
RETURNING id

-- name: session.present
-- $1 SHA-256 of the session's token in hex
SELECT set_config('leadgate.session', $1, true)

-- name: session.find
-- $1 SHA-256 of the session's token
SELECT s.workspace_id
FROM session s
WHERE s.hash = $1

-- name: session.holder
-- $1 workspace, $2 SHA-256 of the token, $3 now, $4 seen at this time or later
SELECT a.id, a.name, a.role, s.seen_at
FROM session s
JOIN account a ON a.workspace_id = s.workspace_id AND a.id = s.account_id
WHERE s.workspace_id = $1 AND s.hash = $2 AND s.ends_at > $3 AND s.seen_at >= $4 AND a.disabled_at IS NULL

-- name: session.open
-- $1 workspace, $2 SHA-256 of the token, $3 account, $4 now, $5 end
INSERT INTO session (workspace_id, hash, account_id, created_at, seen_at, ends_at)
VALUES ($1, $2, $3, $4, $4, $5)

-- name: session.seen
-- $1 workspace, $2 SHA-256 of the token, $3 now
UPDATE session
SET seen_at = $3
WHERE workspace_id = $1 AND hash = $2

-- name: session.close
-- $1 workspace, $2 SHA-256 of the token
DELETE FROM session
WHERE workspace_id = $1 AND hash = $2

-- name: session.closeAll
-- $1 workspace, $2 account
DELETE FROM session
WHERE workspace_id = $1 AND account_id = $2

-- name: session.sweep
-- $1 workspace, $2 now
DELETE FROM session
WHERE workspace_id = $1 AND ends_at <= $2

-- name: audit.note
-- $1 workspace, $2 ids, $3 account, $4 action, $5 subjects or nulls, $6 remote, $7 now
INSERT INTO audit_log (workspace_id, id, account_id, action, subject, remote, at)
SELECT $1, line.id, $3, $4, line.subject, $6, $7
FROM unnest($2::uuid[], $5::text[]) AS line (id, subject)

-- name: audit.page
-- $1 workspace, $2 first id not wanted, $3 rows
SELECT l.id, a.name, l.action, l.subject, l.remote, l.at
FROM audit_log l
JOIN account a ON a.workspace_id = l.workspace_id AND a.id = l.account_id
WHERE l.workspace_id = $1 AND l.id < $2
ORDER BY l.id DESC
LIMIT $3

-- name: console.hours
-- $1 workspace, $2 first id, $3 the time of it
-- Events of each channel by hour since a time, 0 the first.
SELECT c.key, h.hour, h.count
FROM channel c
CROSS JOIN LATERAL (
    SELECT floor(extract(epoch FROM e.received_at - $3::timestamptz) / 3600)::bigint AS hour, count(*) AS count
    FROM inbound_event e
    WHERE e.workspace_id = c.workspace_id AND e.channel_id = c.id AND e.id >= $2
    GROUP BY 1
) h
WHERE c.workspace_id = $1
ORDER BY c.key, h.hour
