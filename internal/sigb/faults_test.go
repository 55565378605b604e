package sigb_test

import (
	"bytes"
	"context"
	"encoding/xml"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"golang.org/x/net/html/charset"

	"github.com/carte-reseau/hub/internal/sigb"
)

// faulty is a server with three cards in pages of two.
func faulty(t *testing.T) (*sigb.Server, *sigb.System) {
	t.Helper()
	s := newSystem("beauvoir", sigb.Aloes(), newClock())
	enrol(t, s, "1", "2", "3")
	return newServer(t, s, sigb.ServerOptions{PageSize: 2}), s
}

func ask(t *testing.T, srv *sigb.Server) (reply, error) {
	t.Helper()
	return get(t, srv.URL(sigb.OAI)+"?verb=ListRecords&metadataPrefix=carte")
}

func TestFaultsThatAnswerAStatus(t *testing.T) {
	srv, _ := faulty(t)
	for _, c := range []struct {
		fault  sigb.Fault
		status int
		retry  string
	}{
		{sigb.Unavailable(3 * time.Second), 503, "3"},
		{sigb.UnavailableUntil(time.Minute), 503, "Sat, 21 Nov 2026 09:31:00 GMT"},
		{sigb.TooMany(2 * time.Second), 429, "2"},
		{sigb.TooManyUntil(0), 429, "Sat, 21 Nov 2026 09:30:00 GMT"},
		{sigb.Broken(), 500, ""},
		{sigb.Unauthorized(), 401, ""},
		{sigb.Forbidden(), 403, ""},
		{sigb.Status(418), 418, ""},
	} {
		srv.Faults.Next(c.fault)
		resp, err := ask(t, srv)
		must(t, err)
		if resp.status != c.status || resp.header.Get("Retry-After") != c.retry {
			t.Errorf("%s: %d, Retry-After %q", c.fault, resp.status, resp.header.Get("Retry-After"))
		}
	}
	if resp, err := ask(t, srv); err != nil || resp.status != http.StatusOK {
		t.Errorf("after the faults: %v", err)
	}
}

func TestFaultsComeInOrderAtTheirDoorAndSoManyTimes(t *testing.T) {
	srv, _ := faulty(t)
	srv.Faults.Next(sigb.Broken().On(sigb.REST), sigb.Status(501).Times(2), sigb.Status(502))
	if srv.Faults.Waiting() != 4 {
		t.Errorf("%d waiting", srv.Faults.Waiting())
	}
	for _, want := range []int{501, 501, 502, 200} {
		resp, err := ask(t, srv)
		must(t, err)
		if resp.status != want {
			t.Errorf("got %d, want %d", resp.status, want)
		}
	}
	resp, err := post(t, srv, cartes())
	must(t, err)
	if resp.status != http.StatusInternalServerError || srv.Faults.Waiting() != 0 {
		t.Errorf("REST got %d", resp.status)
	}
	if seen := srv.Seen(); seen[0].Fault != "status-501" || seen[3].Fault != "" {
		t.Errorf("seen %+v", seen)
	}
}

func TestRandomFaultsRepeatWithTheirSeed(t *testing.T) {
	srv, _ := faulty(t)
	round := func() (out string) {
		srv.Faults.Randomly(7, 0.5, sigb.Broken(), sigb.Forbidden().On(sigb.OAI), sigb.NoReport())
		for range 20 {
			resp, err := ask(t, srv)
			must(t, err)
			out += strconv.Itoa(resp.status)[:1]
		}
		return out
	}
	first := round()
	if !strings.Contains(first, "2") || !strings.Contains(first, "4") || !strings.Contains(first, "5") {
		t.Errorf("not a mixture: %s", first)
	}
	if again := round(); again != first {
		t.Errorf("%s, then %s", first, again)
	}
	srv.Faults.Clear()
	if resp, err := ask(t, srv); err != nil || resp.status != http.StatusOK {
		t.Error("Clear left a fault")
	}
}

