package oaiserver_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/carte-reseau/hub/internal/cards"
	"github.com/carte-reseau/hub/internal/oai"
	"github.com/carte-reseau/hub/internal/store"
	"github.com/carte-reseau/hub/internal/store/storetest"
)

// manyCards make a page that is handed over while it is read.
const manyCards = 500

// TestAPageByteForByte spells a page a second time, the plain way.
func TestAPageByteForByte(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		h := open(t, s)
		h.give(h.peyrins, manyCards-1)
		h.harvested(h.peyrins, storetest.Card("HARVESTED"), cards.Provenance{
			BaseURL: "http://sigb.exemple.fr/oai?base=1&x", Identifier: "oai:sigb.exemple.fr:77", Datestamp: "2026-11-20", Harvested: 1795249802})
		h.settled()
		items, err := storetest.Feed(t.Context(), s, cards.FeedRange{LibraryID: h.mours.ID, Day: "2026-01-01", Limit: 2 * manyCards})
		if err != nil || len(items) != manyCards {
			t.Fatal(len(items), err)
		}
		page := h.as(h.mours, all)
		want := `<?xml version="1.0" encoding="UTF-8"?>
<OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:schemaLocation="http://www.openarchives.org/OAI/2.0/ http://www.openarchives.org/OAI/2.0/OAI-PMH.xsd urn:carte-reseau:1 https://cartes.exemple.fr/schemas/carte-reseau-1.xsd">` +
			"<responseDate>" + page.date + `</responseDate><request verb="ListRecords" metadataPrefix="carte">https://cartes.exemple.fr/oai</request>` + "\n<ListRecords>\n"
		for i := range items {
			want += plainRecord(&items[i])
		}
		want += "</ListRecords>\n</OAI-PMH>\n"
		if got := string(page.body); got != want {
			at := 0
			for at < min(len(got), len(want)) && got[at] == want[at] {
				at++
			}
			t.Errorf("%d bytes, want %d; from byte %d on: %.300q, want %.300q", len(got), len(want), at, got[at:], want[at:])
		}
	})
}

func plainRecord(item *cards.FeedItem) string {
	id, stamp := "oai:cartes.exemple.fr:"+item.OAIID, oai.Second.Format(item.Stamp)
	date, inner := stamp, ""
	if p := item.Provenance; p != nil {
		date = oai.Second.Format(p.Harvested)
		inner = fmt.Sprintf(`<originDescription harvestDate="%s" altered="false"><baseURL>http://sigb.exemple.fr/oai?base=1&amp;x</baseURL>`+
			`<identifier>%s</identifier><datestamp>%s</datestamp><metadataNamespace>urn:carte-reseau:1</metadataNamespace></originDescription>`, date, p.Identifier, p.Datestamp)
	}
	return fmt.Sprintf(`<record><header><identifier>%s</identifier><datestamp>%s</datestamp><setSpec>mours</setSpec></header><metadata>%s</metadata>`+
		`<about><provenance xmlns="http://www.openarchives.org/OAI/2.0/provenance"><originDescription harvestDate="%s" altered="false"><baseURL>urn:carte-reseau:etablissement:peyrins</baseURL>`+
		`<identifier>%s</identifier><datestamp>%s</datestamp><metadataNamespace>urn:carte-reseau:1</metadataNamespace>%s</originDescription></provenance></about></record>`+"\n",
		id, stamp, item.XML, date, id, stamp, inner)
}

var errGone = errors.New("the database is gone")

// TestAPageThatBreaksOffIsNoAnswer: what fails before anything was handed over
// is answered with a status; later the client must see that it has half a page.
func TestAPageThatBreaksOffIsNoAnswer(t *testing.T) {
	t.Parallel()
	h := open(t, storetest.SQLite(t))
	h.give(h.peyrins, manyCards)
	h.settled()
	for _, encoding := range []string{"", "gzip"} {
		for _, c := range []struct {
			last   int
			status int
		}{{1, http.StatusServiceUnavailable}, {20, http.StatusServiceUnavailable}, {manyCards, http.StatusOK}} {
			begun := make(chan struct{}, manyCards)
			wrote := func() { begun <- struct{}{} }
			h.wrote.Store(&wrote)
			h.spy.onCard = func(_ context.Context, turn int) error {
				if turn < c.last {
					return nil
				}
				if c.status == http.StatusOK {
					<-begun // or it could still be refused
				}
				return errGone
			}
			r := h.request(http.MethodGet, h.url+"?"+all, "", "mours", storetest.Key)
			r.Header.Set("Accept-Encoding", encoding)
			res, err := h.client.Do(r)
			if err == nil {
				_, err = io.Copy(io.Discard, res.Body)
				_ = res.Body.Close()
			}
			if broken := err != nil; broken != (c.status == http.StatusOK) {
				t.Errorf("%q, broken off at card %d: %v", encoding, c.last, err)
			}
			if err == nil && (res.StatusCode != c.status || res.Header.Get("Content-Encoding") != "") {
				t.Errorf("%q, broken off at card %d: %s, %v", encoding, c.last, res.Status, res.Header)
			}
		}
	}
	if lists := h.spy.lists(); len(lists) != 0 || h.mark(h.mours).Seq != 0 {
		t.Errorf("finished: %+v", lists)
	}
	if logged := h.logged.String(); strings.Count(logged, errGone.Error()) < 6 { // the client may have asked again by itself
		t.Errorf("logged: %s", logged)
	}
	h.spy.onCard = nil
	if got := h.as(h.mours, all); len(got.numbers) != manyCards {
		t.Errorf("afterwards: %d cards", len(got.numbers))
	}
}

