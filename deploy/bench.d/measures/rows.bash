# The reference of the accepts.
figure one_row_64 "pgbench, one row, 64 clients" /s 0 \
    "a committed transaction: one 1 KiB row, unique key, ON CONFLICT DO NOTHING; same cluster, database of its own"

measure_rows() {
    sql bench -c "TRUNCATE one_row" -c CHECKPOINT
    pgbench one_row_64 64 1 -n -D "body=$row" -f "$bench/one-row.sql"
}
