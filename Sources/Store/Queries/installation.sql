-- Which workspaces and channels there are, and the schema itself.

-- name: schema.lock
-- One migration at a time; the number is 'leadgate' in hexadecimal.
SELECT pg_advisory_lock(7810756212603057253)::text

-- name: schema.unlock
SELECT pg_advisory_unlock(7810756212603057253)

-- name: schema.exists
SELECT to_regclass('leadgate.schema_version') IS NOT NULL

-- name: schema.version
SELECT coalesce(max(version), 0)::int FROM leadgate.schema_version

-- name: schema.grant
-- $1 the role that serving processes log in as, null for the one that migrates
SELECT leadgate.grant_roles($1)

-- name: workspace.enter
-- $1 workspace_id. Row security sees this workspace until the transaction ends.
SELECT set_config('leadgate.workspace', $1::bigint::text, true)

-- name: workspace.upsert
-- $1 id bigint, $2 key text, $3 now timestamptz
INSERT INTO workspace (id, key, created_at) VALUES ($1, $2, $3) ON CONFLICT (id) DO NOTHING

-- name: workspace.list
SELECT id, key FROM workspace ORDER BY key

-- name: channel.upsert
-- $1 workspace_id, $2 ids bigint[], $3 keys text[], $4 adapters text[], $5 now
INSERT INTO channel (workspace_id, id, key, adapter, state, updated_at)
SELECT $1, c.id, c.key, c.adapter, 'active', $5
FROM unnest($2::bigint[], $3::text[], $4::text[]) AS c (id, key, adapter)
ORDER BY c.id
ON CONFLICT (workspace_id, id) DO UPDATE
SET adapter = excluded.adapter, state = 'active', updated_at = excluded.updated_at
WHERE channel.adapter <> excluded.adapter OR channel.state <> 'active'

-- name: channel.retire
-- $1 workspace_id, $2 ids still configured bigint[], $3 now
UPDATE channel SET state = 'retired', updated_at = $3
WHERE workspace_id = $1 AND state = 'active' AND NOT id = ANY ($2::bigint[])

-- name: channel.list
-- $1 workspace_id
SELECT id, key, adapter, state FROM channel WHERE workspace_id = $1 ORDER BY id
