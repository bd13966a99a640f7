#!/usr/bin/env bash
# Runs PostgreSQL as a process of this machine, on loopback. Its data stay for the next start, as in the container's volume.
#
#   postgres.sh PROGRAMS FOLDER PORT DATABASE      the superuser's password is in POSTGRES_PASSWORD
#
# PROGRAMS is the folder of initdb and postgres; FOLDER gets one of data for each major version.
set -euo pipefail
# What PostgreSQL logs is no error.
exec 2>&1
programs=$1 folder=$2 port=$3 database=$4
export LC_ALL=C
# Others may pass: as root, PostgreSQL is another user.
umask 022
# Not as root, which PostgreSQL refuses; and, where the system can see to that (Linux), not for longer than this script.
run=(env)
if ((EUID == 0)); then
    run=(setpriv --reuid=postgres --regid=postgres --init-groups --pdeathsig=INT)
elif command -v setpriv >/dev/null; then
    run=(setpriv --pdeathsig=INT)
fi
version=$("$programs/postgres" --version | sed -E 's/[^0-9]*([0-9]+).*/\1/')
data=$folder/postgres-$version

# A run that was killed may still be ending its server.
is_used() {
    local pid
    pid=$(head -n 1 "$data/postmaster.pid" 2>/dev/null) || return 1
    [[ $(cat "/proc/$pid/comm" 2>/dev/null || ps -p "$pid" -o comm= 2>/dev/null) == *postgres* ]]
}
for ((tenths = 0; tenths < 200; tenths++)); do
    is_used || break
    ((tenths > 0)) || echo "Waiting for the PostgreSQL of the run before to end."
    sleep 0.1
done
if is_used; then
    echo "PostgreSQL already runs on $data (process $(head -n 1 "$data/postmaster.pid")): stop it, then start this again."
    exit 1
fi

# A statement that fails is not logged: it may have the password.
single() { "${run[@]}" "$programs/postgres" --single -D "$1" -c log_min_error_statement=panic postgres >/dev/null; }
mkdir -p "$folder"
if ((EUID == 0)); then chown postgres "$folder"; fi
if [[ ! -e $data ]]; then
    # Beside its place, so that a start that is cut short leaves nothing that looks complete.
    echo "Making the data folder $data."
    rm -rf "$data.new"
    "${run[@]}" "$programs/initdb" --pgdata="$data.new" --username=postgres --auth=trust --encoding=UTF8 --locale=C >/dev/null
    printf 'local all all reject\nhost all all 127.0.0.1/32 scram-sha-256\n' >"$data.new/pg_hba.conf"
    echo "CREATE DATABASE \"$database\"" | single "$data.new"
    mv "$data.new" "$data"
fi

# At each start: it may have been generated anew.
echo "ALTER ROLE postgres PASSWORD '${POSTGRES_PASSWORD//\'/\'\'}'" | single "$data"
unset POSTGRES_PASSWORD

# A fast shutdown: PostgreSQL takes TERM as a wish to wait until every client has left.
server=
trap '[[ ! $server ]] || kill -s INT "$server"' TERM INT HUP
"${run[@]}" "$programs/postgres" -D "$data" -c listen_addresses=127.0.0.1 -c port="$port" -c unix_socket_directories= &
server=$!
# A signal ends the wait, but not yet the server.
status=0
wait "$server" || status=$?
while kill -0 "$server" 2>/dev/null; do
    status=0
    wait "$server" || status=$?
done
exit "$status"
