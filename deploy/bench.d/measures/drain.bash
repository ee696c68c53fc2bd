# What was accepted while no worker ran.
figure drain "drain of $backlog events" /s 0 \
    "events accepted before with workers off; by the time from starting \`serve --role worker\` to the empty queue, each with \
outcome \`done\` and outbox row"
ratio drain tpcb_32 3 5

measure_drain() {
    local begin rate why
    pile_up "$backlog" || { miss drain "the backlog is not of $backlog events" && return; }
    processor_from
    begin=$(now)
    start_gateway worker
    if await_empty; then
        rate=$(since "$begin" "$backlog")
        processor drain "$backlog"
        if why=$(all_resolved "$backlog"); then note drain "$rate"; else miss drain "$why"; fi
    else
        miss drain "$(tail -n 1 "$work/empty.log")"
    fi
    stop_gateway
}

# pile_up COUNT: events of a new database that wait for a worker; fails if they are not as many.
pile_up() {
    fresh_gateway ingress
    post_all events "$event_size" "$warm" "$1"
    sleep 0.5
    end_posting
    stop_gateway
    sql leadgate -c CHECKPOINT
    [ "$(rows intake)" = "$1" ]
}
