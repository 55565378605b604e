#!/usr/bin/env bash
# Every test, with the race detector, in random order, on SQLite and on a real PostgreSQL: test.sh [GO TEST FLAGS]
set -euo pipefail
cd "$(dirname "$0")/.."

# The race detector needs a C compiler; the hub itself does not.
race=-race
if ! .ci/tool.sh "$(go env CC)" gcc libc6-dev; then
	echo "no C compiler: the tests run without the race detector" >&2
	race=
fi
CGO_ENABLED=$([ -n "$race" ] && echo 1 || echo 0) .ci/with-postgres.sh go test $race -shuffle=on -timeout=15m "$@" ./...

# What a document costs in memory shows only without the race detector, which reads a smaller one.
go test -count=1 -run=TestConstantMemory ./internal/exchange

# The embedded database, which is compiled Go, is eight times as slow under the race detector: the proofs that start many
# hubs are played without (storetest.WithoutRace).
.ci/with-postgres.sh go test -count=1 -timeout=60m -run='TestADeathAtAnyPoint|TestABadNetwork|TestNoPersonalData|TestA?CrashAnywhere|TestTheNetworkSettles|TestTheModelNotices|SurvivesTheHub|TestStandingIsTrue|TestABatchFull' \
	./cmd/hub ./internal/intake ./internal/oaiclient ./internal/proof ./internal/store
