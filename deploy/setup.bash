# Shared by run, test, soak and bench; sourced, not run. Messages, Debian packages, the Swift toolchain and the build.

repository=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

# What the toolchain itself, the build and the running program need.
toolchain_packages=(
    binutils ca-certificates git libc6-dev libcurl4 libedit2 libgcc-12-dev libncurses6 libsqlite3-0 libstdc++-12-dev
    libuuid1 libxml2 pkg-config tzdata zlib1g
)
build_packages=(
    libcurl4-openssl-dev libgmime-3.0-dev libidn2-dev liblua5.4-dev libphonenumber-dev libpq-dev libssl-dev libxml2-dev
    rapidjson-dev
)
run_packages=(postgresql)

step() { printf '\033[1m== %s\033[0m\n' "$*" >&2; }
say() { printf '   %s\n' "$*" >&2; }

# Ends with the one line that tells what to do.
fail() {
    printf '\nStopped: %s\n' "$*" >&2
    exit 1
}

# as_root COMMAND...: runs it as root, with sudo if we are not.
as_root() {
    if [ "$(id -u)" = 0 ]; then "$@"; else sudo -- "$@"; fi
}

# install_packages NAME...: installs those that are missing, and says which.
install_packages() {
    local name missing=()
    command -v dpkg-query >/dev/null || fail "this is no Debian: install what corresponds to $*, then set LEADGATE_NO_APT=1"
    for name in "$@"; do
        [ "$(dpkg-query -W -f '${db:Status-Status}' "$name" 2>/dev/null)" = installed ] || missing+=("$name")
    done
    if [ ${#missing[@]} = 0 ]; then
        say "all $# Debian packages are there"
        return
    fi
    if [ "$(id -u)" != 0 ] && ! command -v sudo >/dev/null; then
        fail "as root, run: apt-get install ${missing[*]}"
    fi
    say "installing ${missing[*]}"
    case " ${missing[*]} " in
    *" postgresql "*) keep_postgresql_quiet ;;
    esac
    as_root env DEBIAN_FRONTEND=noninteractive apt-get -q update >/dev/null ||
        fail "apt-get update failed: check the network and /etc/apt/sources.list"
    as_root env DEBIAN_FRONTEND=noninteractive apt-get -q install -y --no-install-recommends "${missing[@]}" >/dev/null ||
        fail "as root, run: apt-get install ${missing[*]}"
}

# Debian makes and starts a cluster of its own when PostgreSQL is installed, unless told not to before.
keep_postgresql_quiet() {
    local file=/etc/postgresql-common/createcluster.conf
    if [ -e "$file" ]; then
        grep -Eq '^create_main_cluster *= *false' "$file" && return
        as_root sed -i -E '/^create_main_cluster *=/d' "$file"
    fi
    say "setting create_main_cluster = false in $file, so that only Leadgate's own cluster is made"
    as_root mkdir -p "$(dirname "$file")"
    as_root sh -c "echo 'create_main_cluster = false' >> $file"
}

# Sets `swift` to the compiler's path.
find_swift() {
    local candidate
    for candidate in "${LEADGATE_SWIFT:-}" "${LEADGATE_SWIFT:-}/swift" "${LEADGATE_SWIFT:-}/usr/bin/swift" \
        "$(command -v swift || true)" "${SWIFTLY_BIN_DIR:-$HOME/.local/share/swiftly/bin}/swift"; do
        if [ -f "$candidate" ] && [ -x "$candidate" ]; then
            swift=$candidate
            break
        fi
    done
    [ -n "${swift:-}" ] || fail "Swift 6.3 is missing: get the Debian 12 toolchain from https://www.swift.org/install/linux/, \
then put its usr/bin on PATH or its folder into LEADGATE_SWIFT"
    local version
    version=$("$swift" --version 2>/dev/null | sed -n 's/.*Swift version \([0-9.]*\).*/\1/p' | head -n 1)
    [ -n "$version" ] || fail "$swift does not run: \"$swift --version\" shows why"
    [ "$(printf '%s\n6.3\n' "$version" | sort -V | head -n 1)" = 6.3 ] ||
        fail "Swift $version is too old: 6.3 or newer is needed, see https://www.swift.org/install/linux/"
    say "Swift $version at $swift"
}

# The packages and the compiler. Further package names may be given.
prepare() {
    step "Packages"
    if [ -n "${LEADGATE_NO_APT:-}" ]; then
        say "not looked at, since LEADGATE_NO_APT is set"
    else
        install_packages "${toolchain_packages[@]}" "${build_packages[@]}" "${run_packages[@]}" "$@"
    fi
    step "Swift"
    find_swift
}

# Builds release, unless nothing was changed since; sets `program`.
build_release() {
    local stamp="$repository/.build/release/leadgate.built"
    program=$repository/.build/release/leadgate
    step "Release build"
    if [ -x "$program" ] && [ -e "$stamp" ] &&
        [ -z "$(cd "$repository" && find Package.swift Sources -newer "$stamp" -print -quit)" ]; then
        say "nothing changed since the last one"
        return
    fi
    say "a first one takes some minutes; the compiler's own progress follows"
    (cd "$repository" && "$swift" build -c release --product leadgate) >&2 ||
        fail "the build failed: see the errors above"
    touch "$stamp"
}
