package ftpdrop_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/carte-reseau/hub/internal/cards"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// memory is store and inbox in one, with the failures a test asks for. A
// document is a run of <carte/>, a card <carte mauvaise/> is rejected, one with
// <carte suspecte/> waits for a person.
type memory struct {
	mu        sync.Mutex
	libraries []cards.Library
	deposits  []*deposit
	mails     []cards.Message
	runs      []cards.Run
	received  int    // calls of Receive that sealed
	report    string // of every deposit; empty for one of its own that names no card
	fail      func(step string) error
	// during is called while a deposit is integrated.
	during func(ctx context.Context, d cards.Deposit) error
}

type deposit struct {
	cards.Deposit
	data []byte
	gone bool
}

func newMemory(codes ...string) *memory {
	m := &memory{
		fail:   func(string) error { return nil },
		during: func(context.Context, cards.Deposit) error { return nil },
	}
	for i, code := range codes {
		m.libraries = append(m.libraries, cards.Library{ID: int64(i + 1), Code: code, Name: "Bibliothèque " + code, Email: code + "@bib.example"})
	}
	return m
}

func (m *memory) Authenticate(_ context.Context, code, key string) (*cards.Library, error) {
	if err := m.fail("authenticate"); err != nil {
		return nil, err
	}
	for i := range m.libraries {
		if m.libraries[i].Code == code && key == "clé de "+code {
			return &m.libraries[i], nil
		}
	}
	return nil, cards.Errorf(cards.Unauthorized, "code ou clé incorrects")
}

func (m *memory) Libraries(context.Context) ([]cards.Library, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return append([]cards.Library(nil), m.libraries...), m.fail("libraries")
}

func (m *memory) AwaitingFiles(context.Context) ([]int64, error) {
	if err := m.fail("awaiting"); err != nil {
		return nil, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	var list []int64
	for _, d := range m.deposits {
		if !d.gone {
			list = append(list, d.LibraryID)
		}
	}
	return list, nil
}

func (m *memory) PendingFiles(_ context.Context, id int64) ([]cards.Deposit, error) {
	if err := m.fail("pending"); err != nil {
		return nil, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	var list []cards.Deposit
	for _, d := range m.deposits {
		if d.LibraryID == id && !d.gone {
			list = append(list, d.Deposit)
		}
	}
	return list, nil
}

func (m *memory) FileGone(_ context.Context, id int64) error {
	if err := m.fail("gone"); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.deposits[id-1].gone = true
	return nil
}

func (m *memory) OpenDeposit(_ context.Context, id int64) (io.ReadCloser, error) {
	if err := m.fail("open"); err != nil {
		return nil, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	return io.NopCloser(bytes.NewReader(m.deposits[id-1].data)), nil
}

func (m *memory) RejectedSources(_ context.Context, id int64) iter.Seq2[[]byte, error] {
	return func(yield func([]byte, error) bool) {
		for range bytes.Count(m.deposits[id-1].data, []byte("<carte mauvaise/>")) {
			if !yield([]byte("<carte mauvaise/>"), nil) {
				return
			}
		}
		if err := m.fail("rejected"); err != nil {
			yield(nil, err)
		}
	}
}

func (m *memory) QueueMail(_ context.Context, msg cards.Message) error {
	if err := m.fail("mail"); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, other := range m.mails {
		if other.Key == msg.Key {
			return nil
		}
	}
	m.mails = append(m.mails, msg)
	return nil
}

func (m *memory) BeginRun(_ context.Context, run cards.Run) (int64, error) {
	if err := m.fail("begin run"); err != nil {
		return 0, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.runs = append(m.runs, run)
	return int64(len(m.runs)), nil
}

func (m *memory) FinishRun(_ context.Context, run cards.Run) error {
	if err := m.fail("finish run"); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.runs[run.ID-1] = run
	return nil
}

func (m *memory) Receive(_ context.Context, d cards.Deposit, body io.Reader) (int64, error) {
	if err := m.fail("open inbox"); err != nil {
		return 0, err
	}
	data, err := io.ReadAll(body)
	if err != nil {
		return 0, fmt.Errorf("receive: %w", err)
	}
	if err := m.fail("receive"); err != nil {
		return 0, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.received++
	d.ID, d.Status, d.Size, d.Arrived = int64(len(m.deposits)+1), cards.Received, int64(len(data)), time.Now()
	m.deposits = append(m.deposits, &deposit{Deposit: d, data: data})
	return d.ID, nil
}

func (m *memory) Integrate(ctx context.Context, id int64, lib *cards.Library) (*cards.Deposit, error) {
	if err := m.fail("integrate"); err != nil {
		return nil, err
	}
	m.mu.Lock()
	d := m.deposits[id-1]
	asked := d.Deposit
	m.mu.Unlock()
	if err := m.during(ctx, asked); err != nil {
		return nil, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if d.LibraryID != lib.ID {
		return nil, errors.New("another library's deposit")
	}
	if d.Finished.IsZero() {
		if d.Status, d.Fault = verdictOf(d.data); d.Status != cards.Suspended {
			d.Finished = time.Now()
		}
		d.Counts.Received = bytes.Count(d.data, []byte("<carte"+" ")) + bytes.Count(d.data, []byte("<carte/>"))
		d.Counts.Rejected = bytes.Count(d.data, []byte("<carte mauvaise/>"))
	}
	copied := d.Deposit
	if d.Status == cards.Refused {
		return &copied, cards.Errorf(cards.Invalid, "%s", d.Fault.Message)
	}
	return &copied, nil
}

func verdictOf(data []byte) (cards.DepositStatus, *cards.Fault) {
	switch {
	case !bytes.Contains(data, []byte("</cartes>")):
		return cards.Refused, &cards.Fault{Code: "tronque", Line: 3, Message: "Le document s’arrête avant sa fin."}
	case bytes.Contains(data, []byte("<carte mauvaise/>")):
		return cards.Partial, nil
	case bytes.Contains(data, []byte("<carte suspecte/>")):
		return cards.Suspended, nil
	}
	return cards.Integrated, nil
}

func (m *memory) WriteReport(_ context.Context, d *cards.Deposit, _ bool, w io.Writer) error {
	if err := m.fail("report"); err != nil {
		return err
	}
	if m.report != "" {
		const piece = 1000
		for left := m.report; left != ""; left = left[min(piece, len(left)):] {
			if _, err := io.WriteString(w, left[:min(piece, len(left))]); err != nil {
				return err
			}
		}
		return nil
	}
	_, err := fmt.Fprintf(w, "<rapport depot=\"%d\"/>", d.ID)
	return err
}

// names lists what was integrated, in order.
func (m *memory) names() string {
	m.mu.Lock()
	defer m.mu.Unlock()
	var names []string
	for _, d := range m.deposits {
		names = append(names, d.Library+"/"+d.Name)
	}
	return strings.Join(names, " ")
}

// document is a well-formed one.
func document(library, inside string) string {
	return fmt.Sprintf("<cartes etablissement=%q>%s</cartes>\n", library, inside)
}
