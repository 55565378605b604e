package store

import (
	"cmp"
	"slices"

	"github.com/carte-reseau/hub/internal/cards"
)

// A lost card's new number takes over the old card: the row keeps its history
// and its identifier, the old number leads to it from then on. Where both
// numbers are cards of their own already, the one sent goes on and takes the
// other's history. A number that was replaced never comes back by itself: who
// still sends it, or replaces the new one by it, is told the new one.

// replaces lists the numbers the entry's card replaces by its library's account.
func (a *applying) replaces(e *entry) []string {
	given := e.item.Incoming.Given &^ a.batch.Library.NotHeld
	if !given.Has(cards.FormerNumbers) {
		return nil
	}
	return slices.DeleteFunc(slices.Clone(e.item.Incoming.Former), func(n string) bool { return cards.NumberKey(n) == e.key })
}

// assign gives every entry its card. Of items that turn out to be one card the
// one under its present number counts, else the last.
func (a *applying) assign(byKey map[string]*cardRow, leads map[string]formerRow) error {
	a.retired = map[string]*entry{}
	taken := map[*cardRow]*entry{}
	for _, e := range a.entries {
		if err := a.replaceCards(e, byKey, leads); err != nil {
			return err
		}
	}
	for _, e := range a.entries {
		if e.row = byKey[e.key]; e.decision.Result != "" {
			continue
		}
		if other := taken[e.row]; other != nil {
			winner, loser := e, other
			if other.key == e.row.NumberKey || e.key != e.row.NumberKey && other.at > e.at {
				winner, loser = other, e
			}
			if another, err := a.ofAnother(loser, winner); err != nil || another {
				return cmp.Or(err, errBarred)
			}
			taken[e.row], winner.won = winner, true
			loser.decision = cards.Decision{Result: cards.Stale, Card: cards.Card{Number: e.row.Number}}
			a.follow(winner, loser)
			continue
		}
		taken[e.row] = e
	}
	for _, e := range a.entries {
		if err := e.readCurrent(); err != nil {
			return err
		}
	}
	return nil
}

// ofAnother bars the loser of two entries that name one card where it is about
// another reader than that card: it must not be told that the card's number has
// replaced its own. Where the winner is about another reader too nothing is
// barred here: the merge rejects it.
func (a *applying) ofAnother(e, winner *entry) (bool, error) {
	if e.row.isRoom() {
		return false, nil
	}
	current, err := e.row.current()
	if err != nil {
		return false, err
	}
	of := func(e *entry) bool { return e.item.Incoming.MaybeOf(&current.Card, a.batch.Library) }
	if of(e) || !of(winner) {
		return false, nil
	}
	a.barred[e.at] = bar{fault: *cards.OtherPerson(), card: e.row.ID}
	return true, nil
}

// follow has the winner's card replace what the loser's would have replaced.
func (a *applying) follow(winner, loser *entry) {
	winner.was = append(winner.was, loser.was...)
	winner.gone = append(winner.gone, loser.gone...)
	for key, e := range a.retired {
		if e == loser {
			a.retired[key] = winner
			winner.was = append(winner.was, loser.spelling(key))
		}
	}
}

// replaceCards has the entry's card take over those it replaces.
func (a *applying) replaceCards(e *entry, byKey map[string]*cardRow, leads map[string]formerRow) error {
	own := byKey[e.key]
	if own.isRoom() && own.NumberKey == e.key {
		own.Number = e.item.Incoming.Number // the row was made with the key; it is told as the library writes it
	}
	gone, unknown := a.cardsReplaced(e, own, byKey, leads)
	gone, err := a.ofOnePerson(e, gone, byKey)
	if err != nil || e.decision.Fault != nil {
		return err
	}
	a.replaceNewcomers(e, own, byKey)
	var left []*cardRow
	for _, key := range unknown {
		a.retired[key], left = e, append(left, byKey[key])
	}
	if len(gone) > 0 && own.isRoom() {
		left = append(left, own)
		own, gone = a.renumber(gone[0], own, e), gone[1:]
	}
	e.gone = gone
	for _, row := range gone {
		a.retired[row.NumberKey], left = e, append(left, row)
	}
	if len(left) > 0 {
		for key, row := range byKey {
			if slices.Contains(left, row) {
				byKey[key] = own
			}
		}
	}
	return nil
}

