-- Why: a stranger gets in nowhere, and one workspace never sees another's rows, whoever writes the query.
-- Cost on a large table: none, only the catalogue changes.
--
-- Every connection does SET ROLE at once: leadgate_serve for workers and readers, leadgate_ingress for the journal. Neither
-- owns a table, and row security is forced, so it binds the owner too. leadgate.workspace is set per transaction.

GRANT USAGE ON SCHEMA leadgate TO leadgate_serve, leadgate_ingress;

CREATE FUNCTION current_workspace() RETURNS bigint
LANGUAGE sql STABLE PARALLEL SAFE
AS $$ SELECT nullif(current_setting('leadgate.workspace', true), '')::bigint $$;

DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY[
        'channel', 'inbound_event', 'event_key', 'intake', 'outcome', 'rejection', 'card', 'contact_point', 'lead',
        'activity', 'thread', 'call_statement', 'card_suggestion', 'merge_log', 'outbox', 'api_token'
    ] LOOP
        EXECUTE format('ALTER TABLE leadgate.%I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('ALTER TABLE leadgate.%I FORCE ROW LEVEL SECURITY', name);
        EXECUTE format(
            'CREATE POLICY serve ON leadgate.%I TO leadgate_serve USING (workspace_id = leadgate.current_workspace()) '
            'WITH CHECK (workspace_id = leadgate.current_workspace())', name);
    END LOOP;
END
$$;

-- Which workspaces there are is no tenant's secret; a worker must find the queues of those no longer configured.
GRANT SELECT, INSERT ON workspace TO leadgate_serve;

GRANT SELECT, INSERT, UPDATE ON channel TO leadgate_serve;
GRANT SELECT ON inbound_event, event_key, event TO leadgate_serve;
GRANT SELECT, INSERT, UPDATE, DELETE ON intake TO leadgate_serve;
GRANT SELECT, INSERT ON outcome, call_statement, merge_log TO leadgate_serve;
GRANT UPDATE (undone_at) ON merge_log TO leadgate_serve;
GRANT SELECT ON rejection TO leadgate_serve;
GRANT SELECT, INSERT, UPDATE ON card, contact_point, lead, activity, thread, card_suggestion, outbox, api_token
    TO leadgate_serve;

-- The row of a presented token is visible to whoever presents it: its workspace is not known before.
CREATE POLICY presented ON api_token FOR SELECT TO leadgate_serve
    USING (encode(hash, 'hex') = current_setting('leadgate.token', true));

-- Ingress may only insert, in any workspace, so that one flush can hold several; it reads keys to tell a duplicate, and gives a
-- digest key that ran out to the next event.
GRANT INSERT ON inbound_event, intake TO leadgate_ingress;
GRANT SELECT, INSERT ON event_key TO leadgate_ingress;
GRANT UPDATE (event_id, body_sha256, received_at, reusable_at) ON event_key TO leadgate_ingress;
GRANT SELECT, INSERT ON rejection TO leadgate_ingress;
GRANT UPDATE (count, last_address) ON rejection TO leadgate_ingress;

CREATE POLICY ingress_insert ON inbound_event FOR INSERT TO leadgate_ingress WITH CHECK (true);
CREATE POLICY ingress_insert ON intake FOR INSERT TO leadgate_ingress WITH CHECK (true);
CREATE POLICY ingress_insert ON event_key FOR INSERT TO leadgate_ingress WITH CHECK (true);
CREATE POLICY ingress_read ON event_key FOR SELECT TO leadgate_ingress USING (true);
CREATE POLICY ingress_reuse ON event_key FOR UPDATE TO leadgate_ingress USING (true) WITH CHECK (true);
CREATE POLICY ingress_insert ON rejection FOR INSERT TO leadgate_ingress WITH CHECK (true);
CREATE POLICY ingress_read ON rejection FOR SELECT TO leadgate_ingress USING (true);
CREATE POLICY ingress_count ON rejection FOR UPDATE TO leadgate_ingress USING (true) WITH CHECK (true);

-- Lets the role that serving processes log in as take on the serving roles.
CREATE FUNCTION grant_roles(login text) RETURNS void
LANGUAGE plpgsql SET search_path = leadgate
AS $$
BEGIN
    EXECUTE format('GRANT leadgate_serve, leadgate_ingress TO %I', coalesce(login, current_user));
END
$$;
