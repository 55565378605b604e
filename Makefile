# The project's commands. Each installs what it needs where it may (Debian packages: only as root), else says what to do.

GOLANGCI_LINT := v2.15.0
VERSION := $(shell git describe --tags --always --dirty 2>/dev/null || echo unknown)

.PHONY: help test lint deploy-check peers screenshots prove bench build

help: ## Say what there is
	@sed -nE 's/^([a-z-]+):.*## (.*)/\1\t\2/p' $(MAKEFILE_LIST) | expand -t 16

test: ## Every test, with the race detector, on SQLite and a real PostgreSQL
	@.ci/test.sh

lint: ## Formatting, vet, golangci-lint, go.mod, the XML schemas, the files of deploy/
	@.ci/gofmt.sh
	go vet ./...
	@.ci/golangci-lint.sh $(GOLANGCI_LINT) run
	go mod tidy -diff
	@.ci/schemas.sh
	@deploy/check.sh

deploy-check: ## The files of deploy/, each by its own tool
	@deploy/check.sh

peers: ## The tests against harvesters and FTP servers made by others (installs them)
	@.ci/peers.sh

screenshots: ## A picture of every page and state of the walks, into .bin/screenshots (after make peers)
	@mkdir -p .bin/screenshots
	HUB_PEERS=1 HUB_SCREENSHOTS=$(CURDIR)/.bin/screenshots NODE_PATH=$(CURDIR)/.bin/peers/node_modules go test -count=1 -run TestPeersWalk ./cmd/hub
	@echo "the pictures are in .bin/screenshots"

prove: ## The long proofs: HUB_PROVE=1, then every fuzz target for FUZZTIME (60s)
	@.ci/prove.sh

bench: ## The hub against the limits of what it stands on: a table (BENCH='-rows list -json FILE', see -help)
	@.ci/bench.sh $(BENCH)

build: ## A static binary, .bin/hub
	CGO_ENABLED=0 go build -trimpath -ldflags '-s -w -X main.version=$(VERSION)' -o .bin/hub ./cmd/hub
