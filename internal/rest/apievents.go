package rest

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humaecho"
	"github.com/labstack/echo/v4"

	"github.com/carte-reseau/hub/internal/cards"
)

// Live tells what changes in the network.
type Live interface {
	// Listen gives what changes until ctx ends; the channel is closed then, when the hub stops, and where the listener does not
	// keep up.
	Listen(ctx context.Context) (<-chan cards.Event, error)
}

// EventOptions steer the stream of events. The zero value of each has a sensible meaning.
type EventOptions struct {
	// Heartbeat is how long the line may be silent; 15 seconds. Proxies cut silent lines.
	Heartbeat time.Duration
	// Longest is how long one stream lasts: its client comes back, and is asked for its key anew. 15 minutes.
	Longest time.Duration
}

// Events makes the subject of what changes while staff look at it.
func Events(live Live, o EventOptions) Subject {
	const heartbeat, longest = 15 * time.Second, 15 * time.Minute
	if o.Heartbeat <= 0 {
		o.Heartbeat = heartbeat
	}
	if o.Longest <= 0 {
		o.Longest = longest
	}
	return liveEvents{live: live, opts: o}
}

type liveEvents struct {
	live Live
	opts EventOptions
}

func (s liveEvents) register(d desk) {
	on(d, get(cards.RoleReader, "watch-network", "/events", "Ce qui change dans le réseau, en direct (text/event-stream)").giving("text/event-stream"), s.watch)
}

// comeBack is what a client waits before it comes back, in milliseconds.
const comeBack = 3000

// watch answers with events for as long as the client listens. An error before the first has its own answer.
func (s liveEvents) watch(ctx context.Context, _ *struct{}) (*huma.StreamResponse, error) {
	ctx, leave := context.WithTimeout(ctx, s.opts.Longest)
	heard, err := s.live.Listen(ctx)
	if err != nil {
		leave()
		return nil, err
	}
	return &huma.StreamResponse{Body: func(h huma.Context) {
		defer leave()
		c := humaecho.Unwrap(h)
		header := c.Response().Header()
		header.Set(echo.HeaderContentType, "text/event-stream; charset=utf-8")
		header.Set("X-Accel-Buffering", "no") // nginx would keep the events back
		c.Response().WriteHeader(http.StatusOK)
		if h.Method() == http.MethodHead {
			return // nothing follows that it would wait for
		}
		line := &eventLine{w: c.Response(), control: http.NewResponseController(c.Response())}
		line.write("retry: %d\n\n", comeBack)
		line.send(cards.Event{Kind: cards.EventReady})
		s.follow(heard, line)
	}}, nil
}

// follow writes events until the stream ends or the client is gone.
func (s liveEvents) follow(heard <-chan cards.Event, line *eventLine) {
	pulse := time.NewTicker(s.opts.Heartbeat)
	defer pulse.Stop()
	for line.err == nil {
		select {
		case event, open := <-heard:
			if !open {
				return
			}
			line.send(event)
		case <-pulse.C:
			line.write(": \n\n")
		}
	}
}

type apiEvent struct {
	Kind    string      `json:"kind" enum:"pret,cartes,bibliotheque,travail,depot,decisions"`
	Library string      `json:"library,omitempty"`
	ID      int64       `json:"id,omitempty" doc:"Numéro du travail ou du dépôt"`
	State   string      `json:"state,omitempty"`
	Waiting *apiWaiting `json:"waiting,omitempty"`
}

type apiWaiting struct {
	Conflicts  int64 `json:"conflicts" doc:"Conflits et doutes"`
	Duplicates int64 `json:"duplicates"`
	Suspended  int64 `json:"suspended" doc:"Dépôts"`
	Erasures   int64 `json:"erasures" doc:"Effacements qu’une bibliothèque n’a pas confirmés"`
}

func toEvent(e cards.Event) apiEvent {
	out := apiEvent{Kind: string(e.Kind), Library: e.Library, ID: e.ID, State: e.State}
	if w := e.Waiting; w != nil {
		out.Waiting = &apiWaiting{Conflicts: w.Disputes, Duplicates: w.Likenesses, Suspended: w.Suspended, Erasures: w.Erasures}
	}
	return out
}

// eventLine writes events out one by one; the first error sticks.
type eventLine struct {
	w       io.Writer
	control *http.ResponseController
	n       int64
	err     error
}

func (l *eventLine) send(e cards.Event) {
	data, err := json.Marshal(toEvent(e))
	if err != nil {
		l.err = err
		return
	}
	l.n++
	l.write("id: %d\nevent: %s\ndata: %s\n\n", l.n, e.Kind, data)
}

func (l *eventLine) write(format string, args ...any) {
	if l.err != nil {
		return
	}
	_ = l.control.SetWriteDeadline(time.Now().Add(writePatience)) // a transport without deadlines has none to set
	if _, l.err = fmt.Fprintf(l.w, format, args...); l.err == nil {
		l.err = l.control.Flush()
	}
}
