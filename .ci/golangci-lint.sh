#!/usr/bin/env bash
# Runs golangci-lint in exactly the version this project is checked with: golangci-lint.sh VERSION ARGS...
# One on the PATH is used if it is that version; else it is built into .bin/, for this project alone.
set -euo pipefail
cd "$(dirname "$0")/.."
version=$1
shift

is_right() { [ "$("$1" version --short 2>/dev/null)" = "${version#v}" ]; }

tool=golangci-lint
if ! is_right "$tool"; then
	tool=$PWD/.bin/golangci-lint
	if ! is_right "$tool"; then
		echo "building golangci-lint $version into .bin/ (once, some minutes)" >&2
		GOBIN=$PWD/.bin go install "github.com/golangci/golangci-lint/v2/cmd/golangci-lint@$version"
	fi
fi
exec "$tool" "$@"
