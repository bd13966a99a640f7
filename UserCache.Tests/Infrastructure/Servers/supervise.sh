#!/usr/bin/env bash
# Runs a command for no longer than its owner lives, even if the owner is killed with -9.
#
#   supervise.sh SIGNAL SECONDS FOLDER COMMAND...
#
# The owner holds the other end of standard input. A line there, or its end, stops the command: SIGNAL first, KILL after
# SECONDS. The end of standard input means that the owner is gone, so FOLDER (may be empty) is removed as well. The first
# line of output is the command's process id. Exits with the command's status.
# Where SIGINT was ignored from the start no shell can undo that; PostgreSQL, the only one stopped by it, takes it all the same.
set -m # The command gets a process group of its own: Ctrl-C in the terminal goes to the owner, who stops things in order.
signal=$1 seconds=$2 folder=$3
shift 3

owner_is_gone=
trap : INT TERM HUP
trap 'owner_is_gone=yes' USR1

exec 4<&0 2>&1
(
    echo "$BASHPID"
    exec "$@" </dev/null 4<&-
) &
child=$!

# In a group of its own as well, so it is there to the end even when this script is killed with its owner's group.
{
    read -r -u 4 && told=yes || told=
    [[ $told ]] || kill -s USR1 "$$"
    # Whatever is paused would not take the signal. (PostgreSQL's children leave the group, so they are named one by one.)
    # shellcheck disable=SC2046
    kill -s CONT -- "-$child" $(cat "/proc/$child/task/$child/children")
    kill -s "$signal" -- "-$child"
    for ((tenths = 0; tenths < seconds * 10; tenths++)); do
        kill -0 -- "-$child" || break
        sleep 0.1
    done
    kill -s KILL -- "-$child"
    if [[ ! $told && $folder ]]; then
        rm -rf -- "$folder"
        # The folder around it goes with the last one inside.
        rmdir -- "$(dirname "$folder")"
    fi
} >/dev/null 2>&1 &
guard=$!
exec 4<&- >/dev/null 2>&1
set +m # Under job control `wait` would return as soon as the command is paused, again and again.

while :; do
    wait "$child"
    status=$?
    # A signal to this script ends the wait, but not the command.
    kill -0 "$child" || break
done

# What the command may have left behind in its group.
kill -s KILL -- "-$child"
# The guard cleans up after an owner that is gone; otherwise it still waits for a line.
if [[ $owner_is_gone ]]; then
    wait "$guard"
else
    kill -s KILL -- "-$guard"
fi
exit "$status"
