package main

import (
	"encoding/json"
	"io"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/carte-reseau/hub/internal/cards"
	"github.com/carte-reseau/hub/internal/sigb"
)

// checkPosts looks for every version the hub acknowledged, and for the last
// one given of each card: each exactly once.
func (n *town) checkPosts(t *testing.T) {
	t.Helper()
	held, versions := phonesHeld(t, n.foundation()), n.versions(t)
	for number, phone := range n.poster.given {
		if got, has := held[number]; !has || got != phone {
			t.Errorf("card %s: the hub holds %q, %q was given last", number, got, phone)
		}
	}
	for _, c := range n.poster.taken {
		if got := versions[c.number+" "+c.phone]; got != 1 {
			t.Errorf("card %s: the version %s was acknowledged and is there %d times", c.number, c.phone, got)
		}
	}
	for version, times := range versions {
		if strings.HasPrefix(version, "POSTE") && times != 1 {
			t.Errorf("version %s is there %d times", version, times)
		}
	}
	t.Logf("%d deposits by POST, %d acknowledged versions of %d cards", n.poster.tries, len(n.poster.taken), len(n.poster.given))
	if len(n.poster.taken) < 20 {
		t.Error("too few to show anything")
	}
}

// versions counts what the database holds of every version, by card number
// and telephone.
func (n *town) versions(t *testing.T) map[string]int {
	t.Helper()
	db := n.openDatabase(t)
	rows, err := db.QueryContext(t.Context(), "SELECT content FROM versions")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = rows.Close() }()
	found := map[string]int{}
	for rows.Next() {
		var content string
		var card cards.Card
		if err := rows.Scan(&content); err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal([]byte(content), &card); err != nil {
			t.Fatal(err)
		}
		found[card.Number+" "+card.Phone]++
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return found
}

// checkFiles follows every file whose arrival was acknowledged: its good card
// is in, and where it held a bad one, the library has a letter.
func (n *town) checkFiles(t *testing.T) {
	t.Helper()
	f := n.foundation()
	held := phonesHeld(t, f)
	letters := map[string]int{}
	for _, l := range n.box.to("depose@example.org") {
		if _, file, found := strings.Cut(l.subject, "« "); found {
			name, _, _ := strings.Cut(file, " »")
			letters[name]++
		}
	}
	bad := 0
	for name, file := range n.dropper.dropped {
		if _, has := held[file.good]; !has {
			t.Errorf("%s is lost: its card is not in", name)
		}
		if file.bad {
			bad++
		}
		if file.bad && letters[name] == 0 {
			t.Errorf("%s held a card that was refused, and nobody was told", name)
		}
		if !file.bad && letters[name] > 0 {
			t.Errorf("%s was good, and a letter was written", name)
		}
	}
	t.Logf("%d of %d files acknowledged, %d with a bad card, %d letters", len(n.dropper.dropped), n.dropper.tries, bad, len(letters))
	if len(n.dropper.dropped) < 10 || bad == 0 {
		t.Error("too few to show anything")
	}
	list, err := f.store.Deposits(t.Context(), cards.DepositQuery{Library: "depose", Limit: 10_000})
	if err != nil {
		t.Fatal(err)
	}
	times := map[string]int{}
	for _, d := range list {
		if times[d.Name]++; times[d.Name] > 1 {
			t.Errorf("%s was taken in %d times", d.Name, times[d.Name])
		}
		stored, err := f.store.OpenDeposit(t.Context(), d.ID)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.Copy(io.Discard, stored); err != nil {
			t.Errorf("the bytes of %s are damaged: %v", d.Name, err)
		}
		_ = stored.Close()
	}
	if left, err := filepath.Glob(filepath.Join(n.Data, "ftp", "depose", "*.xml")); err != nil || len(left) > 0 {
		t.Errorf("still in the folder: %v %v", left, err)
	}
}

// referenceOf is what the hub holds, as the libraries' databases are compared
// with it.
func referenceOf(t *testing.T, f *foundation) sigb.Snapshot {
	t.Helper()
	var document strings.Builder
	document.WriteString(documentHead("reseau"))
	for _, rendered := range f.cardsHeld(t) {
		document.Write(rendered)
	}
	document.WriteString("</cartes>")
	list, err := sigb.ReadCards(strings.NewReader(document.String()))
	if err != nil {
		t.Fatal(err)
	}
	reference := sigb.SnapshotOf("reseau", list...)
	if len(reference.Cards) != len(list) {
		t.Errorf("%d cards, %d numbers", len(list), len(reference.Cards))
	}
	return reference
}

// checkSystems compares every library's database with the hub's.
func (n *town) checkSystems(t *testing.T) {
	t.Helper()
	reference := referenceOf(t, n.foundation())
	for _, l := range n.systems {
		for _, p := range l.Patrons() {
			if _, held := reference.Cards[strings.ToLower(p.Number)]; !held {
				t.Errorf("%s holds card %s, which is not in the hub", l.Code(), p.Number)
			}
		}
		differences := sigb.Diff(reference, l.Snapshot(), time.Now())
		for i, d := range differences {
			if i == 10 {
				t.Errorf("%s: … and %d more", l.Code(), len(differences)-i)
				break
			}
			t.Errorf("%s", d)
		}
	}
	t.Logf("%d cards in the network", len(reference.Cards))
}
