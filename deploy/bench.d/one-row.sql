-- The reference for accepts: one row of 1 KiB under a unique key, committed. `body` comes from pgbench's -D, so that it
-- crosses the socket each time as ours does.
\set key random(1, 9000000000000000000)
INSERT INTO one_row (key, body) VALUES (:key, :body) ON CONFLICT (key) DO NOTHING;
