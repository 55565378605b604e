package exchange

import (
	"bytes"
	"errors"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/carte-reseau/hub/internal/cards"
	"github.com/carte-reseau/hub/internal/xmlstream"
)

// What is kept of one refused card in a stranger's report.
const (
	mostReportFaults   = 20
	longestReportFault = 500
)

// reportLimits are wide where the format is not ours: an attribute too many or too long must not make a report none. What is
// kept is clipped, and whoever reads bounds the whole.
var reportLimits = xmlstream.Limits{Text: 8 << 10, Attrs: 64, AttrValue: 64 << 10}

// ReportReader reads the report an ILS gives of the cards pushed to it. It is tolerant where the format is not ours to
// enforce: with or without the namespace, unknown attributes and elements passed over, only the counts and the rejected
// cards looked at. It is strict in what the push relies on: well-formed, a rapport, its recues a number.
type ReportReader struct {
	// Summary is what the root element says; Fault is set as soon as Next came past the document's own erreur.
	Summary Summary
	// SaysRejected is set where the root element says how many cards were rejected.
	SaysRejected bool
	// DateUnread is set where it names a date that is no moment with its zone: its Date is unknown then.
	DateUnread bool

	dec     *xmlstream.Decoder
	counted bool
	line    int
	err     error
}

// NewReportReader reads the beginning of a report; charset is what the transport declared, if anything. Errors are a
// [*DocumentError] or, wrapped, the source's own.
func NewReportReader(r io.Reader, charset string) (*ReportReader, error) {
	utf8, err := xmlstream.UTF8(r, charset)
	if err != nil {
		return nil, documentError(err)
	}
	dec := xmlstream.NewDecoder(utf8, reportLimits)
	root, err := dec.Next()
	if err != nil {
		return nil, documentError(err)
	}
	if err := checkRoot(root, "rapport"); err != nil {
		return nil, err
	}
	reader := &ReportReader{dec: dec, line: root.Line}
	if err := reader.readRoot(root); err != nil {
		return nil, err
	}
	return reader, nil
}

func (r *ReportReader) readRoot(root xmlstream.Token) error {
	for _, a := range root.Attrs {
		value := collapse(a.Value)
		switch a.Local {
		case "etablissement":
			r.Summary.Establishment = clip(value, 64)
		case "date":
			var err error
			r.Summary.Date, err = time.Parse(time.RFC3339, value)
			r.DateUnread = err != nil
		case "statut":
			r.Summary.Status = cards.DepositStatus(clip(strings.ToLower(value), 32))
		}
		for _, count := range reportCounts {
			if a.Local != count.name || value == "" { // templates leave empty what they do not know
				continue
			}
			n, err := strconv.ParseUint(value, 10, 31)
			if err != nil {
				return failDocument(root.Line, CodeEnvelope, "L’attribut « %s » du rapport n’est pas un nombre.", count.name)
			}
			*count.of(&r.Summary.Counts) = int(n)
			r.counted = r.counted || a.Local == "recues"
			r.SaysRejected = r.SaysRejected || a.Local == "rejetees"
		}
	}
	return nil
}

// ReadResults reads the rejected ones among lines that AppendResult made.
func ReadResults(lines []byte) ([]cards.Outcome, error) {
	whole := slices.Concat([]byte(`<rapport recues="0">`), lines, []byte("</rapport>"))
	reader, err := NewReportReader(bytes.NewReader(whole), "UTF-8")
	if err != nil {
		return nil, err
	}
	var outcomes []cards.Outcome
	for {
		outcome, err := reader.Next()
		if errors.Is(err, io.EOF) {
			return outcomes, nil
		}
		if err != nil {
			return nil, err
		}
		outcomes = append(outcomes, outcome)
	}
}

// Next returns the next rejected card, passing over all others, and io.EOF at the end of a complete report. A report that
// neither says how many cards it received nor why it failed is a [*DocumentError].
func (r *ReportReader) Next() (cards.Outcome, error) {
	if r.err != nil {
		return cards.Outcome{}, r.err
	}
	o, err := r.next()
	if err != nil {
		r.err = documentError(err)
		if errors.Is(err, io.EOF) && !r.counted && r.Summary.Fault == nil {
			r.err = failDocument(r.line, CodeEnvelope, "Le rapport ne dit pas combien de cartes il a reçues (« recues »).")
		}
	}
	return o, r.err
}

func (r *ReportReader) next() (cards.Outcome, error) {
	for {
		t, err := r.dec.Next()
		if err != nil {
			return cards.Outcome{}, err
		}
		if t.Kind != xmlstream.StartElement {
			continue
		}
		switch t.Local {
		case "carte":
			o, err := r.carte(t)
			if err != nil || o.Result == cards.Rejected {
				return o, err
			}
		case "erreur":
			fault, err := r.fault(t)
			if err != nil {
				return cards.Outcome{}, err
			}
			if r.Summary.Fault == nil {
				r.Summary.Fault = &fault
			}
		default:
			if err := r.dec.Skip(); err != nil {
				return cards.Outcome{}, err
			}
		}
	}
}

// carte reads one card of the report. One with an erreur is rejected, whatever its resultat says.
func (r *ReportReader) carte(start xmlstream.Token) (cards.Outcome, error) {
	var o cards.Outcome
	for _, a := range start.Attrs {
		value := collapse(a.Value)
		switch a.Local {
		case "numero":
			o.Number = clip(value, 64)
		case "resultat":
			o.Result = cards.Result(clip(strings.ToLower(value), 32))
		case "nouveau-numero":
			o.NewNumber = clip(value, 64)
		case "ligne-source":
			o.Line, _ = strconv.Atoi(value) // a line that is no number is merely unknown
		}
	}
	for {
		t, err := r.dec.Next()
		if err != nil || t.Kind == xmlstream.EndElement {
			return o, err
		}
		if t.Kind != xmlstream.StartElement {
			continue
		}
		if t.Local != "erreur" {
			if err := r.dec.Skip(); err != nil {
				return o, err
			}
			continue
		}
		fault, err := r.fault(t)
		if err != nil {
			return o, err
		}
		o.Result = cards.Rejected
		if len(o.Faults) < mostReportFaults {
			o.Faults = append(o.Faults, fault)
		}
	}
}

func (r *ReportReader) fault(start xmlstream.Token) (cards.Fault, error) {
	var f cards.Fault
	for _, a := range start.Attrs {
		value := collapse(a.Value)
		switch a.Local {
		case "code":
			f.Code = clip(value, 64)
		case "champ":
			f.Field = clip(value, 64)
		case "ligne-source":
			f.Line, _ = strconv.Atoi(value) // as above
		}
	}
	for {
		t, err := r.dec.Next()
		if err != nil || t.Kind == xmlstream.EndElement {
			return f, err
		}
		if t.Kind == xmlstream.StartElement {
			if err := r.dec.Skip(); err != nil {
				return f, err
			}
			continue
		}
		if len(f.Message) < longestReportFault {
			f.Message = clip(collapse(f.Message+string(t.Text)), longestReportFault)
		}
	}
}
