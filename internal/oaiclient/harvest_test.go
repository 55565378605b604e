package oaiclient_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/carte-reseau/hub/internal/cards"
	"github.com/carte-reseau/hub/internal/oaiclient"
	"github.com/carte-reseau/hub/internal/store"
	"github.com/carte-reseau/hub/internal/store/storetest"
)

func TestHarvestOfSeveralPages(t *testing.T) {
	t.Parallel()
	storetest.Each(t, harvestOfSeveralPages)
}

func harvestOfSeveralPages(t *testing.T, s *store.Store) {
	ils := newScript(t, page("p2", "A1", "A2"), page("p3", "A3"), page("", "A4"))
	w := newWorldOn(t, s, ils.URL+"/oai?base=1")
	run := w.complete(t)
	if run.Counts != (cards.Counts{Received: 4, Created: 4}) {
		t.Errorf("counts %+v", run.Counts)
	}
	w.wantNumbers(t, "A1", "A2", "A3", "A4")
	if got := fmt.Sprint(ils.queries()); got != "[from= p2 p3]" {
		t.Errorf("asked %s", got)
	}
	first := ils.asked[0]
	if first.Get("verb") != "ListRecords" || first.Get("set") != "cartes" || first.Get("metadataPrefix") != "carte" || first.Get("base") != "1" {
		t.Errorf("first request %v", first)
	}
	if second := ils.asked[1]; second.Has("set") || second.Has("metadataPrefix") {
		t.Errorf("a token excludes other arguments: %v", second)
	}
	want := cards.Harvest{LibraryID: w.lib.ID, Source: w.lib.OAIURL + " cartes carte", From: date, Granularity: "second"}
	if state := w.state(t); state != want {
		t.Errorf("state %+v", state)
	}
	deposits := w.deposits(t)
	if len(deposits) != 1 || deposits[0].Status != cards.Integrated || deposits[0].Counts != run.Counts || deposits[0].ID != run.Deposit {
		t.Errorf("deposits %+v", deposits)
	}
	if len(w.mails(t)) != 0 {
		t.Error("a mail although nothing was refused")
	}
	runs, err := w.store.Runs(context.Background(), cards.RunQuery{Limit: 10})
	if err != nil || len(runs) != 1 || !runs[0].OK || runs[0].Counts != run.Counts {
		t.Errorf("runs %+v, %v", runs, err)
	}
	w.silent(t, "A1", "p2", "secret du SIGB")
}

func TestNextWindowBeginsBeforeTheLastBegan(t *testing.T) {
	t.Parallel()
	later := strings.ReplaceAll(listOf("", card("A1", "Roux")), date, "2026-11-22T10:00:00Z")
	ils := newScript(t, page("p2", "A1"), page("", "A2"), xmlAnswer(later), xmlAnswer(later))
	w := newWorld(t, ils.URL)
	w.complete(t)
	w.complete(t)
	w.complete(t)
	if got := fmt.Sprint(ils.queries()); got != "[from= p2 from=2026-11-21T09:50:00Z from=2026-11-22T09:50:00Z]" {
		t.Errorf("asked %s", got)
	}
	if xml := w.handed(t)["A1"]; !strings.Contains(xml, "Roux") {
		t.Errorf("the later harvest did not change the card: %s", xml)
	}
}

// Long lists take hours, and some servers tell with each page what time it is then: what changed while the list was read is
// after its first page.
func TestNextWindowBeginsBeforeTheFirstPage(t *testing.T) {
	t.Parallel()
	hours := strings.ReplaceAll(listOf("", card("A2", "X")), date, "2026-11-21T14:00:00Z")
	ils := newScript(t, page("p2", "A1"), xmlAnswer(hours), xmlAnswer(oaiError("noRecordsMatch")))
	w := newWorld(t, ils.URL)
	w.complete(t)
	w.complete(t)
	if got := fmt.Sprint(ils.queries()); got != "[from= p2 from=2026-11-21T09:50:00Z]" {
		t.Errorf("asked %s", got)
	}
}

