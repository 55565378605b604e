#!/usr/bin/env bash
# Runs a command beside a real PostgreSQL: with-postgres.sh COMMAND...
#
# It is the one HUB_TEST_POSTGRES names, else one started for this command from the installed binaries; as root on Debian
# they are installed first. Without any, it fails and says how to get one.
set -euo pipefail
cd "$(dirname "$0")/.."

if [ -z "${HUB_TEST_POSTGRES:-}" ]; then
	# Where this fails, the runner below goes on to say what else can be done.
	TOOL_FOLDERS="/usr/lib/postgresql/*/bin /usr/pgsql-*/bin /opt/homebrew/opt/postgresql*/bin /usr/local/opt/postgresql*/bin" \
		.ci/tool.sh initdb postgresql || true
fi
runner=$(mktemp -d)
trap 'rm -rf "$runner"' EXIT
go build -o "$runner/run" ./internal/pgtest/run
"$runner/run" "$@"