func TestFaultsOfLists(t *testing.T) {
	srv, _ := faulty(t)
	token := "resumptionToken=" + url.QueryEscape(list(t, srv, "").Token.Value)

	srv.Faults.Next(sigb.RepeatToken(), sigb.DeadToken())
	if p := list(t, srv, ""); p.Error.Code != "" || srv.Faults.Waiting() != 2 {
		t.Error("a fault of further pages met the first")
	}
	if p := list(t, srv, token); "resumptionToken="+url.QueryEscape(p.Token.Value) != token || len(p.Records) != 1 {
		t.Errorf("the token does not repeat: %+v", p)
	}
	if p := list(t, srv, token); p.Error.Code != "badResumptionToken" {
		t.Errorf("the token leads somewhere: %+v", p)
	}
	srv.Faults.Next(sigb.NoRecords(), sigb.DeletedHeaders(), sigb.ClockOff(-2*time.Hour))
	if p := list(t, srv, ""); p.Error.Code != "noRecordsMatch" || len(p.Records) != 0 {
		t.Errorf("records match: %+v", p)
	}
	if p := list(t, srv, ""); p.Records[0].Card != nil || p.Records[0].Header.Status != "deleted" || len(p.Records) != 2 {
		t.Errorf("not deleted: %+v", p)
	}
	if p := list(t, srv, ""); p.Date != "2026-11-21T07:30:00Z" {
		t.Errorf("date %s", p.Date)
	}
	srv.Faults.Next(sigb.DayGranularity(), sigb.StrictDays(), sigb.StrictDays())
	if p := list(t, srv, "from=2026-11-21T23:00:00Z"); len(p.Records) != 2 || p.Records[0].Header.Datestamp != "2026-11-21" {
		t.Errorf("not by days: %+v", p)
	}
	if p := list(t, srv, "from=2026-11-21T23:00:00Z"); p.Error.Code != "badArgument" {
		t.Errorf("a time was accepted: %+v", p)
	}
	if p := list(t, srv, "from=2026-11-21"); len(p.Records) != 2 {
		t.Errorf("a day was not accepted: %+v", p)
	}
}

func TestFaultsOfBytes(t *testing.T) {
	srv, _ := faulty(t)
	decode := func(body []byte) error {
		d := xml.NewDecoder(bytes.NewReader(body))
		d.CharsetReader = charset.NewReaderLabel
		return d.Decode(&oaiPage{})
	}
	srv.Faults.Next(sigb.Latin1(), sigb.WrongEncoding(), sigb.ControlCharacter(), sigb.Truncated(), sigb.Empty(), sigb.Gzip(),
		sigb.Slow(512, time.Millisecond))
	resp, err := ask(t, srv)
	must(t, err)
	if utf8.Valid(resp.body) || decode(resp.body) != nil || !bytes.Contains(resp.body, []byte("Leb&#339;uf")) {
		t.Errorf("not ISO-8859-1: %v", decode(resp.body))
	}
	resp, err = ask(t, srv)
	must(t, err)
	if utf8.Valid(resp.body) || !bytes.Contains(resp.body, []byte(`encoding="UTF-8"`)) {
		t.Error("the encoding is right")
	}
	resp, err = ask(t, srv)
	must(t, err)
	if !bytes.Contains(resp.body, []byte("uf\v</nom>")) || decode(resp.body) == nil {
		t.Error("no control character")
	}
	resp, err = ask(t, srv)
	must(t, err)
	if resp.length != int64(len(resp.body)) || decode(resp.body) == nil {
		t.Error("the document is whole")
	}
	resp, err = ask(t, srv)
	must(t, err)
	if len(resp.body) != 0 || resp.status != http.StatusOK {
		t.Errorf("not empty: %s", resp.body)
	}
	resp, err = ask(t, srv) // decompressed by the transport
	must(t, err)
	if !resp.uncompressed || decode(resp.body) != nil {
		t.Error("not compressed")
	}
	resp, err = ask(t, srv)
	must(t, err)
	must(t, decode(resp.body))
}

