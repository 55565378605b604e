package push_test

import (
	"testing"

	"go.uber.org/goleak"

	"github.com/carte-reseau/hub/internal/push"
	"github.com/carte-reseau/hub/internal/store"
)

var _ push.Store = (*store.Store)(nil)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }
