package oaiclient_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"
	"testing"

	"github.com/carte-reseau/hub/internal/cards"
	"github.com/carte-reseau/hub/internal/exchange"
	"github.com/carte-reseau/hub/internal/oaiclient"
	"github.com/carte-reseau/hub/internal/store"
	"github.com/carte-reseau/hub/internal/store/storetest"
)

func badDates(number, end string) string {
	return record(number, `<carte xmlns="urn:carte-reseau:1"><numero>`+number+`</numero><nom>Roux</nom><inscription><premiere>2024-09-03</premiere><fin>`+
		end+`</fin></inscription></carte>`)
}

func TestRefusedCardsGoBackInOneMail(t *testing.T) {
	t.Parallel()
	storetest.Each(t, refusedCardsGoBack)
}

func refusedCardsGoBack(t *testing.T, s *store.Store) {
	ils := newScript(t, xmlAnswer(listOf("p2", card("A1", "X"), badDates("B1", "2020-01-01"))),
		xmlAnswer(listOf("", badDates("B2", "2020-01-01"), badDates("B3", "jamais"))))
	w := newWorldOn(t, s, ils.URL)
	w.complete(t, func(o *oaiclient.Options) { o.BatchSize = 1 })
	mails := w.mails(t)
	if len(mails) != 1 {
		t.Fatalf("%d mails", len(mails))
	}
	mail := mails[0]
	if mail.To != w.lib.Email || mail.Subject != "Moisson de Bibliothèque de beauvoir : 3 cartes refusées" {
		t.Errorf("to %q, subject %q", mail.To, mail.Subject)
	}
	for _, part := range []string{"4 cartes", "- Carte B1 :", "01/01/2020", "Que faire ?", "https://hub.example.org/depots/"} {
		if !strings.Contains(mail.Body, part) {
			t.Errorf("%q is not in the mail:\n%s", part, mail.Body)
		}
	}
	if len(mail.Attachments) != 2 || !strings.HasPrefix(mail.Attachments[0].Name, "rapport-") {
		t.Fatalf("attachments %+v", mail.Attachments)
	}
	report, err := exchange.NewReportReader(strings.NewReader(string(mail.Attachments[0].Data)), "")
	if err != nil {
		t.Fatal(err)
	}
	if c := report.Summary.Counts; c.Received != 4 || c.Rejected != 3 {
		t.Errorf("report counts %+v", c)
	}
	if got := returnedNumbers(t, mail.Attachments[1].Data); got != "[B1 B2 B3]" {
		t.Errorf("returned %s", got)
	}
	w.silent(t, "B1", "Roux")
}

// returnedNumbers reads the returned cards as any deposit.
func returnedNumbers(t *testing.T, document []byte) string {
	t.Helper()
	reader, err := exchange.NewReader(strings.NewReader(string(document)), exchange.Options{})
	if err != nil {
		t.Fatalf("%v in %s", err, document)
	}
	var numbers []string
	for {
		item, err := reader.Next()
		if err != nil {
			return fmt.Sprint(numbers)
		}
		numbers = append(numbers, item.Incoming.Number)
	}
}

func TestEachFaultIsToldOnce(t *testing.T) {
	t.Parallel()
	one := xmlAnswer(listOf("", badDates("B1", "2020-01-01"), badDates("B1", "2020-01-01")))
	two := xmlAnswer(listOf("", badDates("B1", "2020-01-01"), badDates("B2", "2020-01-01")))
	changed := xmlAnswer(listOf("", badDates("B1", "2020-01-02")))
	ils := newScript(t, one)
	w := newWorld(t, ils.URL)
	for i, c := range []struct {
		do   func()
		want int
	}{
		{func() {}, 1},
		{func() {}, 1}, // the same again
		{func() { ils.then(two) }, 2},
		{func() { ils.then(changed) }, 3},
		{func() { ils.then(two) }, 3},
	} {
		c.do()
		w.complete(t)
		if n := len(w.mails(t)); n != c.want {
			t.Errorf("after harvest %d: %d mails, want %d", i+1, n, c.want)
		}
	}
	second := w.mails(t)[1]
	if got := returnedNumbers(t, second.Attachments[1].Data); got != "[B2]" || !strings.Contains(second.Subject, "une carte refusée") {
		t.Errorf("the second mail, %q, returns %s", second.Subject, got)
	}
}

