package push

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/carte-reseau/hub/internal/cards"
	"github.com/carte-reseau/hub/internal/exchange"
	"github.com/carte-reseau/hub/internal/xmlstream"
)

// maxReason bounds what is kept of a system's own words, in bytes.
const maxReason = 500

// verdict is a report on a document that was taken, card by card.
type verdict struct {
	counts  cards.Counts
	refused []cards.Refusal
}

// readReport reads the report on items.
func (d *delivery) readReport(resp *http.Response, body io.Reader, items []cards.FeedItem) (verdict, error) {
	reader, err := reportIn(resp, body)
	if err != nil {
		return verdict{}, d.noReport(err)
	}
	list := newRefusals(items)
	for {
		outcome, err := reader.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return verdict{}, d.noReport(err)
		}
		list.add(outcome)
	}
	return d.verdict(reader.Summary, list, len(items))
}

// reportIn reads a report past what has nothing to do with cards: blanks before
// it, a charset nobody knows, characters that no document may hold, in a reason
// mostly. Refused for one of these, it would keep all cards of the batch from
// being settled.
func reportIn(resp *http.Response, body io.Reader) (*exchange.ReportReader, error) {
	source := xmlstream.PastBlanks(body)
	charset := charsetOf(resp)
	text, err := xmlstream.UTF8(source, charset)
	if err != nil && charset != "" {
		text, err = xmlstream.UTF8(source, "") // nothing was read of it yet
	}
	if err != nil {
		return exchange.NewReportReader(source, "")
	}
	return exchange.NewReportReader(xmlstream.Repair(text, new(int)), "utf-8")
}

// verdict checks that the report can be believed before anything is settled.
func (d *delivery) verdict(s exchange.Summary, list *refusals, sent int) (verdict, error) {
	refused := list.found
	switch {
	case s.Status == cards.Suspended || s.Status == cards.Simulated:
		return verdict{}, later(nil, time.Time{}, cards.Say("Le SIGB de %s a mis l’envoi de côté sans l’intégrer (« %s »). "+
			"Faites-le débloquer sur place ; le réseau réessaie de lui-même.", d.where(), s.Status))
	case s.Fault != nil:
		return verdict{}, d.refusedByReport(errors.New("push: document refused by report"), reasonOf([]cards.Fault{*s.Fault}))
	case s.Status == cards.Refused && len(refused) < sent:
		return verdict{}, d.refusedByReport(errors.New("push: document refused by report"), reasonOf(nil))
	case s.Counts.Received != sent:
		return verdict{}, d.failed(errors.New("push: wrong count in the report"),
			cards.Say("dit avoir reçu un nombre de cartes (%d) qui n’est pas celui envoyé (%d)", s.Counts.Received, sent))
	case len(refused) < max(s.Counts.Rejected, list.named):
		// Some card was rejected and nobody can tell which: sent in smaller
		// parts, the last of them is alone and needs no name.
		return verdict{}, d.refusedByReport(errors.New("push: rejected cards not named in the report"), list.anyReason())
	}
	return verdict{refused: refused, counts: cards.Counts{
		Received: sent, Rejected: len(refused),
		Created: min(s.Counts.Created, sent), Modified: min(s.Counts.Modified, sent), Unchanged: min(s.Counts.Unchanged, sent),
	}}, nil
}

func (d *delivery) refusedByReport(err error, reason cards.Sentence) *failure {
	return d.documentRefused(err, cards.Say("rapport de refus"), reason)
}

// noReport judges an answer of success that cannot be read to its end.
func (d *delivery) noReport(err error) *failure {
	var bad *exchange.DocumentError
	if errors.As(err, &bad) && !errors.Is(err, errTooLong) {
		return d.failed(fmt.Errorf("push: no report: %s", bad.Fault.Code), cards.Say("a répondu autre chose qu’un rapport"))
	}
	return d.broken(err)
}

// reasonIn finds the system's own words in the body of a refusal, if it is a
// report; otherwise the status has to do.
func (d *delivery) reasonIn(resp *http.Response, body io.Reader) cards.Sentence {
	fallback := cards.Say("Le SIGB a refusé la carte (%s).", code(resp))
	reader, err := reportIn(resp, body)
	if err != nil {
		return fallback
	}
	for {
		outcome, err := reader.Next()
		if err == nil && len(outcome.Faults) > 0 {
			return reasonOf(outcome.Faults)
		}
		if err != nil && reader.Summary.Fault != nil {
			return reasonOf([]cards.Fault{*reader.Summary.Fault})
		}
		if err != nil {
			return fallback
		}
	}
}

// refusals gathers the rejected cards of a report that were sent.
type refusals struct {
	sent  map[string]int64 // card by number, until it is found
	found []cards.Refusal
	named int // rejected cards in the report, whether they were sent or not
	last  cards.Sentence
}

func newRefusals(items []cards.FeedItem) *refusals {
	list := &refusals{sent: make(map[string]int64, len(items))}
	for _, item := range items {
		list.sent[cards.NumberKey(item.Number)] = item.CardID
	}
	return list
}

func (l *refusals) add(o cards.Outcome) {
	if o.Result != cards.Rejected {
		return
	}
	l.named++
	l.last = reasonOf(o.Faults)
	key := cards.NumberKey(o.Number)
	if id, ok := l.sent[key]; ok {
		l.found = append(l.found, cards.Refusal{CardID: id, Reason: l.last})
		delete(l.sent, key)
	}
}

func (l *refusals) anyReason() cards.Sentence {
	if l.last.IsZero() {
		return reasonOf(nil)
	}
	return l.last
}

// reasonOf puts a system's reasons into one bounded line.
func reasonOf(faults []cards.Fault) cards.Sentence {
	var parts []string
	for _, f := range faults {
		text := strings.TrimSpace(f.Message)
		if text == "" {
			text = f.Code
		}
		if f.Field != "" {
			text = f.Field + " : " + text
		}
		if text != "" {
			parts = append(parts, text)
		}
	}
	if len(parts) == 0 {
		return cards.Say("Le SIGB a refusé la carte sans dire pourquoi.")
	}
	return cards.Quote(clip(strings.Join(parts, " ")))
}

func clip(text string) string {
	if len(text) <= maxReason {
		return text
	}
	cut := maxReason - len("…")
	for cut > 0 && !utf8.RuneStart(text[cut]) {
		cut--
	}
	return text[:cut] + "…"
}
