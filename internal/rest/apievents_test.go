package rest_test

import (
	"bufio"
	"context"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/carte-reseau/hub/internal/cards"
	"github.com/carte-reseau/hub/internal/events"
	"github.com/carte-reseau/hub/internal/rest"
	"github.com/carte-reseau/hub/internal/store"
)

// liveOf watches a store until the test ends.
func liveOf(tb testing.TB, db *store.Store) rest.Live {
	tb.Helper()
	b := events.New(func() events.Watcher { return db.Watch() }, events.Options{Every: 5 * time.Millisecond})
	ctx, cancel := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() { _ = b.Run(ctx) })
	tb.Cleanup(func() { cancel(); running.Wait() })
	return b
}

// stream reads the lines of the events as they come.
type stream struct {
	t       *testing.T
	answer  *http.Response
	lines   chan string
	reading sync.WaitGroup
}

func (h *hub) listen(url string) *stream {
	h.t.Helper()
	request, err := http.NewRequestWithContext(h.t.Context(), http.MethodGet, url+"/api/v1/events", nil)
	if err != nil {
		h.t.Fatal(err)
	}
	bearer(keyFor(cards.RoleReader))(request)
	answer, err := http.DefaultTransport.RoundTrip(request)
	if err != nil {
		h.t.Fatal(err)
	}
	s := &stream{t: h.t, answer: answer, lines: make(chan string, 1000)}
	s.reading.Go(func() {
		defer close(s.lines)
		for lines := bufio.NewScanner(answer.Body); lines.Scan(); {
			s.lines <- lines.Text()
		}
	})
	h.t.Cleanup(func() { _ = answer.Body.Close(); s.reading.Wait() })
	return s
}

// until reads on to a line that holds the words, or the end.
func (s *stream) until(words string) (before []string) {
	s.t.Helper()
	deadline := time.After(10 * time.Second)
	for {
		select {
		case line, open := <-s.lines:
			before = append(before, line)
			if open && words != "" && strings.Contains(line, words) || !open && words == "" {
				return before
			}
			if !open {
				s.t.Errorf("the stream ended before %q: %q", words, before)
				return before
			}
		case <-deadline:
			s.t.Errorf("%q never came: %q", words, before)
			return before
		}
	}
}

func TestStaffSeeWhatChangesAsItDoes(t *testing.T) {
	eachDatabase(t, func(h *hub) {
		h.staff()
		mours := h.library("mours")
		url := serveDoor(h.t, h.db, func(o *rest.Options) {
			o.Subjects = []rest.Subject{rest.Events(liveOf(h.t, h.db), rest.EventOptions{Heartbeat: 20 * time.Millisecond})}
		})
		s, other := h.listen(url), h.listen(url)
		if got := s.answer.Header.Get("Content-Type"); got != "text/event-stream; charset=utf-8" || s.answer.Header.Get("Cache-Control") != "no-store" {
			h.t.Errorf("%v", s.answer.Header)
		}
		begin := strings.Join(s.until(`"kind":"pret"`), "\n")
		if !strings.HasPrefix(begin, "retry: 3000\n\nid: 1\nevent: pret\n") {
			h.t.Errorf("%q", begin)
		}
		h.post("mours", documentOf("mours", cardXML("A1"))).wantReport(http.StatusOK, cards.Integrated)
		for _, one := range []*stream{s, other} {
			one.until(`{"kind":"depot","library":"mours","id":1,"state":"integre"}`)
		}
		if err := h.db.PauseLibrary(h.t.Context(), mours.ID, cards.Quote("panne")); err != nil {
			h.t.Fatal(err)
		}
		heard := s.until(`{"kind":"bibliotheque","library":"mours"}`)
		s.until(":") // the line is kept alive
		for _, theirs := range []string{"A1", "Dupr"} {
			if strings.Contains(strings.Join(heard, ""), theirs) {
				h.t.Errorf("a person's data went out: %q", heard)
			}
		}
	})
}

// A stream lasts no longer than it may: a key that was taken back must not go on seeing.
func TestAStreamEndsAndIsAskedForAnew(t *testing.T) {
	h := newHub(t)
	h.staff()
	url := serveDoor(t, h.db, func(o *rest.Options) {
		o.Subjects = []rest.Subject{rest.Events(liveOf(t, h.db), rest.EventOptions{Longest: 50 * time.Millisecond})}
	})
	h.listen(url).until("")
}

type deafness struct{}

func (deafness) Listen(context.Context) (<-chan cards.Event, error) {
	return nil, cards.Errorf(cards.Unavailable, "Le concentrateur s’arrête.")
}

func TestWhatCannotBeWatchedIsSaid(t *testing.T) {
	h := newHub(t)
	h.staff()
	h.url = serveDoor(t, h.db, func(o *rest.Options) { o.Subjects = []rest.Subject{rest.Events(deafness{}, rest.EventOptions{})} })
	h.asReader("/events").wantProblem(http.StatusServiceUnavailable)
}
