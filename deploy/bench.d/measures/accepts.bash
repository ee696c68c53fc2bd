# What is made durable a second, nothing else going on.
figure accept_64 "accepts, 64 clients" /s 0 \
    "200 answered to a signed 1 KiB event of its own, workers off; as many rows counted in inbound_event afterwards"
figure accept_256 "accepts, 256 clients" /s 0 "the same with 256 connections"
figure echo_64 "echo, 64 clients" /s 0 \
    "200 answered to the same 1 KiB by the same webhook route: token compared, body read, no signature, no database"
figure bare_64 "bare answer, 64 clients" /s 0 "200 answered to GET /health/live: no body, no database"
figure memory_accept_256 "resident memory, 256 clients" MiB 1 "VmHWM of the gateway during the accepts of 256 clients"
ratio accept_64 one_row_64 1.1 1.3
ratio accept_256 one_row_64
ratio accept_64 echo_64 0.45 0.6
limit memory_accept_256 200 120

measure_accepts() {
    local half=$(((count - warm) / 2))
    fresh_gateway ingress
    post_all events "$event_size" 0 "$warm"
    sleep 0.5
    end_posting
    accepts accept_64 64 "$warm" "$half"
    requests echoes --event NOTIFY_END --count 1 --path "/in/echo/$token"
    aim echoes "$size" 0 1
    plain echo_64 -s "$bench/same.lua" "$url"
    if [ -z "$quick" ]; then plain bare_64 "$url/health/live"; fi
    accepts accept_256 256 $((warm + half)) "$half"
    note memory_accept_256 "$(memory VmHWM)"
    stop_gateway
}

# accepts NAME CLIENTS FIRST COUNT: the rate, if each 200 has its row.
accepts() {
    local before after answers rate
    before=$(rows inbound_event)
    processor_from
    load "$2" "$seconds" "$3" "$4"
    answers=$(awk '/ requests in / { print $1 }' "$work/wrk")
    processor "$1" "$answers"
    after=$(rows inbound_event)
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
    run wrk -t "$threads" -c 64 -d "${seconds}s" "$@" >"$work/wrk" 2>&1
    if rate=$(wrk_rate); then note "$name" "$rate"; else miss "$name" "$rate"; fi
}
