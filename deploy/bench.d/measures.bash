# Sourced by bench: one function a measure. Each notes a figure, or why there is none.

# The first requests of the file warm a gateway up.
warm=2000
threads=2
# A row of the references, which the database cannot compress much either.
row=$(head -c 768 /dev/urandom | base64 -w 0)

# note NAME NUMBER / miss NAME WHY: of this round, for report.py.
note() {
    printf 'value\t%s\t%s\t%s\n' "$1" "$round" "$2" >>"$work/results"
    say "$1 $2"
}
miss() {
    printf 'missing\t%s\t%s\t%s\n' "$1" "$round" "$2" >>"$work/results"
    say "$1 not measured: $2"
}

now() { printf '%s' "$EPOCHREALTIME"; }
# since START [COUNT]: seconds, or COUNT a second.
since() { awk -v a="$1" -v b="$EPOCHREALTIME" -v n="${2:-}" 'BEGIN { print n == "" ? b - a : n / (b - a) }'; }

# Makes the events and the ringing calls; sets how many there are and their lengths.
prepare_requests() {
    count=$((100000 * $(nproc)))
    ((count >= 200000)) || count=200000
    ((count <= 1000000)) || count=1000000
    local common=(--host "$listen" --secret "$secret" --path "/in/pbx/$token")
    run python3 "$bench/requests.py" "$work/events" --event NOTIFY_END --count "$count" "${common[@]}" >"$work/size"
    size=$(<"$work/size")
    # The same bytes at another door.
    run python3 "$bench/requests.py" "$work/echoes" --event NOTIFY_END --count 1 "${common[@]}" \
        --path "/in/echo/$token" >"$work/size"
    echo_size=$(<"$work/size")
    run python3 "$bench/requests.py" "$work/rings" --event NOTIFY_START --count 1000 --numbers $warm "${common[@]}" \
        >"$work/size"
    ring_size=$(<"$work/size")
}

