#!/usr/bin/env bash
# Runs tests and shows at their end what internal/proof counted, which go test keeps to itself where they pass: counted.sh COMMAND...
set -euo pipefail

counted=$(mktemp)
trap 'cat "$counted"; rm -f "$counted"' EXIT
HUB_PROOF_COUNTED=$counted "$@"
