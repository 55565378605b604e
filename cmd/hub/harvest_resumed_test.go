package main

import (
	"context"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/carte-reseau/hub/internal/cards"
	"github.com/carte-reseau/hub/internal/sigb"
	"github.com/carte-reseau/hub/internal/store/storetest"
)

// A push waits for a harvest so as not to go over what a desk has changed. A
// harvest that a crash interrupted keeps to the window it began with: that one
// alone, taken up and completed, would not bring what the desk did since.
func TestAHarvestThatWasInterruptedAlsoBringsWhatChangedSince(t *testing.T) {
	t.Parallel()
	system := sigb.New(sigb.Config{Code: "beauvoir", Profile: sigb.Aloes()})
	desk := sigb.NewGenerator(rand.New(rand.NewPCG(1, 1)), "26", time.Now)
	const readers, pageSize = 25, 10
	if err := desk.Fill(system, readers); err != nil {
		t.Fatal(err)
	}
	server := sigb.NewServer(system, sigb.ServerOptions{PageSize: pageSize})
	if err := server.Start(t.Context(), "127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = server.Close() })
	s := newSite(t, storetest.SQLiteDatabase(t))
	s.library("beauvoir", "--oai-url="+server.URL(sigb.OAI), "--oai-set="+server.Set(), "--oai-prefix="+server.Prefix())
	h, err := newHub(t.Context(), &s.Settings, console{out: s.log, err: s.log})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(h.close)
	beauvoir, err := h.store.Library(t.Context(), "beauvoir")
	if err != nil {
		t.Fatal(err)
	}
	harvest, job := h.handlers(h.parts)[cards.JobHarvest], cards.Job{Kind: cards.JobHarvest, LibraryID: beauvoir.ID}

	ctx, interrupt := context.WithCancel(t.Context())
	defer interrupt()
	server.Faults.Next(sigb.Fault{}, sigb.Silent())
	interrupted := make(chan error, 1)
	go func() { interrupted <- harvest(ctx, job) }()
	eventually(t, 10*time.Second, "the second page is asked for", func() bool { return len(server.Seen()) == 2 })
	eventually(t, 10*time.Second, "the first page is in", func() bool { return len(phonesHeld(t, h.foundation)) == pageSize })
	interrupt()
	if err := <-interrupted; err == nil {
		t.Fatal("the harvest was not interrupted")
	}

	number := system.Patrons()[0].Number
	const phone = "0475123456"
	window := time.Now().Truncate(time.Second)
	eventually(t, 3*time.Second, "the window's last second is over", func() bool { return time.Now().Truncate(time.Second).After(window) })
	if err := system.Change(number, func(c *sigb.Card) { c.Phone = phone }); err != nil {
		t.Fatal(err)
	}
	if err := harvest(t.Context(), job); err != nil {
		t.Fatal(err)
	}
	held := phonesHeld(t, h.foundation)
	if len(held) != readers || held[number] != phone {
		t.Errorf("%d cards of %d, and telephone %q, want %q", len(held), readers, held[number], phone)
	}
}