func TestNothingNewLeavesARunAndNoDeposit(t *testing.T) {
	t.Parallel()
	ils := newScript(t, xmlAnswer(oaiError("noRecordsMatch")), xmlAnswer(oaiError("noRecordsMatch")))
	w := newWorld(t, ils.URL)
	run := w.complete(t)
	if run.Deposit != 0 || len(w.deposits(t)) != 0 {
		t.Error("an empty harvest made a deposit")
	}
	if state := w.state(t); state.From != date {
		t.Errorf("state %+v", state)
	}
	w.complete(t)
	// No record was seen yet: its datestamps may be days.
	if got := fmt.Sprint(ils.queries()); got != "[from= from=2026-11-20T00:00:00Z]" {
		t.Errorf("asked %s", got)
	}
}

func TestDaysWhereSecondsAreRefused(t *testing.T) {
	t.Parallel()
	ils := newScript(t, page("", "A1"))
	w := newWorld(t, ils.URL)
	w.complete(t)
	ils.then(xmlAnswer(oaiError("badArgument")), page("", "A2"), page("", "A3"))
	w.complete(t)
	w.complete(t)
	if got := fmt.Sprint(ils.queries()); got != "[from=2026-11-21T09:50:00Z from=2026-11-20 from=2026-11-20]" {
		t.Errorf("asked %s", got)
	}
	w.wantNumbers(t, "A1", "A2", "A3")
}

func TestDaysWhereDatestampsAreDays(t *testing.T) {
	t.Parallel()
	ils := newScript(t, xmlAnswer(strings.ReplaceAll(listOf("", card("A1", "X")), "2026-11-21T09:00:00Z", "2026-11-21")), page("", "A1"))
	w := newWorld(t, ils.URL)
	w.complete(t)
	w.complete(t)
	if got := fmt.Sprint(ils.queries()); got != "[from= from=2026-11-20]" {
		t.Errorf("asked %s", got)
	}
}

// What is stamped with the beginning of its day, of the network's or of UTC's, may have changed at any time of it.
func TestDaysWhereDatestampsMayBeDays(t *testing.T) {
	t.Parallel()
	paris, err := time.LoadLocation("Europe/Paris")
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct{ stamps, from string }{
		"midnight of UTC":       {"2026-11-21T00:00:00Z 2026-11-19T00:00:00Z", "2026-11-20T00:00:00Z"},
		"midnight in winter":    {"2026-11-20T23:00:00Z 2026-11-21T00:00:00+01:00", "2026-11-20T00:00:00Z"},
		"midnight in summer":    {"2026-07-20T22:00:00Z 2026-07-20T22:00:00Z", "2026-11-20T00:00:00Z"},
		"a midnight by chance":  {"2026-11-21T00:00:00Z 2026-11-21T09:00:00Z", "2026-11-21T09:50:00Z"},
		"and the other way":     {"2026-11-21T09:00:00Z 2026-11-21T00:00:00Z", "2026-11-21T09:50:00Z"},
		"midnight of elsewhere": {"2026-11-21T05:00:00Z 2026-11-21T05:00:00Z", "2026-11-21T09:50:00Z"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			first, second, _ := strings.Cut(c.stamps, " ")
			stamped := func(number, stamp string) string {
				return strings.ReplaceAll(card(number, "X"), "2026-11-21T09:00:00Z", stamp)
			}
			ils := newScript(t, xmlAnswer(listOf("", stamped("A1", first), stamped("A2", second))), xmlAnswer(oaiError("noRecordsMatch")))
			w := newWorld(t, ils.URL)
			for range 3 { // an answer that shows no record teaches nothing
				w.complete(t, func(o *oaiclient.Options) { o.Location = paris })
			}
			if got, want := fmt.Sprint(ils.queries()), "[from= from="+c.from+" from="+c.from+"]"; got != want {
				t.Errorf("asked %s, want %s", got, want)
			}
		})
	}
}

