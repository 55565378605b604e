package oaiclient

import (
	"errors"
	"io"
	"iter"
	"net/http"
	"time"

	"github.com/carte-reseau/hub/internal/cards"
	"github.com/carte-reseau/hub/internal/oai"
	"github.com/carte-reseau/hub/internal/xmlstream"
)

// contents is what a page says as a whole, known once it was read to its end.
type contents struct {
	responseDate string
	verb         oai.Verb
	errors       []oai.Error
	token        string
	listSize     int64 // completeListSize; 0 if not said
	records      int
	deleted      int
	datestamp    string // of some record, for its form: one that shows how finely the server counts, if any does
	mended       int    // characters that had to be repaired
}

// wide limits: what is too much in one card is refused with that card, it must not block the page.
var pageLimits = xmlstream.Limits{Depth: 1000, Name: 1 << 10, Attrs: 64, AttrValue: 64 << 10}

// keptLimits are for what was read by pageLimits and kept: an element kept alone brings the namespaces of all that stood
// around it, and is read within another. What these refused would keep its harvest from ever ending.
var keptLimits = xmlstream.Limits{Depth: pageLimits.Depth + 8, Name: pageLimits.Name, Attrs: 4096, AttrValue: pageLimits.AttrValue}

// maxToken keeps the address of the next page within what servers take.
const maxToken = 6 << 10

// open begins to read the page's records from its first byte.
func (p *page) open(mended *int) (*oai.Reader, *xmlstream.Decoder, error) {
	text, err := p.text(mended)
	if err != nil {
		return nil, nil, err
	}
	decoder := xmlstream.NewDecoder(text, pageLimits)
	return oai.NewReader(decoder), decoder, nil
}

// readThrough reads the page to its end: only of a page known to be whole is anything applied. Its cards, if they are no
// more than keep, no record is deleted and the page is small, are kept from here. Errors are a [*failure], or of our own disk.
func (p *page) readThrough(o Options, keep int) (*contents, error) {
	c := &contents{}
	reader, decoder, err := p.open(&c.mended)
	if err != nil {
		return nil, p.unreadable(err)
	}
	p.items, p.kept = nil, keep > 0 && p.body.size <= maxKept
	for rec, err := range records(reader) {
		if err == nil && p.kept {
			err = p.keep(decoder, rec, o, keep)
		}
		if err != nil {
			return nil, p.unreadable(err)
		}
		c.records++
		if rec.Deleted {
			c.deleted++
		}
		c.noteStamp(rec.Datestamp, o.Location)
	}
	c.responseDate, c.verb, c.errors = reader.ResponseDate, reader.Verb, reader.Errors
	if reader.Token != nil {
		c.token, c.listSize = reader.Token.Value, reader.Token.CompleteSize
	}
	return c, nil
}

// noteStamp keeps the datestamp that tells most: that of a day, else one that cannot be the beginning of a day.
func (c *contents) noteStamp(stamp string, place *time.Location) {
	switch {
	case stamp == "" || inDays(c.datestamp):
	case c.datestamp == "" || inDays(stamp) || beginsDay(c.datestamp, place):
		c.datestamp = stamp
	}
}

// maxKept is the size up to which a page's cards are kept: they take about ten times as much in memory.
const maxKept = 2 << 20

// keep keeps a record's card, or lets go of all where they turn out to need a second reading.
func (p *page) keep(decoder *xmlstream.Decoder, rec *oai.Received, o Options, most int) error {
	if rec.Deleted || len(p.items) == most {
		p.items, p.kept = nil, false
		return nil
	}
	item, err := p.item(decoder, rec, o)
	p.items = append(p.items, item)
	return err
}

func records(reader *oai.Reader) iter.Seq2[*oai.Received, error] {
	return func(yield func(*oai.Received, error) bool) {
		for {
			rec, err := reader.Next()
			if errors.Is(err, io.EOF) {
				return
			}
			if !yield(rec, err) || err != nil {
				return
			}
		}
	}
}

