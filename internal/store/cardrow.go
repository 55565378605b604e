package store

import (
	"encoding/json"
	"fmt"

	"github.com/carte-reseau/hub/internal/cards"
)

type cardRow struct {
	ID          int64  `gorm:"primaryKey"`
	OAIID       string `gorm:"column:oai_id"`
	Number      string
	NumberKey   string
	Content     string
	FieldSeqs   string
	XML         []byte `gorm:"column:xml"`
	Provenance  string
	Seq         int64
	Stamp       int64
	Origin      int64
	Ends        string
	ListedUntil string
	Created     int64
	unborn      bool // in no table yet
}

func (cardRow) TableName() string { return "cards" }

// current reads the card the row holds.
func (r *cardRow) current() (*cards.Current, error) {
	c := new(cards.Current)
	if err := fromJSON(r.Content, &c.Card, "card"); err != nil {
		return nil, err
	}
	return c, fromJSON(r.FieldSeqs, &c.Seqs, "card")
}

type versionRow struct {
	CardID     int64
	Seq        int64
	Stamp      int64
	Content    string
	Changed    int64
	Origin     int64
	LibraryID  int64
	Door       string
	DepositID  int64
	Provenance string
	Reasons    string
	DecidedBy  string
}

func (versionRow) TableName() string { return "versions" }

type sentRow struct {
	LibraryID int64
	CardID    int64
	Content   string
}

func (sentRow) TableName() string { return "sent" }

type noteRow struct {
	ID        int64 `gorm:"primaryKey"`
	Kind      string
	CardID    int64
	LibraryID int64
	Field     string
	Kept      string
	Lost      string
	Rule      int64
	KeptBy    int64
	LostBy    int64
	KeptAt    int64
	LostAt    int64
	Seq       int64
	Noted     int64
	Verdict   string
	Decided   int64
	DecidedBy string
}

func (noteRow) TableName() string { return "notes" }

// toJSON encodes what the hub itself made; that cannot fail.
func toJSON(v any) string {
	text, err := json.Marshal(v)
	if err != nil {
		panic(fmt.Sprintf("store: encode %T: %v", v, err))
	}
	return string(text)
}

// fromJSON decodes what toJSON wrote; where it says whose it is when the
// database was tampered with.
func fromJSON(text string, into any, whose string) error {
	if err := json.Unmarshal([]byte(text), into); err != nil {
		return fmt.Errorf("stored %s unreadable: %w", whose, err)
	}
	return nil
}

func provenanceText(p *cards.Provenance) string {
	if p == nil {
		return ""
	}
	return toJSON(p)
}

func provenanceOf(text string) (*cards.Provenance, error) {
	if text == "" {
		return nil, nil
	}
	var p cards.Provenance
	if err := fromJSON(text, &p, "provenance"); err != nil {
		return nil, err
	}
	return &p, nil
}
