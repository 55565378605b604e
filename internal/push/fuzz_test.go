package push_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/carte-reseau/hub/internal/cards"
	"github.com/carte-reseau/hub/internal/push"
)

// shelf is the least a push needs of a store, to try replies by the thousand;
// all other tests use the real one.
type shelf struct {
	feed      []cards.FeedItem
	mark      int64
	delivered map[int64]int
	refused   map[int64]string
	paused    bool
}

func newShelf() *shelf {
	s := &shelf{delivered: make(map[int64]int), refused: make(map[int64]string)}
	for n := range int64(3) {
		s.feed = append(s.feed, cards.FeedItem{
			CardID: n + 1, Seq: n + 1, Number: number(int(n) + 1), XML: []byte("<carte><numero>" + number(int(n)+1) + "</numero></carte>"),
		})
	}
	return s
}

func (s *shelf) PushWork(_ context.Context, q cards.PushQuery) (cards.PushWork, error) {
	work := cards.PushWork{Mark: s.mark, At: time.Now()}
	for i, item := range s.feed {
		if item.Seq > s.mark {
			work.Feed = s.feed[i:min(len(s.feed), i+q.Limit)]
			break
		}
	}
	return work, nil
}

func (s *shelf) HandAgainDue(context.Context, int64, string, int) ([]cards.HandAgain, error) {
	return nil, nil
}

func (s *shelf) DoubtPush(context.Context, int64, []cards.FeedItem) error { return nil }

func (s *shelf) SettlePush(_ context.Context, _, upper int64, delivered []cards.FeedItem, refused []cards.Refusal) error {
	s.mark = max(s.mark, upper)
	for _, item := range delivered {
		s.delivered[item.CardID]++
	}
	for _, r := range refused {
		if _, twice := s.refused[r.CardID]; twice {
			return errors.New("refused twice")
		}
		s.refused[r.CardID] = r.Reason.String()
	}
	return nil
}

func (s *shelf) StopLibrary(context.Context, int64, cards.Sentence) error {
	s.paused = true
	return nil
}

func (s *shelf) BeginPush(context.Context, cards.Run) (id, erased int64, err error) { return 1, 0, nil }
func (s *shelf) FinishRun(context.Context, cards.Run) error                         { return nil }
func (s *shelf) Now(context.Context) (time.Time, error)                             { return time.Now(), nil }

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// FuzzReply: whatever a system answers, every card sent is either settled once
// or the push says why not, and nothing else is settled.
func FuzzReply(f *testing.F) {
	for _, body := range []string{
		"", "<html>", `<rapport statut="integre" recues="3"/>`, `<rapport recues="3" rejetees="1"/>`,
		`<rapport statut="partiel" recues="3" rejetees="1"><carte numero="` + number(2) + `" resultat="rejetee"><erreur code="x">Non.</erreur></carte></rapport>`,
		`<rapport statut="refuse"><erreur code="xml">Non.</erreur></rapport>`, `<rapport statut="suspendu" recues="3"/>`,
		`<rapport recues="1"/>`, `<rapport recues="-1"/>`, `<rapport recues="3"`, "<rapport recues=\"3\">\x00</rapport>",
	} {
		for _, status := range []int{200, 400, 401, 404, 500, 503} {
			f.Add(status, "text/xml; charset=utf-8", []byte(body))
		}
	}
	f.Fuzz(func(t *testing.T, status int, contentType string, body []byte) {
		if status < 200 || status > 599 {
			return
		}
		s := newShelf()
		pusher, err := push.New(s, push.Options{HubCode: "reseau", MaxReply: 64 << 10, Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
			_ = r.Body.Close()
			return &http.Response{
				StatusCode: status, Header: http.Header{"Content-Type": {contentType}}, Request: r, ProtoMajor: 1, ProtoMinor: 1,
				Body: io.NopCloser(bytes.NewReader(body)), ContentLength: int64(len(body)),
			}, nil
		})})
		if err != nil {
			t.Fatal(err)
		}
		_, err = pusher.Push(t.Context(), &cards.Library{ID: 1, Code: "monnaie", PushURL: "http://sigb.example.org/cartes"})
		s.check(t, err)
	})
}

func (s *shelf) check(t *testing.T, err error) {
	t.Helper()
	for _, item := range s.feed {
		times := s.delivered[item.CardID]
		reason, refused := s.refused[item.CardID]
		if refused {
			times++
		}
		if passed := item.Seq <= s.mark; (passed && times != 1) || (!passed && times != 0) {
			t.Errorf("card %d settled %d times with the mark at %d", item.CardID, times, s.mark)
		}
		if refused && (reason == "" || len(reason) > 500 || !utf8.ValidString(reason)) {
			t.Errorf("reason %q", reason)
		}
	}
	if err == nil && s.mark != s.feed[len(s.feed)-1].Seq {
		t.Errorf("no error, yet the mark is at %d", s.mark)
	}
	if s.paused && err == nil {
		t.Error("paused without an error")
	}
	if err != nil && cards.CodeOf(err) != cards.Unavailable {
		t.Errorf("error for staff: %v", err)
	}
}

func FuzzRetryAfter(f *testing.F) {
	for _, header := range []string{"", "120", "-1", "9999999999999999999", "Sat, 21 Nov 2026 09:00:00 GMT", "Sat, 99 Nov", " 7 ", "1e9"} {
		f.Add(header, "Sat, 21 Nov 2026 11:00:00 GMT")
	}
	now := time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC)
	f.Fuzz(func(t *testing.T, header, date string) {
		at := push.RetryAfter(http.Header{"Retry-After": {header}, "Date": {date}}, now)
		if !at.IsZero() && (at.Before(now) || at.After(now.Add(time.Hour))) {
			t.Errorf("%q on %q means %s", header, date, at)
		}
	})
}