func TestFaultsOfTheConnection(t *testing.T) {
	srv, s := faulty(t)
	card := cartes("<numero>9</numero><nom>X</nom>" + dates)

	for _, c := range []struct {
		fault sigb.Fault
		taken bool
	}{{sigb.Silent(), false}, {sigb.AcceptedNeverAnswered(), true}} {
		srv.Faults.Next(c.fault)
		before := len(srv.Seen())
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() {
			req, err := http.NewRequestWithContext(ctx, http.MethodPost, srv.URL(sigb.REST), strings.NewReader(card))
			if err == nil {
				_, err = do(req)
			}
			done <- err
		}()
		eventually(t, func() bool {
			_, has := s.Patron("9")
			return len(srv.Seen()) > before && has == c.taken
		})
		select {
		case err := <-done:
			t.Errorf("%s: it came to an end: %v", c.fault, err)
		case <-time.After(20 * time.Millisecond):
		}
		cancel()
		if err := <-done; !errors.Is(err, context.Canceled) {
			t.Errorf("%s: %v", c.fault, err)
		}
	}
	for n, fault := range map[string]sigb.Fault{"10": sigb.CutOff(), "11": sigb.LostReply()} {
		srv.Faults.Next(fault)
		if resp, err := post(t, srv, cartes("<numero>"+n+"</numero><nom>X</nom>"+dates)); err == nil {
			t.Errorf("%s: a whole answer came: %s", fault, resp.body)
		}
		patron(t, s, n) // taken all the same
	}
}

func TestSilenceEndsWhenTheServerCloses(t *testing.T) {
	srv, _ := faulty(t)
	srv.Faults.Always(sigb.Silent())
	done := make(chan error, 1)
	go func() {
		_, err := ask(t, srv)
		done <- err
	}()
	eventually(t, func() bool { return len(srv.Seen()) == 1 })
	must(t, srv.Close())
	if <-done == nil {
		t.Error("an answer came")
	}
}

func TestFaultsOfReports(t *testing.T) {
	srv, s := faulty(t)
	batch := cartes("<numero>20</numero><nom>X</nom>"+dates, "<numero>21</numero>")
	srv.Faults.Always(sigb.RefuseBatchWith(http.StatusUnprocessableEntity, "20"))
	resp, err := post(t, srv, batch)
	must(t, err)
	if _, taken := s.Patron("20"); resp.status != http.StatusUnprocessableEntity || taken {
		t.Errorf("the batch was answered %d", resp.status)
	}
	if resp, err = post(t, srv, cartes("<numero>22</numero><nom>X</nom>"+dates)); err != nil || resp.status != http.StatusOK {
		t.Error("a batch without the card was refused")
	}
	srv.Faults.Clear()
	srv.Faults.Next(sigb.NoReport(), sigb.Miscount(-1), sigb.OnlyRejected())
	resp, err = post(t, srv, batch)
	must(t, err)
	if _, err := sigb.ReadReport(bytes.NewReader(resp.body)); err == nil || s.Len() != 4 {
		t.Errorf("a report: %s", resp.body)
	}
	for _, want := range []struct{ received, cards int }{{1, 2}, {2, 1}} {
		resp, err = post(t, srv, batch)
		must(t, err)
		r, err := sigb.ReadReport(bytes.NewReader(resp.body))
		must(t, err)
		if r.Received != want.received || len(r.Cards) != want.cards {
			t.Errorf("report %+v", r)
		}
	}
}

func eventually(t *testing.T, ok func() bool) {
	t.Helper()
	for deadline := time.Now().Add(10 * time.Second); time.Now().Before(deadline); time.Sleep(time.Millisecond) {
		if ok() {
			return
		}
	}
	t.Fatal("it did not happen in ten seconds")
}
