package web

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/carte-reseau/hub/internal/cards"
)

// Live tells what changes in the network.
type Live interface {
	// Listen gives what changes until ctx ends; the channel is closed then, when the hub stops, and where the listener does
	// not keep up.
	Listen(ctx context.Context) (<-chan cards.Event, error)
}

// EventsPage makes the line on which open pages hear that they should look again. It says of what kind a change is, and
// nothing of its content: a page asks for what it may see.
func EventsPage(live Live) Page { return eventsPage{live: live} }

type eventsPage struct{ live Live }

const (
	pathEvents = "/evenements"
	// heartbeat is how long the line may be silent: proxies cut silent ones.
	heartbeat = 15 * time.Second
	// longestLine is how long one line lasts: the browser comes back, and its session is looked at anew.
	longestLine = 15 * time.Minute
	// comeBack is what a browser waits before it comes back.
	comeBack = 3 * time.Second
)

func (p eventsPage) register(d desk) { d.view(cards.RoleReader, pathEvents, p.listen) }

func (p eventsPage) listen(v *visit) error {
	ctx, leave := context.WithTimeout(v.Request().Context(), longestLine)
	defer leave()
	heard, err := p.live.Listen(ctx)
	if err != nil {
		return err
	}
	h := v.Response().Header()
	h.Set(echo.HeaderContentType, "text/event-stream; charset=utf-8")
	h.Set("X-Accel-Buffering", "no") // nginx would keep the events back
	v.Response().WriteHeader(http.StatusOK)
	if v.Request().Method == http.MethodHead {
		return nil // nothing follows that it would wait for
	}
	line := &eventLine{w: v.Response(), control: http.NewResponseController(v.Response())}
	line.write("retry: %d\n\n", comeBack.Milliseconds())
	pulse := time.NewTicker(heartbeat)
	defer pulse.Stop()
	for line.err == nil {
		select {
		case event, open := <-heard:
			if !open {
				return nil
			}
			line.send(event)
		case <-pulse.C:
			line.write(": \n\n")
		}
	}
	return nil // the browser is gone
}

// pageEvent is what a page's script is told.
type pageEvent struct {
	Kind    string `json:"kind"`
	Waiting *int64 `json:"waiting,omitempty"` // decisions, where their number changed
}

// eventLine writes events out one by one; the first error sticks.
type eventLine struct {
	w       io.Writer
	control *http.ResponseController
	err     error
}

func (l *eventLine) send(e cards.Event) {
	told := pageEvent{Kind: string(e.Kind)}
	if e.Waiting != nil {
		n := waitingIn(*e.Waiting)
		told.Waiting = &n
	}
	data, err := json.Marshal(told)
	if err != nil {
		l.err = err
		return
	}
	l.write("data: %s\n\n", data)
}

func (l *eventLine) write(format string, args ...any) {
	if l.err != nil {
		return
	}
	if _, l.err = fmt.Fprintf(l.w, format, args...); l.err == nil {
		l.err = l.control.Flush()
	}
}

// waitingIn counts the decisions that are waited for.
func waitingIn(w cards.Waiting) int64 { return w.Disputes + w.Likenesses + w.Suspended + w.Erasures }
