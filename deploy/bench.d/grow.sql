-- Makes :cards cards as resolving leaves them, each with a phone and a closed lead. Their numbers are spread evenly over those of
-- one prefix. Foreign keys are not checked, which would be a look for each row; the ids grow, as those of UUIDv7 do.
SET session_replication_role = replica;
SELECT id AS workspace FROM leadgate.workspace WHERE key = 'main' \gset
CREATE FUNCTION pg_temp.id(kind text, number int) RETURNS uuid LANGUAGE sql IMMUTABLE
AS $$ SELECT ('01900000-0000-7000-8' || kind || '-' || lpad(to_hex(number), 12, '0'))::uuid $$;

INSERT INTO leadgate.card (workspace_id, id, name, locale, created_at, updated_at)
SELECT :workspace, pg_temp.id('00a', n), 'Olena Bondar ' || n, 'uk', now(), now() FROM generate_series(1, :cards) n;

INSERT INTO leadgate.contact_point (workspace_id, kind, value, raw, state, card_id, created_at)
SELECT :workspace, 'phone', '+' || p.number, p.number, 'known', pg_temp.id('00a', n), now()
FROM generate_series(1, :cards) n
CROSS JOIN LATERAL (SELECT '38050' || lpad(((n - 1) * (10000000 / :cards))::text, 7, '0') AS number) p;

INSERT INTO leadgate.lead (workspace_id, id, card_id, pipeline, status, source, opened_at, closed_at)
SELECT :workspace, pg_temp.id('00b', n), pg_temp.id('00a', n), 'sales', 'lost', 'pbx',
    now() - interval '1 year', now() - interval '11 months'
FROM generate_series(1, :cards) n;

VACUUM (FREEZE, ANALYZE) leadgate.card, leadgate.contact_point, leadgate.lead;
