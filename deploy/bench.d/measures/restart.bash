# A killed gateway that is started again.
figure restart "kill -9 to the first accept" s 2 \
    "from the signal to the first 200 for a new event; the next process started at once, PostgreSQL going on"
limit restart 2 0.5

measure_restart() {
    local begin killed
    fresh_gateway "$all_roles"
    killed=$gateway
    begin=$(now)
    kill -KILL "$killed"
    wait "$killed" 2>/dev/null || true
    start_gateway "$all_roles"
    if await_accept; then note restart "$(since "$begin")"; else miss restart "no 200 within 30 s"; fi
    stop_gateway
}

# Posts the first request until it is answered with 200, for 30 s at the most.
await_accept() {
    local line tries
    for ((tries = 0; tries < 3000; tries++)); do
        if { exec 8<>"/dev/tcp/${listen%:*}/${listen##*:}"; } 2>/dev/null; then
            head -c "$event_size" "$work/events" >&8
            line=
            read -r -t 5 line <&8 || true
            exec 8>&-
            case $line in "HTTP/1.1 200"*) return 0 ;; esac
        fi
        sleep 0.01
    done
    return 1
}
