package mail_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/carte-reseau/hub/internal/cards"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// outbox is the store's outbox in memory, on a clock the test moves.
type outbox struct {
	mu    sync.Mutex
	now   time.Time
	mails []*entry
	// onSent runs inside MailSent; onDue and onFailed alike.
	onSent, onDue, onFailed func() error
}

type entry struct {
	cards.Message
	sent, final bool
}

func newOutbox() *outbox {
	return &outbox{now: time.Date(2026, 11, 21, 9, 30, 0, 0, time.UTC)}
}

func (o *outbox) clock() time.Time {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.now
}

func (o *outbox) advance(d time.Duration) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.now = o.now.Add(d)
}

func (o *outbox) queue(m cards.Message) *entry {
	o.mu.Lock()
	defer o.mu.Unlock()
	m.ID, m.Queued, m.DueAt = int64(len(o.mails)+1), o.now, o.now
	e := &entry{Message: m}
	o.mails = append(o.mails, e)
	return e
}

func (o *outbox) DueMail(_ context.Context, limit int) ([]cards.Message, error) {
	if o.onDue != nil {
		if err := o.onDue(); err != nil {
			return nil, err
		}
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	var due []cards.Message
	for _, e := range o.mails {
		if !e.sent && !e.final && !e.DueAt.After(o.now) && len(due) < limit {
			due = append(due, e.Message)
		}
	}
	return due, nil
}

func (o *outbox) MailSent(_ context.Context, m *cards.Message) error {
	if o.onSent != nil {
		if err := o.onSent(); err != nil {
			return err
		}
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	o.mails[m.ID-1].sent = true
	o.mails[m.ID-1].Lightened = m.Lightened
	return nil
}

func (o *outbox) MailFailed(_ context.Context, id int64, why cards.Sentence, next time.Time, final bool) error {
	if o.onFailed != nil {
		if err := o.onFailed(); err != nil {
			return err
		}
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	e := o.mails[id-1]
	e.Attempts++
	e.LastErr, e.DueAt, e.final = why, next, final
	return nil
}

func (o *outbox) unsent() int {
	o.mu.Lock()
	defer o.mu.Unlock()
	n := 0
	for _, e := range o.mails {
		if !e.sent {
			n++
		}
	}
	return n
}

func (o *outbox) dueNow() int {
	due, _ := o.DueMail(context.Background(), 1000)
	return len(due)
}
