#!/usr/bin/env bash
# Runs Redis as a process of this machine: on loopback, without persistence, as in the container.
#
#   redis.sh PROGRAM PORT      the password is in REDIS_PASSWORD
#
# It reads the password from its standard input, for every user of the machine can read arguments.
set -euo pipefail
program=$1 port=$2
password=${REDIS_PASSWORD//\\/\\\\}
password=${password//\"/\\\"}
exec env -u REDIS_PASSWORD "$program" - --bind 127.0.0.1 --port "$port" --save '' <<<"requirepass \"$password\""
