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
# The embedded database is a translated C program that no goroutine of ours runs through twice at once: watched by the race
# detector it would be eight times as slow, and nothing of ours would show.
unwatched='-gcflags=github.com/ncruces/go-sqlite3-wasm/v2=-race=false'
CGO_ENABLED=$([ -n "$race" ] && echo 1 || echo 0) .ci/with-postgres.sh \
	go test $race ${race:+"$unwatched"} -shuffle=on -timeout=15m "$@" ./...

# Some tests are left out under the race detector, which makes them slow without seeing more, or changes what they measure:
# those that ask storetest.WithoutRace, storetest.Race or raceDetector. Here they are played without it.
asking='storetest\.(WithoutRace\(|Race\>)|raceDetector \{'
mapfile -t packages < <(git grep -lE --untracked "$asking" -- '*_test.go' | xargs -rn1 dirname | sort -u | sed 's|^|./|')
names=$(git grep -hE --untracked "^func (Test|Fuzz)|$asking" -- '*_test.go' |
	awk '/^func (Test|Fuzz)/ { sub(/^func /, ""); sub(/\(.*/, ""); name = $0; next } name != "" { print name; name = "" }' | paste -sd'|')
# Most of them wait more than they work: more are under way at once than there are processors.
.ci/counted.sh .ci/with-postgres.sh go test -count=1 -timeout=60m -parallel=4 -run="^($names)\$" "$@" "${packages[@]}"
