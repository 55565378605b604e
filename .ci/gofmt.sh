#!/usr/bin/env bash
# Fails, naming the files, where gofmt would change something.
set -euo pipefail
cd "$(dirname "$0")/.."
unformatted=$(git ls-files -z --cached --others --exclude-standard '*.go' | xargs -0r gofmt -l)
if [ -n "$unformatted" ]; then
	printf 'not formatted; run gofmt -w on:\n%s\n' "$unformatted" >&2
	exit 1
fi
