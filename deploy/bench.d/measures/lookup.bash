# A call that rings waits for its caller's name.
needs_lookup=(accepts full-path)
counted="answer to a signed ringing call, 100 a second, open loop, the event made durable too; meanwhile events by chance at"
figure lookup_p50 "caller lookup, half load, median" ms 1 "$counted half of the round's full path, and workers"
figure lookup_p99 "caller lookup, half load, p99" ms 1 "the same"
figure lookup_found "  that found the caller" % 0 "leadgate_lookups_total{outcome=\"found\"}; each number has a card"
figure lookup_busy_p99 "caller lookup, workers behind, p99" ms 1 \
    "$counted half of the round's accepts: more than the workers can keep up with, maybe"
limit lookup_p99 20 5

measure_lookup() {
    lookups full_path lookup_p50 lookup_p99
    if [ -z "$quick" ]; then lookups accept_64 lookup_busy_p99; fi
}

# lookups LOAD NAME...: notes times while half of a rate is posted.
lookups() {
    local rate before number=$((100 * lookup_seconds))
    if ! rate=$(half "$1"); then
        miss "$2" "there is no rate to take half of"
        return
    fi
    shift
    warmed_gateway
    requests rings --event NOTIFY_START --count "$number" --numbers "$warm"
    "$work/bin/arrivals" "${listen%:*}" "${listen##*:}" "$work/events" "$event_size" "$warm" $((rate * (lookup_seconds + 2))) \
        "$rate" 64 >"$work/events.times" 2>"$work/events.error" 9<&- &
    posting=$!
    sleep 1
    before=$(found)
    if arrivals rings "$size" 0 "$number" 100; then
        awk '{ print $2 }' "$work/rings.times" | note_times "$@"
        note "${1%_p*}_found" $((($(found) - before) * 100 / number))
    else
        miss "$1" "$(tail -n 1 "$work/rings.error")"
    fi
    wait "$posting" || miss "$1" "the load meanwhile: $(tail -n 1 "$work/events.error")"
    posting=
    stop_gateway
}

# Lookups that found somebody, as the gateway counts them.
found() { curl -sS "$url/metrics" | awk '/^leadgate_lookups_total\{[^}]*"found"/ { n += $2 } END { print n + 0 }'; }
