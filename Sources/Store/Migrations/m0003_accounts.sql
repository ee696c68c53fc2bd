-- Why: people look at the queue and mend it in the console, so that it is known who did.
-- Cost on a large table: none, all tables are new.

CREATE TABLE account (
    workspace_id bigint NOT NULL,
    id uuid NOT NULL,
    name text NOT NULL,
    role text NOT NULL CONSTRAINT account_role_known CHECK (role IN ('viewer', 'operator', 'admin')),
    password text NOT NULL,
    created_at timestamptz NOT NULL,
    disabled_at timestamptz,
    PRIMARY KEY (workspace_id, id)
);

-- A name tells the workspace, too, so that people type nothing else.
CREATE UNIQUE INDEX account_by_name ON account (lower(name));

CREATE TABLE session (
    workspace_id bigint NOT NULL,
    hash bytea NOT NULL UNIQUE,
    account_id uuid NOT NULL,
    created_at timestamptz NOT NULL,
    seen_at timestamptz NOT NULL,
    ends_at timestamptz NOT NULL,
    PRIMARY KEY (workspace_id, hash),
    FOREIGN KEY (workspace_id, account_id) REFERENCES account (workspace_id, id)
);

CREATE INDEX session_by_account ON session (workspace_id, account_id);

-- Append-only: who looked at or changed what.
CREATE TABLE audit_log (
    workspace_id bigint NOT NULL,
    id uuid NOT NULL,
    account_id uuid NOT NULL,
    action text NOT NULL,
    subject text,
    remote text NOT NULL,
    at timestamptz NOT NULL,
    PRIMARY KEY (workspace_id, id)
);

DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['account', 'session', 'audit_log'] LOOP
        EXECUTE format('ALTER TABLE leadgate.%I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('ALTER TABLE leadgate.%I FORCE ROW LEVEL SECURITY', name);
        EXECUTE format(
            'CREATE POLICY serve ON leadgate.%I TO leadgate_serve USING (workspace_id = leadgate.current_workspace()) '
            'WITH CHECK (workspace_id = leadgate.current_workspace())', name);
    END LOOP;
END
$$;

GRANT SELECT, INSERT ON account TO leadgate_serve;
GRANT UPDATE (role, password, disabled_at) ON account TO leadgate_serve;
GRANT SELECT, INSERT, DELETE ON session TO leadgate_serve;
GRANT UPDATE (seen_at) ON session TO leadgate_serve;
GRANT SELECT, INSERT ON audit_log TO leadgate_serve;

-- The one row that is named by whoever logs in, or by the cookie that is shown: the workspace is not known before.
CREATE POLICY named ON account FOR SELECT TO leadgate_serve
    USING (lower(name) = current_setting('leadgate.account', true));
CREATE POLICY presented ON session FOR SELECT TO leadgate_serve
    USING (encode(hash, 'hex') = current_setting('leadgate.session', true));
