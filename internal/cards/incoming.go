package cards

// Incoming is what one document says of one card: values, and which of them
// it gave at all. A field given and empty was cleared by the sender; a field
// not given is one the sender does not hold.
type Incoming struct {
	Card
	Given FieldSet
	// GuardiansComplete is set when the document held an empty
	// responsable-legal element: guardians it does not name are gone.
	GuardiansComplete bool
}

// Fault is one thing wrong with a card or a document, told to the library
// that sent it.
type Fault struct {
	Code    string `json:"code"`            // from the closed list of the report schema
	Field   string `json:"field,omitempty"` // element path such as "inscription/fin"
	Line    int    `json:"line,omitempty"`  // in the source document, from 1; 0 unknown
	Message string `json:"message"`         // a French sentence for the library's staff
}

// Item is one card of a document as the reader found it.
type Item struct {
	Ordinal  int // position in the document, from 1
	Line     int // source line of the card, from 1; 0 unknown
	Incoming Incoming
	// Faults, when not empty, reject the card before it is merged.
	Faults []Fault
	// Raw is the card as it was sent, standalone XML in UTF-8, for returning a
	// rejected card to its sender.
	Raw []byte
	// Provenance says where a harvested card came from; nil for deposits.
	Provenance *Provenance
}

// Provenance names the record a harvested card came from, as the OAI
// provenance schema tells it.
type Provenance struct {
	BaseURL    string `json:"base_url"`
	Identifier string `json:"identifier"`
	Datestamp  string `json:"datestamp"`
	Harvested  int64  `json:"harvested"` // Unix seconds
}

// Result says what became of one card of a document.
type Result string

// The results of a card, as they stand in the report.
const (
	Created   Result = "creee"
	Modified  Result = "modifiee"
	Unchanged Result = "inchangee"
	Rejected  Result = "rejetee"
	// Stale: the document is older than one already integrated for this card.
	Stale Result = "perimee"
)

// Outcome is the result of one item, a line of the report.
type Outcome struct {
	Ordinal   int
	Line      int
	Number    string
	Result    Result
	NewNumber string // the number that replaced the one sent, if any
	Faults    []Fault
	Changed   FieldSet // the fields that moved; no part of the report's line
}

// Counts sums outcomes.
type Counts struct {
	Received  int `json:"received"`
	Created   int `json:"created"`
	Modified  int `json:"modified"`
	Unchanged int `json:"unchanged"` // stale cards included: they change nothing
	Rejected  int `json:"rejected"`
}

// Add counts one outcome.
func (c *Counts) Add(r Result) {
	c.Received++
	switch r {
	case Created:
		c.Created++
	case Modified:
		c.Modified++
	case Rejected:
		c.Rejected++
	case Unchanged, Stale:
		c.Unchanged++
	}
}

// Ended is what becomes of a document all of whose cards were integrated.
func (c Counts) Ended() DepositStatus {
	if c.Rejected > 0 {
		return Partial
	}
	return Integrated
}

// Plus returns the sum of both.
func (c Counts) Plus(o Counts) Counts {
	return Counts{
		Received: c.Received + o.Received, Created: c.Created + o.Created, Modified: c.Modified + o.Modified,
		Unchanged: c.Unchanged + o.Unchanged, Rejected: c.Rejected + o.Rejected,
	}
}
