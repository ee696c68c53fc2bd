-- Waits until a worker holds events.
DO $$
BEGIN
    FOR tries IN 1..3000 LOOP
        IF EXISTS (SELECT FROM leadgate.intake WHERE lease_until > now()) THEN RETURN; END IF;
        COMMIT;
        PERFORM pg_sleep(0.01);
        COMMIT;
    END LOOP;
    RAISE EXCEPTION 'no worker took anything within half a minute';
END
$$;
