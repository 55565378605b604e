package store

import (
	"slices"

	"github.com/carte-reseau/hub/internal/cards"
)

// recognise gives guardians in the batch the number and name under which they
// stand, where only their own cards tell that they are the same persons.
func (a *applying) recognise() error {
	var keys []string
	var unsure []*entry
	for _, e := range a.entries {
		if e.current == nil {
			continue
		}
		if numbers := e.item.Incoming.Strangers(&e.current.Card); len(numbers) > 0 {
			unsure = append(unsure, e)
			for _, number := range numbers {
				keys = append(keys, cards.NumberKey(number))
			}
		}
	}
	if len(unsure) == 0 {
		return nil
	}
	slices.Sort(keys)
	persons, err := a.persons(slices.Compact(keys))
	if err != nil {
		return err
	}
	for _, e := range unsure {
		item := *e.item
		item.Incoming.Recognise(&e.current.Card, persons)
		e.item = &item
	}
	return nil
}

// persons finds whose the numbers are, the replacements of this batch among them.
func (a *applying) persons(keys []string) (cards.Persons, error) {
	persons := cards.Persons{}
	read := func(row answerRow) error {
		var key, number, content string
		if err := row.Scan(&key, &number, &content); err != nil {
			return err
		}
		var card cards.Card
		err := fromJSON(content, &card, "card")
		card.Number = number
		persons[key] = card
		return err
	}
	err := askAll(a.tx, append(
		askPortions(a.tx, read, "SELECT number_key, number, content FROM cards WHERE seq > 0 AND number_key IN ?", keys),
		askPortions(a.tx, read, "SELECT f.number_key, c.number, c.content FROM former_numbers f JOIN cards c ON c.id = f.card_id WHERE c.seq > 0 AND f.number_key IN ?", keys)...)...)
	for _, key := range keys {
		if e := a.retired[key]; e != nil {
			card := persons[key]
			card.Number = e.row.Number
			persons[key] = card
		}
	}
	return persons, err
}
