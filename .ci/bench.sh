#!/usr/bin/env bash
# Measures the hub: bench.sh [OPTIONS of internal/bench]
#
# It starts a PostgreSQL of its own, which keeps what it is given; as root on Debian it is installed first. Where that fails, the
# program goes on to say what is missing, or measures what needs none.
set -euo pipefail
cd "$(dirname "$0")/.."

TOOL_FOLDERS="/usr/lib/postgresql/*/bin /usr/pgsql-*/bin /opt/homebrew/opt/postgresql*/bin /usr/local/opt/postgresql*/bin" \
	.ci/tool.sh initdb postgresql || true
# Not by go run, which dies of a signal and leaves the program behind.
CGO_ENABLED=0 go build -o .bin/bench ./internal/bench
exec .bin/bench "$@"
