# Whether a hundred times the cards make it slower.
figure growth_small "full path, $(thousands "$few") cards" /s 0 \
    "as the full path, every second call from one of so many cards, each with a phone and a closed lead"
figure growth_large "full path, $(thousands "$many") cards" /s 0 "the same"
ratio growth_large growth_small 0.8 0.95

prepare_growth() {
    local cards
    for cards in "$few" "$many"; do
        say "$(thousands "$cards") cards"
        # A gateway that started once has made its workspace.
        fresh_gateway ingress
        stop_gateway
        sql leadgate -v cards="$cards" -f "$bench/grow.sql"
        sql postgres -c "ALTER DATABASE leadgate RENAME TO leadgate_$cards"
    done
}

measure_growth() {
    if ((round % 2)); then grown growth_small "$few"; fi
    grown growth_large "$many"
    if ((round % 2 == 0)); then grown growth_small "$few"; fi
}

# grown NAME CARDS: on a copy; but a copy of the large one would take a while and be in memory, so that it grows by each round.
grown() {
    local number=$events source=leadgate_$2
    ((number <= few)) || number=$few
    requests growth --event NOTIFY_END --count $((warm + number)) --known "$2"
    sql postgres -c "DROP DATABASE IF EXISTS leadgate WITH (FORCE)"
    if [ "$2" = "$few" ]; then
        sql postgres -c "CREATE DATABASE leadgate TEMPLATE $source"
    else
        sql postgres -c "ALTER DATABASE $source RENAME TO leadgate"
    fi
    sql postgres -c CHECKPOINT
    start_gateway "$all_roles"
    await_ready
    warm_up growth "$size"
    resolve "$1" growth "$size" "$warm" "$number"
    stop_gateway
    if [ "$2" != "$few" ]; then sql postgres -c "ALTER DATABASE leadgate RENAME TO $source"; fi
}
