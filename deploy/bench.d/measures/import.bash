# Many lines in few requests.
figure import "bulk import, 4 clients" /s 0 \
    "a line of 1 KiB told to be \`accepted\` by POST /v1/import, workers off; as many rows counted in inbound_event; lines by the \
time from the first byte to the last answer"
ratio import bulk_rows_4 0.3 0.6

measure_import() {
    local begin rate client kept bearer sent=()
    fresh_gateway ingress,console
    bearer=$(run "$program" token create bench --scope ingest --config "$work/leadgate.yaml")
    python3 "$bench/lines.py" "$work/lines" --files 4 --count "$lines"
    begin=$(now)
    processor_from
    for client in 0 1 2 3; do
        curl -sS -X POST -T "$work/lines.$client" -H "Authorization: Bearer $bearer" -H "Expect:" \
            -H "Content-Type: application/x-ndjson" "$url/v1/import" >"$work/import.$client" 2>&1 9<&- &
        sent+=($!)
    done
    wait "${sent[@]}" || true
    rate=$(since "$begin" "$lines")
    processor import "$lines"
    kept=$(cat "$work"/import.? | jq -s 'map(.accepted // 0) | add' || true)
    if [ "$kept" = "$lines" ] && [ "$(rows inbound_event)" = "$lines" ]; then
        note import "$rate"
    else
        miss import "of $lines lines ${kept:-none} were accepted: $(head -c 200 "$work/import.0")"
    fi
    rm -f "$work"/lines.?
    stop_gateway
}
