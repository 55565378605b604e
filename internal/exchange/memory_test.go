package exchange_test

import (
	"errors"
	"io"
	"runtime"
	"strconv"
	"testing"

	"github.com/carte-reseau/hub/internal/exchange"
)

// hugeDocument is what the long test reads. A run with -short, or with the race detector, which makes all ten times
// slower, makes do with a tenth.
const hugeDocument = 200 << 20

// endless makes a document of at least the size wanted, a card at a time.
type endless struct {
	left    int
	serial  int
	pending []byte
	ended   bool
}

func (e *endless) Read(p []byte) (int, error) {
	if len(e.pending) == 0 && !e.ended {
		e.pending = e.pending[:0]
		if e.serial == 0 {
			e.pending = append(e.pending, `<cartes xmlns="urn:carte-reseau:1" etablissement="mours" mode="complet">`...)
		}
		for len(e.pending) < 64<<10 && e.left > 0 {
			before := len(e.pending)
			e.serial++
			e.pending = append(e.pending, "<carte><numero>"...)
			e.pending = strconv.AppendInt(e.pending, int64(e.serial), 10)
			e.pending = append(e.pending, cardRest...)
			e.left -= len(e.pending) - before
		}
		if e.left <= 0 {
			e.pending = append(e.pending, "</cartes>"...)
			e.ended = true
		}
	}
	if len(e.pending) == 0 {
		return 0, io.EOF
	}
	n := copy(p, e.pending)
	e.pending = e.pending[n:]
	return n, nil
}

const cardRest = `</numero>
    <nom>Dupré</nom><nom-naissance/><prenom>Hélène</prenom><date-naissance>1980-02-29</date-naissance><sexe>F</sexe>
    <adresse>
      <ligne>12 rue des Lilas</ligne><ligne>Bâtiment C</ligne>
      <code-postal>26100</code-postal><commune>Romans-sur-Isère</commune><pays>FR</pays>
    </adresse>
    <telephone>04 75 00 00 00</telephone><portable>06 00 00 00 00</portable><courriel>helene.dupre@example.org</courriel>
    <inscription><etablissement>mours</etablissement><premiere>2024-09-03</premiere><reinscription>2026-09-10</reinscription><fin>2027-09-09</fin></inscription>
  </carte>
`

// TestConstantMemory is not parallel: it watches the memory of the process.
func TestConstantMemory(t *testing.T) {
	const most = 8 << 20
	size := hugeDocument
	if raceDetector {
		t.Skip("played without the race detector: see .ci/test.sh")
	}
	if testing.Short() {
		size /= 10
	}
	source := &endless{left: size}
	r, err := exchange.NewReader(source, exchange.Options{})
	if err != nil {
		t.Fatal(err)
	}
	live := func() uint64 {
		var m runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	before, peak, read := live(), uint64(0), 0
	for {
		item, err := r.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil || len(item.Faults) > 0 {
			t.Fatal(err, item.Faults)
		}
		if read++; read%50_000 == 0 {
			peak = max(peak, live())
		}
	}
	if read != source.serial {
		t.Errorf("%d of %d cards were read", read, source.serial)
	}
	if peak > before+most {
		t.Errorf("%d bytes are held within a document of %d", peak-before, size)
	}
}

func BenchmarkReader(b *testing.B) { benchmarkReader(b, exchange.Options{}) }

// BenchmarkReaderLooking is the first pass over a deposit, which keeps nothing.
func BenchmarkReaderLooking(b *testing.B) { benchmarkReader(b, exchange.Options{NoRaw: true}) }

func benchmarkReader(b *testing.B, o exchange.Options) {
	const size = 4 << 20
	read := 0
	b.SetBytes(size)
	b.ReportAllocs()
	for b.Loop() {
		r, err := exchange.NewReader(&endless{left: size}, o)
		for err == nil {
			if _, err = r.Next(); err == nil {
				read++
			}
		}
		if !errors.Is(err, io.EOF) {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(read)/b.Elapsed().Seconds(), "cards/s")
}

func BenchmarkAppendCarte(b *testing.B) {
	r, err := exchange.NewReader(&endless{left: 1}, exchange.Options{})
	if err != nil {
		b.Fatal(err)
	}
	item, err := r.Next()
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	var out []byte
	for b.Loop() {
		out = exchange.AppendCarte(out[:0], &item.Incoming.Card, "mours")
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "cards/s")
}
