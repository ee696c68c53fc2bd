# Sourced by bench: an installation of its own in a new folder, with the cluster that both sides are measured on.

# The settings are those of the file written here alone.
for name in $(compgen -e LEADGATE_ || true); do
    case $name in LEADGATE_SWIFT | LEADGATE_NO_APT | LEADGATE_BENCH_*) ;; *) unset "$name" ;; esac
done
listen=${LEADGATE_BENCH_LISTEN:-127.0.0.1:18090}
url=http://$listen
work=
gateway=
all_roles=ingress,worker,delivery,console
# What we wait for, the load that runs meanwhile, and what is held meanwhile.
child=
posting=
holding=

random() { head -c 16 /dev/urandom | od -An -tx1 | tr -d ' \n'; }

# run COMMAND...: runs a command to its end, so that a signal to us is not kept waiting and ends it, too.
run() {
    local status=0
    "$@" 9<&- &
    child=$!
    wait "$child" || status=$?
    child=
    return "$status"
}

# Writes the configuration into a new folder, which PostgreSQL's user may enter.
install_leadgate() {
    work=$(mktemp -d "${1:-/var/tmp}/leadgate-bench.XXXXXX")
    chmod 755 "$work"
    mkdir -p "$work/adapters/telephony" "$work/data"
    cp -r "$repository/adapters/telephony/zadarma" "$work/adapters/telephony/"
    cp -r "$bench/adapters/." "$work/adapters/"
    token=$(random)
    secret=$(random)
    cat >"$work/leadgate.yaml" <<YAML
listen: $listen
data: $work/data
adapters: $work/adapters
region: UA
channels:
  pbx: {adapter: zadarma, token: $token, settings: {secret: $secret}}
  echo: {adapter: bench-echo, token: $token}
YAML
}

# Compiles the load of our own with the toolchain's C compiler.
compile_load() {
    local compiler
    compiler=$(dirname "$(readlink -f "$swift")")/clang
    [ -x "$compiler" ] || compiler=$(command -v clang || command -v cc) || fail "there is no C compiler beside $swift"
    mkdir "$work/bin"
    "$compiler" -O2 "$bench/arrivals.c" -o "$work/bin/arrivals" -lm ||
        fail "deploy/bench.d/arrivals.c cannot be compiled: see above"
}

# Makes the cluster and keeps it running between the gateways, as one more process that uses it.
start_cluster() {
    "$program" migrate --config "$work/leadgate.yaml" >"$work/migrate.log" 2>&1 || {
        cat "$work/migrate.log" >&2
        fail "the cluster could not be made: the lines above say why"
    }
    exec 9<"$work/data/postgres/lock"
    flock -s 9
    "$program" migrate --config "$work/leadgate.yaml" >>"$work/migrate.log" 2>&1 9<&-
    local pid_files=("$work"/data/postgres/*/postmaster.pid)
    cluster=${pid_files[0]%/postmaster.pid}
    programs=/usr/lib/postgresql/${cluster##*/}/bin
    socket=$(sed -n 5p "$cluster/postmaster.pid")
    [ -d "$socket" ] || fail "the cluster does not run: see $work/migrate.log"
    PGPORT=$(sed -n 4p "$cluster/postmaster.pid")
    export PGPORT PGHOST=$socket PGUSER=leadgate_owner PGOPTIONS="-c client_min_messages=warning"
    sql postgres -c "ALTER DATABASE leadgate RENAME TO leadgate_new" -c "CREATE DATABASE bench"
    sql bench -f "$bench/references.sql"
    run "$programs/pgbench" -i -q -s 32 bench >"$work/pgbench.log" 2>&1
}

# sql DATABASE ARGUMENT...: psql without a word but the rows.
sql() { run "$programs/psql" -X -q -A -t -v ON_ERROR_STOP=1 -d "$@"; }

# ---- The gateway

# start_gateway ROLES [LISTEN]: in a session of its own, so that Ctrl-C is ours to pass on.
start_gateway() {
    LEADGATE_LISTEN=${2:-$listen} setsid "$program" serve --config "$work/leadgate.yaml" --role "$1" >>"$work/gateway.log" 2>&1 9<&- &
    gateway=$!
}

await_ready() {
    local tries
    for ((tries = 0; tries < 300; tries++)); do
        kill -0 "$gateway" 2>/dev/null || break
        [ "$(curl -s -o /dev/null -w '%{http_code}' --max-time 2 "$url/health/ready")" != 200 ] || return 0
        sleep 0.1
    done
    tail -n 20 "$work/gateway.log" >&2
    fail "leadgate is not ready: the lines above say why"
}

stop_gateway() {
    [ -n "$gateway" ] || return 0
    local pid=$gateway
    gateway=
    kill -TERM "$pid" 2>/dev/null || true
    wait "$pid" 2>/dev/null || true
}

# fresh_gateway ROLES: on a new database, with no writes left over from the measure before.
#
# Emptied tables would not do: the server would remember how much was changed in them, look at them anew while they are empty, and
# plan for that.
fresh_gateway() {
    sql postgres -c "DROP DATABASE IF EXISTS leadgate WITH (FORCE)" -c "CREATE DATABASE leadgate TEMPLATE leadgate_new" \
        -c CHECKPOINT
    start_gateway "$1"
    await_ready
}

# memory FIELD: MiB of the gateway, VmRSS or VmHWM.
memory() { awk -v field="$1:" '$1 == field { printf "%.1f", $2 / 1024 }' "/proc/$gateway/status"; }

# ---- The end

# Ends whatever was started, and leaves nothing behind.
leave() {
    trap - EXIT INT TERM
    local pid
    for pid in $child $posting $holding; do kill -TERM "$pid" 2>/dev/null || true; done
    stop_gateway
    if [ -n "${cluster:-}" ] && [ -e "$cluster/postmaster.pid" ]; then
        local stop=("$programs/pg_ctl" stop -s -w -m fast -D "$cluster")
        [ "$(id -u)" != 0 ] || stop=(runuser -u leadgate -- "${stop[@]}")
        (cd / && "${stop[@]}") || say "PostgreSQL could not be stopped: it runs on $cluster"
        rmdir "$socket" 2>/dev/null || true
    fi
    [ -z "$work" ] || rm -rf "$work"
}
trap leave EXIT
trap 'leave; exit 130' INT
trap 'leave; exit 143' TERM
