-- Prints when each 20th of the calls :calls…, of :count from :first on that come :rate a second, was first seen to have an
-- activity with a lead: its number, and microseconds since 1970.
SET client_min_messages = error;
SET enable_seqscan = off;
-- What is kept of the looks must not wait for a disk.
SET synchronous_commit = off;
CREATE TEMP TABLE seen (number int, at timestamptz);
CREATE TEMP TABLE asked AS SELECT :'calls'::text AS calls, :first::int AS first, :count::int AS count, :rate::float AS rate;

DO $$
DECLARE
    asked record;
    beginning timestamptz := clock_timestamp();
    next int := 0;
    owed int[] := '{}';
    found int[];
BEGIN
    SELECT * INTO asked FROM pg_temp.asked;
    WHILE next < asked.count OR cardinality(owed) > 0 LOOP
        WHILE next < asked.count AND beginning + make_interval(secs => next / asked.rate) <= clock_timestamp() LOOP
            owed := owed || (asked.first + next);
            next := next + 20;
        END LOOP;
        SELECT coalesce(array_agg(o.number), '{}') INTO found
        FROM unnest(owed) AS o (number)
        CROSS JOIN LATERAL (
            SELECT FROM leadgate.channel c
            CROSS JOIN LATERAL (
                SELECT FROM leadgate.activity a
                WHERE a.workspace_id = c.workspace_id AND a.channel_id = c.id AND a.kind = 'call'
                    AND a.thread = asked.calls || lpad(o.number::text, 8, '0') AND a.lead_id IS NOT NULL
                LIMIT 1
            ) a
            WHERE c.key = 'pbx'
        ) a;
        IF cardinality(found) > 0 THEN
            INSERT INTO seen SELECT unnest(found), clock_timestamp();
            owed := ARRAY(SELECT unnest(owed) EXCEPT SELECT unnest(found));
        END IF;
        COMMIT;
        PERFORM pg_sleep(0.002);
        COMMIT;
        IF clock_timestamp() > beginning + make_interval(secs => asked.count / asked.rate + 60) THEN
            RAISE EXCEPTION '% calls were not seen a minute later', cardinality(owed);
        END IF;
    END LOOP;
END
$$;

SELECT number, (extract(epoch FROM at) * 1000000)::bigint FROM seen;
