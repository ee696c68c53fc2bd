# The reference of the full path and the drain.
figure tpcb_32 "pgbench, TPC-B-like, 32 clients" /s 0 "a committed transaction, scale 32; same cluster"

measure_tpcb() {
    sql bench -c CHECKPOINT
    pgbench tpcb_32 32 1 -b tpcb-like
}