// Where clocks go back, an hour of the night exists twice for a system that writes its wall's time: what changes in the second
// one is stamped before a harvest of the first.
func TestTheNightWhenClocksGoBack(t *testing.T) {
	t.Parallel()
	paris, err := time.LoadLocation("Europe/Paris")
	if err != nil {
		t.Fatal(err)
	}
	for said, want := range map[string]string{
		"2026-10-25T02:50:00Z":      "2026-10-25T01:40:00Z", // the wall's
		"2026-10-25T00:50:00Z":      "2026-10-24T23:40:00Z",
		"2026-10-25T02:50:00+02:00": "2026-10-24T23:40:00Z",
		"2026-10-23T02:50:00Z":      "2026-10-23T02:40:00Z",
		"2026-10-27T02:50:00Z":      "2026-10-27T02:40:00Z",
		"2026-03-29T02:50:00Z":      "2026-03-29T02:40:00Z", // they go forward
	} {
		ils := newScript(t, xmlAnswer(strings.ReplaceAll(listOf("", card("A1", "X")), date, said)), xmlAnswer(oaiError("noRecordsMatch")))
		w := newWorld(t, ils.URL)
		for range 2 {
			w.complete(t, func(o *oaiclient.Options) { o.Location = paris })
		}
		if got := ils.queries()[1]; got != "from="+want {
			t.Errorf("after %s asked %s, want from=%s", said, got, want)
		}
	}
}

func TestClockThatWentBackMeansEverything(t *testing.T) {
	t.Parallel()
	ils := newScript(t, xmlAnswer(strings.ReplaceAll(listOf("", card("A1", "X")), date, "2031-01-01T00:00:00Z")),
		xmlAnswer(oaiError("noRecordsMatch")), page("", "A1", "A2"))
	w := newWorld(t, ils.URL)
	w.complete(t)
	w.complete(t)
	if got := fmt.Sprint(ils.queries()); got != "[from= from=2030-12-31T23:50:00Z from=]" {
		t.Errorf("asked %s", got)
	}
	w.wantNumbers(t, "A1", "A2")
	if state := w.state(t); state.From != date {
		t.Errorf("state %+v", state)
	}
}

func TestWithoutResponseDate(t *testing.T) {
	t.Parallel()
	noDate := strings.ReplaceAll(listOf("", card("A1", "X")), date, "hier")
	withHeader := func(value string) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			w.Header()["Date"] = nil
			if value != "" {
				w.Header().Set("Date", value)
			}
			xmlAnswer(noDate)(w, r)
		}
	}
	ils := newScript(t, withHeader(""), withHeader("Sat, 21 Nov 2026 10:00:00 GMT"))
	w := newWorld(t, ils.URL)
	w.complete(t)
	if state := w.state(t); state.From != "" {
		t.Errorf("from %q although no clock was told", state.From)
	}
	w.complete(t)
	if state := w.state(t); state.From != date {
		t.Errorf("from %q, the web server's clock says %s", state.From, date)
	}
}

func TestDeletedHeadersAreRecordedAndTheCardStays(t *testing.T) {
	t.Parallel()
	deleted := `<record><header status="deleted"><identifier>oai:ils:A1</identifier><datestamp>2026-11-21T09:00:00Z</datestamp></header></record>`
	ils := newScript(t, page("", "A1"), xmlAnswer(listOf("", deleted)))
	w := newWorld(t, ils.URL)
	w.complete(t)
	counter := &counting{Store: w.store}
	if _, err := w.harvestOn(t, counter); err != nil {
		t.Fatal(err)
	}
	if counter.deleted != 1 {
		t.Errorf("%d deleted headers recorded", counter.deleted)
	}
	w.wantNumbers(t, "A1")
	if len(w.deposits(t)) != 1 {
		t.Error("deleted headers alone made a deposit")
	}
}

func TestExpiredTokenStartsTheWindowAgain(t *testing.T) {
	t.Parallel()
	ils := newScript(t, page("p2", "A1"), xmlAnswer(oaiError("badResumptionToken")), page("q2", "A1"), page("", "A2"))
	w := newWorld(t, ils.URL)
	run := w.complete(t)
	if got := fmt.Sprint(ils.queries()); got != "[from= p2 from= q2]" {
		t.Errorf("asked %s", got)
	}
	w.wantNumbers(t, "A1", "A2")
	if run.Counts != (cards.Counts{Received: 3, Created: 2, Unchanged: 1}) {
		t.Errorf("counts %+v", run.Counts)
	}
}

