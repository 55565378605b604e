package oaiclient_test

import (
	"testing"

	"go.uber.org/goleak"

	"github.com/carte-reseau/hub/internal/oaiclient"
	"github.com/carte-reseau/hub/internal/store"
)

var _ oaiclient.Store = (*store.Store)(nil)

func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m,
		goleak.IgnoreTopFunction("database/sql.(*DB).connectionOpener")) // a pool ends it a moment after Close
}
