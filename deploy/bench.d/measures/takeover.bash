# A worker that is killed in the middle of its work, beside another.
figure takeover "takeover of a killed worker's events" s 2 \
    "of two processes of workers on a backlog one is killed with -9: from then until the last event that it held is resolved"
limit takeover 10 3

measure_takeover() {
    local killed begin answer
    pile_up "$backlog" || { miss takeover "the backlog is not of $backlog events" && return; }
    start_gateway worker
    killed=$gateway
    holding=$killed
    sql leadgate -f "$bench/claimed.sql"
    start_gateway worker "${listen%:*}:$((${listen##*:} + 1))"
    sleep 0.5
    begin=$(now)
    kill -KILL "$killed"
    if answer=$(sql leadgate -v killed_at="$begin" -f "$bench/takeover.sql" 2>"$work/takeover.error"); then
        note takeover "$answer"
    else
        miss takeover "$(tail -n 1 "$work/takeover.error")"
    fi
    wait "$killed" 2>/dev/null || true
    holding=
    stop_gateway
}
