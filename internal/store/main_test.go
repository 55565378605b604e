package store_test

import (
	"flag"
	"strings"
	"testing"

	"go.uber.org/goleak"
)

// modelRuns keeps a plain run of the tests short; -rapid.checks=1000 looks harder.
const modelRuns = "40"

func TestMain(m *testing.M) {
	flag.Parse()
	if given := flag.Lookup("rapid.checks"); given.Value.String() == given.DefValue {
		if err := given.Value.Set(modelRuns); err != nil {
			panic(err)
		}
	}
	goleak.VerifyTestMain(m)
}

func contains(text, part string) bool { return strings.Contains(text, part) }
