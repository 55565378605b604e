#!/usr/bin/env bash
# Makes sure that a program is there: tool.sh PROGRAM PACKAGE...
# As root on Debian its packages are installed; elsewhere it says what to install, and fails.
# $TOOL_FOLDERS lists folders (patterns allowed) outside the PATH where the program may also be.
set -euo pipefail
program=$1
shift

command -v "$program" >/dev/null && exit 0
for folder in ${TOOL_FOLDERS:-}; do
	[ -x "$folder/$program" ] && exit 0
done

if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
	echo "$program is not installed (Debian: apt-get install --no-install-recommends $*)" >&2
	exit 1
fi

install() { apt-get install -y --no-install-recommends "$@"; }

echo "installing $* for $program" >&2
export DEBIAN_FRONTEND=noninteractive
log=$(mktemp)
trap 'rm -f "$log"' EXIT
# The package list may be missing or old: only then is it fetched.
if ! install "$@" >"$log" 2>&1 && ! { apt-get update && install "$@"; } >>"$log" 2>&1; then
	cat "$log" >&2
	exit 1
fi