func TestTokenThatIsAlwaysRefusedFailsAndKeepsTheWindow(t *testing.T) {
	t.Parallel()
	answers := map[string]http.HandlerFunc{
		"badResumptionToken": xmlAnswer(oaiError("badResumptionToken")),
		"noRecordsMatch":     xmlAnswer(oaiError("noRecordsMatch")),
		"badArgument":        xmlAnswer(oaiError("badArgument")),
		"status": func(w http.ResponseWriter, r *http.Request) {
			w.WriteHeader(400)
			xmlAnswer(oaiError("badResumptionToken"))(w, r)
		},
	}
	for name, refusal := range answers {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			one := page("jeton-secret", "A1")
			ils := newScript(t, one, refusal, one, refusal, one, refusal)
			w := newWorld(t, ils.URL)
			run, err := w.harvest(t, func(o *oaiclient.Options) { o.MaxRestarts = 2 })
			if err == nil || run.OK {
				t.Fatal("the harvest succeeded")
			}
			for _, part := range []string{"jeton de reprise", "recommencée 2 fois", "127.0.0.1", "page 2", "fournisseur"} {
				if !strings.Contains(run.Error.String(), part) {
					t.Errorf("%q is not in %q", part, run.Error)
				}
			}
			if state := w.state(t); state.From != "" || !state.Started.IsZero() {
				t.Errorf("state %+v", state)
			}
			if deposits := w.deposits(t); len(deposits) != 1 || deposits[0].Status != cards.Integrated {
				t.Errorf("deposits %+v", deposits)
			}
			w.wantNumbers(t, "A1")
			w.silent(t, "jeton-secret")
		})
	}
}

// A system whose last cards left the list meanwhile has nothing to show for its token, be the list's length told with each
// page or only with the first.
func TestNothingMoreWhereAllWasSeen(t *testing.T) {
	t.Parallel()
	sized := func(token, number string) http.HandlerFunc {
		return xmlAnswer(strings.Replace(listOf(token, card(number, "X")), "<resumptionToken>", `<resumptionToken completeListSize="2">`, 1))
	}
	for name, second := range map[string]http.HandlerFunc{"each": sized("p3", "A2"), "first": page("p3", "A2")} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ils := newScript(t, sized("p2", "A1"), second, xmlAnswer(oaiError("noRecordsMatch")))
			w := newWorld(t, ils.URL)
			w.complete(t)
			if got := fmt.Sprint(ils.queries()); got != "[from= p2 p3]" {
				t.Errorf("asked %s", got)
			}
		})
	}
}

// Where fewer came than were announced, nothing more is no end: the rest would be asked for by nobody.
func TestNothingMoreWhereRecordsAreMissingIsNoEnd(t *testing.T) {
	t.Parallel()
	first := xmlAnswer(strings.Replace(listOf("p2", card("A1", "X")), "<resumptionToken>", `<resumptionToken completeListSize="3">`, 1))
	none := xmlAnswer(oaiError("noRecordsMatch"))
	ils := newScript(t, first, none, first, none, first, none)
	w := newWorld(t, ils.URL)
	if run, err := w.harvest(t, func(o *oaiclient.Options) { o.MaxRestarts = 2 }); err == nil || !strings.Contains(run.Error.String(), "recommencée 2 fois") {
		t.Errorf("error %q", run.Error)
	}
	if state := w.state(t); state.From != "" {
		t.Errorf("the next harvest would begin at %s", state.From)
	}
}

// A server that refuses days as well is not asked for them again and again.
func TestDaysThatAreRefusedToo(t *testing.T) {
	t.Parallel()
	ils := newScript(t, page("", "A1"))
	w := newWorld(t, ils.URL)
	w.complete(t)
	refused := xmlAnswer(oaiError("badArgument"))
	ils.then(refused, refused, page("", "A2")) // a third request would do
	if run, err := w.harvest(t); err == nil || !strings.Contains(run.Error.String(), "badArgument") {
		t.Errorf("error %q", run.Error)
	}
	if got := fmt.Sprint(ils.queries()); got != "[from=2026-11-21T09:50:00Z from=2026-11-20]" {
		t.Errorf("asked %s", got)
	}
}

