package sigb

import (
	"encoding/xml"
	"fmt"
	"io"
)

// The states of a report.
const (
	StatusIntegrated = "integre"
	StatusPartial    = "partiel"
	StatusRefused    = "refuse"
	StatusSuspended  = "suspendu"
	StatusSimulation = "simulation"
)

// What became of one card.
const (
	ResultCreated   = "creee"
	ResultModified  = "modifiee"
	ResultUnchanged = "inchangee"
	ResultRefused   = "rejetee"
	ResultStale     = "perimee"
)

// A Report is the answer to a document of cards, whoever answers.
type Report struct {
	XMLName   xml.Name
	Library   string        `xml:"etablissement,attr,omitempty"`
	Date      string        `xml:"date,attr,omitempty"`
	Deposit   string        `xml:"depot,attr,omitempty"`
	Status    string        `xml:"statut,attr"`
	Received  int           `xml:"recues,attr"`
	Created   int           `xml:"creees,attr"`
	Modified  int           `xml:"modifiees,attr"`
	Unchanged int           `xml:"inchangees,attr"`
	Refused   int           `xml:"rejetees,attr"`
	Errors    []ReportError `xml:"erreur"`
	Cards     []ReportCard  `xml:"carte"`
}

// A ReportCard says what became of one card.
type ReportCard struct {
	Number    string        `xml:"numero,attr"`
	Line      int           `xml:"ligne-source,attr,omitempty"`
	Result    string        `xml:"resultat,attr"`
	NewNumber string        `xml:"nouveau-numero,attr,omitempty"`
	Errors    []ReportError `xml:"erreur"`
}

// A ReportError is one reason, in the words of who refused.
type ReportError struct {
	Code  string `xml:"code,attr"`
	Field string `xml:"champ,attr,omitempty"`
	Line  int    `xml:"ligne-source,attr,omitempty"`
	Text  string `xml:",chardata"`
}

// ReadReport reads a report.
func ReadReport(r io.Reader) (Report, error) {
	var report Report
	if err := readXML(r, &report); err != nil {
		return Report{}, err
	}
	if report.XMLName.Local != "rapport" {
		return Report{}, fmt.Errorf("the root element is %q, expected \"rapport\"", report.XMLName.Local)
	}
	return report, nil
}

func (r *Report) write() ([]byte, error) {
	r.XMLName = xml.Name{Space: Namespace, Local: "rapport"}
	return writeXML(r)
}

// add lists a card and counts it.
func (r *Report) add(c ReportCard) {
	r.Cards = append(r.Cards, c)
	switch c.Result {
	case ResultCreated:
		r.Created++
	case ResultModified:
		r.Modified++
	case ResultRefused:
		r.Refused++
	default:
		r.Unchanged++
	}
}

// settle gives the report on a document that was read its state.
func (r *Report) settle() {
	r.Status = StatusIntegrated
	if r.Refused > 0 {
		r.Status = StatusPartial
	}
}

// join adds the report on a further page.
func (r *Report) join(next Report) {
	r.Library, r.Date = next.Library, next.Date
	r.Received += next.Received
	for _, c := range next.Cards {
		r.add(c)
	}
	r.settle()
}

// refusalOf finds the reasons a report gives for a document that failed as a whole.
func (r *Report) refusalOf() string {
	text := ""
	for _, e := range r.Errors {
		if text != "" {
			text += " "
		}
		text += e.Text
	}
	return text
}
