-- Why: what can rot in the server shows in figures that the serving role may not read.
-- Cost on a large table: none, only the catalogue changes.
--
-- The snapshots of others' sessions and the positions of standbys are shown to members of pg_read_all_stats only. This function
-- looks with its owner's rights and gives away nothing but numbers. Where the owner is no such member (a superuser is one) it
-- would see a part, and a figure of a part would pass for a good one: it is null then.

CREATE FUNCTION watch(
    -- Age of the oldest transaction that keeps dead rows from being removed; 0 if none does.
    OUT snapshot_seconds double precision,
    -- Transactions begun since the oldest snapshot that anything holds, replication slots and standbys too.
    OUT snapshot_transactions double precision,
    OUT connections double precision,
    OUT connections_limit double precision,
    OUT standbys double precision,
    -- Of the standby that is furthest behind; 0 if there is none.
    OUT lag_bytes double precision,
    OUT lag_seconds double precision,
    -- What the replication slot that is furthest behind keeps on the disk; 0 if there is none.
    OUT kept_wal_bytes double precision,
    OUT size_bytes double precision)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
    WITH holder AS (
        -- A snapshot holds back its own database, a transaction that writes all of them; a standby's session belongs to none.
        -- What VACUUM itself holds is left out by the next VACUUM, too.
        SELECT a.xact_start AS since, greatest(age(a.backend_xid), age(a.backend_xmin)) AS transactions
        FROM pg_stat_activity a
        WHERE a.pid <> pg_backend_pid()
            AND (a.backend_xid IS NOT NULL
                OR a.backend_xmin IS NOT NULL
                AND (a.datname IS NULL OR a.datname = current_database()))
            AND NOT EXISTS (SELECT FROM pg_stat_progress_vacuum v WHERE v.pid = a.pid)
        UNION ALL
        SELECT p.prepared, age(p.transaction) FROM pg_prepared_xacts p
        UNION ALL
        SELECT NULL, greatest(age(s.xmin), age(s.catalog_xmin)) FROM pg_replication_slots s
    ), snapshot AS (
        SELECT
            greatest(0, max(extract(epoch FROM clock_timestamp() - since))) AS seconds,
            greatest(0, max(transactions)) AS transactions
        FROM holder
    ), standby AS (
        -- The bytes tell of a standby that stands still, whose seconds stay what they were last. An archive of the log applies
        -- nothing and says only what it has written. A base backup that runs is no standby.
        SELECT
            count(*) AS standbys,
            greatest(0, max(pg_wal_lsn_diff(
                pg_current_wal_lsn(), coalesce(r.replay_lsn, r.flush_lsn, r.write_lsn, r.sent_lsn)))) AS bytes,
            greatest(0, max(extract(epoch FROM coalesce(r.replay_lag, r.flush_lag)))) AS seconds
        FROM pg_stat_replication r
        WHERE r.state <> 'backup'
    ), sight AS (
        SELECT CASE WHEN pg_has_role('pg_read_all_stats', 'USAGE') THEN 1 END AS whole
    )
    SELECT
        s.whole * snapshot.seconds,
        s.whole * snapshot.transactions,
        s.whole * (SELECT count(*) FROM pg_stat_activity a WHERE a.backend_type = 'client backend'),
        current_setting('max_connections')::double precision,
        s.whole * standby.standbys,
        s.whole * standby.bytes,
        s.whole * standby.seconds,
        (SELECT greatest(0, max(pg_wal_lsn_diff(pg_current_wal_lsn(), restart_lsn))) FROM pg_replication_slots),
        pg_database_size(current_database())
    FROM sight s, snapshot, standby
$$;

REVOKE ALL ON FUNCTION watch() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION watch() TO leadgate_serve;
