package oaiclient_test

import (
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/carte-reseau/hub/internal/oaiclient"
	"github.com/carte-reseau/hub/internal/sigb"
)

// deskClock is the clock of a library's system, which the test moves. It begins at noon.
type deskClock struct {
	noon  time.Time
	ahead atomic.Int64
}

func newDeskClock() *deskClock {
	return &deskClock{noon: time.Now().UTC().Truncate(24 * time.Hour).Add(12 * time.Hour)}
}

func (c *deskClock) now() time.Time { return c.noon.Add(time.Duration(c.ahead.Load())) }

func (c *deskClock) pass(d time.Duration) { c.ahead.Add(int64(d)) }

func phone(t *testing.T, system *sigb.System, number, phone string) {
	t.Helper()
	if err := system.Change(number, func(c *sigb.Card) { c.Phone = phone }); err != nil {
		t.Fatal(err)
	}
}

// A system may keep the day a card changed and write its first second: what changes after a harvest is then stamped before
// it.
func TestDaysThatAreWrittenAsTimes(t *testing.T) {
	t.Parallel()
	clock := newDeskClock()
	server, w := newSystemAt(t, 60, clock.now)
	server.Faults.Always(sigb.Midnights())
	w.complete(t)
	for round, want := range []string{"04 75 99 99 01", "04 75 99 99 02", "04 75 99 99 03"} {
		number := server.System().Patrons()[round].Card.Number
		clock.pass(7 * time.Hour)
		phone(t, server.System(), number, want)
		clock.pass(time.Hour)
		w.complete(t)
		if xml := w.handed(t)[number]; !strings.Contains(xml, want) {
			t.Errorf("change %d did not arrive: %s", round, xml)
		}
	}
}

// between does something once, before the second page is asked for.
type between struct {
	do   func()
	done atomic.Bool
}

// RoundTrip asks.
func (b *between) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.URL.Query().Has("resumptionToken") && !b.done.Swap(true) {
		b.do()
	}
	return http.DefaultTransport.RoundTrip(r)
}

// A card that changes leaves the list that is being read, and where pages are counted off that, another one slips from the
// page to come to the one that was given. Nothing would ever bring it.
func TestACardThatSlipsFromPageToPage(t *testing.T) {
	t.Parallel()
	clock := newDeskClock()
	server, w := newSystemAt(t, 60, clock.now)
	server.Faults.Always(sigb.Offsets())
	clock.pass(time.Hour)
	first := server.System().Patrons()[0].Card.Number
	w.complete(t, func(o *oaiclient.Options) {
		o.Transport = &between{do: func() {
			clock.pass(time.Minute)
			phone(t, server.System(), first, "04 75 99 99 99")
		}}
	})
	clock.pass(time.Hour)
	w.complete(t)
	w.wantAll(t, server.System())
}

// A server whose count is wrong is not believed twice, and one that is interrupted while its list is read again is not asked
// for it a third time.
func TestAWrongCountIsBelievedOnce(t *testing.T) {
	t.Parallel()
	sized := func(body string) http.HandlerFunc {
		return xmlAnswer(strings.Replace(body, "<resumptionToken>", `<resumptionToken completeListSize="9">`, 1))
	}
	first, second := sized(listOf("p2", card("A1", "X"))), page("", "A2")
	ils := newScript(t, first, second, first, status(http.StatusNotFound))
	w := newWorld(t, ils.URL)
	if _, err := w.harvest(t); err == nil {
		t.Fatal("no error")
	}
	if got := fmt.Sprint(ils.queries()); got != "[from= p2 from= p2]" {
		t.Errorf("asked %s", got)
	}
	ils.then(second, sized(listOf("p2", card("A3", "X"))), page("", "A4"), first, second)
	w.complete(t)
	w.complete(t)
	if got := fmt.Sprint(ils.queries()); got != "[p2 from=2026-11-21T09:50:00Z p2 from=2026-11-21T09:50:00Z p2]" {
		t.Errorf("asked %s", got)
	}
	w.wantNumbers(t, "A1", "A2", "A3", "A4")
}

// A list that is read once more goes by the tokens it went by before.
func TestAListReadOnceMoreMayUseItsTokensAgain(t *testing.T) {
	t.Parallel()
	sized := func(token, number string) http.HandlerFunc {
		return xmlAnswer(strings.Replace(listOf(token, card(number, "X")), "<resumptionToken>", `<resumptionToken completeListSize="4">`, 1))
	}
	ils := newScript(t, sized("p2", "A1"), sized("p3", "A2"), page("", "A4"), sized("p2", "A1"), sized("p3", "A2"), page("", "A3", "A4"))
	w := newWorld(t, ils.URL)
	w.complete(t)
	if got := fmt.Sprint(ils.queries()); got != "[from= p2 p3 from= p2 p3]" {
		t.Errorf("asked %s", got)
	}
	w.wantNumbers(t, "A1", "A2", "A3", "A4")
}

