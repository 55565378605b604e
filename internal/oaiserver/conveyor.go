package oaiserver

import (
	"compress/gzip"
	"context"
	"errors"
	"io"
	"net/http"
	"sync"

	"github.com/labstack/echo/v4"
)

// conveyor takes an answer to the client while the rest of it is still read
// from the database, so that the two do not wait for each other. It never keeps
// the reader waiting, who holds a connection: a slow client has the hub hold
// the rest of its page, not a place at the database.
//
// Nothing leaves before a second piece has come or the answer is whole: what
// fails until then can still be answered with a status, and a short answer
// needs nobody beside its reader.
type conveyor struct {
	response *echo.Response
	zipped   bool
	leave    context.CancelFunc // ends the reading when the client has left

	carrier sync.WaitGroup // one at most

	mu     sync.Mutex
	change sync.Cond
	pieces []*[]byte
	moving bool  // the carrier has been sent for
	whole  bool  // no piece will come any more
	broken bool  // nor be needed
	left   error // of the client
}

func newConveyor(response *echo.Response, zipped bool, leave context.CancelFunc) *conveyor {
	c := &conveyor{response: response, zipped: zipped, leave: leave}
	c.change.L = &c.mu
	return c
}

// spare are pieces that have left.
var spare = sync.Pool{New: func() any { return new([]byte) }}

// Write takes a piece. It fails once the client has left.
func (c *conveyor) Write(b []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.left != nil {
		return 0, c.left
	}
	piece := spare.Get().(*[]byte)
	*piece = append((*piece)[:0], b...)
	c.pieces = append(c.pieces, piece)
	if len(c.pieces) > 1 && !c.moving {
		c.moving = true
		c.carrier.Go(c.carry)
	}
	c.change.Signal()
	return len(b), nil
}

// refused reports whether the client has left.
func (c *conveyor) refused() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.left != nil
}

// finish waits until the whole answer has left; its error is that of a client
// who would not have it.
func (c *conveyor) finish() error {
	c.mu.Lock()
	alone := !c.moving
	c.moving, c.whole = true, true
	c.change.Signal()
	c.mu.Unlock()
	if alone {
		c.carry()
	}
	c.carrier.Wait()
	return c.left
}

// abandon gives up what has not left, and tells whether something has.
func (c *conveyor) abandon() (begun bool) {
	c.mu.Lock()
	c.broken = true
	c.change.Signal()
	c.mu.Unlock()
	c.carrier.Wait()
	for _, piece := range c.pieces {
		spare.Put(piece)
	}
	c.pieces = nil
	return c.response.Committed
}

// carry takes the pieces to the client.
func (c *conveyor) carry() {
	if err := c.send(); err != nil {
		c.mu.Lock()
		c.left = err
		c.mu.Unlock()
		c.leave()
	}
}

// zipLevel makes of the cards' XML a tenth more than gzip's usual level 6, in
// half the time.
const zipLevel = 3

var zippers = sync.Pool{New: func() any {
	zip, _ := gzip.NewWriterLevel(nil, zipLevel) // the level is one of gzip's
	return zip
}}

func (c *conveyor) send() error {
	first := c.next()
	if first == nil {
		return nil // given up before it began
	}
	header := c.response.Header()
	header.Set("Content-Type", "text/xml; charset=utf-8")
	header.Set("Cache-Control", "private, no-store")
	header.Add("Vary", "Accept-Encoding")
	if !c.zipped {
		return c.sendTo(c.response, first, func() error { return nil })
	}
	header.Set("Content-Encoding", "gzip")
	zip := zippers.Get().(*gzip.Writer)
	defer zippers.Put(zip)
	zip.Reset(c.response)
	return c.sendTo(zip, first, zip.Close)
}

func (c *conveyor) sendTo(dst io.Writer, first *[]byte, end func() error) error {
	for piece := first; piece != nil; piece = c.next() {
		_, err := dst.Write(*piece)
		spare.Put(piece)
		if err != nil {
			return err
		}
	}
	if c.broken {
		return nil // an end would make it look whole
	}
	if err := end(); err != nil {
		return err
	}
	return flush(c.response.Writer)
}

// next waits for a piece; nil where none will come.
func (c *conveyor) next() *[]byte {
	c.mu.Lock()
	defer c.mu.Unlock()
	for len(c.pieces) == 0 && !c.whole && !c.broken {
		c.change.Wait()
	}
	if c.broken || len(c.pieces) == 0 {
		return nil
	}
	piece := c.pieces[0]
	c.pieces = c.pieces[1:]
	return piece
}

// flush pushes what the server still holds out to the socket.
func flush(w http.ResponseWriter) error {
	err := http.NewResponseController(w).Flush()
	if errors.Is(err, http.ErrNotSupported) {
		return nil // something in between holds it back; it was written without error
	}
	return err
}
