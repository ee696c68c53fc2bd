# How soon after its answer a call is a lead that others can read.
needs_visible=(full-path)
figure visible_p50 "accepted to lead visible, median" ms 1 \
    "every 20th event: from the 200 to when another session, looking every 2 ms, reads its activity with a lead; arrivals by \
chance at half of the round's full path"
figure visible_p99 "accepted to lead visible, p99" ms 1 "the same"
limit visible_p50 20 5
limit visible_p99 150 50

measure_visible() {
    local rate number why
    if ! rate=$(half full_path); then
        miss visible_p99 "there is no rate to take half of"
        return
    fi
    number=$((rate * latency_seconds))
    warmed_gateway
    "$programs/psql" -X -q -A -t -F ' ' -v ON_ERROR_STOP=1 -d leadgate -v calls="in_e$event_calls" -v first="$warm" \
        -v count="$number" -v rate="$rate" -f "$bench/visible.sql" >"$work/seen" 2>"$work/seen.error" 9<&- &
    holding=$!
    arrivals events "$event_size" "$warm" "$number" "$rate" || true
    if wait "$holding" && [ ! -s "$work/events.error" ]; then
        awk 'NR == FNR { answered[$1] = $3; next } { took = $2 - answered[$1]; print (took < 0 ? 0 : took) }' \
            "$work/events.times" "$work/seen" | note_times visible_p50 visible_p99
    else
        miss visible_p99 "$(cat "$work/events.error" "$work/seen.error" | tail -n 1)"
    fi
    holding=
    stop_gateway
}
