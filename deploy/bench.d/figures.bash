# Sourced by bench: what is measured, and what came of it, as lines for report.py.

declared=()
# figure NAME TITLE UNIT DIGITS COUNTED: what is shown, and what was counted as done.
figure() { declare_line figure "$@"; }
# limit NAME FLOOR AIM: of a figure where less is better.
limit() { declare_line limit "$@"; }
# ratio OURS REFERENCE [FLOOR [AIM]]: what is more is better; `at_most` instead of `ratio`: what is less.
ratio() { declare_line ratio more "$1" "$2" "${3:-}" "${4:-}"; }
at_most() { declare_line ratio less "$1" "$2" "${3:-}" "${4:-}"; }
declare_line() {
    local IFS=$'\t'
    declared+=("$*")
}

# note NAME NUMBER / miss NAME WHY: of this round.
note() {
    printf 'value\t%s\t%s\t%s\n' "$1" "$round" "$2" >>"$work/results"
    say "$1 $2"
}
miss() {
    printf 'missing\t%s\t%s\t%s\n' "$1" "$round" "$2" >>"$work/results"
    say "$1 not measured: $2"
}

# half NAME: of this round's figure; fails if there is none.
half() {
    awk -F '\t' -v name="$1" -v round="$round" '$1 == "value" && $2 == name && $3 == round { half = $4 / 2 }
        END { if (half > 0) printf "%.0f", half; else exit 1 }' "$work/results"
}

# note_times NAME...: the percentiles named as <anything>_p50, _p99 and so on, of microseconds on the input, one a line.
note_times() {
    local name sorted=$work/sorted
    sort -n >"$sorted"
    [ -s "$sorted" ] || { miss "$1" "no time was taken" && return; }
    for name in "$@"; do
        note "$name" "$(awk -v part="0.${name##*_p}" -v n="$(wc -l <"$sorted")" \
            'NR == int(n * part) + 1 { printf "%.3f", $1 / 1000; exit }' "$sorted")"
    done
}

# thousands NUMBER: with commas, for people.
thousands() { sed -E ':again s/^([0-9]+)([0-9]{3})/\1,\2/; t again' <<<"$1"; }

# since START [COUNT]: seconds, or COUNT a second.
now() { printf '%s' "$EPOCHREALTIME"; }
since() { awk -v a="$1" -v b="$EPOCHREALTIME" -v n="${2:-}" 'BEGIN { print n == "" ? b - a : n / (b - a) }'; }

# ---- Processor time

# Clock ticks of the gateway, 0 if there is none / of PostgreSQL's processes, those that have ended included. The postmaster
# knows what its ended children used.
gateway_ticks() {
    if [ -n "$gateway" ]; then sed 's/.*) //' "/proc/$gateway/stat" | awk '{ print $12 + $13 }'; else echo 0; fi
}
cluster_ticks() {
    local parent pid
    parent=$(head -n 1 "$cluster/postmaster.pid")
    for pid in $(<"/proc/$parent/task/$parent/children"); do sed 's/.*) //' "/proc/$pid/stat" 2>/dev/null || true; done |
        awk -v own="$(sed 's/.*) //' "/proc/$parent/stat" | awk '{ print $12 + $13 + $14 + $15 }')" \
            '{ own += $12 + $13 } END { print own }'
}

# processor_from, then processor NAME COUNT: notes the seconds that the gateway and PostgreSQL used for 1,000 of so many.
processor_from() { ticks_before=("$(gateway_ticks)" "$(cluster_ticks)"); }
processor() {
    local used=($(($(gateway_ticks) - ticks_before[0])) $(($(cluster_ticks) - ticks_before[1]))) hertz
    hertz=$(getconf CLK_TCK)
    per_thousand() { awk -v ticks="$1" -v hertz="$hertz" -v n="$2" 'BEGIN { printf "%.4f", ticks / hertz * 1000 / n }'; }
    ((${2:-0} > 0)) || return 0
    [ -z "$gateway" ] || note "processor_gateway_$1" "$(per_thousand "${used[0]}" "$2")"
    note "processor_postgresql_$1" "$(per_thousand "${used[1]}" "$2")"
}
