#!/usr/bin/env bash
# The long proofs: tests that look at HUB_PROVE take their long form, then every fuzz target runs for FUZZTIME (60s).
set -euo pipefail
cd "$(dirname "$0")/.."

HUB_PROVE=1 .ci/test.sh -timeout=120m

mapfile -t targets < <(git grep -oE --untracked '^func Fuzz[A-Za-z0-9_]+' -- '*_test.go')
for target in "${targets[@]}"; do
	package=./$(dirname "${target%%:*}")
	name=${target##*func }
	echo "--- $name in $package"
	go test "$package" -run='^$' -fuzz="^$name\$" -fuzztime="${FUZZTIME:-60s}"
done
