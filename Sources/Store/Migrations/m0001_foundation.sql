-- Why: everything the main job stands on: what arrived, what is owed, who it was, what came of it, what others are owed.
-- Cost on a large table: none, all tables are new.
--
-- Every key begins with workspace_id and every join stays inside one workspace, so that row security has one column to
-- look at and tables co-locate on a distributed PostgreSQL. Workspace 0 is the installation itself.

CREATE TABLE workspace (
    id bigint PRIMARY KEY,
    key text NOT NULL UNIQUE,
    created_at timestamptz NOT NULL
);

CREATE TABLE channel (
    workspace_id bigint NOT NULL,
    id bigint NOT NULL,
    key text NOT NULL UNIQUE,
    adapter text NOT NULL,
    state text NOT NULL CONSTRAINT channel_state_known CHECK (state IN ('active', 'retired')),
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (workspace_id, id)
);

-- Exactly what arrived; insert-only. The id is a UUIDv7 made at accept, so its range is time and no foreign key may point here:
-- partitions are dropped when their retention ends.
CREATE TABLE inbound_event (
    workspace_id bigint NOT NULL,
    id uuid NOT NULL,
    channel_id bigint NOT NULL,
    adapter text NOT NULL,
    method text NOT NULL,
    tail text NOT NULL,
    query text NOT NULL,
    url text NOT NULL,
    headers jsonb NOT NULL,
    body bytea NOT NULL,
    body_sha256 bytea NOT NULL,
    remote text NOT NULL,
    verified text[] NOT NULL,
    received_at timestamptz NOT NULL,
    PRIMARY KEY (workspace_id, id)
) PARTITION BY RANGE (id);

CREATE TABLE inbound_event_default PARTITION OF inbound_event DEFAULT;

CREATE INDEX inbound_event_by_channel ON inbound_event (workspace_id, channel_id, id);

-- The duplicate check: a narrow table with a retention of its own. A key made of a digest may be used again at reusable_at.
CREATE TABLE event_key (
    workspace_id bigint NOT NULL,
    channel_id bigint NOT NULL,
    key bytea NOT NULL,
    event_id uuid NOT NULL,
    body_sha256 bytea NOT NULL,
    received_at timestamptz NOT NULL,
    reusable_at timestamptz,
    PRIMARY KEY (workspace_id, channel_id, key)
);

-- One row per event still owed. Only unindexed columns change, so that a claim is a heap-only update; the free space in
-- each page is kept for it.
CREATE TABLE intake (
    workspace_id bigint NOT NULL,
    channel_id bigint NOT NULL,
    event_id uuid NOT NULL,
    attempts int NOT NULL DEFAULT 0,
    run int NOT NULL DEFAULT 0,
    next_attempt_at timestamptz NOT NULL,
    lease_token uuid,
    lease_until timestamptz,
    reason text,
    PRIMARY KEY (workspace_id, channel_id, event_id),
    CONSTRAINT intake_lease_whole CHECK ((lease_token IS NULL) = (lease_until IS NULL))
) WITH (fillfactor = 60, autovacuum_vacuum_scale_factor = 0.0, autovacuum_vacuum_threshold = 2000);

-- What came of an event: append-only, one row per contact event (ordinal) and run (0 the first, n the nth replay).
CREATE TABLE outcome (
    workspace_id bigint NOT NULL,
    event_id uuid NOT NULL,
    run int NOT NULL,
    ordinal int NOT NULL,
    channel_id bigint NOT NULL,
    status text NOT NULL CONSTRAINT outcome_status_known CHECK (status IN ('done', 'ignored', 'dead')),
    reason text,
    attempts int NOT NULL,
    card_id uuid,
    lead_id uuid,
    activity_id uuid,
    because jsonb NOT NULL,
    adapter_version text NOT NULL,
    at timestamptz NOT NULL,
    PRIMARY KEY (workspace_id, event_id, run, ordinal),
    CONSTRAINT outcome_reason_given CHECK (status = 'done' OR reason IS NOT NULL)
);

CREATE INDEX outcome_by_status ON outcome (workspace_id, status, event_id);

-- What was turned away: counts only, never a body.
CREATE TABLE rejection (
    workspace_id bigint NOT NULL,
    channel_id bigint NOT NULL,
    reason text NOT NULL,
    minute timestamptz NOT NULL,
    count bigint NOT NULL,
    last_address text,
    PRIMARY KEY (workspace_id, channel_id, reason, minute)
);

