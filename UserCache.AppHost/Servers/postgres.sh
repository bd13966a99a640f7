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
# Not as root, which PostgreSQL refuses, and not for longer than this script, however it ends.
run=()
if ((EUID == 0)); then
    run=(setpriv --reuid=postgres --regid=postgres --init-groups --pdeathsig=INT)
elif command -v setpriv >/dev/null; then
    run=(setpriv --pdeathsig=INT)
fi
export LC_ALL=C
version=$("$programs/postgres" --version | sed -E 's/[^0-9]*([0-9]+).*/\1/')
data=$folder/postgres-$version

# A run that was killed may still be ending its server.
is_used() { [[ -e $data/postmaster.pid ]] && kill -0 "$(head -n 1 "$data/postmaster.pid")" 2>/dev/null; }
for ((tenths = 0; tenths < 300; tenths++)); do
    is_used || break
    ((tenths > 0)) || echo "Waiting for the PostgreSQL of the run before to end."
    sleep 0.1
done

single() { "${run[@]}" "$programs/postgres" --single -D "$1" postgres >/dev/null; }
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

"${run[@]}" "$programs/postgres" -D "$data" -c listen_addresses=127.0.0.1 -c port="$port" -c unix_socket_directories= &
server=$!
# A fast shutdown: PostgreSQL takes TERM as a wish to wait until every client has left.
trap 'kill -s INT "$server"' TERM INT HUP
status=0
wait "$server" || status=$?
while kill -0 "$server" 2>/dev/null; do
    wait "$server" || status=$?
done
exit "$status"
