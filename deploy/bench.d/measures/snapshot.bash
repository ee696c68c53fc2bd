# A forgotten session: nothing that died since it began can be cleaned away.
figure snapshot "full path, a snapshot held" /s 0 \
    "as the full path, with a transaction of another session open from before the first post to after the last event"
ratio snapshot full_path

measure_snapshot() {
    warmed_gateway
    "$programs/psql" -X -q -d leadgate -c "BEGIN ISOLATION LEVEL REPEATABLE READ" -c "SELECT count(*) FROM leadgate.intake" \
        -c "SELECT pg_sleep(3600)" >"$work/snapshot" 2>&1 9<&- &
    holding=$!
    sleep 1
    resolve snapshot events "$event_size" "$warm" "$events"
    if kill -0 "$holding" 2>/dev/null; then
        kill -TERM "$holding"
    else
        say "the snapshot was not held to the end: $(tail -n 1 "$work/snapshot")"
    fi
    wait "$holding" || true
    holding=
    stop_gateway
}
