package cards_test

import (
	"time"

	"github.com/carte-reseau/hub/internal/cards"
)

// card keeps one card as the store does, so that merges can follow each other.
type card struct {
	seq     int64
	current *cards.Current
	sent    map[string]*cards.Sent
	handed  map[string]*cards.Card
	mark    map[string]int64 // the seq of what was handed
	past    []cards.Card
	minutes int
}

func newCard() *card {
	return &card{sent: map[string]*cards.Sent{}, handed: map[string]*cards.Card{}, mark: map[string]int64{}}
}

var (
	mours   = &cards.Library{ID: 1, Code: "mours"}
	peyrins = &cards.Library{ID: 2, Code: "peyrins"}
)

var morning = time.Date(2026, 11, 21, 8, 0, 0, 0, time.UTC)

// input is what decides on a document that arrives now.
func (k *card) input(l *cards.Library, in cards.Incoming) cards.MergeInput {
	return cards.MergeInput{
		Library: l, Incoming: &in, Moment: cards.Moment{Arrived: morning.Add(time.Duration(k.minutes) * time.Minute)},
		Current: k.current, Sent: k.sent[l.Code], Handed: k.handed[l.Code], HandedSeq: k.mark[l.Code],
		Passed: k.mark[l.Code], Past: k.recalls(l, &in),
	}
}

// send merges a document and keeps what comes of it.
func (k *card) send(l *cards.Library, in cards.Incoming) cards.Decision {
	k.minutes++
	return k.apply(k.input(l, in))
}

func (k *card) apply(in cards.MergeInput) cards.Decision {
	d := cards.Merge(in)
	if d.Result == cards.Stale || d.Result == cards.Rejected {
		return d
	}
	if d.Changed != 0 {
		k.seq++
		next := &cards.Current{Card: d.Card}
		if k.current != nil {
			next.Seqs = k.current.Seqs
		}
		for _, f := range d.Changed.Fields() {
			next.Seqs[f] = k.seq
		}
		k.current = next
		k.past = append(k.past, d.Card)
		if !d.ByHub {
			k.holds(in.Library)
		}
	}
	s := in.Sent.Remember(in.Library, in.Incoming, in.Moment, in.Place, k.seq, in.Crossed)
	k.sent[in.Library.Code] = &s
	return d
}

func (k *card) recalls(l *cards.Library, in *cards.Incoming) cards.FieldSet {
	var known cards.FieldSet
	for i, version := range k.past {
		known |= in.Recalls(&version, int64(i+1), l)
	}
	return known
}

// hand gives a library the card as it stands.
func (k *card) hand(l *cards.Library) { k.holds(l) }

func (k *card) holds(l *cards.Library) {
	c := k.current.Card
	k.handed[l.Code], k.mark[l.Code] = &c, k.seq
}

// says makes a document that gives some fields.
func says(c cards.Card, given ...cards.Field) cards.Incoming {
	c.Number = "A1"
	return cards.Incoming{Card: c, Given: cards.FieldsOf(given...)}
}

func name(v string) cards.Incoming  { return says(cards.Card{LastName: v}, cards.LastName) }
func phone(v string) cards.Incoming { return says(cards.Card{Phone: v}, cards.Phone) }
func born(v string) cards.Incoming  { return says(cards.Card{BirthDate: v}, cards.BirthDate) }
