#!/bin/sh
# Makes an account on the drop, or changes its password:
#
#   account.sh FILE NAME [< PASSWORD]
#
# FILE is ProFTPD's list of virtual accounts. NAME is a library's code, or `hub`, which sees every folder. Without a
# password on standard input one is made, and printed once.
set -eu
umask 077
file=${1:?usage: account.sh FILE NAME [< PASSWORD]}
name=${2:?usage: account.sh FILE NAME [< PASSWORD]}

case $name in
*[!a-z0-9-]*)
	echo "account.sh: a name holds a-z, 0-9 and - only" >&2
	exit 1
	;;
hub) home=/srv/ftp ;;
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
