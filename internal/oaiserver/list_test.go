package oaiserver_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/carte-reseau/hub/internal/cards"
	"github.com/carte-reseau/hub/internal/oai"
	"github.com/carte-reseau/hub/internal/oaiserver"
	"github.com/carte-reseau/hub/internal/store"
	"github.com/carte-reseau/hub/internal/store/storetest"
)

func TestHarvestOverManyPagesIsTheFeed(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		const n, size = 1203, 100
		h := open(t, s, pageOf(size))
		given := h.give(h.peyrins, n)
		storetest.Send(t, s, h.mours, storetest.Card("OWN"))
		closed := h.settled()

		pages, numbers := h.harvest(h.mours, all)
		if !slices.Equal(numbers, given) {
			t.Errorf("%d cards were harvested, %d given", len(numbers), len(given))
		}
		h.checkPages(pages, n, size)
		feed, err := storetest.Feed(t.Context(), s, cards.FeedRange{LibraryID: h.mours.ID, Until: closed, Day: "2026-01-01", Limit: 5000})
		if err != nil || len(feed) != n {
			t.Fatal(len(feed), err)
		}
		for i, item := range feed {
			header := pages[i/size].headers[i%size]
			if item.Number != numbers[i] || header.Identifier != "oai:cartes.exemple.fr:"+item.OAIID || header.Datestamp != oai.Second.Format(item.Stamp) ||
				!slices.Equal(header.Sets, []string{"mours"}) || header.Deleted {
				t.Fatalf("card %d: %+v in the feed, %+v in the list", i, item.OAIID, header)
			}
		}
		lists := h.spy.lists()
		if len(lists) != 1 || lists[0].From != 0 || oai.Second.Format(lists[0].Until) != pages[0].date || lists[0].LibraryID != h.mours.ID {
			t.Errorf("finished: %+v", lists)
		}
		if m := h.mark(h.mours); m.Seq != lists[0].UpperSeq || m.Seq < feed[n-1].Seq {
			t.Errorf("the mark is %+v, the last card %d", m, feed[n-1].Seq)
		}
		if got := h.as(h.mours, all+"&from="+oai.Second.Format(lists[0].Until+1)); got.code != oai.NoRecordsMatch {
			t.Errorf("handed twice: %v", got.numbers)
		}

		h.spy.lists()
		pages, numbers = h.harvest(h.mours, "verb=ListIdentifiers&metadataPrefix=carte&set=mours")
		h.checkPages(pages, n, size)
		if len(numbers) != 0 || len(h.spy.lists()) != 0 {
			t.Error("ListIdentifiers handed over cards")
		}
	})
}

// What is handed again comes on its pages, the library's own cards too, also
// where that is decided just as the list begins.
func TestHarvestOfWhatIsHandedAgain(t *testing.T) {
	for name, late := range map[string]bool{"before": false, "as it begins": true} {
		t.Run(name, func(t *testing.T) {
			storetest.Each(t, func(t *testing.T, s *store.Store) {
				const n, size = 25, 10
				h := open(t, s, pageOf(size))
				want := append(h.give(h.peyrins, n), "OWN")
				storetest.Send(t, s, h.mours, storetest.Card("OWN"))
				h.settled()
				again := func() {
					h.spy.onAdmit = nil
					if _, err := s.DeliverAgain(t.Context(), h.mours.ID, "x"); err != nil {
						t.Error(err)
					}
					h.settled()
				}
				if h.spy.onAdmit = again; !late {
					again()
				}
				pages, numbers := h.harvest(h.mours, all)
				slices.Sort(numbers)
				slices.Sort(want)
				if !slices.Equal(numbers, want) {
					t.Errorf("%v were handed again, want %v", numbers, want)
				}
				h.checkPages(pages, n+1, size)
			})
		})
	}
}

// checkPages holds the pages of one list against what the protocol wants of them.
func (h *hub) checkPages(pages []*reply, n, size int) {
	h.t.Helper()
	if want := (n + size - 1) / size; len(pages) != want {
		h.t.Fatalf("%d pages, want %d", len(pages), want)
	}
	for i, page := range pages {
		last := i == len(pages)-1
		if page.date != pages[0].date {
			h.t.Errorf("page %d: responseDate %s, on the first %s", i, page.date, pages[0].date)
		}
		if page.token == nil || (page.token.Value == "") != last || page.token.CompleteSize != int64(n) || page.token.Cursor != int64(i*size) {
			h.t.Fatalf("page %d: token %+v", i, page.token)
		}
		if _, _, err := oai.ParseDatestamp(page.token.ExpirationDate); (err != nil) != last {
			h.t.Errorf("page %d: expirationDate %q", i, page.token.ExpirationDate)
		}
		if !last && len(page.headers) != size {
			h.t.Errorf("page %d: %d records", i, len(page.headers))
		}
	}
}

