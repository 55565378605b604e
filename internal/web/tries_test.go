package web_test

import (
	"net/http"
	"net/url"
	"sync"
	"testing"
	"time"

	"github.com/carte-reseau/hub/internal/cards"
	"github.com/carte-reseau/hub/internal/web"
)

// fiveFree lets five failures pass at a key, and none behind them.
type fiveFree struct {
	mu     sync.Mutex
	failed map[string]int
}

func (l *fiveFree) Blocked(key string) (time.Duration, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return time.Minute, l.failed[key] >= 5
}

func (l *fiveFree) Failed(key string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.failed[key]++
}

func (l *fiveFree) Succeeded(string) {}

// Many guesses at one password at once are not all let in before the first is counted.
func TestGuessesThatComeAtOnceAreCountedOneByOne(t *testing.T) {
	accounts := new(triedAccounts)
	h := newHub(t, func(o *web.Options) {
		accounts.Accounts, o.Accounts, o.Limiter = o.Accounts, accounts, &fiveFree{failed: map[string]int{}}
	})
	h.staff(cards.RoleReader)
	before := accounts.tries.Load()
	const guesses, free = 25, 5
	var lanes sync.WaitGroup
	for range guesses {
		p := h.visitor()
		lanes.Go(func() {
			p.post("/connexion", url.Values{"nom": {"compte-reader"}, "mot-de-passe": {"pas le bon du tout"}})
		})
	}
	lanes.Wait()
	if compared := accounts.tries.Load() - before; compared != free {
		t.Errorf("%d of %d guesses were compared", compared, guesses)
	}
	h.visitor().post("/connexion", url.Values{"nom": {"compte-operator"}, "mot-de-passe": {"pas le bon du tout"}}).shows(http.StatusUnauthorized)
}
