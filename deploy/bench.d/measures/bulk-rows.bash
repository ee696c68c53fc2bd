# The reference of the import.
figure bulk_rows_4 "pgbench, 200 rows a transaction, 4 clients" /s 0 \
    "a committed row of 1 KiB that crossed the socket, unique key, ON CONFLICT DO NOTHING, 200 in one statement; same cluster"

measure_bulk_rows() {
    sql bench -c "TRUNCATE one_row" -c CHECKPOINT
    pgbench bulk_rows_4 4 200 -n -D "body=$row" -f "$bench/bulk-rows.sql"
}
