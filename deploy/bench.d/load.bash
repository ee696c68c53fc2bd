# Sourced by bench: requests, whatever sends them, and the waiting for what comes of them.

# The first requests of a file warm a gateway up.
warm=2000
threads=2
# A row of the references, which the database cannot compress much either.
row=$(head -c 768 /dev/urandom | base64 -w 0)

# requests NAME OPTION...: makes the file $work/NAME of signed requests, each of $size bytes, with calls named by $calls.
requests() {
    local name=$1
    shift
    calls=$(random | head -c 8)
    run python3 "$bench/requests.py" "$work/$name" --run "$calls" --host "$listen" --secret "$secret" \
        --path "/in/pbx/$token" "$@" >"$work/size"
    size=$(<"$work/size")
}

# The file of the events that most measures post: each is a call of its own from a number of its own.
prepare_events() {
    count=$((100000 * $(nproc)))
    ((count >= 200000)) || count=200000
    ((count <= 1000000)) || count=1000000
    requests events --event NOTIFY_END --count "$count"
    event_size=$size
    event_calls=$calls
}

# aim FILE SIZE FIRST COUNT: tells post.lua what to send.
aim() {
    rm -f "$work"/sent.*
    export BENCH_FILE=$work/$1 BENCH_SIZE=$2 BENCH_FIRST=$3 BENCH_COUNT=$4 BENCH_THREADS=$threads BENCH_DONE=$work/sent
}

# load CLIENTS SECONDS FIRST COUNT: posts events for a time; wrk's report is in $work/wrk.
load() {
    aim events "$event_size" "$3" "$4"
    run wrk -t "$threads" -c "$1" -d "${2}s" -s "$bench/post.lua" "$url" >"$work/wrk" 2>&1
}

# wrk_rate: answers a second of the last report; fails with the reason if any was an error.
wrk_rate() {
    local bad
    bad=$(grep -E 'Non-2xx|Socket errors' "$work/wrk" | tr -s ' \n' ' ' || true)
    if [ -n "$bad" ]; then
        echo "wrk says:$bad"
        return 1
    fi
    awk '/^Requests\/sec:/ { print $2; found = 1 } END { if (!found) { print "wrk reported nothing"; exit 1 } }' "$work/wrk"
}

# post_all FILE SIZE FIRST COUNT: posts so many requests over 64 connections, each once.
post_all() {
    aim "$@"
    wrk -t "$threads" -c 64 -d 600s -s "$bench/post.lua" "$url" >"$work/wrk" 2>&1 9<&- &
    posting=$!
    local thread
    for ((thread = 0; thread < threads; thread++)); do
        while [ ! -e "$work/sent.$thread" ]; do
            kill -0 "$posting" 2>/dev/null || fail "wrk ended before all was sent: $(<"$work/wrk")"
            sleep 0.02
        done
    done
}

# Ends wrk behind post_all, when the last requests have long been taken.
end_posting() {
    kill -INT "$posting"
    wait "$posting" || true
    posting=
}

# arrivals FILE SIZE FIRST COUNT RATE: posts so many at a rate, open loop; a line each in $work/FILE.times.
arrivals() {
    run "$work/bin/arrivals" "${listen%:*}" "${listen##*:}" "$work/$1" "$2" "$3" "$4" "$5" 64 >"$work/$1.times" 2>"$work/$1.error"
}

# ---- What came of it

# rows TABLE [WHERE]
rows() { sql leadgate -c "SELECT count(*) FROM leadgate.$1 ${2:-}"; }

# Whether each of so many events came to its end: `done`, with an outbox row; else says what is there.
all_resolved() {
    local resolved outbox
    resolved=$(rows outcome "WHERE status = 'done'")
    outbox=$(rows outbox)
    [ "$resolved" = "$1" ] && ((outbox >= $1)) && return
    echo "of $1 events $resolved are done, with $outbox outbox rows"
    return 1
}

# Waits until the intake queue is empty; the reason why not is in $work/empty.log.
await_empty() { sql leadgate -f "$bench/empty.sql" 2>"$work/empty.log"; }

# A fresh gateway of all roles that has resolved the first events.
warmed_gateway() {
    fresh_gateway "$all_roles"
    warm_up events "$event_size"
}
# warm_up FILE SIZE
warm_up() {
    post_all "$1" "$2" 0 "$warm"
    await_empty || true
    end_posting
}

# resolve NAME FILE SIZE FIRST COUNT: posts so many to a warmed gateway and notes how many a second are resolved.
resolve() {
    local name=$1 count=$5 begin rate why before
    before=$(rows outcome "WHERE status = 'done'")
    processor_from
    begin=$(now)
    post_all "${@:2}"
    if await_empty; then
        rate=$(since "$begin" "$count")
        processor "$name" "$count"
        end_posting
        if why=$(all_resolved $((before + count))); then note "$name" "$rate"; else miss "$name" "$why"; fi
    else
        end_posting
        miss "$name" "$(tail -n 1 "$work/empty.log")"
    fi
}

# ---- PostgreSQL alone

# pgbench NAME CLIENTS ROWS ARGUMENT...: notes the rows a second, ROWS a transaction.
pgbench() {
    local name=$1 clients=$2 rows=$3 transactions
    shift 3
    processor_from
    if run "$programs/pgbench" -c "$clients" -j $threads -T "$seconds" -M prepared "$@" bench >"$work/pgbench" 2>&1; then
        # Until the postmaster has counted what its ended sessions used.
        sleep 0.5
        transactions=$(awk '/transactions actually processed/ { print $NF }' "$work/pgbench")
        processor "$name" $((transactions * rows))
        note "$name" "$(awk -v rows="$rows" '/^tps = / { print $3 * rows }' "$work/pgbench")"
    else
        miss "$name" "pgbench: $(tail -n 1 "$work/pgbench")"
    fi
}