# load CLIENTS SECONDS FIRST COUNT [DELAY]: posts events for a time; wrk's report is in $work/wrk.
load() {
    rm -f "$work"/sent.*
    BENCH_FILE=$work/events BENCH_SIZE=$size BENCH_FIRST=$3 BENCH_COUNT=$4 BENCH_THREADS=$threads BENCH_DONE=$work/sent \
        BENCH_DELAY=${5:-} run wrk -t $threads -c "$1" -d "${2}s" -s "$bench/post.lua" "$url" >"$work/wrk" 2>&1
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

# post_all FIRST COUNT: posts so many events over 64 connections, each once.
post_all() {
    rm -f "$work"/sent.*
    BENCH_FILE=$work/events BENCH_SIZE=$size BENCH_FIRST=$1 BENCH_COUNT=$2 BENCH_THREADS=$threads BENCH_DONE=$work/sent \
        wrk -t $threads -c 64 -d 300s -s "$bench/post.lua" "$url" >"$work/wrk" 2>&1 9<&- &
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

# rows TABLE [WHERE]
rows() { sql leadgate -c "SELECT count(*) FROM leadgate.$1 ${2:-}"; }

# ---- Accepts

# accepts NAME CLIENTS FIRST COUNT: the rate, if each 200 has its row.
accepts() {
    local before after answers rate
    before=$(rows inbound_event)
    load "$2" "$seconds" "$3" "$4"
    after=$(rows inbound_event)
    answers=$(awk '/ requests in / { print $1 }' "$work/wrk")
    if compgen -G "$work/sent.*" >/dev/null; then
        miss "$1" "the $4 prepared requests did not last"
    elif ! rate=$(wrk_rate); then
        miss "$1" "$rate"
    elif ((after - before < answers)); then
        miss "$1" "$answers answers but only $((after - before)) rows"
    else
        note "$1" "$rate"
    fi
}

# plain NAME WRK-ARGUMENT...: answers that need no request of their own.
plain() {
    local name=$1 rate
    shift
    run wrk -t $threads -c 64 -d "${seconds}s" "$@" >"$work/wrk" 2>&1
    if rate=$(wrk_rate); then note "$name" "$rate"; else miss "$name" "$rate"; fi
}

measure_accepts() {
    local half=$(((count - warm) / 2))
    fresh_gateway ingress
    post_all 0 $warm
    sleep 0.5
    end_posting
    accepts accept_64 64 $warm $half
    BENCH_FILE=$work/echoes BENCH_SIZE=$echo_size plain echo_64 -s "$bench/same.lua" "$url"
    plain bare_64 "$url/health/live"
    accepts accept_256 256 $((warm + half)) $half
    note memory_accept_256 "$(memory VmHWM)"
    stop_gateway
}

# ---- PostgreSQL alone

# pgbench NAME CLIENTS ARGUMENT...
pgbench() {
    local name=$1 clients=$2 rate
    shift 2
    if run "$programs/pgbench" -c "$clients" -j $threads -T "$seconds" -M prepared "$@" bench >"$work/pgbench" 2>&1; then
        rate=$(awk '/^tps = / { print $3 }' "$work/pgbench")
        note "$name" "$rate"
    else
        miss "$name" "pgbench: $(tail -n 1 "$work/pgbench")"
    fi
}

measure_one_row() {
    sql bench -c "TRUNCATE one_row" -c CHECKPOINT
    pgbench one_row_64 64 -n -D "body=$row" -f "$bench/one-row.sql"
}

measure_tpcb() {
    sql bench -c CHECKPOINT
    pgbench tpcb_32 32 -b tpcb-like
}

measure_attach() {
    sql bench -c "TRUNCATE event, card, point, lead, activity, outbox" -c CHECKPOINT
    pgbench attach_32 32 -n -D "body=$row" -f "$bench/attach.sql"
}

# ---- From accepted to outbox

# Whether each of so many events came to its end: `done`, with an outbox row; else says what is there.
all_resolved() {
    local done outbox
    done=$(rows outcome "WHERE status = 'done'")
    outbox=$(rows outbox)
    [ "$done" = "$1" ] && ((outbox >= $1)) && return
    echo "of $1 events $done are done, with $outbox outbox rows"
    return 1
}

# Waits until the intake queue is empty.
await_empty() { sql leadgate -f "$bench/empty.sql" 2>"$work/empty.log"; }

measure_full_path() {
    local begin rate why
    fresh_gateway ingress,worker,delivery,console
    sleep 3
    note memory_idle "$(memory VmRSS)"
    post_all 0 $warm
    await_empty || true
    end_posting
    begin=$(now)
    post_all $warm "$events"
    if await_empty; then
        rate=$(since "$begin" "$events")
        end_posting
        if why=$(all_resolved $((warm + events))); then note full_path "$rate"; else miss full_path "$why"; fi
        note memory_full_path "$(memory VmHWM)"
    else
        end_posting
        miss full_path "$(tail -n 1 "$work/empty.log")"
    fi
    if [ -z "$quick" ]; then measure_lookup; fi
    stop_gateway
}

measure_drain() {
    local begin rate why kept
    fresh_gateway ingress
    post_all $warm "$backlog"
    sleep 0.5
    end_posting
    stop_gateway
    kept=$(rows intake)
    if [ "$kept" != "$backlog" ]; then
        miss drain "the backlog is $kept events instead of $backlog"
        return
    fi
    sql leadgate -c CHECKPOINT
    begin=$(now)
    start_gateway worker
    if await_empty; then
        rate=$(since "$begin" "$backlog")
        if why=$(all_resolved "$backlog"); then note drain "$rate"; else miss drain "$why"; fi
    else
        miss drain "$(tail -n 1 "$work/empty.log")"
    fi
    stop_gateway
}

# ---- Lookup under load, and a death

# Lookups that found somebody, as the gateway counts them.
found() { curl -sS "$url/metrics" | awk '/^leadgate_lookups_total\{[^}]*"found"/ { n += $2 } END { print n + 0 }'; }

# On the cards that the full path left.
measure_lookup() {
    local half delay before first=$((warm + events)) rings=1000 rate=100
    half=$(awk -F '\t' -v r="$round" '$2 == "accept_64" && $3 == r && $1 == "value" { print $4 / 2 }' "$work/results")
    if [ -z "$half" ]; then
        miss lookup_p99 "there is no accept rate to take half of"
        return
    fi
    # A connection's turn is its wait and the answer's time, about 3 ms at this load.
    delay=$(awk -v half="$half" 'BEGIN { wait = 64000 / half - 3; printf "%.0f", wait < 0 ? 0 : wait }')
    BENCH_FILE=$work/events BENCH_SIZE=$size BENCH_FIRST=$first BENCH_COUNT=$((count - first)) BENCH_THREADS=$threads \
        BENCH_DONE=$work/sent BENCH_DELAY=$delay wrk -t $threads -c 64 -d $((rings / rate + 3))s -s "$bench/post.lua" \
        "$url" >"$work/wrk" 2>&1 9<&- &
    posting=$!
    sleep 1
    before=$(found)
    if run python3 "$bench/ring.py" "$work/rings" --size "$ring_size" --first 0 --count $rings --rate $rate \
        --listen "$listen" >"$work/ring" 2>&1; then
        note lookup_found $(((($(found) - before)) * 100 / rings))
        note lookup_p50 "$(jq .p50 "$work/ring")"
        note lookup_p99 "$(jq .p99 "$work/ring")"
    else
        miss lookup_p99 "$(tail -n 1 "$work/ring")"
    fi
    wait "$posting" || true
    posting=
    if rate=$(wrk_rate); then note lookup_load "$rate"; else miss lookup_load "$rate"; fi
}

# Posts the first request until it is answered with 200, for 30 s at the most.
await_accept() {
    local line tries
    for ((tries = 0; tries < 3000; tries++)); do
        if { exec 8<>"/dev/tcp/${listen%:*}/${listen##*:}"; } 2>/dev/null; then
            head -c "$size" "$work/events" >&8
            line=
            read -r -t 5 line <&8 || true
            exec 8>&-
            case $line in "HTTP/1.1 200"*) return 0 ;; esac
        fi
        sleep 0.01
    done
    return 1
}

measure_restart() {
    local begin killed
    fresh_gateway ingress,worker,delivery,console
    killed=$gateway
    begin=$(now)
    kill -KILL "$killed"
    wait "$killed" 2>/dev/null || true
    start_gateway ingress,worker,delivery,console
    if await_accept; then note restart "$(since "$begin")"; else miss restart "no 200 within 30 s"; fi
    stop_gateway
}
