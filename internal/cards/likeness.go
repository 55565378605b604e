package cards

import "time"

// PersonKey is equal for two cards that seem to belong to one person: same
// folded name, first name and birth date. It is empty where one of the three
// is missing: then nothing can be told.
func PersonKey(c *Card) string {
	last, first := FoldName(c.LastName), FoldName(c.FirstName)
	if last == "" || first == "" || c.BirthDate == "" {
		return ""
	}
	return last + "|" + first + "|" + c.BirthDate
}

// Likeness is two cards that seem to belong to one person. They are never made
// one without a person's word: twins are real, and children of two households.
type Likeness struct {
	ID    int64
	Cards [2]LikeCard
	Found time.Time
}

// LikeCard is what staff see of one of the two.
type LikeCard struct {
	Card    Card
	OAIID   string // the opaque identifier of the card
	Created time.Time
	Changed time.Time
	// Senders are the codes of the libraries that sent it.
	Senders []string
}

// LikenessQuery selects likenesses nobody has decided on, newest first.
type LikenessQuery struct {
	Before int64 // likenesses with a lower ID; 0 from the newest
	Limit  int
}

// Waiting counts what staff are asked to decide.
type Waiting struct {
	Disputes   int64
	Likenesses int64
	Suspended  int64 // deposits
	Erasures   int64 // that some library has not confirmed
}
