#!/usr/bin/env bash
# The long proofs: tests that look at HUB_PROVE take their long form, then every fuzz target runs for FUZZTIME (60s). The race
# detector is left to make test: here the time goes into the search.
set -euo pipefail
cd "$(dirname "$0")/.."

mapfile -t packages < <(git grep -lE --untracked '\<HUB_PROVE\>' -- '*_test.go' | xargs -n1 dirname | sort -u | sed 's|^|./|')
HUB_PROVE=1 .ci/counted.sh .ci/with-postgres.sh go test -count=1 -shuffle=on -timeout=120m "${packages[@]}"

mapfile -t targets < <(git grep -oE --untracked '^func Fuzz[A-Za-z0-9_]+' -- '*_test.go')
for target in "${targets[@]}"; do
	package=./$(dirname "${target%%:*}")
	name=${target##*func }
	echo "--- $name in $package"
	.ci/fuzz.sh "$package" "$name"
done