// replaceNewcomers has the entry's card take the place of cards that are new
// with this batch and replace the same ones.
func (a *applying) replaceNewcomers(e *entry, own *cardRow, byKey map[string]*cardRow) {
	for _, number := range a.replaces(e) {
		rival := a.retired[cards.NumberKey(number)]
		if rival == nil || rival == e || !byKey[rival.key].isRoom() {
			continue
		}
		for key, row := range byKey {
			if row == byKey[rival.key] && key != rival.key {
				byKey[key] = own
			}
		}
		byKey[rival.key] = own
		a.follow(e, rival)
		a.retired[rival.key], e.was = e, append(e.was, rival.item.Incoming.Number)
	}
}

// cardsReplaced finds the rows of the cards the entry's replaces, and the
// numbers among them that are no card's.
func (a *applying) cardsReplaced(e *entry, own *cardRow, byKey map[string]*cardRow, leads map[string]formerRow) (gone []*cardRow, unknown []string) {
	for _, number := range a.replaces(e) {
		key := cards.NumberKey(number)
		old := byKey[key]
		switch {
		case old.isRoom():
			unknown = append(unknown, key)
		case old == own || slices.Contains(gone, old):
		default:
			gone = append(gone, old)
			if earlier, replaced := leads[key]; replaced && earlier.LibraryID != a.batch.Library.ID && !a.namesItself(e, old) {
				e.beaten = &beaten{number: old.Number, by: earlier.LibraryID, at: earlier.Replaced}
			}
		}
	}
	return gone, unknown
}

// namesItself reports whether the entry's card replaces the other by its
// present number: then its library knew of that one, and both are of one chain.
func (a *applying) namesItself(e *entry, old *cardRow) bool {
	return slices.ContainsFunc(a.replaces(e), func(n string) bool { return cards.NumberKey(n) == old.NumberKey })
}

// spelling is how the entry, or the card it replaces, wrote a number.
func (e *entry) spelling(key string) string {
	for _, number := range slices.Concat(e.decision.Card.Former, e.item.Incoming.Former, e.was) {
		if cards.NumberKey(number) == key {
			return number
		}
	}
	return key
}

// beaten is the number another library gave in place of the same card.
type beaten struct {
	number string
	by     int64
	at     int64
}

// isRoom reports whether the row is no card's yet.
func (r *cardRow) isRoom() bool { return r.Seq == 0 }

// renumber gives a row the number of the room the entry's card would have had:
// its own, or that of a card that replaces it in turn.
func (a *applying) renumber(row, room *cardRow, e *entry) *cardRow {
	a.retired[row.NumberKey], e.was = e, append(e.was, row.Number)
	row.Number, row.NumberKey = room.Number, room.NumberKey
	return row
}

// ofOnePerson rejects the entry where a card it says it replaces is another
// reader's: the number was mistyped. Where the library is known to have given
// that number to a reader of its own, who has another one now, it was not: the
// cards have nothing to do with each other.
func (a *applying) ofOnePerson(e *entry, gone []*cardRow, byKey map[string]*cardRow) ([]*cardRow, error) {
	var same []*cardRow
	for _, row := range gone {
		old, err := row.current()
		if err != nil {
			return nil, err
		}
		if cards.MaybeOnePerson(&e.item.Incoming.Card, &old.Card) {
			same = append(same, row)
			continue
		}
		another, err := a.givenToAnother(row.ID)
		if err != nil {
			return nil, err
		}
		if !another {
			e.decision = cards.Decision{Result: cards.Rejected, Fault: &replacesOther}
			return nil, nil
		}
		e.item = withoutNumbers(e.item, a.namesOf(e, row, byKey))
	}
	return same, nil
}