// Of a list of one page nothing can slip.
func TestOnePageIsReadOnce(t *testing.T) {
	t.Parallel()
	ils := newScript(t, xmlAnswer(strings.Replace(listOf("", card("A1", "X")), "</ListRecords>",
		`<resumptionToken completeListSize="9"/></ListRecords>`, 1)))
	w := newWorld(t, ils.URL)
	w.complete(t)
	if got := fmt.Sprint(ils.queries()); got != "[from=]" {
		t.Errorf("asked %s", got)
	}
}

// What stands before the XML declaration, or in a header that means something else, is no fault of the cards.
func TestAnswersInOddWrappings(t *testing.T) {
	t.Parallel()
	body := listOf("", card("A1", "Dupré"))
	once := string(zipped([]byte(body)))
	twice := string(zipped([]byte(once)))
	for name, c := range map[string]struct{ encoding, body string }{
		"a mark, then blanks":               {"", "\uFEFF\r\n\n" + body},
		"a charset for an encoding":         {"UTF-8", body},
		"no encoding, said aloud":           {"none", "\n" + body},
		"a mark under a wrong encoding":     {"utf-8", "\uFEFF" + body},
		"compressed by two, and said so":    {"gzip, gzip", twice},
		"compressed by two, and said once":  {"gzip", twice},
		"compressed under a wrong encoding": {"UTF-8", once},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ils := newScript(t, func(w http.ResponseWriter, r *http.Request) {
				if c.encoding != "" {
					w.Header().Set("Content-Encoding", c.encoding)
				}
				xmlAnswer(c.body)(w, r)
			})
			w := newWorld(t, ils.URL)
			w.complete(t)
			if xml := w.handed(t)["A1"]; !strings.Contains(xml, "<nom>Dupré</nom>") {
				t.Errorf("handed on: %s", xml)
			}
		})
	}
}

// A server that cuts its pages before it looks what belongs into them shows none of its records for a long time.
func TestManyEmptyPagesOnTheWay(t *testing.T) {
	t.Parallel()
	const empty = 100
	answers := []http.HandlerFunc{page("p0", "A1")}
	for n := range empty {
		answers = append(answers, page(fmt.Sprintf("p%d", n+1)))
	}
	w := newWorld(t, newScript(t, append(answers, page("", "A2"))...).URL)
	w.complete(t)
	w.wantNumbers(t, "A1", "A2")
}

func TestDeletedInCapitals(t *testing.T) {
	t.Parallel()
	gone := `<record><header status="Deleted"><identifier>oai:ils:9</identifier><datestamp>2026-11-21T09:00:00Z</datestamp></header></record>`
	w := newWorld(t, newScript(t, xmlAnswer(listOf("", card("A1", "X"), gone))).URL)
	if run := w.complete(t); run.Counts.Rejected != 0 {
		t.Errorf("counts %+v", run.Counts)
	}
}

// A cache before the server keeps what it answered to an address, also where that was cut off: asking again would bring the
// same for as long as it likes.
func TestACutAnswerIsNotAskedOfACacheAgain(t *testing.T) {
	t.Parallel()
	whole := listOf("", card("A1", "X"))
	var asked atomic.Int64
	kept := xmlAnswer(whole[:len(whole)/2])
	ils := newScript(t, func(w http.ResponseWriter, r *http.Request) {
		if asked.Add(1) > 1 && strings.Contains(r.Header.Get("Cache-Control"), "no-cache") {
			xmlAnswer(whole)(w, r)
			return
		}
		kept(w, r)
	})
	w := newWorld(t, ils.URL)
	w.complete(t)
	w.wantNumbers(t, "A1")
}

// Scripts print their warnings before the document or behind it. The page is whole all the same.
func TestWarningsAroundThePage(t *testing.T) {
	t.Parallel()
	const html, plain = "<br />\n<b>Notice</b>:  Undefined index: x in <b>/var/www/oai.php</b> on line <b>12</b><br />\n", "Warning: x in oai.php\n"
	body := listOf("", card("A1", "Dupré"))
	bad := listOf("", card("A1", "Dupré"), card("A2", "Roux & fils"))
	_, undeclared, _ := strings.Cut(body, "?>")
	for name, c := range map[string]struct {
		body     string
		rejected int
	}{
		"before, for people":        {html + body, 0},
		"before":                    {plain + body, 0},
		"behind":                    {body + "\n" + plain, 0},
		"both, without declaration": {html + undeclared + html, 0},
		"beside a wrong record":     {html + bad + html, 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, newScript(t, xmlAnswer(c.body)).URL)
			if run := w.complete(t); run.Counts.Rejected != c.rejected {
				t.Errorf("counts %+v", run.Counts)
			}
			w.wantNumbers(t, "A1")
		})
	}
	t.Run("nothing matches", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t, newScript(t, xmlAnswer(html+oaiError("noRecordsMatch"))).URL)
		w.complete(t)
	})
	t.Run("cut off", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t, newScript(t, xmlAnswer(html+body[:len(body)-5]+plain)).URL)
		if run, err := w.harvest(t); err == nil || run.Counts.Received != 0 {
			t.Errorf("taken for whole: %+v", run)
		}
	})
}
