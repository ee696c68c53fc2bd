# How long an accept takes when half of what is possible is asked for.
needs_latency=(accepts rows)
counted="from when it was due to the answer, open loop, arrivals by chance at half of the round's own highest rate"
figure accept_p50 "accept at half load, median" ms 2 "200 answered to a signed event, workers off; $counted"
figure accept_p99 "accept at half load, p99" ms 2 "the same"
figure one_row_p50 "pgbench --rate at half load, median" ms 2 "the transaction of one row; $counted"
figure one_row_p99 "pgbench --rate at half load, p99" ms 2 "the same"
at_most accept_p99 one_row_p99 2.5 1.5

measure_latency() {
    local rate
    if rate=$(half accept_64); then
        fresh_gateway ingress
        post_all events "$event_size" 0 "$warm"
        sleep 0.5
        end_posting
        if arrivals events "$event_size" "$warm" $((rate * latency_seconds)) "$rate"; then
            awk '{ print $2 }' "$work/events.times" | note_times accept_p50 accept_p99
        else
            miss accept_p99 "$(tail -n 1 "$work/events.error")"
        fi
        stop_gateway
    else
        miss accept_p99 "there is no rate to take half of"
    fi
    if rate=$(half one_row_64); then
        sql bench -c "TRUNCATE one_row" -c CHECKPOINT
        # pgbench counts from the scheduled instant, too.
        if run "$programs/pgbench" -c 64 -j "$threads" -T "$latency_seconds" -M prepared -R "$rate" -n -D "body=$row" \
            -f "$bench/one-row.sql" --log --log-prefix "$work/transactions" bench >"$work/pgbench" 2>&1; then
            awk '{ print $3 }' "$work"/transactions.* | note_times one_row_p50 one_row_p99
        else
            miss one_row_p99 "pgbench: $(tail -n 1 "$work/pgbench")"
        fi
        rm -f "$work"/transactions.*
    else
        miss one_row_p99 "there is no rate to take half of"
    fi
}
