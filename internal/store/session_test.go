package store_test

import (
	"sync/atomic"
	"testing"
	"time"

	"github.com/carte-reseau/hub/internal/cards"
	"github.com/carte-reseau/hub/internal/store"
	"github.com/carte-reseau/hub/internal/store/storetest"
)

// later runs the test on both databases, with a clock the test moves.
func later(t *testing.T, test func(t *testing.T, s *store.Store, wait func(time.Duration))) {
	t.Helper()
	databases(t, func(t *testing.T, database string) {
		var ahead atomic.Int64
		s, err := store.Open(ctx, store.Options{
			Database: database, Secret: storetest.Secret, PasswordCost: storetest.Cheap,
			Ahead: func() time.Duration { return time.Duration(ahead.Load()) },
		})
		must(t, err)
		defer func() { must(t, s.Close()) }()
		test(t, s, func(d time.Duration) { ahead.Add(int64(d)) })
	})
}

func session(t *testing.T, s *store.Store, u *cards.User) string {
	t.Helper()
	token, err := s.OpenSession(ctx, u)
	must(t, err)
	const characters = 43 // of 32 bytes in base64
	if len(token) != characters {
		t.Errorf("a token of %d characters", len(token))
	}
	return token
}

func lives(t *testing.T, s *store.Store, token string) *cards.Session {
	t.Helper()
	found, err := s.Session(ctx, token)
	must(t, err)
	return found
}

func over(t *testing.T, what string, s *store.Store, token string) {
	t.Helper()
	_, err := s.Session(ctx, token)
	wantCode(t, what, err, cards.Unauthorized)
}

func TestASessionLasts(t *testing.T) {
	later(t, func(t *testing.T, s *store.Store, wait func(time.Duration)) {
		u := account(t, s, "Ana", cards.RoleReader, phrase)
		token, second := session(t, s, u), session(t, s, u)
		first := lives(t, s, token)
		if first.User.Name != "Ana" || first.User.LastSeen.IsZero() || len(first.CSRF) < 40 || first.CSRF == lives(t, s, second).CSRF ||
			first.Expires.Sub(first.Created) != cards.SessionLife {
			t.Errorf("%+v", first)
		}
		over(t, "another token", s, token+"A")
		over(t, "no token", s, "")
		var kept int
		must(t, s.Read(ctx, &kept, "SELECT count(*) FROM sessions WHERE hash IN ?", [][]byte{[]byte(token), []byte(second)}))
		if kept != 0 {
			t.Error("the token itself is kept")
		}
		wait(30 * time.Second)
		if again := lives(t, s, token); !again.Seen.Equal(first.Seen) {
			t.Errorf("written again within the minute: %v, %v", again.Seen, first.Seen)
		}
		wait(time.Hour)
		lives(t, s, token)
		wait(11 * time.Hour)
		if again := lives(t, s, token); again.Seen.Sub(first.Seen) < 11*time.Hour || again.User.LastSeen.Sub(first.Seen) < 11*time.Hour {
			t.Errorf("not noted: %v, %v", again.Seen, again.User.LastSeen)
		}
		over(t, "idle", s, second)
		wait(11 * time.Hour)
		lives(t, s, token)
		must(t, s.CloseSession(ctx, token))
		over(t, "closed", s, token)
		must(t, s.CloseSession(ctx, token))
	})
}

func TestASessionEndsAfterAWeekHoweverUsed(t *testing.T) {
	later(t, func(t *testing.T, s *store.Store, wait func(time.Duration)) {
		token := session(t, s, account(t, s, "Ana", cards.RoleReader, phrase))
		for hours := 11; hours < 7*24; hours += 11 {
			wait(11 * time.Hour)
			lives(t, s, token)
		}
		wait(11 * time.Hour)
		over(t, "a week old", s, token)
		must(t, s.Purge(ctx, time.Hour))
		if left := sessions(t, s); left != 0 {
			t.Errorf("%d are left", left)
		}
	})
}

func sessions(t *testing.T, s *store.Store) (n int) {
	t.Helper()
	must(t, s.Read(ctx, &n, "SELECT count(*) FROM sessions"))
	return n
}

func TestWhatEndsSessions(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		other := session(t, s, account(t, s, "Eva", cards.RoleReader, phrase))
		for what, do := range map[string]func(id int64) error{
			"a password given":   func(id int64) error { return s.SetPassword(ctx, id, phrase+" 2") },
			"a password changed": func(id int64) error { return s.ChangePassword(ctx, id, phrase, phrase+" 2") },
			"disabled": func(id int64) error {
				_, err := s.ChangeUser(ctx, id, func(u *cards.User) error { u.Disabled = true; return nil })
				return err
			},
			"removed": func(id int64) error { return s.RemoveUser(ctx, id) },
		} {
			u := account(t, s, "Ana "+what, cards.RoleReader, phrase)
			token := session(t, s, u)
			must(t, do(u.ID))
			over(t, what, s, token)
			if n := sessions(t, s); n != 1 {
				t.Errorf("%s: %d sessions", what, n)
			}
		}
		lives(t, s, other)
		u := account(t, s, "Ana", cards.RoleReader, phrase)
		token := session(t, s, u)
		if _, err := s.ChangeUser(ctx, u.ID, func(u *cards.User) error { u.Role = cards.RoleOperator; return nil }); err != nil {
			t.Fatal(err)
		}
		if lives(t, s, token).User.Role != cards.RoleOperator {
			t.Error("a session has its account's old role")
		}
		if _, err := s.OpenSession(ctx, &cards.User{ID: 4711}); cards.CodeOf(err) != cards.Unauthorized {
			t.Errorf("a session of nobody: %v", err)
		}
		must(t, s.Exec(ctx, "UPDATE staff SET disabled = true WHERE id = ?", u.ID))
		over(t, "disabled behind the hub's back", s, token)
		if _, err := s.OpenSession(ctx, u); cards.CodeOf(err) != cards.Unauthorized {
			t.Errorf("a session of a disabled account: %v", err)
		}
	})
}

// A password is replaced because somebody knows it who is signing in just then:
// hashing takes a while.
func TestNoSessionOfAPasswordThatWasReplaced(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		u := account(t, s, "Ana", cards.RoleAdministrator, phrase)
		thief, err := s.SignIn(ctx, "Ana", phrase)
		must(t, err)
		const fresh = "une tout autre phrase"
		must(t, s.SetPassword(ctx, u.ID, fresh))
		if _, err := s.OpenSession(ctx, thief); cards.CodeOf(err) != cards.Unauthorized {
			t.Errorf("a session by the old password: %v", err)
		}
		owner, err := s.SignIn(ctx, "Ana", fresh)
		must(t, err)
		session(t, s, owner)
	})
}

func TestPurgeLeavesSessionsThatLive(t *testing.T) {
	later(t, func(t *testing.T, s *store.Store, wait func(time.Duration)) {
		u := account(t, s, "Ana", cards.RoleReader, phrase)
		session(t, s, u)
		wait(13 * time.Hour)
		token := session(t, s, u)
		must(t, s.Purge(ctx, time.Hour))
		if n := sessions(t, s); n != 1 {
			t.Errorf("%d sessions", n)
		}
		lives(t, s, token)
	})
}