// unreadable tells a page that is not a whole OAI-PMH response.
func (p *page) unreadable(err error) error {
	if f := p.noOAI(); f != nil {
		return f
	}
	f := &failure{remedy: retry, todo: goesOn}
	var syntax *xmlstream.SyntaxError
	switch {
	case errors.Is(err, oai.ErrNotOAI):
		f.malformed = true // what stands around a page is often HTML
		f.what = cards.Say("La réponse est du XML, mais pas une réponse OAI-PMH")
		f.todo = cards.OneAfterAnother(checkAddress, goesOn)
	case !errors.As(err, &syntax):
		return err
	case syntax.Code == xmlstream.CodeEmpty:
		f.what = cards.Say("Le serveur a envoyé une réponse vide")
	case syntax.Code == xmlstream.CodeDoctype:
		f.what, f.todo = cards.Say("La réponse contient un DOCTYPE, refusé par sécurité"), askMaker
	default:
		f.malformed = true
		// The sentence of the syntax error may quote what was meant as text: it stays here.
		line, column := p.position(syntax)
		f.what = cards.Say("La réponse n’est pas du XML lisible : ligne %d, colonne %d, défaut « %s »", line, column, syntax.Code)
		f.todo = cards.OneAfterAnother(askMaker, goesOn)
		if syntax.Code == xmlstream.CodeTruncated {
			f.what, f.todo = cards.Say("La réponse s’arrête avant sa fin"), goesOn
		}
	}
	return f
}

// verdict tells what an OAI error asks for. That nothing matches is no error.
func (q *inquiry) verdict(p *page, c *contents) error {
	first := q.state.Token == ""
	if first && wentBack(serverTime(c.responseDate, p.date), q.state.WindowFrom) {
		return &failure{remedy: everything, what: cards.Say("L’horloge du SIGB a reculé")}
	}
	if len(c.errors) > 0 {
		return q.oaiError(c)
	}
	if f := p.noOAI(); f != nil && p.status != http.StatusOK {
		return f
	}
	if c.verb != oai.ListRecords {
		return &failure{remedy: retry, what: cards.Say("La réponse OAI-PMH ne contient ni liste d’enregistrements ni erreur"), todo: askMaker}
	}
	if len(c.token) > maxToken {
		return &failure{remedy: giveUp, what: cards.Say("Le jeton de reprise est démesuré"), todo: askMaker}
	}
	return nil
}

func (q *inquiry) oaiError(c *contents) error {
	first := q.state.Token == ""
	code := c.errors[0].Code
	for _, e := range c.errors {
		if e.Code == oai.BadResumptionToken {
			code = e.Code
		}
	}
	switch {
	case code == oai.NoRecordsMatch && (first || q.listSize > 0 && int64(q.state.Records) >= q.listSize):
		return nil
	case first && code == oai.BadArgument && q.state.WindowFrom != "" && !inDays(q.state.WindowFrom):
		return &failure{remedy: useDays, what: cards.Say("Le SIGB refuse une date avec l’heure (badArgument)")}
	case !first && (code == oai.BadResumptionToken || code == oai.NoRecordsMatch || code == oai.BadArgument):
		return &failure{
			remedy: startAgain, todo: askMaker,
			what: cards.Say("Le SIGB ne reconnaît pas le jeton de reprise qu’il a donné (%s)", code),
		}
	}
	return &failure{remedy: giveUp, what: cards.Say("Le SIGB refuse la demande (erreur OAI-PMH « %s »)", known(code)), todo: advice(code)}
}

// known keeps a code that is none of the protocol's, which may be anything, out of messages.
func known(code oai.ErrorCode) cards.Sentence {
	if advice(code) == askMaker {
		return cards.Say("inconnue")
	}
	return cards.Say("%s", string(code)) // the protocol’s word, in any language
}

func advice(code oai.ErrorCode) cards.Sentence {
	switch code {
	case oai.CannotDisseminateFormat, oai.NoMetadataFormats:
		return cards.Say("Vérifiez le préfixe de métadonnées dans les réglages de la bibliothèque.")
	case oai.NoSetHierarchy:
		return cards.Say("Ce SIGB n’a pas d’ensembles : videz « Ensemble (set) » dans les réglages de la bibliothèque.")
	case oai.BadArgument, oai.BadVerb, oai.BadResumptionToken, oai.IDDoesNotExist:
		return cards.Say("Vérifiez l’ensemble (set) et le préfixe de métadonnées dans les réglages de la bibliothèque ; sinon, prévenez le fournisseur du SIGB.")
	case oai.NoRecordsMatch:
	}
	return askMaker
}
