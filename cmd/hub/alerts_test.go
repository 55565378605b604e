package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/carte-reseau/hub/internal/cards"
	"github.com/carte-reseau/hub/internal/store/storetest"
)

var rewrite = flag.Bool("rewrite", false, "write the letters of testdata anew")

// watched is a hub that is not running, whose clock the test moves: what is
// looked for is looked for when the test says so.
type watched struct {
	*hub
	t     *testing.T
	s     *site
	ahead atomic.Int64
}

func newWatched(t *testing.T, database string) *watched {
	t.Helper()
	w := &watched{t: t, s: newSite(t, database)}
	w.s.AdminEmail, w.s.PublicURL = "admin@example.org", "https://carte.example.org"
	w.s.limits.store.Ahead = func() time.Duration { return time.Duration(w.ahead.Load()) }
	h, err := newHub(t.Context(), &w.s.Settings, console{out: w.s.log, err: w.s.log})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(h.close)
	w.hub = h
	return w
}

func (w *watched) look(at time.Duration) {
	w.t.Helper()
	w.ahead.Store(int64(at))
	if err := w.alerts(w.t.Context()); err != nil {
		w.t.Fatal(err)
	}
}

// letters takes what waits in the outbox, as "to: subject", and notes it sent.
func (w *watched) letters() (list []string, bodies map[string]string) {
	w.t.Helper()
	const many = 100
	due, err := w.store.DueMail(w.t.Context(), many)
	if err != nil {
		w.t.Fatal(err)
	}
	bodies = map[string]string{}
	for _, m := range due {
		line := m.To + ": " + m.Subject
		list, bodies[line] = append(list, line), m.Subject+"\n\n"+m.Body
		if err := w.store.MailSent(w.t.Context(), &m); err != nil {
			w.t.Fatal(err)
		}
	}
	slices.Sort(list)
	return list, bodies
}

func (w *watched) wantLetters(want ...string) map[string]string {
	w.t.Helper()
	got, bodies := w.letters()
	if !slices.Equal(got, want) {
		w.t.Errorf("letters %q, want %q", got, want)
	}
	return bodies
}

func (w *watched) account(name, language string, disabled bool, kinds ...cards.TroubleKind) {
	w.t.Helper()
	u := cards.User{Name: name, Role: cards.RoleReader, Email: name + "@example.org", Language: language, Disabled: disabled, Alerts: kinds}
	if _, err := w.store.AddUser(w.t.Context(), u, "cle-de-"+name+"-assez-longue"); err != nil {
		w.t.Fatal(err)
	}
}

// fail has a library's push fail as often as the network never should.
func (w *watched) fail(l *cards.Library, times int) {
	w.t.Helper()
	ctx := w.t.Context()
	plan := []cards.Job{{Kind: cards.JobPush, LibraryID: l.ID, Library: l.Code, Schedule: pushSchedule}}
	if err := w.store.SyncJobs(ctx, plan); err != nil {
		w.t.Fatal(err)
	}
	for range times {
		lease, got, err := storetest.AcquireLease(ctx, w.store, cards.JobPush, l.ID, "essai", time.Minute)
		if err != nil || !got {
			w.t.Fatal(got, err)
		}
		if err := w.store.ReleaseLease(ctx, lease, time.Time{}, cards.Errorf(cards.Unavailable, "pas de réponse")); err != nil {
			w.t.Fatal(err)
		}
	}
}

func (w *watched) succeed(l *cards.Library) {
	w.t.Helper()
	lease, got, err := storetest.AcquireLease(w.t.Context(), w.store, cards.JobPush, l.ID, "essai", time.Minute)
	if err != nil || !got {
		w.t.Fatal(got, err)
	}
	if err := w.store.ReleaseLease(w.t.Context(), lease, time.Time{}, nil); err != nil {
		w.t.Fatal(err)
	}
}

// A failing push is told to those who chose to know, each in their language,
// and to nobody else; then that it is over. Where nobody chose, it is the
// administrator's.
func TestTroubleIsToldToThoseWhoChoseToKnow(t *testing.T) {
	t.Parallel()
	eachDatabase(t, func(t *testing.T, database string) {
		w := newWatched(t, database)
		w.s.library("mours", "--push-url=http://ils.example.org/cartes")
		l, err := w.store.Library(t.Context(), "mours")
		if err != nil {
			t.Fatal(err)
		}
		w.look(0)
		w.wantLetters()

		w.fail(l, 6)
		w.look(time.Minute)
		w.wantLetters("admin@example.org: Carte réseau : travail en échec (mours)")
		w.succeed(l)
		w.look(2 * time.Minute)
		w.look(70 * time.Minute)
		w.wantLetters("admin@example.org: Carte réseau : terminé, travail en échec (mours)")

		w.account("claire", "fr", false, cards.TroubleFailing, cards.TroubleClock)
		w.account("kate", "en", false, cards.TroubleFailing)
		w.account("paul", "", false, cards.TroubleSilence)
		w.account("partie", "fr", true, cards.TroubleFailing)
		w.fail(l, 6)
		w.look(140 * time.Minute)
		w.wantLetters("claire@example.org: Carte réseau : travail en échec (mours)", "kate@example.org: Network card: failing job (mours)")
		w.look(141 * time.Minute)
		w.wantLetters()

		w.s.hub("status").want(exitError, "Problèmes en cours", "Le travail « livraison » pour la bibliothèque mours échoue (6 de suite)")
		metrics, err := w.parts.metrics.Gather()
		if err != nil || !strings.Contains(fmt.Sprint(metrics), `name:"hub_troubles_open"`) {
			t.Errorf("no metric of open troubles, %v", err)
		}

		w.succeed(l)
		w.look(230 * time.Minute)
		w.wantLetters() // it may come back
		w.look(241 * time.Minute)
		w.wantLetters("claire@example.org: Carte réseau : terminé, travail en échec (mours)", "kate@example.org: Network card: over, failing job (mours)")
		if past, err := w.store.Troubles(t.Context(), cards.TroubleQuery{}); err != nil || len(past) != 2 || past[0].Open() {
			t.Errorf("%+v, %v", past, err)
		}
	})
}

