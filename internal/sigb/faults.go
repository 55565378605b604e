package sigb

import (
	"math/rand/v2"
	"net/http"
	"slices"
	"sync"
)

// A Fault is one way in which a permanent system fails its caller. The zero Fault is none.
type Fault struct {
	name  string
	door  Door // empty: both
	times int
	when  func(*call) bool

	instead func(*Server, http.ResponseWriter, *http.Request) // answers, and nothing is done
	before  func(*listing)
	list    func(*listing)
	report  func(*Report)
	send    func(*Server, http.ResponseWriter, *http.Request, answer) error
}

// String names the fault, as it stands in Seen.
func (f Fault) String() string { return f.name }

// On keeps a fault to one door.
func (f Fault) On(d Door) Fault {
	f.door = d
	return f
}

// Times makes a fault happen to that many requests instead of one.
func (f Fault) Times(n int) Fault {
	f.times = n
	return f
}

func (f Fault) concerns(c *call) bool {
	return (f.door == "" || f.door == c.door) && (f.when == nil || f.when(c))
}

// Faults are the failures ordered of a server. Each request meets at most one: the first waiting one that concerns it,
// else a standing one, else perhaps one at random. The zero value orders nothing.
type Faults struct {
	mu      sync.Mutex
	queue   []Fault
	always  []Fault
	rng     *rand.Rand
	chance  float64
	choices []Fault
}

// Next orders faults for the coming requests, in this order.
func (f *Faults) Next(faults ...Fault) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.queue = append(f.queue, faults...)
}

// Always orders faults for every request they concern, until Clear.
func (f *Faults) Always(faults ...Fault) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.always = append(f.always, faults...)
}

// Randomly lets each request meet one of the faults with that probability. The same seed makes the same choices for the
// same requests.
func (f *Faults) Randomly(seed uint64, chance float64, faults ...Fault) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.rng = rand.New(rand.NewPCG(seed, 0)) //nolint:gosec // repeatable on purpose
	f.chance, f.choices = chance, faults
}

// Clear takes all orders back.
func (f *Faults) Clear() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.queue, f.always, f.choices = nil, nil, nil
}

// Waiting is the number of ordered requests that have not yet met their fault; standing and random ones do not count.
func (f *Faults) Waiting() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	n := 0
	for _, q := range f.queue {
		n += max(q.times, 1)
	}
	return n
}

func (f *Faults) take(c *call) Fault {
	f.mu.Lock()
	defer f.mu.Unlock()
	if fault, ok := f.takeQueued(c); ok {
		return fault
	}
	for _, fault := range f.always {
		if fault.concerns(c) {
			return fault
		}
	}
	return f.takeRandom(c)
}

func (f *Faults) takeQueued(c *call) (Fault, bool) {
	for i := range f.queue {
		if !f.queue[i].concerns(c) {
			continue
		}
		fault := f.queue[i]
		f.queue[i].times--
		if f.queue[i].times <= 0 {
			f.queue = slices.Delete(f.queue, i, i+1)
		}
		return fault, true
	}
	return Fault{}, false
}

func (f *Faults) takeRandom(c *call) Fault {
	var fitting []Fault
	for _, fault := range f.choices {
		if fault.concerns(c) {
			fitting = append(fitting, fault)
		}
	}
	if len(fitting) == 0 || f.rng.Float64() >= f.chance {
		return Fault{}
	}
	return fitting[f.rng.IntN(len(fitting))]
}
