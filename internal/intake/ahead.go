package intake

import (
	"errors"
	"io"
	"sync"

	"github.com/carte-reseau/hub/internal/cards"
)

// ahead reads a document's next batch while the database works on the one before. No more than one batch is read ahead,
// so that a document of any size takes the memory of two. Its owner ends it with stop, before it closes the document.
type ahead struct {
	doc     *document
	done    int // the last card that is not to be given
	size    int
	batches chan reading
	quit    chan struct{}
	work    sync.WaitGroup
}

// reading is what came of one batch. Where all its cards lie at or before done there are no items.
type reading struct {
	items []cards.Item
	err   error // io.EOF with the last items
	broke any   // what the reading panicked with; each panics with it again, in its owner
}

func readAhead(doc *document, done, size int) *ahead {
	a := &ahead{doc: doc, done: done, size: size, batches: make(chan reading), quit: make(chan struct{})}
	a.work.Go(a.run)
	return a
}

func (a *ahead) stop() {
	close(a.quit)
	a.work.Wait()
}

func (a *ahead) run() {
	for {
		next := a.recovered()
		select {
		case a.batches <- next:
		case <-a.quit:
			return
		}
		if next.err != nil || next.broke != nil {
			return
		}
	}
}

// recovered reads a batch; a panic over it is not to end the hub.
func (a *ahead) recovered() (next reading) {
	defer func() {
		if p := recover(); p != nil {
			next = reading{broke: p}
		}
	}()
	return a.read()
}

// heaviest is how many bytes of cards as they were sent make a batch, however few: a comment may make one card as large as a
// hundred, and many documents may be read at a time.
const heaviest = 2 << 20

// read reads as many cards as make a batch, be they to be given or not: whoever waits for it has a claim to renew.
func (a *ahead) read() reading {
	items := make([]cards.Item, 0, a.size)
	weight := 0
	for n := 0; n < a.size && weight < heaviest; n++ {
		item, err := a.doc.next()
		if err != nil {
			return reading{items: items, err: err}
		}
		if item.Ordinal > a.done {
			items = append(items, item)
			weight += len(item.Raw)
		}
	}
	return reading{items: items}
}

// each gives the batches to do, those without items too. What was read before the document failed is not given.
func (a *ahead) each(do func(items []cards.Item) error) error {
	for {
		next := <-a.batches
		if next.broke != nil {
			panic(next.broke)
		}
		ended := errors.Is(next.err, io.EOF)
		if next.err != nil && !ended {
			return next.err
		}
		if err := do(next.items); err != nil || ended {
			return err
		}
	}
}