// Empty pages count while they follow each other.
func TestEmptyPagesBetweenOthers(t *testing.T) {
	t.Parallel()
	ils := newScript(t, page("a", "A1"), page("b"), page("c"), page("d", "A2"), page("e"), page("f"), page("", "A3"))
	w := newWorld(t, ils.URL)
	w.complete(t, func(o *oaiclient.Options) { o.MaxEmpty = 3 })
	w.wantNumbers(t, "A1", "A2", "A3")
}

func TestListsThatNeverEnd(t *testing.T) {
	t.Parallel()
	for name, answers := range map[string][]http.HandlerFunc{
		"deux fois de suite": {page("jeton-secret", "A1"), page("jeton-secret", "A2")},
		"déjà suivi":         {page("jeton-secret", "A1"), page("autre", "A2"), page("jeton-secret", "A3")},
		"aucun enregistrement": {
			page("a", "A1"), page("b"), page("c"), page("d"), page("e"), page("f"), page("g"),
		},
		"dépasse 6 pages": {
			page("a", "A1"), page("b", "A1"), page("c", "A1"), page("d", "A1"), page("e", "A1"), page("f", "A1"), page("g", "A1"), page("h", "A1"),
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ils := newScript(t, answers...)
			w := newWorld(t, ils.URL)
			run, err := w.harvest(t, func(o *oaiclient.Options) { o.MaxEmpty, o.MaxPages = 3, 6 })
			if err == nil || !strings.Contains(run.Error.String(), name) {
				t.Fatalf("error %q", run.Error)
			}
			if state := w.state(t); !state.Started.IsZero() {
				t.Errorf("not ended: %+v", state)
			}
			w.silent(t, "jeton-secret")
			ils.then(page("", "A9"))
			w.complete(t)
			if got := fmt.Sprint(ils.queries()); got != "[from=]" {
				t.Errorf("asked %s", got)
			}
		})
	}
}

// A page that cannot be followed is a page all the same: no later harvest would bring its cards otherwise.
func TestThePageAtWhichAListGoesRoundComesIn(t *testing.T) {
	t.Parallel()
	for name, batch := range map[string]int{"page kept": 500, "page read again": 1} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ils := newScript(t, byToken(map[string]http.HandlerFunc{"": page("p2", "A1"), "p2": page("p2", "A2", "A3")}))
			w := newWorld(t, ils.URL)
			for range 3 {
				run, err := w.harvest(t, func(o *oaiclient.Options) { o.BatchSize = batch })
				if err == nil || !strings.Contains(run.Error.String(), "deux fois de suite") || !strings.Contains(run.Error.String(), "page 2") {
					t.Fatalf("error %q", run.Error)
				}
				if run.Counts.Received != 3 {
					t.Errorf("counts %+v", run.Counts)
				}
				if state := w.state(t); state.From != "" || !state.Started.IsZero() {
					t.Errorf("state %+v", state)
				}
			}
			w.wantNumbers(t, "A1", "A2", "A3")
			if got := fmt.Sprint(ils.queries()); got != "[from= p2 from= p2 from= p2]" {
				t.Errorf("asked %s", got)
			}
		})
	}
}

func TestEmptyPageInTheMiddleIsPassed(t *testing.T) {
	t.Parallel()
	ils := newScript(t, page("p2", "A1"), page("p3"), page("", "A2"))
	w := newWorld(t, ils.URL)
	w.complete(t)
	w.wantNumbers(t, "A1", "A2")
}

