-- Prints the seconds from :killed_at until none of the events that were held then is owed any more.
--
-- What the other process holds is done soon; what is still held under the same lease a second later was the killed one's.
SET client_min_messages = error;
CREATE TEMP TABLE held AS
SELECT channel_id, event_id, lease_token FROM leadgate.intake WHERE lease_token IS NOT NULL;
CREATE TEMP TABLE answer (at timestamptz);
SET enable_seqscan = off;

DO $$
DECLARE
    beginning timestamptz := clock_timestamp();
    were_checked boolean := false;
BEGIN
    LOOP
        COMMIT;
        PERFORM pg_sleep(0.02);
        COMMIT;
        IF NOT were_checked AND clock_timestamp() > beginning + interval '1 second' THEN
            were_checked := true;
            IF NOT EXISTS (
                SELECT FROM held h CROSS JOIN LATERAL (
                    SELECT FROM leadgate.intake i
                    WHERE i.workspace_id IN (SELECT id FROM leadgate.workspace) AND i.channel_id = h.channel_id
                        AND i.event_id = h.event_id AND i.lease_token = h.lease_token
                ) i
            ) THEN
                RAISE EXCEPTION 'it held nothing when it was killed';
            END IF;
        END IF;
        EXIT WHEN were_checked AND NOT EXISTS (
            SELECT FROM held h CROSS JOIN LATERAL (
                SELECT FROM leadgate.intake i
                WHERE i.workspace_id IN (SELECT id FROM leadgate.workspace) AND i.channel_id = h.channel_id
                    AND i.event_id = h.event_id
            ) i
        );
        IF clock_timestamp() > beginning + interval '1 minute' THEN
            RAISE EXCEPTION 'what it held was not resolved within a minute';
        END IF;
    END LOOP;
    INSERT INTO answer VALUES (clock_timestamp());
END
$$;

SELECT round(extract(epoch FROM at) - :killed_at, 3) FROM answer;
