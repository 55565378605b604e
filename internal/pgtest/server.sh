#!/bin/sh
# One PostgreSQL server for tests, alive for as long as standard input is open.
#
#   server.sh BINDIR FOLDER PORT [SETTING=VALUE...]
#
# The process that started this holds the other end of standard input. However that process ends, killed included, the
# pipe closes, and the server and its folder go with it. One line on standard output says whether the server is there.
set -u
bin=$1 folder=$2 port=$3
shift 3
cd "$folder" || exit 1
options=
for setting; do options="$options -c $setting"; done

# Towns run PostgreSQL in French: the order of letters and the time zone are what they will be there, so that a query
# that leans on the order of bytes, or on UTC, is found here.
locale="--locale=C.UTF-8"
case $("$bin/initdb" --version) in
*" 9."* | *" 10."* | *" 11."* | *" 12."* | *" 13."* | *" 14."*) ;;
*) locale="$locale --locale-provider=icu --icu-locale=fr-FR" ;;
esac

start() {
	# shellcheck disable=SC2086 # $locale holds several words
	"$bin/initdb" -D data -U postgres --pwfile=password --auth=scram-sha-256 --encoding=UTF8 $locale --no-sync &&
		"$bin/pg_ctl" -D data -l server.log -w -t 60 start -o "-p $port -c listen_addresses=127.0.0.1 \
			-c unix_socket_directories='$folder' -c max_connections=300 -c timezone=Europe/Paris$options"
}

if start >start.log 2>&1; then echo ready; else echo failed; fi
exec >/dev/null
cat >/dev/null
"$bin/pg_ctl" -D data -m immediate -w stop >/dev/null 2>&1
rm -rf "$folder"
