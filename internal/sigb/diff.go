package sigb

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// A Snapshot is the network content of one database at one moment.
type Snapshot struct {
	Code    string
	Profile Profile
	Cards   map[string]Card // by number in lower case
}

// Snapshot copies what the system knows of the network's cards, without anything local.
func (s *System) Snapshot() Snapshot {
	s.mu.RLock()
	defer s.mu.RUnlock()
	snap := Snapshot{Code: s.code, Profile: s.profile, Cards: make(map[string]Card, len(s.patrons))}
	for _, p := range s.patrons {
		snap.Cards[fold(p.card.Number)] = p.card.Clone()
	}
	return snap
}

// SnapshotOf makes the reference to compare with, from the cards the hub holds. It rewrites nothing.
func SnapshotOf(code string, cards ...Card) Snapshot {
	snap := Snapshot{Code: code, Cards: make(map[string]Card, len(cards))}
	for _, c := range cards {
		snap.Cards[fold(c.Number)] = c.Clone()
	}
	return snap
}

// A Difference is one field, or one whole card, in which a database does not hold what it should.
type Difference struct {
	Library string
	Number  string
	Field   Field // FieldNumber: the whole card is missing or too many
	Want    string
	Have    string
}

// String shows the values: simulated databases hold invented readers only.
func (d Difference) String() string {
	if d.Field == FieldNumber {
		if d.Have == "" {
			return fmt.Sprintf("%s : la carte %s manque", d.Library, d.Number)
		}
		return fmt.Sprintf("%s : la carte %s est de trop", d.Library, d.Number)
	}
	return fmt.Sprintf("%s : carte %s, %s : attendu « %s », trouvé « %s »", d.Library, d.Number, d.Field, d.Want, d.Have)
}

// Diff tells in what the held content is not the reference, up to how both systems rewrite what they store. Spacing,
// punctuation and the layout of telephone numbers are no difference, as they are none to the hub. A card that has
// expired is in nobody's set and is left out, with the numbers it replaced; one that ended in the held database only, where
// its system had no way to say so.
func Diff(reference, held Snapshot, today time.Time) []Difference {
	day := today.Format(time.DateOnly)
	untold := replacedByExpired(reference, day)
	var out []Difference
	for _, number := range slices.Sorted(maps.Keys(both(reference.Cards, held.Cards))) {
		want, wanted := reference.Cards[number]
		have, has := held.Cards[number]
		if wanted && want.ExpiredOn(day) || has && have.ExpiredOn(day) && (!wanted || held.Profile.HidesEnded) {
			continue
		}
		switch {
		case !has:
			out = append(out, Difference{Library: held.Code, Number: number, Field: FieldNumber, Want: number})
		case !wanted && untold[number]:
		case !wanted:
			out = append(out, Difference{Library: held.Code, Number: number, Field: FieldNumber, Have: number})
		default:
			out = append(out, diffCard(reference, held, want, have)...)
		}
	}
	return out
}

// replacedByExpired are the numbers, in lower case, that cards replaced which have expired.
func replacedByExpired(s Snapshot, day string) map[string]bool {
	numbers := map[string]bool{}
	for _, c := range s.Cards {
		if !c.ExpiredOn(day) {
			continue
		}
		for _, old := range c.OldNumbers {
			numbers[fold(old)] = true
		}
	}
	return numbers
}

func both(a, b map[string]Card) map[string]Card {
	all := maps.Clone(a)
	if all == nil {
		all = map[string]Card{}
	}
	maps.Copy(all, b)
	return all
}

func diffCard(reference, held Snapshot, want, have Card) []Difference {
	var out []Difference
	wanted := held.Profile.Rewrite(want)
	for _, f := range plain(reference.Profile, held.Profile, want).changes(plain(reference.Profile, held.Profile, have)) {
		out = append(out, Difference{
			Library: held.Code, Number: fold(have.Number), Field: f, Want: wanted.show(f), Have: have.show(f),
		})
	}
	return out
}

func (c Card) show(f Field) string {
	switch f {
	case FieldOldNumbers:
		return strings.Join(c.OldNumbers, " ")
	case FieldLines:
		return strings.Join(c.Address.Lines, " ")
	case FieldGuardians:
		return fmt.Sprintf("%+v", c.Guardians)
	}
	for _, s := range scalars {
		if s.field == f {
			return *s.at(&c)
		}
	}
	return ""
}