func TestOnePageHasNoToken(t *testing.T) {
	t.Parallel()
	h := open(t, storetest.SQLite(t), pageOf(3))
	h.give(h.peyrins, 3)
	h.settled()
	if got := h.as(h.mours, all); len(got.numbers) != 3 || got.token != nil {
		t.Errorf("%v, %+v", got.numbers, got.token)
	}
	if len(h.spy.lists()) != 1 {
		t.Error("a list of one page is a finished list")
	}
}

func TestTokenGivesTheSameEachTime(t *testing.T) {
	t.Parallel()
	h := open(t, storetest.SQLite(t), pageOf(2))
	h.give(h.peyrins, 5)
	h.settled()
	first := h.as(h.mours, all)
	second := resume(oai.ListRecords, first.token.Value)
	h.spy.ahead = 60 // a slow harvester: the responseDate stays that of the first page
	once := h.as(h.mours, second)
	h.harvest(h.mours, second) // to the end
	again := h.as(h.mours, second)
	if once.date != first.date || !slices.Equal(once.numbers, []string{"K0002", "K0003"}) || !slices.Equal(once.numbers, again.numbers) || once.date != again.date || once.token.Cursor != 2 {
		t.Errorf("%v %s, then %v %s", once.numbers, once.date, again.numbers, again.date)
	}
}

func TestTokensThatAreNotValid(t *testing.T) {
	t.Parallel()
	h := open(t, storetest.SQLite(t), pageOf(2))
	h.give(h.peyrins, 5)
	storetest.Send(t, h.store, h.mours, storetest.Card("M1"), storetest.Card("M2"), storetest.Card("M3"))
	h.settled()
	token := h.as(h.mours, all).token.Value
	refused := func(what string, l *cards.Library, verb oai.Verb, token string) {
		t.Helper()
		if got := h.as(l, resume(verb, token)); got.code != oai.BadResumptionToken {
			t.Errorf("%s: %d, %q", what, got.status, got.code)
		}
	}
	refused("another library's", h.peyrins, oai.ListRecords, token)
	refused("another verb's", h.mours, oai.ListIdentifiers, token)
	refused("with something behind", h.mours, oai.ListRecords, token+"A")
	refused("with a line end", h.mours, oai.ListRecords, token+"\n")
	refused("cut off", h.mours, oai.ListRecords, token[:len(token)-1])
	for i := range len(token) {
		for _, c := range []byte{'A', '_', '=', token[i] ^ 1} {
			if c != token[i] {
				refused(fmt.Sprintf("byte %d changed to %q", i, c), h.mours, oai.ListRecords, token[:i]+string(rune(c))+token[i+1:])
			}
		}
	}
	stranger := open(t, storetest.SQLite(t), pageOf(2), func(o *oaiserver.Options) { o.Key = []byte("another hub's secret") })
	stranger.give(stranger.peyrins, 5)
	stranger.settled()
	refused("another hub's", h.mours, oai.ListRecords, stranger.as(stranger.mours, all).token.Value)

	h.spy.ahead = int64(oaiserver.DefaultTokenLife.Seconds()) - 300
	if got := h.as(h.mours, resume(oai.ListRecords, token)); got.code != "" {
		t.Errorf("in its life: %s", got.body)
	}
	h.spy.ahead += 301
	refused("expired", h.mours, oai.ListRecords, token)
	if len(h.spy.lists()) != 0 {
		t.Error("the mark moved")
	}
}