// What the hub forgot that it told, as with an erased card of the same library, it tells once more.
func TestAFaultThatWasForgottenIsToldAgain(t *testing.T) {
	t.Parallel()
	bad := badDates("B1", "2020-01-01")
	ils := newScript(t, xmlAnswer(listOf("", card("A1", "X"), bad)), xmlAnswer(listOf("", bad)))
	w := newWorld(t, ils.URL)
	w.complete(t)
	if _, err := w.store.Erase(t.Context(), "A1", "Claire"); err != nil {
		t.Fatal(err)
	}
	if err := w.store.TakeUp(t.Context()); err != nil {
		t.Fatal(err)
	}
	w.complete(t)
	w.complete(t)
	var told []string
	for _, mail := range w.mails(t) {
		if len(mail.Attachments) == 2 {
			told = append(told, returnedNumbers(t, mail.Attachments[1].Data))
		}
	}
	if !slices.Equal(told, []string{"[B1]", "[B1]"}) {
		t.Errorf("told of %v", told)
	}
}

// badRecords are so many refused cards, each of about so many bytes more.
func badRecords(n, bytes int) (records []string) {
	for i := range n {
		records = append(records, badDates(fmt.Sprintf("B%04d", i), "2020-01-01"+strings.Repeat("x", bytes)))
	}
	return records
}

// wantReturned checks that all cards of badRecords come back, each once, and how many by each mail.
func (w *world) wantReturned(t *testing.T, when string, perMail ...int) {
	t.Helper()
	times, got := map[string]int{}, []int{}
	for _, mail := range w.mails(t) {
		numbers := strings.Fields(strings.Trim(returnedNumbers(t, mail.Attachments[1].Data), "[]"))
		got = append(got, len(numbers))
		for _, number := range numbers {
			times[number]++
		}
	}
	if !slices.Equal(got, perMail) {
		t.Errorf("%s: the mails return %v cards, want %v", when, got, perMail)
	}
	for number, n := range times {
		if n != 1 {
			t.Errorf("%s: %s comes back %d times", when, number, n)
		}
	}
}

// A server lists what nobody changed once: what one mail does not hold cannot wait for a later harvest.
func TestEveryRefusedCardComesBackHoweverMany(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		cards, bytes int
		mails        []int
	}{
		"many":  {1100, 0, []int{1000, 100}},
		"large": {130, 50 << 10, []int{81, 49}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ils := newScript(t, xmlAnswer(listOf("", badRecords(c.cards, c.bytes)...)), xmlAnswer(oaiError("noRecordsMatch")))
			w := newWorld(t, ils.URL)
			w.complete(t)
			w.complete(t)
			w.wantReturned(t, name, c.mails...)
			for i, mail := range w.mails(t) {
				first := i == 0
				if strings.Contains(mail.Body, "autre message") != first {
					t.Errorf("body of mail %d: %s", i+1, mail.Body)
				}
				if said := refusedIn(mail); said != c.mails[i] || !strings.Contains(mail.Body, fmt.Sprintf("et %d autres", said-20)) {
					t.Errorf("mail %d speaks of %d cards: %s", i+1, said, mail.Body)
				}
			}
		})
	}
}

// refusedIn is how many cards a mail says were refused.
func refusedIn(mail cards.Message) (n int) {
	_, behind, _ := strings.Cut(mail.Subject, " : ")
	_, _ = fmt.Sscan(strings.ReplaceAll(behind, "\u202f", ""), &n) // in groups, as people read it
	return n
}

func TestAbandonedHarvestStillGivesBack(t *testing.T) {
	t.Parallel()
	ils := newScript(t, xmlAnswer(listOf("p2", badDates("B1", "2020-01-01"))), page("p2", "A1"))
	w := newWorld(t, ils.URL)
	if _, err := w.harvest(t); err == nil {
		t.Fatal("the list goes round, and the harvest succeeded")
	}
	if n := len(w.mails(t)); n != 1 {
		t.Errorf("%d mails", n)
	}
}

// dyingOver is a store that dies with a mail, before or after it took effect.
type dyingOver struct {
	*store.Store
	mail  int
	after bool
}

