package exchange

import (
	"bufio"
	"fmt"
	"io"
	"iter"
	"slices"
	"strconv"
	"time"

	"github.com/carte-reseau/hub/internal/cards"
	"github.com/carte-reseau/hub/internal/xmlstream"
)

// Summary is what a report says of the document as a whole.
type Summary struct {
	Establishment string // empty when the sender was not recognised
	Date          time.Time
	Deposit       int64 // 0 where it failed before there was one
	Status        cards.DepositStatus
	Counts        cards.Counts
	Fault         *cards.Fault // set where the document failed as a whole
}

var reportStatuses = []cards.DepositStatus{
	cards.Integrated, cards.Partial, cards.Refused, cards.Suspended, cards.Simulated,
}

// IsReportStatus reports whether a report may bear a status.
func IsReportStatus(s cards.DepositStatus) bool { return slices.Contains(reportStatuses, s) }

// AppendResult appends the line of the report for one card. Batches of them are stored, and copied by WriteReport.
func AppendResult(dst []byte, o cards.Outcome) []byte {
	dst = append(dst, "<carte"...)
	if o.Number != "" {
		dst = appendAttribute(dst, "numero", o.Number)
	}
	dst = appendLine(dst, o.Line)
	dst = appendAttribute(dst, "resultat", string(o.Result))
	if o.NewNumber != "" {
		dst = appendAttribute(dst, "nouveau-numero", o.NewNumber)
	}
	if len(o.Faults) == 0 {
		return append(dst, "/>\n"...)
	}
	dst = append(dst, '>')
	for i := range o.Faults {
		dst = appendFault(dst, &o.Faults[i])
	}
	return append(dst, "</carte>\n"...)
}

func appendLine(dst []byte, line int) []byte {
	if line <= 0 {
		return dst
	}
	return appendAttribute(dst, "ligne-source", strconv.Itoa(line))
}

// appendFault keeps the list of codes closed: a code that is none of them is an error of the hub.
func appendFault(dst []byte, f *cards.Fault) []byte {
	code := f.Code
	if !knownCode(code) {
		code = CodeInternal
	}
	dst = appendAttribute(append(dst, "<erreur"...), "code", code)
	if f.Field != "" {
		dst = appendAttribute(dst, "champ", f.Field)
	}
	dst = append(appendLine(dst, f.Line), '>')
	return append(xmlstream.AppendText(dst, f.Message), "</erreur>"...)
}

func knownCode(code string) bool {
	return slices.ContainsFunc(Codes, func(i CodeInfo) bool { return i.Code == code })
}

// WriteReport writes a report: results are the pieces that AppendResult made, in the order of the document; nil for none.
// An error among them ends the report where it stands, which the reader then sees to be cut off.
func WriteReport(w io.Writer, s Summary, results iter.Seq2[[]byte, error]) error {
	if !IsReportStatus(s.Status) {
		return fmt.Errorf("no report can be written of a deposit in state %q", s.Status)
	}
	out := bufio.NewWriterSize(w, 32<<10)
	_, _ = out.Write(appendSummary(nil, &s)) // bufio keeps the error for Flush
	if results != nil {
		for piece, err := range results {
			if err == nil {
				_, err = out.Write(piece)
			}
			if err != nil {
				return fmt.Errorf("writing the results of a report: %w", err)
			}
		}
	}
	_, _ = out.WriteString("</rapport>\n")
	return out.Flush()
}

func appendSummary(dst []byte, s *Summary) []byte {
	dst = append(dst, declaration+`<rapport xmlns="`+Namespace+`"`...)
	if s.Establishment != "" {
		dst = appendAttribute(dst, "etablissement", s.Establishment)
	}
	dst = appendAttribute(dst, "date", s.Date.UTC().Format(time.RFC3339))
	if s.Deposit > 0 {
		dst = appendAttribute(dst, "depot", strconv.FormatInt(s.Deposit, 10))
	}
	dst = appendAttribute(dst, "statut", string(s.Status))
	for _, count := range reportCounts {
		dst = appendAttribute(dst, count.name, strconv.Itoa(*count.of(&s.Counts)))
	}
	dst = append(dst, ">\n"...)
	if s.Fault != nil {
		dst = append(appendFault(dst, s.Fault), '\n')
	}
	return dst
}

// reportCounts are the attributes of rapport that count, in the order they are written.
var reportCounts = []struct {
	name string
	of   func(*cards.Counts) *int
}{
	{"recues", func(c *cards.Counts) *int { return &c.Received }},
	{"creees", func(c *cards.Counts) *int { return &c.Created }},
	{"modifiees", func(c *cards.Counts) *int { return &c.Modified }},
	{"inchangees", func(c *cards.Counts) *int { return &c.Unchanged }},
	{"rejetees", func(c *cards.Counts) *int { return &c.Rejected }},
}