func TestFromAndUntil(t *testing.T) {
	t.Parallel()
	h := open(t, storetest.SQLite(t))
	storetest.Send(t, h.store, h.peyrins, storetest.Card("A"))
	h.settled()
	h.settled() // at least one second between the two stamps is empty
	storetest.Send(t, h.store, h.peyrins, storetest.Card("B"))
	h.settled()
	headers := h.as(h.mours, all).headers
	a, _, _ := oai.ParseDatestamp(headers[0].Datestamp)
	b, _, _ := oai.ParseDatestamp(headers[1].Datestamp)
	at := func(unix int64) string { return oai.Second.Format(unix) }
	day := func(unix int64) string { return oai.Day.Format(unix) }
	if a+1 > b-1 {
		t.Fatalf("the test wants the stamps %d and %d further apart", a, b)
	}
	h.spy.lists()
	for _, c := range []struct {
		query, want string
		finished    bool
	}{
		{"&from=" + at(a), "A B", true},
		{"&from=" + at(a+1), "B", true},
		{"&from=" + at(b), "B", true},
		{"&until=" + at(a), "A", true},
		{"&until=" + at(b-1), "A", true},
		{"&until=" + at(b), "A B", true},
		{"&from=" + at(a) + "&until=" + at(a), "A", true},
		{"&from=" + at(a+1) + "&until=" + at(b-1), "", true},
		{"&until=" + at(a-1), "", true},
		{"&from=" + day(a) + "&until=" + day(b), "A B", true},
		{"&from=" + day(a), "A B", true},
		{"&until=" + day(b+86400), "A B", true},
		{"&until=" + day(a-86400), "", true},
		{"&from=" + day(b+86400), "", false},
		{"&from=" + at(b+86400) + "&until=" + at(b+86401), "", false},
		{"&from=1950-01-01", "A B", true},
		{"&until=1950-01-01", "", false},
		{"&until=1970-01-01T00:00:00Z", "", false},
	} {
		got := h.as(h.mours, all+c.query)
		if strings.Join(got.numbers, " ") != c.want || (got.code == oai.NoRecordsMatch) != (c.want == "") {
			t.Errorf("%s: %v, %q; want %s (A %d, B %d)", c.query, got.numbers, got.code, c.want, a, b)
		}
		lists := h.spy.lists()
		if len(lists) == 1 != c.finished {
			t.Errorf("%s: finished %+v", c.query, lists)
		}
		for _, l := range lists {
			if answered, _, _ := oai.ParseDatestamp(got.date); l.Until > answered {
				t.Errorf("%s: the list reaches to %d, beyond the responseDate %d", c.query, l.Until, answered)
			}
		}
	}
}

// TestCardsThatChangeWhileAListIsPaged: they leave the list, and come in the
// next harvest, whichever of the two ways a harvester comes back.
func TestCardsThatChangeWhileAListIsPaged(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		h := open(t, s, pageOf(2))
		h.give(h.peyrins, 7)
		h.settled()
		first := h.as(h.mours, all)
		moved := func(number string) cards.Incoming {
			return storetest.Card(number, func(c *cards.Card) { c.Phone = "04 75 99 99 99" })
		}
		storetest.Send(t, s, h.peyrins, moved("K0000"), moved("K0003"), moved("K0006"))
		pages, rest := h.harvest(h.mours, resume(oai.ListRecords, first.token.Value))
		if !slices.Equal(rest, []string{"K0002", "K0004", "K0005"}) {
			t.Errorf("the rest of the list: %v", rest)
		}
		if last := pages[len(pages)-1]; last.date != first.date || last.token.CompleteSize != 7 {
			t.Errorf("the last page: %s, %+v", last.date, last.token)
		}
		h.settled()
		closed, _, _ := oai.ParseDatestamp(first.date)
		for _, from := range []int64{closed, closed + 1} {
			_, next := h.harvest(h.mours, all+"&from="+oai.Second.Format(from))
			if !slices.Equal(next, []string{"K0000", "K0003", "K0006"}) {
				t.Errorf("from %d: %v", from, next)
			}
		}
	})
}

// TestTheRestOfAListThatIsGone: a page without a record is not valid, so the
// protocol's own word for nothing ends the list, and ends it well.
func TestTheRestOfAListThatIsGone(t *testing.T) {
	t.Parallel()
	h := open(t, storetest.SQLite(t), pageOf(2))
	h.give(h.peyrins, 3)
	h.settled()
	first := h.as(h.mours, all)
	storetest.Send(t, h.store, h.peyrins, storetest.Card("K0002", func(c *cards.Card) { c.Phone = "04 75 99 99 99" }))
	got := h.as(h.mours, resume(oai.ListRecords, first.token.Value))
	lists := h.spy.lists()
	if got.code != oai.NoRecordsMatch || got.date != first.date || len(lists) != 1 || oai.Second.Format(lists[0].Until) != first.date {
		t.Errorf("%+v\n%s", lists, got.body)
	}
}

func TestNoRecordsMatchMovesTheMark(t *testing.T) {
	t.Parallel()
	h := open(t, storetest.SQLite(t))
	h.give(h.mours, 2) // its own: nothing for it
	h.settled()
	if got := h.as(h.mours, all); got.code != oai.NoRecordsMatch {
		t.Fatal(got.code)
	}
	seq, err := h.store.Seq(t.Context())
	if m := h.mark(h.mours); err != nil || m.Seq != seq {
		t.Errorf("the mark is %+v, the last change %d, %v", m, seq, err)
	}
}