func TestAskedToComeBackLater(t *testing.T) {
	t.Parallel()
	ils := newScript(t, page("p2", "A1"), status(http.StatusServiceUnavailable, "Retry-After", "900"))
	w := newWorld(t, ils.URL)
	run, err := w.harvest(t)
	var later *oaiclient.NotBefore
	if !errors.As(err, &later) {
		t.Fatalf("error %v", err)
	}
	if wait := time.Until(later.Until); wait < 14*time.Minute || wait > 15*time.Minute {
		t.Errorf("not before %v", later.Until)
	}
	if run.OK || !strings.Contains(run.Error.String(), "revenir plus tard (HTTP 503)") {
		t.Errorf("run %+v", run)
	}
	w.wantNumbers(t, "A1")
	ils.then(page("", "A2"))
	second := w.complete(t)
	if got := fmt.Sprint(ils.queries()); got != "[p2]" {
		t.Errorf("asked %s", got)
	}
	if second.Deposit != run.Deposit {
		t.Errorf("the harvest has two deposits, %d and %d", run.Deposit, second.Deposit)
	}
	w.wantNumbers(t, "A1", "A2")
	if state := w.state(t); state.From != date {
		t.Errorf("state %+v", state)
	}
}

func TestServerThatIsDownKeepsTheProgress(t *testing.T) {
	t.Parallel()
	ils := newScript(t, page("jeton-secret", "A1"), status(http.StatusBadGateway))
	w := newWorld(t, ils.URL)
	run, err := w.harvest(t)
	if err == nil || !strings.Contains(run.Error.String(), "HTTP 502") || cards.CodeOf(err) != cards.Unavailable {
		t.Fatalf("error %v", err)
	}
	if state := w.state(t); state.Token != "jeton-secret" || state.Pages != 1 {
		t.Errorf("state %+v", state)
	}
	if got := fmt.Sprint(ils.queries()); got != "[from= jeton-secret jeton-secret jeton-secret]" {
		t.Errorf("asked %s", got)
	}
	w.silent(t, "jeton-secret")
}

func TestStoppedHarvestSaysSo(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(context.Background())
	asked := make(chan struct{})
	ils := newScript(t, page("p2", "A1"), func(_ http.ResponseWriter, r *http.Request) {
		close(asked)
		<-r.Context().Done()
	})
	w := newWorld(t, ils.URL)
	go func() {
		<-asked
		for applied := false; !applied; time.Sleep(time.Millisecond) {
			state, err := w.store.Harvest(context.Background(), w.lib.ID)
			applied = err != nil || state.Pages == 1
		}
		cancel()
	}()
	h := oaiclient.New(w.store, w.hasty())
	defer h.Close()
	run, err := h.Harvest(ctx, w.lib)
	if !errors.Is(err, context.Canceled) || !strings.Contains(run.Error.String(), "arrêt du concentrateur") {
		t.Fatalf("run %+v, %v", run, err)
	}
	runs, err := w.store.Runs(context.Background(), cards.RunQuery{Limit: 1})
	if err != nil || len(runs) != 1 || runs[0].Finished.IsZero() || runs[0].Error != run.Error {
		t.Errorf("runs %+v, %v", runs, err)
	}
	ils.then(page("", "A2"))
	w.complete(t)
	w.wantNumbers(t, "A1", "A2")
}

func TestPageInSeveralBatches(t *testing.T) {
	t.Parallel()
	ils := newScript(t, page("p2", "A1", "A2", "A3", "A4"), page("", "A5", "A6", "A7"))
	w := newWorld(t, ils.URL)
	counter := &counting{Store: w.store}
	if _, err := w.harvestOn(t, counter, func(o *oaiclient.Options) { o.BatchSize = 2 }); err != nil {
		t.Fatal(err)
	}
	if got := fmt.Sprint(counter.cursors); got != "[none p2 none end]" {
		t.Errorf("the cursor moved %s", got)
	}
	w.wantNumbers(t, "A1", "A2", "A3", "A4", "A5", "A6", "A7")
}

func TestLastOfSeveralRecordsOfOneCardWins(t *testing.T) {
	t.Parallel()
	ils := newScript(t, xmlAnswer(listOf("p2", card("A1", "Un"), card("a1", "Deux"))), xmlAnswer(listOf("", card("A1", "Trois"))))
	w := newWorld(t, ils.URL)
	w.complete(t)
	if all := w.handed(t); len(all) != 1 || !strings.Contains(fmt.Sprint(all), "Trois") {
		t.Errorf("handed %v", all)
	}
}
