#!/usr/bin/env bash
# Measures the hub: bench.sh [OPTIONS of internal/bench]
#
# It starts a PostgreSQL of its own, which keeps what it is given; as root on Debian it is installed first.
set -euo pipefail
cd "$(dirname "$0")/.."

TOOL_FOLDERS="/usr/lib/postgresql/*/bin /usr/pgsql-*/bin /opt/homebrew/opt/postgresql*/bin /usr/local/opt/postgresql*/bin" \
	.ci/tool.sh initdb postgresql
CGO_ENABLED=0 exec go run ./internal/bench "$@"