CREATE TABLE card (
    workspace_id bigint NOT NULL,
    id uuid NOT NULL,
    name text,
    company text,
    locale text,
    owner_id uuid,
    attributes jsonb NOT NULL DEFAULT '{}',
    merged_into uuid,
    seq bigint NOT NULL DEFAULT 0,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (workspace_id, id),
    CONSTRAINT card_not_its_own_winner CHECK (merged_into IS DISTINCT FROM id),
    FOREIGN KEY (workspace_id, merged_into) REFERENCES card (workspace_id, id)
);

CREATE INDEX card_by_winner ON card (workspace_id, merged_into) WHERE merged_into IS NOT NULL;

-- The judge of promise 3: one row per phone, e-mail or handle. The card is deferred, since points are won before it is known
-- whether a new card comes of them.
CREATE TABLE contact_point (
    workspace_id bigint NOT NULL,
    kind text NOT NULL CONSTRAINT contact_point_kind_known CHECK (kind IN ('phone', 'email', 'handle')),
    value text NOT NULL,
    raw text NOT NULL,
    state text NOT NULL CONSTRAINT contact_point_state_known CHECK (state IN ('known', 'proposed', 'blocked', 'shared')),
    verified_by text,
    verified_at timestamptz,
    card_id uuid NOT NULL,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (workspace_id, kind, value),
    CONSTRAINT contact_point_verified_whole CHECK ((verified_by IS NULL) = (verified_at IS NULL)),
    FOREIGN KEY (workspace_id, card_id) REFERENCES card (workspace_id, id) DEFERRABLE INITIALLY DEFERRED
);

CREATE INDEX contact_point_by_card ON contact_point (workspace_id, card_id);

CREATE TABLE lead (
    workspace_id bigint NOT NULL,
    id uuid NOT NULL,
    card_id uuid NOT NULL,
    pipeline text NOT NULL,
    status text NOT NULL
        CONSTRAINT lead_status_known CHECK (status IN ('open', 'won', 'lost', 'spam', 'duplicate')),
    source text NOT NULL,
    attribution jsonb NOT NULL DEFAULT '{}',
    owner_id uuid,
    previous_lead_id uuid,
    opened_at timestamptz NOT NULL,
    first_response_due timestamptz,
    first_response_at timestamptz,
    closed_at timestamptz,
    PRIMARY KEY (workspace_id, id),
    CONSTRAINT lead_closed_when_not_open CHECK ((status = 'open') = (closed_at IS NULL)),
    FOREIGN KEY (workspace_id, card_id) REFERENCES card (workspace_id, id)
);

CREATE UNIQUE INDEX lead_one_open ON lead (workspace_id, card_id, pipeline) WHERE status = 'open';
CREATE INDEX lead_by_card ON lead (workspace_id, card_id, opened_at);
CREATE INDEX lead_by_status ON lead (workspace_id, status, id);

CREATE TABLE activity (
    workspace_id bigint NOT NULL,
    id uuid NOT NULL,
    card_id uuid NOT NULL,
    lead_id uuid,
    channel_id bigint NOT NULL,
    event_id text NOT NULL,
    inbound_event_id uuid NOT NULL,
    kind text NOT NULL CONSTRAINT activity_kind_known
        CHECK (kind IN ('submission', 'call', 'message', 'letter', 'order', 'callback_request', 'note')),
    direction text NOT NULL
        CONSTRAINT activity_direction_known CHECK (direction IN ('inbound', 'outbound', 'internal')),
    occurred_at timestamptz NOT NULL,
    title text NOT NULL,
    text text,
    details jsonb NOT NULL DEFAULT '{}',
    thread text,
    because jsonb NOT NULL,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (workspace_id, id),
    FOREIGN KEY (workspace_id, card_id) REFERENCES card (workspace_id, id),
    FOREIGN KEY (workspace_id, lead_id) REFERENCES lead (workspace_id, id)
);

CREATE UNIQUE INDEX activity_once ON activity (workspace_id, channel_id, event_id);
CREATE UNIQUE INDEX activity_one_per_call ON activity (workspace_id, channel_id, thread) WHERE kind = 'call';
CREATE INDEX activity_by_card ON activity (workspace_id, card_id, occurred_at DESC, id DESC);