// client is one that takes an answer at its own pace.
type client struct {
	*httptest.ResponseRecorder
	take func() error
}

func (c *client) Write(b []byte) (int, error) {
	if err := c.take(); err != nil {
		return 0, err
	}
	return c.ResponseRecorder.Write(b)
}

// TestASlowClientDoesNotHoldTheDatabase: a page is read to its end while the
// client has not taken its first piece.
func TestASlowClientDoesNotHoldTheDatabase(t *testing.T) {
	t.Parallel()
	h := open(t, storetest.SQLite(t))
	h.give(h.peyrins, manyCards)
	h.settled()
	read := make(chan struct{})
	h.spy.onRead = func() { close(read) }
	slow := &client{ResponseRecorder: httptest.NewRecorder(), take: func() error {
		select {
		case <-read:
			return nil
		case <-time.After(10 * time.Second):
			return errors.New("the page is read no further than the client takes it")
		}
	}}
	h.echo.ServeHTTP(slow, h.request(http.MethodGet, h.url+"?"+all, "", "mours", storetest.Key))
	if n := strings.Count(slow.Body.String(), "<record>"); n != manyCards || len(h.spy.lists()) != 1 {
		t.Errorf("%d cards\n%s", n, h.logged)
	}
}

// TestAClientThatLeavesEndsTheReading at once, not at the end of the page.
func TestAClientThatLeavesEndsTheReading(t *testing.T) {
	t.Parallel()
	h := open(t, storetest.SQLite(t))
	h.give(h.peyrins, manyCards)
	h.settled()
	read, left := 0, make(chan struct{})
	h.spy.onCard = func(ctx context.Context, turn int) error {
		read = turn
		select {
		case <-left:
		default:
			if turn < manyCards-1 {
				return nil
			}
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(10 * time.Second):
			t.Error("the reading goes on")
			return errGone
		}
	}
	gone := &client{ResponseRecorder: httptest.NewRecorder(), take: func() error {
		close(left)
		return errBroken
	}}
	h.echo.ServeHTTP(gone, h.request(http.MethodGet, h.url+"?"+all, "", "mours", storetest.Key))
	if logged := h.logged.String(); read >= manyCards || len(h.spy.lists()) != 0 || !strings.Contains(logged, errBroken.Error()) || strings.Contains(logged, "ERROR") {
		t.Errorf("%d cards were read; %s", read, logged)
	}
}

// TestALibraryThatIsNewIsNamed: its code is not known yet when the page that
// holds its first card is read.
func TestALibraryThatIsNewIsNamed(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		h := open(t, s, pageOf(8))
		h.give(h.peyrins, 5)
		h.settled()
		h.as(h.mours, all)
		granges := storetest.Library(t, s, "granges")
		storetest.Send(t, s, granges, storetest.Card("G1"), storetest.Card("G2"))
		storetest.Send(t, s, h.peyrins, storetest.Card("P1"), storetest.Card("P2"))
		h.settled()
		pages, numbers := h.harvest(h.mours, all)
		h.checkPages(pages, 9, 8)
		if got := strings.Join(numbers, " "); got != "K0000 K0001 K0002 K0003 K0004 G1 G2 P1 P2" {
			t.Error(got)
		}
		for number, code := range map[string]string{"K0004": "peyrins", "G1": "granges", "G2": "granges", "P1": "peyrins"} {
			if record := h.record(h.mours, number); !strings.Contains(record, "<baseURL>urn:carte-reseau:etablissement:"+code+"</baseURL>") {
				t.Errorf("%s is not told to be of %s: %s", number, code, record)
			}
		}
	})
}

// So it is where the card is asked for by itself.
func TestALibraryThatIsNewIsNamedWithOneCard(t *testing.T) {
	t.Parallel()
	h := open(t, storetest.SQLite(t))
	h.give(h.peyrins, 1)
	h.settled()
	h.as(h.mours, all)
	granges := storetest.Library(t, h.store, "granges")
	storetest.Send(t, h.store, granges, storetest.Card("G1"))
	closed := h.settled()
	items, err := storetest.Feed(t.Context(), h.store, cards.FeedRange{LibraryID: h.mours.ID, Until: closed, Day: "2026-01-01", Limit: 10})
	if err != nil || len(items) != 2 {
		t.Fatal(items, err)
	}
	got := h.as(h.mours, "verb=GetRecord&metadataPrefix=carte&identifier=oai:cartes.exemple.fr:"+items[1].OAIID)
	if !strings.Contains(string(got.body), `altered="false"><baseURL>urn:carte-reseau:etablissement:granges</baseURL>`) {
		t.Errorf("G1 is not told to be of granges: %s", got.body)
	}
}
