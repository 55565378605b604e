#!/usr/bin/env bash
# Every test, with the race detector, in random order, on SQLite and on a real PostgreSQL: test.sh [GO TEST FLAGS]
#
# PostgreSQL is the one HUB_TEST_POSTGRES names, else one started for this run from the installed binaries; as root on
# Debian they are installed first. Without any, the run fails and says how to get one.
set -euo pipefail
cd "$(dirname "$0")/.."

if [ -z "${HUB_TEST_POSTGRES:-}" ]; then
	# Where this fails, the runner below goes on to say what else can be done.
	TOOL_FOLDERS="/usr/lib/postgresql/*/bin /usr/pgsql-*/bin /opt/homebrew/opt/postgresql*/bin /usr/local/opt/postgresql*/bin" \
		.ci/tool.sh initdb postgresql || true
fi

# The race detector needs a C compiler; the hub itself does not.
race=-race
if ! .ci/tool.sh "$(go env CC)" gcc libc6-dev; then
	echo "no C compiler: the tests run without the race detector" >&2
	race=
fi

runner=$(mktemp -d)
trap 'rm -rf "$runner"' EXIT
go build -o "$runner/run" ./internal/pgtest/run
CGO_ENABLED=$([ -n "$race" ] && echo 1 || echo 0) "$runner/run" go test $race -shuffle=on -timeout=15m "$@" ./...