// socket stands for a connection: it may break after so many bytes or when
// flushed, and knows what went through.
type socket struct {
	*httptest.ResponseRecorder
	room     int
	flushErr error
	flushed  int // bytes that were written when last flushed
	leave    context.CancelFunc
}

var errBroken = errors.New("broken pipe")

func (s *socket) Write(b []byte) (int, error) {
	if s.Body.Len()+len(b) > s.room {
		return 0, errBroken
	}
	return s.ResponseRecorder.Write(b)
}

func (s *socket) FlushError() error {
	s.flushed = s.Body.Len()
	s.leave()
	return s.flushErr
}

func TestTheMarkMovesOnceTheListWasHandedOver(t *testing.T) {
	t.Parallel()
	h := open(t, storetest.SQLite(t))
	h.give(h.peyrins, 100)
	h.settled()
	whole := len(h.as(h.mours, all).body)
	h.spy.lists()
	for name, c := range map[string]struct {
		room  int
		flush error
		want  int
	}{
		"broken at once":          {0, nil, 0},
		"broken in the middle":    {whole / 2, nil, 0},
		"broken on the last byte": {whole - 1, nil, 0},
		"broken when flushed":     {whole, errBroken, 0},
		"whole":                   {whole, nil, 1},
		"nothing to flush":        {whole, http.ErrNotSupported, 1},
	} {
		// A client that has all it wanted closes the connection: its request's context ends.
		ctx, leave := context.WithCancel(t.Context())
		conn := &socket{ResponseRecorder: httptest.NewRecorder(), room: c.room, flushErr: c.flush, leave: leave}
		h.spy.onFinish = func() {
			if conn.flushed != whole {
				t.Errorf("%s: the mark moved when %d of %d bytes had been flushed", name, conn.flushed, whole)
			}
		}
		h.echo.ServeHTTP(conn, h.request(http.MethodGet, h.url+"?"+all, "", "mours", storetest.Key).WithContext(ctx))
		leave()
		if lists := h.spy.lists(); len(lists) != c.want {
			t.Errorf("%s: finished %+v", name, lists)
		}
	}
	h.spy.onFinish = nil
}

func TestFirstPageDoesNotMoveTheMark(t *testing.T) {
	t.Parallel()
	h := open(t, storetest.SQLite(t), pageOf(2))
	h.give(h.peyrins, 5)
	h.settled()
	h.as(h.mours, all)
	h.as(h.mours, "verb=GetRecord&metadataPrefix=carte&identifier=oai:cartes.exemple.fr:nope")
	h.harvest(h.mours, "verb=ListIdentifiers&metadataPrefix=carte")
	if lists := h.spy.lists(); len(lists) != 0 || h.mark(h.mours).Seq != 0 {
		t.Errorf("%+v", lists)
	}
}

// TestHarvestersBesideAWriter: two harvesters, one that comes back with from =
// responseDate and one with from = until + 1 s, beside a writer: neither misses
// a card. (The store's own suite does so with eight writers.)
func TestHarvestersBesideAWriter(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		h := open(t, s, pageOf(7))
		const n = 300
		written := make(chan struct{})
		go func() {
			defer close(written)
			for i := 0; i < n; i += 5 {
				var batch []cards.Incoming
				for j := range 5 {
					batch = append(batch, storetest.Card(fmt.Sprintf("K%04d", i+j)))
				}
				storetest.Send(t, s, h.peyrins, batch...)
				time.Sleep(30 * time.Millisecond)
			}
		}()
		seen := [2]map[string]bool{{}, {}}
		from := [2]string{}
		round := func() {
			for way := range seen {
				query := all
				if from[way] != "" {
					query += "&from=" + from[way]
				}
				pages, numbers := h.harvest(h.mours, query)
				for _, number := range numbers {
					seen[way][number] = true
				}
				closed, _, err := oai.ParseDatestamp(pages[0].date)
				if err != nil {
					t.Error(err)
				}
				from[way] = oai.Second.Format(closed + int64(way))
			}
		}
		for running := true; running; {
			select {
			case <-written:
				running = false
			default:
				round()
			}
		}
		h.settled()
		round()
		for way := range seen {
			if len(seen[way]) != n {
				t.Errorf("the harvester of way %d saw %d of %d cards", way, len(seen[way]), n)
			}
		}
	})
}
