# The same work as one would write it first.
figure attach_32 "pgbench, insert or attach, 32 clients" /s 0 \
    "a committed call of a function that keeps the request, finds or makes card and lead, adds activity and outbox row"

measure_attach() {
    sql bench -c "TRUNCATE event, card, point, lead, activity, outbox" -c CHECKPOINT
    pgbench attach_32 32 1 -n -D "body=$row" -f "$bench/attach.sql"
}
