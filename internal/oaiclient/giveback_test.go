package oaiclient_test

import (
	"fmt"
	"strings"
	"testing"

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

func TestManyRefusedCardsMakeAMailOfBoundedSize(t *testing.T) {
	t.Parallel()
	var records []string
	for i := range 1100 {
		records = append(records, badDates(fmt.Sprintf("B%04d", i), "2020-01-01"))
	}
	ils := newScript(t, xmlAnswer(listOf("", records...)))
	w := newWorld(t, ils.URL)
	w.complete(t)
	w.complete(t)
	mails := w.mails(t)
	if len(mails) != 2 {
		t.Fatalf("%d mails", len(mails))
	}
	for i, want := range []int{1000, 100} {
		if n := strings.Count(string(mails[i].Attachments[1].Data), "<carte "); n != want {
			t.Errorf("mail %d returns %d cards, want %d", i+1, n, want)
		}
	}
	if !strings.Contains(mails[0].Body, "et 980 autres") {
		t.Errorf("body %s", mails[0].Body)
	}
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
