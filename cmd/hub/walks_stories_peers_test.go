package main

import (
	"context"
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/carte-reseau/hub/internal/cards"
	"github.com/carte-reseau/hub/internal/sigb"
)

// staffed boots a hub with libraries that fetch and post, and an administrator.
func (s *site) staffed(codes ...string) *hub {
	s.t.Helper()
	h := s.boot()
	if _, err := addWithPassword(s.t.Context(), h.store, cards.User{Name: walkerName, Role: cards.RoleAdministrator}, walkerPassword); err != nil {
		s.t.Fatal(err)
	}
	for _, code := range codes {
		s.enter(h, cards.Library{Code: code})
	}
	return h
}

func (s *site) enter(h *hub, l cards.Library) {
	s.t.Helper()
	l.Name, l.Email = strings.ToUpper(l.Code[:1])+l.Code[1:], l.Code+"@example.org"
	if _, err := h.store.AddLibrary(s.t.Context(), l, keyOf(l.Code)); err != nil {
		s.t.Fatal(err)
	}
}

// First start on an empty database, two libraries added, their first cards exchanged.
func TestPeersWalkTheFirstSteps(t *testing.T) {
	eachScreen(t, func(t *testing.T, screen string, s *site) {
		h := s.boot()
		if _, err := h.firstAccount().prepare(t.Context()); err != nil {
			t.Fatal(err)
		}
		s.walk(screen, h, nil, "first-steps")
	})
}

// A network watched live, while a library's system fails and is repaired.
func TestPeersWalkTheNetwork(t *testing.T) {
	eachScreen(t, func(t *testing.T, screen string, s *site) {
		server := sigb.NewServer(sigb.New(sigb.Config{Code: "monnaie", Profile: sigb.Aloes()}), sigb.ServerOptions{})
		if err := server.Start(t.Context(), "127.0.0.1:0"); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = server.Close() })
		h := s.staffed("mours")
		s.enter(h, cards.Library{
			Code: "monnaie", OAIURL: server.URL(sigb.OAI), OAISet: server.Set(), OAIPrefix: server.Prefix(), Harvest: "@every 1s", PushURL: server.URL(sigb.REST),
		})
		s.walk(screen, h, cues{
			"break": func(context.Context, string) (string, error) {
				server.Faults.Always(sigb.Unauthorized().On(sigb.OAI))
				return "", nil
			},
			"repair": func(context.Context, string) (string, error) { server.Faults.Clear(); return "", nil },
			"holds": func(_ context.Context, number string) (string, error) {
				if _, held := server.System().Patron(number); !held {
					return "no", nil
				}
				return "yes", nil
			},
		}, "network")
	})
}

// The demo, opened with the account its screen tells.
func TestPeersWalkTheDemo(t *testing.T) {
	account := regexp.MustCompile(`pages : (\S+)  \(compte (\S+), mot de passe (\S+)\)`)
	onScreens(t, func(t *testing.T, screen string) {
		demo := startDemo(t)
		var told []string
		eventually(t, demoPatience, "the screen tells the account", func() bool {
			told = account.FindStringSubmatch(demo.screen.String())
			return told != nil
		})
		scene{hub: told[1], name: told[2], password: told[3]}.play(t, screen, "demo")
		demo.stop()
	})
}

// Documents that fail, are put right and tried again; others that are suspended, let through and set aside.
func TestPeersWalkTheDeposits(t *testing.T) {
	eachScreen(t, func(t *testing.T, screen string, s *site) {
		h := s.staffed("mours")
		s.walk(screen, h, nil, "deposits")
	})
}

func TestPeersWalkTheSuspendedDeposits(t *testing.T) {
	eachScreen(t, func(t *testing.T, screen string, s *site) {
		h := s.staffed("mours")
		s.walk(screen, h, cues{"holds": func(ctx context.Context, wanted string) (string, error) {
			number, phone, _ := strings.Cut(wanted, " ")
			return "", soon(ctx, "the phone of a card is what was decided", func() (bool, error) {
				file, err := h.store.CardFile(ctx, number)
				return err == nil && file.Card.Phone == phone, err
			})
		}}, "suspended")
	})
}

// soon waits until a condition holds.
func soon(ctx context.Context, what string, holds func() (bool, error)) error {
	const patience, look = 30 * time.Second, 50 * time.Millisecond
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); {
		done, err := holds()
		if done || err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(look):
		}
	}
	return fmt.Errorf("%s: not within %s", what, patience)
}

// What only a person can decide, by one person or by two at once.
func TestPeersWalkTheDecisions(t *testing.T) {
	eachScreen(t, func(t *testing.T, screen string, s *site) {
		h := s.staffed("mours", "peyrins")
		s.walk(screen, h, cues{
			"find-likenesses": func(ctx context.Context, _ string) (string, error) {
				return "", inPortions(ctx, h.store.FindLikenesses)
			},
			"keep": func(ctx context.Context, number string) (string, error) {
				open, err := h.store.Disputes(ctx, cards.DisputeQuery{Number: number, Limit: 1})
				if err == nil && len(open) == 0 {
					err = fmt.Errorf("nothing is disputed of card %s", number)
				}
				if err != nil {
					return "", err
				}
				return "", h.store.KeepValue(ctx, open[0].ID, "dominique")
			},
		}, "decisions")
	})
}

// A card's search and history, and the figures of two years.
func TestPeersWalkTheCards(t *testing.T) {
	eachScreen(t, func(t *testing.T, screen string, s *site) {
		h := s.staffed("mours", "peyrins")
		s.walk(screen, h, nil, "cards")
	})
}

func TestPeersWalkTheStatistics(t *testing.T) {
	eachScreen(t, func(t *testing.T, screen string, s *site) {
		h := s.staffed("mours", "peyrins")
		s.walk(screen, h, cues{
			"count": func(ctx context.Context, _ string) (string, error) {
				return "", inPortions(ctx, h.store.CountStatistics)
			},
		}, "statistics")
	})
}

// Accounts, what each may do, and what is recorded of it.
func TestPeersWalkTheAccounts(t *testing.T) {
	eachScreen(t, func(t *testing.T, screen string, s *site) {
		h := s.staffed("mours", "peyrins")
		s.walk(screen, h, nil, "accounts")
	})
}
