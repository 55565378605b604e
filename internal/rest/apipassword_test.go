package rest_test

import (
	"context"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/carte-reseau/hub/internal/cards"
	"github.com/carte-reseau/hub/internal/rest"
	"github.com/carte-reseau/hub/internal/store"
)

const (
	ownPassword  = "les lilas de la rue"
	rightOne     = `{"old":"les lilas de la rue","password":"une autre phrase"}`
	wrongOne     = `{"old":"les roses de la rue","password":"une autre phrase"}`
	passwordPath = "/account/password"
)

// readerWithPassword makes an account with a password and gives its key.
func (h *hub) readerWithPassword() (key string) {
	h.t.Helper()
	h.staff()
	key = keyFor(cards.RoleReader)
	h.api(key, http.MethodPost, passwordPath, `{"password":"`+ownPassword+`"}`).done()
	return key
}

// Whoever found a key of somebody's, or sits down at their session, does not guess their password with it; all else goes on.
func TestWrongPasswordsOfOnesOwnMustWait(t *testing.T) {
	at := &clock{now: time.Date(2026, 11, 21, 8, 0, 0, 0, time.UTC)}
	limiter := rest.NewSignInLimiter(at.time)
	h := newHub(t, func(o *rest.Options) { o.Limiter = limiter })
	key := h.readerWithPassword()
	for range 5 {
		h.api(key, http.MethodPost, passwordPath, `{"old":"`+ownPassword+`","password":"court"}`).wantProblem(http.StatusBadRequest) // no try
		h.api(key, http.MethodPost, passwordPath, wrongOne).wantProblem(http.StatusForbidden)
	}
	blocked := h.api(key, http.MethodPost, passwordPath, rightOne)
	blocked.wantProblem(http.StatusTooManyRequests)
	if blocked.header.Get("Retry-After") != "6" || !strings.Contains(blocked.body, "6 secondes") {
		t.Errorf("%v %s", blocked.header, blocked.body)
	}
	h.api(key, http.MethodGet, "/account", "").wantOK()
	h.api(keyFor(cards.RoleOperator), http.MethodPost, passwordPath, `{"password":"`+ownPassword+`"}`).done()
	if _, waits := limiter.Blocked(cards.PasswordTries("compte reader", "127.0.0.1")); !waits {
		t.Error("at the pages the same person's password may be tried at once")
	}
	at.pass(6 * time.Second)
	h.api(key, http.MethodPost, passwordPath, rightOne).done()
	h.api(key, http.MethodPost, passwordPath, wrongOne).wantProblem(http.StatusForbidden)
	h.api(key, http.MethodPost, passwordPath, `{"old":"une autre phrase","password":"encore une phrase"}`).done()
}

// crowded counts the passwords that are compared, and how many of them at a time.
type crowded struct {
	*store.Store
	mu             sync.Mutex
	all, now, most int
}

func (c *crowded) step(by int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now += by
	c.all += max(by, 0)
	c.most = max(c.most, c.now)
}

func (c *crowded) ChangePassword(ctx context.Context, id int64, old, password string) error {
	c.step(1)
	defer c.step(-1)
	return c.Store.ChangePassword(ctx, id, old, password)
}

// Many guesses at once are not all let in before the first is counted.
func TestWrongPasswordsThatComeAtOnceAreCountedOneByOne(t *testing.T) {
	at := &clock{now: time.Date(2026, 11, 21, 8, 0, 0, 0, time.UTC)}
	staff := new(crowded)
	h := newHub(t, func(o *rest.Options) {
		staff.Store = o.Keys.(*store.Store)
		o.Limiter, o.Subjects = rest.NewSignInLimiter(at.time), []rest.Subject{rest.Staff(staff)}
	})
	key := h.readerWithPassword()
	staff.all = 0
	const guesses, free = 30, 5
	var lanes sync.WaitGroup
	for range guesses {
		lanes.Go(func() { h.api(key, http.MethodPost, passwordPath, wrongOne) })
	}
	lanes.Wait()
	if staff.all != free || staff.most != 1 {
		t.Errorf("%d of %d guesses were compared, %d at a time", staff.all, guesses, staff.most)
	}
}
