package proof_test

import (
	"errors"
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/carte-reseau/hub/internal/pgtest"
	"github.com/carte-reseau/hub/internal/store/storetest"
	"pgregory.net/rapid"
)

// envProve asks for the long form, envRuns says how many networks each database plays, envCounted names a file that what was
// counted is added to.
const (
	envProve   = "HUB_PROVE"
	envRuns    = "HUB_PROOF_RUNS"
	envCounted = "HUB_PROOF_COUNTED"
)

// The network settles, holds the same everywhere, and has lost no edit that nobody was told of: see doc.go. The short form
// plays the same networks each time, on both databases; the long one goes looking.
func TestTheNetworkSettlesAndLosesNothing(t *testing.T) {
	checks, seed := "100", "20261121"
	if os.Getenv(envProve) != "" {
		checks, seed = "5000", "0"
	}
	if runs := os.Getenv(envRuns); runs != "" {
		checks, seed = runs, "0"
	}
	if storetest.Race {
		checks = "15" // the rest without: see .ci/test.sh
	}
	set(t, "rapid.checks", checks)
	if given := flag.Lookup("rapid.seed"); given.Value.String() == "0" {
		set(t, "rapid.seed", seed)
	}
	var all tally
	var mu sync.Mutex
	t.Cleanup(func() { all.show(t) })
	for _, database := range []string{"sqlite", "postgres"} {
		t.Run(database, func(t *testing.T) {
			t.Parallel()
			address := "sqlite:" + filepath.Join(t.TempDir(), "hub.db")
			if database == "postgres" {
				address = pgtest.URL(t)
			}
			p := openPeek(t, address)
			s := newStage(t, address, p)
			t.Cleanup(func() { s.hub.close(t) })
			rapid.Check(t, func(t *rapid.T) {
				n := s.play(t)
				mu.Lock()
				defer mu.Unlock()
				all.add(n.ledger.count)
			})
		})
	}
}

// show tells what was counted, also where nobody asks tests that pass for what they say.
func (a tally) show(t *testing.T) {
	t.Helper()
	t.Log(a)
	path := os.Getenv(envCounted)
	if path == "" {
		return
	}
	file, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err == nil {
		_, err = fmt.Fprintln(file, "internal/proof:", a)
		err = errors.Join(err, file.Close())
	}
	if err != nil {
		t.Errorf("%s: %v", envCounted, err)
	}
}

func set(t *testing.T, name, value string) {
	t.Helper()
	if err := flag.Set(name, value); err != nil {
		t.Fatal(err)
	}
}

// play is one run: a drawn network, drawn steps, the evening, the verdict.
func (s *stage) play(t *rapid.T) *network {
	n := s.newNetwork(t)
	n.prologue(t)
	steps := map[string]func(*rapid.T){
		"enrol": n.enrol, "enrol known": n.enrolKnown,
		"change": n.change, "change 2": n.change, "change 3": n.change, "change 4": n.change,
		"put back": n.putBack, "put back 2": n.putBack, "type poorer": n.typePoorer, "renew": n.renew, "end early": n.endEarly, "end soon": n.endSoon,
		"replace": n.replace, "to and fro": n.toAndFro, "new system": n.newSystem, "other way": n.otherWay,
		"session": n.session, "session 2": n.session, "session 3": n.session, "session 4": n.session, "session 5": n.session,
		"give": n.onlyGive, "begin list": n.beginList, "next page": n.nextPage, "next page 2": n.nextPage, "drop page": n.dropPage,
		"deliver": n.deliver, "deliver 2": n.deliver, "refuse": n.refuse,
		"restart": n.restart, "moment": n.aMoment, "day": n.aDay,
		"drop too": n.dropToo, "clock": n.setClock, "month": n.aMonth, "refuse fetched": n.refuseFetched,
		"file behind": n.fileBehind, "file of months": n.fileOfMonths,
	}
	maps.Copy(steps, n.strangerSteps())
	for name, step := range steps {
		steps[name] = func(t *rapid.T) {
			n.t, n.busy = t, 0
			n.clock.beat()
			n.noteOwed(n.members...)
			step(t)
		}
	}
	t.Repeat(steps)
	n.t = t
	n.epilogue(t)
	n.settle()
	n.judge()
	n.ledger.count.runs++
	return n
}
