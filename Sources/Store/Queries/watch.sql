-- What can rot in the server, for monitoring. The server's clock counts here, since it is its transactions' ages.

-- name: watch.server
-- One row, whose columns the function describes; null where its owner may not see.
SELECT snapshot_seconds, snapshot_transactions, connections, connections_limit, standbys, lag_bytes, lag_seconds,
    kept_wal_bytes, size_bytes
FROM watch()

-- name: watch.deadRows
-- The tables that every event changes or adds to, each with its partitions: name, dead rows as the server has counted them.
SELECT t.relname::text, sum(pg_stat_get_dead_tuples(c.oid))::bigint
FROM pg_class c
JOIN pg_class t ON t.oid = coalesce(pg_partition_root(c.oid), c.oid)
WHERE c.relnamespace = 'leadgate'::regnamespace AND c.relkind = 'r'
    AND t.relname IN ('intake', 'outcome', 'event_key', 'contact_point', 'inbound_event')
GROUP BY t.relname