// namesOf are the keys of the numbers by which the entry's card replaces a card.
func (a *applying) namesOf(e *entry, row *cardRow, byKey map[string]*cardRow) map[string]bool {
	names := map[string]bool{}
	for _, number := range a.replaces(e) {
		if key := cards.NumberKey(number); byKey[key] == row {
			names[key] = true
		}
	}
	return names
}

var replacesOther = cards.Fault{
	Code: cards.FaultOtherPerson, Field: cards.FormerNumbers.String(),
	Message: "La carte dit en remplacer une qui est celle d’une autre personne : ni le nom ni la date de naissance ne correspondent. " +
		"Vérifiez le numéro de l’ancienne carte.",
}

var numberErased = cards.Fault{
	Code: cards.FaultErased, Field: cards.NumberField,
	Message: "Cette carte a été effacée du réseau à la demande du lecteur : supprimez-la aussi de votre base. " +
		"S’il revient, inscrivez-le avec une nouvelle carte.",
}

var replacesErased = cards.Fault{
	Code: cards.FaultErased, Field: cards.FormerNumbers.String(),
	Message: "Cette carte dit en remplacer une qui a été effacée du réseau à la demande de son lecteur. Si c’est lui, supprimez la fiche de votre base ; " +
		"s’il est revenu, inscrivez-le par une fiche nouvelle. Si c’est un autre lecteur, retirez l’ancien numéro de sa fiche.",
}

// readCurrent reads the card as it stands. A card that takes over another one
// holds what the other had and it does not.
func (e *entry) readCurrent() error {
	if e.row.isRoom() || e.decision.Result != "" {
		return nil
	}
	current, err := e.row.current()
	if err != nil {
		return err
	}
	e.current = current
	e.current.Card.Number = e.row.Number
	return nil
}

// replace completes the decision on a card that replaces others: it takes over
// their records, and has their numbers among its former ones.
func (e *entry) replace() error {
	if !e.counts() {
		return nil
	}
	joining := e.decision.Join(e.current)
	for _, number := range e.was {
		joining.Number(number)
	}
	for _, row := range e.gone {
		old, err := row.current()
		if err != nil {
			return err
		}
		joining.TakeOver(old)
	}
	return nil
}

// askFirst asks which of the batch's numbers were erased, and what its library
// said last of its cards.
func (a *applying) askFirst() (erased map[string]bool, said []saidCard, err error) {
	var all, own []string
	for i := range a.batch.Items {
		in := &a.batch.Items[i].Incoming
		for n, number := range append([]string{in.Number}, in.Former...) {
			if number == "" {
				continue
			}
			all = append(all, cards.NumberKey(number))
			if n == 0 && len(in.Former) == 0 {
				own = append(own, cards.NumberKey(number))
			}
		}
	}
	erased = map[string]bool{}
	questions := slices.Concat(a.planned(), a.storing(), a.store.askErased(a.tx, all, erased))
	questions = append(questions, ask(a.tx, func(row answerRow) error {
		a.undone = true
		return row.Scan(new(int64))
	}, "SELECT library_id FROM deliveries WHERE library_id = ? AND requested > ?", a.batch.Library.ID, micros(madeAt(a.batch))))
	if !a.thorough {
		questions = append(questions, a.askSaid(own, &said)...)
	}
	err = askAll(a.tx, questions...)
	if a.taking != nil {
		a.batch.Deposit = a.taking.row.ID
	}
	return erased, said, err
}

// fewCards is from how many on a batch is planned for its own values.
const fewCards = 20

// planned has a smaller batch use plans made once for all values.
func (a *applying) planned() []question {
	if len(a.batch.Items) >= fewCards {
		return nil
	}
	return a.store.plannedOnce(a.tx)
}

// withoutNumbers leaves the numbers of erased cards out of those an item says
// it replaces.
func withoutNumbers(item *cards.Item, erased map[string]bool) *cards.Item {
	gone := func(number string) bool { return erased[cards.NumberKey(number)] }
	if !slices.ContainsFunc(item.Incoming.Former, gone) {
		return item
	}
	clean := *item
	clean.Incoming.Former = slices.DeleteFunc(slices.Clone(item.Incoming.Former), gone)
	return &clean
}