// A suspended deposit is told by the letter that is queued with it, which those
// who chose to know get as well; there is no second one, but for its end.
func TestASuspendedDepositIsToldOnce(t *testing.T) {
	t.Parallel()
	eachDatabase(t, func(t *testing.T, database string) {
		w := newWatched(t, database)
		w.s.library("mours")
		w.account("claire", "fr", false, cards.TroubleSuspended)
		w.account("kate", "en", false, cards.TroubleSuspended)
		w.s.hub("import", writeFile(t, "m.xml", renumbered("mours", 0)), "--library=mours").want(exitOK)
		w.s.hub("import", writeFile(t, "n.xml", renumbered("mours", 1)), "--library=mours").want(exitError)
		bodies := w.wantLetters("claire@example.org: Carte réseau : un dépôt de mours attend votre décision (600 cartes modifiées)",
			"kate@example.org: Network card: a deposit of mours waits for your decision (600 cards modified)")
		for line, body := range bodies {
			golden(t, "depot-suspendu-"+strings.SplitN(line, "@", 2)[0], body)
		}
		w.look(time.Minute)
		w.wantLetters()
		w.s.hub("status").want(exitError, "Le dépôt n° 2 de la bibliothèque mours, qui modifierait 600 cartes, attend une décision.")
		w.s.hub("deposits", "refuse", "2", "--reason=essai").want(exitOK)
		w.look(2 * time.Minute)
		w.look(80 * time.Minute)
		w.wantLetters("claire@example.org: Carte réseau : terminé, dépôt suspendu (mours)", "kate@example.org: Network card: over, suspended deposit (mours)")
	})
}

// The letters as people read them, both ways and in both languages.
func TestLettersAboutTrouble(t *testing.T) {
	t.Parallel()
	w := newWatched(t, "sqlite:"+filepath.Join(t.TempDir(), "hub.db"))
	began := time.Date(2026, 11, 27, 8, 30, 0, 0, time.UTC)
	for _, tr := range []cards.Trouble{
		{TroubleKey: cards.TroubleKey{Kind: cards.TroubleSilence, LibraryID: 1}, Library: "mours", Detail: cards.TroubleDetail{Since: began}},
		{TroubleKey: cards.TroubleKey{Kind: cards.TroubleFailing, LibraryID: 1, Subject: "moisson"}, Library: "mours", Detail: cards.TroubleDetail{Count: 6, Since: began}},
		{TroubleKey: cards.TroubleKey{Kind: cards.TroubleFailing, Subject: "courriel"}, Detail: cards.TroubleDetail{Count: 6}},
		{TroubleKey: cards.TroubleKey{Kind: cards.TroubleRefused, LibraryID: 1, Subject: cards.RefusedByLibrary}, Library: "mours", Detail: cards.TroubleDetail{Count: 1}},
		{TroubleKey: cards.TroubleKey{Kind: cards.TroubleRefused, LibraryID: 1, Subject: cards.RefusedByHub}, Library: "mours", Detail: cards.TroubleDetail{Count: 40}},
		{TroubleKey: cards.TroubleKey{Kind: cards.TroubleSuspended, LibraryID: 1, Subject: "12"}, Library: "mours", Detail: cards.TroubleDetail{Count: 12900}},
		{TroubleKey: cards.TroubleKey{Kind: cards.TroubleOutbox}, Detail: cards.TroubleDetail{Count: 3}},
		{TroubleKey: cards.TroubleKey{Kind: cards.TroubleOutbox}, Detail: cards.TroubleDetail{Count: 3, Lost: 1}},
		{TroubleKey: cards.TroubleKey{Kind: cards.TroubleClock}, Detail: cards.TroubleDetail{Count: 40}},
	} {
		tr.ID, tr.Began, tr.Ended = 7, began, began.Add(2*time.Hour)
		for _, language := range []string{cards.French, cards.English} {
			var all strings.Builder
			for _, mail := range []cards.TroubleMail{cards.TellBegan, cards.TellEnded} {
				m := w.troubleLetter(recipient{account: 3, email: "claire@example.org", language: language}, &tr, mail)
				fmt.Fprintf(&all, "%s\n\n%s\n--\n", m.Subject, m.Body)
				if phase := map[cards.TroubleMail]string{cards.TellBegan: "debut", cards.TellEnded: "fin"}[mail]; m.Key != "probleme-7-"+phase+"-3" {
					t.Errorf("key %q", m.Key)
				}
			}
			name := fmt.Sprintf("probleme-%s-%s%d-%s", tr.Kind, tr.Subject, tr.Detail.Lost, language)
			golden(t, name, all.String())
		}
	}
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	file := filepath.Join("testdata", "lettres", name+".txt")
	if *rewrite {
		if err := os.WriteFile(file, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s reads\n%s\nnot\n%s", name, got, want)
	}
}
