#!/bin/sh
# Makes an account on the drop, or changes its password:
#
#   account.sh FILE CODE [< PASSWORD]
#   account.sh FILE hub --poller [< PASSWORD]
#
# FILE is ProFTPD's list of virtual accounts, CODE a library's. The poller's account sees every folder; a library whose
# code is `hub` can have none here. Without a password on standard input one is made, and printed once.
set -eu
umask 077
file=${1:?usage: account.sh FILE CODE [< PASSWORD]}
name=${2:?usage: account.sh FILE CODE [< PASSWORD]}

case $name in
*[!a-z0-9-]*)
	echo "account.sh: a name holds a-z, 0-9 and - only" >&2
	exit 1
	;;
hub)
	if [ "${3:-}" != --poller ]; then
		echo "account.sh: hub is the poller's account, which sees every folder; it is made with --poller" >&2
		exit 1
	fi
	home=/srv/ftp
	;;
*) home=/srv/ftp/$name ;;
esac

made=
if [ -t 0 ] || ! IFS= read -r password || [ -z "$password" ]; then
	password=$(openssl rand -base64 24)
	made=yes
fi
# Through standard input, so that it never stands in the list of processes.
hash=$(printf '%s\n' "$password" | openssl passwd -6 -stdin)

touch "$file"
{ grep -v "^$name:" "$file" || true; } >"$file.new"
printf '%s:%s:2121:2121::%s:/bin/false\n' "$name" "$hash" "$home" >>"$file.new"
mv "$file.new" "$file"
[ -z "$made" ] || printf '%s\n' "$password"
