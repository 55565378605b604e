#!/usr/bin/env bash
# Runs one fuzz target for FUZZTIME (60s): fuzz.sh PACKAGE NAME
#
# Up to Go 1.26 a search that found nothing may fail when its time is up (go.dev/issue/75804): all it says is "context deadline
# exceeded", and it names no input. That, and nothing else, is tried once more. If an input was written in silence, the second
# run begins with it, and fails.
set -euo pipefail
cd "$(dirname "$0")/.."

said=$(mktemp)
trap 'rm -f "$said"' EXIT

search() { go test "$1" -run='^$' -fuzz="^$2\$" -fuzztime="${FUZZTIME:-60s}" -fuzzminimizetime=10x | tee "$said"; }

# reasons are what go test says, indented, below the name of what failed.
reasons() { sed -n '/^--- FAIL: /,/^FAIL/ { /^[[:space:]]/p }' "$said"; }

if ! search "$@"; then
	[ "$(reasons)" = '    context deadline exceeded' ] || exit 1
	echo "$2 failed as its time was up, without an input: once more" >&2
	search "$@"
fi
