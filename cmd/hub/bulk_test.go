package main

import (
	"path/filepath"
	"testing"
	"time"

	"github.com/carte-reseau/hub/internal/cards"
	"github.com/carte-reseau/hub/internal/store/storetest"
)

// A large file dropped by FTP is integrated, deleted, and in the others' sets.
func TestALargeFileGoesThroughTheWholeProgram(t *testing.T) {
	t.Parallel()
	eachDatabase(t, func(t *testing.T, database string) {
		s := newSite(t, database)
		s.FTP = "embedded://127.0.0.1:0"
		s.library("mours")
		s.library("peyrins")
		h := s.boot()
		count := 10_000
		if storetest.Race { // which sees no more in more of them
			count = 3_000
		}
		document := documentOf("mours", manyCards("M", count)...)
		if err := dropFile(t.Context(), h.parts.ftpServer.Addr(), "mours", "mours.xml", document); err != nil {
			t.Fatal(err)
		}
		const patience = 2 * time.Minute
		eventually(t, patience, "the file is integrated and deleted", func() bool { return len(filesIn(t, s)) == 0 })

		list, err := h.store.Deposits(t.Context(), cards.DepositQuery{Library: "mours", Limit: 10})
		if err != nil {
			t.Fatal(err)
		}
		if len(list) != 1 || list[0].Status != cards.Integrated || list[0].Counts.Created != count || list[0].Name != "mours.xml" {
			t.Errorf("deposits: %+v", list)
		}
		if left, err := filepath.Glob(filepath.Join(s.Data, "ftp", "*", "*")); err != nil || len(left) > 0 {
			t.Errorf("left in the folder: %v %v", left, err)
		}
		set := newCaller(t, h.publicURL, "peyrins").handed(t)
		for i := range count {
			want := testCard{number: manyCardNumber("M", i), phone: phoneOf(i)}
			if got := set[want.number]; got.Phone != want.phone {
				t.Fatalf("card %s has telephone %q in the set of peyrins, want %q", want.number, got.Phone, want.phone)
			}
		}
		if len(set) != count {
			t.Errorf("%d cards in the set of peyrins", len(set))
		}
		if own := newCaller(t, h.publicURL, "mours").handed(t); len(own) != 0 {
			t.Errorf("mours is handed %d of its own cards", len(own))
		}
	})
}
