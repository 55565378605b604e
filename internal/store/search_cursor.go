package store

import (
	"crypto/sha256"
	"encoding/hex"

	"github.com/carte-reseau/hub/internal/cards"
)

// searchOrder is the order in which a search finds cards.
type searchOrder string

const (
	byNumber searchOrder = "numero"
	byName   searchOrder = "nom"
	byBirth  searchOrder = "naissance"
)

// columns are those of the index that is read.
func (o searchOrder) columns() string {
	switch o {
	case byNumber:
		return "number_key, card_id"
	case byBirth:
		return "birth, last_key, first_key, card_id"
	case byName:
	}
	return "last_key, first_key, birth, card_id"
}

// searchPlace is the last card of a page: the next one begins behind it, also
// where that card is gone.
type searchPlace struct {
	Order  searchOrder
	Number string `json:",omitempty"`
	Last   string `json:",omitempty"`
	First  string `json:",omitempty"`
	Birth  string `json:",omitempty"`
	ID     int64
	// Query is a hash of what was searched for.
	Query string

	first bool // page
}

func (p *searchPlace) behind(r searchRow) searchPlace {
	return searchPlace{Order: p.Order, Number: r.NumberKey, Last: r.LastKey, First: r.FirstKey, Birth: r.Birth, ID: r.CardID}
}

// after is the condition that leaves out what was shown; nothing on the first
// page. card is the column of the card's ID.
func (p *searchPlace) after(card string) []string {
	switch {
	case p.first:
		return nil
	case p.Order == byNumber:
		return []string{"(n.number_key, " + card + ") > (@after_number, @after_id)"}
	case p.Order == byBirth:
		return []string{"(n.birth, n.last_key, n.first_key, " + card + ") > (@after_birth, @after_last, @after_first, @after_id)"}
	}
	return []string{"(n.last_key, n.first_key, n.birth, " + card + ") > (@after_last, @after_first, @after_birth, @after_id)"}
}

func (p *searchPlace) args() map[string]any {
	return map[string]any{"after_number": p.Number, "after_last": p.Last, "after_first": p.First, "after_birth": p.Birth, "after_id": p.ID}
}

// cursorSeal is bound to every cursor: a name stands in it, and it goes through
// other hands.
const cursorSeal = "recherche"

func (s *Store) sealCursor(p searchPlace, search *cards.CardSearch) string {
	p.Query = hashSearch(search)
	return s.sealText(toJSON(p), cursorSeal)
}

// openCursor reads a cursor that this search was given; nil for the first page.
func (s *Store) openCursor(cursor string, search *cards.CardSearch) (*searchPlace, error) {
	if cursor == "" {
		return nil, nil
	}
	refused := cards.Errorf(cards.Invalid, "La suite demandée n’est pas celle de cette recherche ; recommencez-la depuis le début.")
	text, err := s.unsealText(cursor, cursorSeal)
	if err != nil {
		return nil, refused
	}
	var p searchPlace
	if err := fromJSON(text, &p, "cursor"); err != nil {
		return nil, err
	}
	if p.Query != hashSearch(search) {
		return nil, refused
	}
	return &p, nil
}

// hashSearch is the same for the same search, whatever the size of its pages.
func hashSearch(search *cards.CardSearch) string {
	same := *search
	same.Limit = 0
	sum := sha256.Sum256([]byte(toJSON(same)))
	return hex.EncodeToString(sum[:])
}