-- One call: locked while its statements are folded; keeps the card and the lead it first got.
CREATE TABLE thread (
    workspace_id bigint NOT NULL,
    channel_id bigint NOT NULL,
    key text NOT NULL,
    card_id uuid,
    lead_id uuid,
    activity_id uuid,
    first_seen_at timestamptz NOT NULL,
    PRIMARY KEY (workspace_id, channel_id, key)
);

CREATE INDEX thread_by_card ON thread (workspace_id, card_id) WHERE card_id IS NOT NULL;

CREATE TABLE call_statement (
    workspace_id bigint NOT NULL,
    channel_id bigint NOT NULL,
    thread text NOT NULL,
    event_id text NOT NULL,
    inbound_event_id uuid NOT NULL,
    statement jsonb NOT NULL,
    received_at timestamptz NOT NULL,
    PRIMARY KEY (workspace_id, channel_id, thread, event_id)
);

-- Two cards that may be one person; smaller id first, so that a pair is suggested once.
CREATE TABLE card_suggestion (
    workspace_id bigint NOT NULL,
    card_id uuid NOT NULL,
    other_card_id uuid NOT NULL,
    because jsonb NOT NULL,
    state text NOT NULL
        CONSTRAINT card_suggestion_state_known CHECK (state IN ('open', 'accepted', 'refused')),
    created_at timestamptz NOT NULL,
    PRIMARY KEY (workspace_id, card_id, other_card_id),
    CONSTRAINT card_suggestion_ordered CHECK (card_id < other_card_id)
);

CREATE INDEX card_suggestion_by_other ON card_suggestion (workspace_id, other_card_id);

CREATE TABLE merge_log (
    workspace_id bigint NOT NULL,
    id uuid NOT NULL,
    winner_id uuid NOT NULL,
    loser_id uuid NOT NULL,
    moved jsonb NOT NULL,
    because jsonb NOT NULL,
    merged_at timestamptz NOT NULL,
    undone_at timestamptz,
    PRIMARY KEY (workspace_id, id)
);

-- Written in the transaction that caused it, numbered per card; the position in the stream is given after commit by the one
-- delivery leaseholder, since ids alone would skip late commits.
CREATE TABLE outbox (
    workspace_id bigint NOT NULL,
    card_id uuid NOT NULL,
    seq bigint NOT NULL,
    id uuid NOT NULL,
    kind text NOT NULL,
    body jsonb NOT NULL,
    event_id uuid,
    created_at timestamptz NOT NULL,
    position bigint,
    PRIMARY KEY (workspace_id, card_id, seq)
);

CREATE INDEX outbox_unplaced ON outbox (workspace_id, id) WHERE position IS NULL;
CREATE UNIQUE INDEX outbox_stream ON outbox (workspace_id, position) WHERE position IS NOT NULL;

CREATE TABLE api_token (
    workspace_id bigint NOT NULL,
    id uuid NOT NULL,
    name text NOT NULL,
    hash bytea NOT NULL UNIQUE,
    scopes text[] NOT NULL,
    created_at timestamptz NOT NULL,
    expires_at timestamptz,
    last_used_at timestamptz,
    revoked_at timestamptz,
    PRIMARY KEY (workspace_id, id)
);

-- One row per event for readers. The latest run speaks; dead outweighs done, done outweighs ignored.
CREATE VIEW event WITH (security_invoker = true) AS
SELECT
    e.workspace_id, e.id, e.channel_id, e.adapter, e.received_at, e.verified,
    CASE WHEN i.event_id IS NOT NULL THEN 'queued' ELSE o.status END AS status,
    CASE WHEN i.event_id IS NOT NULL THEN i.reason ELSE o.reason END AS reason,
    coalesce(i.attempts, o.attempts, 0) AS attempts,
    i.next_attempt_at, o.card_id, o.lead_id, o.activity_id, o.because, o.adapter_version, o.at AS finished_at
FROM inbound_event e
LEFT JOIN intake i ON i.workspace_id = e.workspace_id AND i.channel_id = e.channel_id AND i.event_id = e.id
LEFT JOIN LATERAL (
    SELECT o.status, o.reason, o.attempts, o.card_id, o.lead_id, o.activity_id, o.because, o.adapter_version, o.at
    FROM outcome o
    WHERE o.workspace_id = e.workspace_id AND o.event_id = e.id
    ORDER BY o.run DESC, array_position(ARRAY['dead', 'done', 'ignored'], o.status), o.ordinal
    LIMIT 1
) o ON true;
