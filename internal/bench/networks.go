package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"time"
)

// sizes are how many cards the networks hold.
type sizes struct {
	Small int `json:"small"`
	Usual int `json:"usual"`
	Huge  int `json:"huge"`
}

const (
	givers    = 8
	libraries = 200
	wanderer  = "lecteur"   // fetches its cards
	upstream  = "collecte"  // is another hub that fetches them
	firstCard = 1_000_000   // numbers of cards begin here, so that all are of one length
	eachGiver = 100_000_000 // and those of the next giver there
)

func giverCode(i int) string     { return fmt.Sprintf("donneuse-%d", i+1) }
func permanentCode(i int) string { return fmt.Sprintf("permanente-%d", i+1) }

// keyOf is the key of every library of the bench.
func keyOf(code string) string { return "cle-de-mesure-de-" + code }

// site is where the rows are measured: one kind of database, and the networks that were made on it so far.
type site struct {
	engine  engine
	program *program
	sizes   sizes
	scratch string
	log     *slog.Logger
	fleet   *receivers // of the permanent libraries

	base     database // the givers and the wanderer, no card
	networks map[int]*network
	peopled  *network // the huge one with its permanent libraries
	posts    *posts
}

// network is a database that was filled through the door, and what that took.
type network struct {
	database
	cards int
	peak  float64 // MiB
}

// libraryEntry is one of a YAML file for hub library import.
func libraryEntry(code, more string) string {
	return fmt.Sprintf("  - {code: %s, name: %s, email: %s@example.org, key-file: %s%s}\n", code, code, code, code, more)
}

// enter adds libraries to a database no hub is on.
func (s *site) enter(ctx context.Context, d database, codes []string, more func(i int) string) error {
	var file bytes.Buffer
	file.WriteString("libraries:\n")
	for i, code := range codes {
		if err := os.WriteFile(filepath.Join(s.scratch, code), []byte(keyOf(code)+"\n"), 0o600); err != nil {
			return err
		}
		file.WriteString(libraryEntry(code, more(i)))
	}
	path := filepath.Join(s.scratch, "libraries.yaml")
	if err := os.WriteFile(path, file.Bytes(), 0o600); err != nil {
		return err
	}
	return s.program.run(ctx, d.address(), "library", "import", path)
}

func nothingMore(int) string { return "" }

// enterPermanent adds the first n permanent libraries, each with a receiver of its own.
func (s *site) enterPermanent(ctx context.Context, d database, n int) error {
	codes := make([]string, n)
	for i := range codes {
		codes[i] = permanentCode(i)
	}
	return s.enter(ctx, d, codes, func(i int) string { return ", push-url: " + `"` + s.fleet.urls[i] + `"` })
}

// fresh is a network without cards; the caller drops it.
func (s *site) fresh(ctx context.Context) (database, error) {
	if s.base == nil {
		base, err := s.engine.create(ctx, nil)
		if err != nil {
			return nil, err
		}
		codes := []string{wanderer, upstream}
		for i := range givers {
			codes = append(codes, giverCode(i))
		}
		if err := s.enter(ctx, base, codes, nothingMore); err != nil {
			return nil, err
		}
		s.base = base
	}
	return s.engine.create(ctx, s.base)
}

// dropping drops a database behind whatever was measured on it.
func dropping(ctx context.Context, d database, err error) error {
	return errors.Join(err, d.drop(context.WithoutCancel(ctx)))
}

// with runs a hub on a database for as long as the work takes.
func (s *site) with(ctx context.Context, name string, d database, work func(h *hub) error, settings ...string) (err error) {
	h, err := s.program.serve(ctx, name+"-"+s.engine.name(), d.address(), settings...)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, h.stop()) }()
	return work(h)
}

// holding is the network of so many cards that one library gave in one document.
func (s *site) holding(ctx context.Context, cards int) (*network, error) {
	if made := s.networks[cards]; made != nil {
		return made, nil
	}
	s.log.Info("filling a network by POST", "cards", cards)
	d, err := s.fresh(ctx)
	if err != nil {
		return nil, err
	}
	n := &network{database: d, cards: cards}
	err = s.with(ctx, "fill", d, func(h *hub) error {
		r, err := newGiver(h, giverCode(0)).give(ctx, newDocument(giverCode(0), firstCard, cards, 0), cards)
		if err != nil {
			return err
		}
		s.log.Info("filled", "cards", cards, "cards/s", int(float64(cards)/r.took.Seconds()))
		if n.peak, err = h.peak(); err != nil {
			return err
		}
		_, err = s.digested(ctx, d)
		return err
	})
	if err != nil {
		return nil, dropping(ctx, d, err)
	}
	if err := s.ready(ctx, d); err != nil {
		return nil, err
	}
	s.networks[cards] = n
	return n, nil
}

// digested waits until the work that new cards leave behind is done: figures counted, likenesses looked for. It tells how long that
// took once it had begun, which the hub puts off while cards come in.
func (s *site) digested(ctx context.Context, d database) (time.Duration, error) {
	const patience, look = time.Hour, 200 * time.Millisecond
	asked := time.Now()
	begun, unmoved := asked, int64(-1)
	for {
		looked := time.Now()
		far, done, err := digestion(ctx, d)
		if err != nil {
			return 0, err
		}
		if unmoved < 0 || far == unmoved {
			begun, unmoved = looked, far
		}
		if done {
			s.log.Info("counted and compared", "seconds", int(time.Since(asked).Seconds()))
			return time.Since(begun), nil
		}
		if time.Since(asked) > patience {
			return 0, fmt.Errorf("new cards are not counted and compared after %s", patience)
		}
		if err := pause(ctx, look); err != nil {
			return 0, err
		}
	}
}

// digestion is how far both jobs have got together, and whether nothing is left for either.
func digestion(ctx context.Context, d database) (far int64, done bool, err error) {
	const marks = " FROM marks m, clock c WHERE m.library_id = 0 AND m.door IN ('statistiques', 'ressemblances')"
	if far, err = d.number(ctx, "SELECT CAST(coalesce(sum(m.seq), 0) AS bigint)"+marks); err != nil {
		return 0, false, err
	}
	finished, err := d.number(ctx, "SELECT count(*)"+marks+" AND m.seq >= c.seq")
	return far, finished == 2, err
}

// ready leaves a filled database as one that has lived a while: written out, and its statistics known.
func (s *site) ready(ctx context.Context, d database) error {
	if s.engine.name() == "postgres" {
		if err := d.exec(ctx, "VACUUM ANALYZE"); err != nil {
			return err
		}
	}
	return d.settle(ctx)
}

// huge is the huge network with 200 permanent libraries, where every library has all its cards. Giving each of them a million cards is
// not what is measured on it: their marks are what the hub would have written when it had.
func (s *site) huge(ctx context.Context) (*network, error) {
	if s.peopled != nil {
		return s.peopled, nil
	}
	n, err := s.holding(ctx, s.sizes.Huge)
	if err != nil {
		return nil, err
	}
	if err := s.enterPermanent(ctx, n, libraries); err != nil {
		return nil, err
	}
	err = n.exec(ctx, `UPDATE marks SET seq = c.seq, stamp = c.stamp, finished_seq = c.seq, moved = c.stamp * 1000000 FROM libraries l, clock c
		WHERE l.id = marks.library_id AND marks.door = CASE WHEN l.push_url <> '' THEN 'push' ELSE 'oai' END AND marks.seq = 0`)
	if err != nil {
		return nil, err
	}
	s.peopled = n
	return n, s.ready(ctx, n)
}