func (d *dyingOver) TellFaults(ctx context.Context, libraryID int64, m cards.Message, hashes [][16]byte) error {
	d.mail--
	if d.mail == 0 && !d.after {
		return errCrash
	}
	err := d.Store.TellFaults(ctx, libraryID, m, hashes)
	if d.mail == 0 {
		return errCrash
	}
	return err
}

// TestADeathBetweenTwoMailsReturnsEachCardOnce kills a harvest over each of the mails its refused cards fill.
func TestADeathBetweenTwoMailsReturnsEachCardOnce(t *testing.T) {
	t.Parallel()
	for mail := 1; mail <= 2; mail++ {
		for _, after := range []bool{false, true} {
			t.Run(fmt.Sprintf("mail %d, after %v", mail, after), func(t *testing.T) {
				t.Parallel()
				ils := newScript(t, xmlAnswer(listOf("", badRecords(1100, 0)...)))
				w := newWorld(t, ils.URL)
				if _, err := w.harvestOn(t, &dyingOver{Store: w.store, mail: mail, after: after}); !errors.Is(err, errCrash) {
					t.Fatal(err)
				}
				w.complete(t)
				w.wantReturned(t, "taken up", 1000, 100)
			})
		}
	}
}

// What goes back stands alone, with the namespaces from around it: more attributes than a page may have must not keep the
// harvest from ending.
func TestARefusedCardMayCarryAllAttributesAndNamespaces(t *testing.T) {
	t.Parallel()
	var attributes strings.Builder
	for i := range 62 {
		_, _ = fmt.Fprintf(&attributes, ` a%d="x"`, i)
	}
	wide := record("B1", `<carte xmlns="urn:carte-reseau:1"`+attributes.String()+`>`+fields("B1", "Roux")+`</carte>`)
	body := strings.Replace(listOf("", wide, card("A1", "X")), "<OAI-PMH", `<OAI-PMH xmlns:p="urn:p" xmlns:q="urn:q"`, 1)
	ils := newScript(t, xmlAnswer(body))
	w := newWorld(t, ils.URL)
	w.complete(t)
	w.complete(t)
	w.wantNumbers(t, "A1")
	if state := w.state(t); state.From != date || !state.Started.IsZero() {
		t.Errorf("state %+v", state)
	}
	mails := w.mails(t)
	if len(mails) != 1 {
		t.Fatalf("%d mails", len(mails))
	}
	if back := string(mails[0].Attachments[1].Data); !strings.Contains(back, `a61="x"`) || !strings.Contains(back, `xmlns:q="urn:q"`) {
		t.Errorf("returned %s", back)
	}
}

// spoiling is a store of which a batch of refused cards can be read up to the second only.
type spoiling struct{ *store.Store }

func (s spoiling) RejectedSources(ctx context.Context, deposit int64) iter.Seq2[[]byte, error] {
	return func(yield func([]byte, error) bool) {
		for sources, err := range s.Store.RejectedSources(ctx, deposit) {
			if !yield(bytes.Replace(sources, []byte("<numero>B2</numero>"), []byte("<numero>&</numero>"), 1), err) {
				return
			}
		}
	}
}

// Of a refused card whose source cannot be read again the library hears all the same, and the next harvest begins.
func TestASourceThatCannotBeReadAgainKeepsNobodyWaiting(t *testing.T) {
	t.Parallel()
	ils := newScript(t, xmlAnswer(listOf("", badDates("B1", "2020-01-01"), badDates("B2", "2020-01-01"), badDates("B3", "2020-01-01"))))
	w := newWorld(t, ils.URL)
	for range 2 {
		if _, err := w.harvestOn(t, spoiling{w.store}); err != nil {
			t.Fatal(err)
		}
	}
	mails := w.mails(t)
	if len(mails) != 1 {
		t.Fatalf("%d mails", len(mails))
	}
	for _, number := range []string{"B1", "B2", "B3"} {
		if !strings.Contains(mails[0].Body, "Carte "+number) || !strings.Contains(string(mails[0].Attachments[0].Data), `"`+number+`"`) {
			t.Errorf("%s is not in the mail: %s", number, mails[0].Body)
		}
	}
	back := string(mails[0].Attachments[1].Data)
	if !strings.Contains(back, "<numero>B1<") || strings.Count(back, "illisible") != 2 {
		t.Errorf("returned %s", back)
	}
}
