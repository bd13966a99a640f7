# shellcheck shell=bash
# What `run` and `test` share: makes sure that programs are on this machine. On Debian and its like, as root or where sudo asks for no
# password, it installs them.

# Whether a container engine answers.
container_engine() {
    local engine
    for engine in ${ASPIRE_CONTAINER_RUNTIME:-docker podman}; do
        if command -v "$engine" >/dev/null && "$engine" info >/dev/null 2>&1; then return; fi
    done
    return 1
}

is_there() {
    case $1 in
    # Packages keep it in a folder of each version, off the PATH.
    initdb) command -v initdb || ls -d {/usr/lib/postgresql,/opt/homebrew/opt,/usr/local/opt}/*/bin/initdb || true ;;
    # Not where everyone looks.
    pgbouncer) command -v pgbouncer || ls /usr/sbin/pgbouncer ;;
    chromium) command -v chromium-headless-shell || command -v chromium || command -v chromium-browser || command -v google-chrome ;;
    # A package of Debian's own Python, under whose name it is a Debian package too.
    python3-*) /usr/bin/python3 -c "import ${1#python3-}; print('yes')" ;;
    *) command -v "$1" ;;
    esac 2>/dev/null | grep -q .
}

# Arguments: programs, each with its Debian package and its Homebrew formula, such as gcc:build-essential:gcc.
need() {
    local program debian brew debs=() brews=() as_root=()
    for program; do
        IFS=: read -r program debian brew <<<"$program"
        is_there "$program" || { debs+=("$debian") && brews+=("$brew"); }
    done
    ((EUID == 0)) || as_root=(sudo -n)
    if ((${#debs[@]} == 0)); then
        return
    elif command -v apt-get >/dev/null && "${as_root[@]}" true 2>/dev/null; then
        echo "Installing ${debs[*]}."
        "${as_root[@]}" apt-get update -qq
        "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -qq --yes --no-install-recommends "${debs[@]}" >/dev/null
    else
        echo "Something is missing: sudo apt-get install ${debs[*]} (on macOS: brew install ${brews[*]}), and try again." >&2
        exit 1
    fi
}

# All that ./test needs beside .NET.
need_for_tests() {
    need redis-server:redis-server:redis initdb:postgresql:postgresql pgbouncer:pgbouncer:pgbouncer
    need docker-compose:docker-compose:docker-compose
    need gcc:build-essential:gcc spin:spin:spin chromium:chromium-headless-shell:"--cask chromium"
}

if ! is_there dotnet; then
    echo "The .NET 10 SDK is missing: install it from https://dot.net and try again." >&2
    exit 1
fi
