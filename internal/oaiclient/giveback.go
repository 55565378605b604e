package oaiclient

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/carte-reseau/hub/internal/cards"
	"github.com/carte-reseau/hub/internal/exchange"
)

// What one mail holds at most; what is over goes into further ones. A later harvest would not bring it again: a server does
// not list what nobody changed.
const (
	mostReturned      = 1000
	mostReturnedBytes = 4 << 20
	mostQuoted        = 20
)

// giveBack sends the refused cards to the library, those it was not yet told of: in one mail, or as many as they fill. Of
// several thousand no more than a mail's are in memory.
func (r *run) giveBack(ctx context.Context, deposit *cards.Deposit, key string) error {
	var p part
	for f, err := range r.refusals(ctx, deposit.ID) {
		if err != nil {
			return err
		}
		told, err := r.told(ctx, &p, f)
		if err != nil {
			return err
		}
		if told {
			continue
		}
		if !p.hasRoom(f) {
			p.more = true
			if err := r.send(ctx, deposit, &p, key); err != nil {
				return err
			}
			p = part{}
		}
		p.add(f)
	}
	if len(p.fresh) == 0 {
		return nil
	}
	return r.send(ctx, deposit, &p, key)
}

// told reports whether the library has heard of the refusal, or will by the mail that is being filled.
func (r *run) told(ctx context.Context, p *part, f *refusal) (bool, error) {
	if p.here[f.hash()] {
		return true, nil
	}
	return r.h.store.ToldFault(ctx, r.lib.ID, f.hash())
}

// send queues a mail and marks its faults as told in one step, so that a crash neither sends one twice nor leaves one out.
// Whoever has lost the lease meanwhile finds the mail's key used.
func (r *run) send(ctx context.Context, deposit *cards.Deposit, p *part, key string) error {
	faults := make([][16]byte, len(p.fresh))
	for i, f := range p.fresh {
		faults[i] = f.hash()
	}
	message, err := r.message(deposit, p, fmt.Sprintf("%s-%x", key, faults[0]))
	if err != nil {
		return err
	}
	return r.h.store.TellFaults(ctx, r.lib.ID, message, faults)
}

// part is what one mail gives back.
type part struct {
	fresh []*refusal
	size  int
	here  map[[16]byte]bool
	more  bool // another mail follows
}

func (p *part) hasRoom(f *refusal) bool {
	return len(p.fresh) < mostReturned && (len(p.fresh) == 0 || p.size+f.size() <= mostReturnedBytes)
}

func (p *part) add(f *refusal) {
	if p.here == nil {
		p.here = map[[16]byte]bool{}
	}
	p.fresh = append(p.fresh, f)
	p.size += f.size()
	p.here[f.hash()] = true
}

func (r *run) message(deposit *cards.Deposit, p *part, key string) (cards.Message, error) {
	report, err := r.report(deposit, p.fresh)
	if err != nil {
		return cards.Message{}, err
	}
	returned, err := r.returned(p.fresh)
	if err != nil {
		return cards.Message{}, err
	}
	const kind = "application/xml"
	return cards.Message{
		To:      r.lib.Email,
		Subject: fmt.Sprintf("Moisson de %s : %s", r.lib.Name, refusedCards(len(p.fresh))),
		Body:    r.body(deposit, p),
		Key:     key,
		Attachments: []cards.Attachment{
			{Name: fmt.Sprintf("rapport-%d.xml", deposit.ID), ContentType: kind, Data: report},
			{Name: fmt.Sprintf("cartes-refusees-%d.xml", deposit.ID), ContentType: kind, Data: returned},
		},
	}, nil
}

// report is the harvest's, its list cut down to what the mail is about.
func (r *run) report(deposit *cards.Deposit, fresh []*refusal) ([]byte, error) {
	var out bytes.Buffer
	lines := func(yield func([]byte, error) bool) {
		for _, f := range fresh {
			if !yield(append(slices.Clip(f.line), '\n'), nil) {
				return
			}
		}
	}
	err := exchange.WriteReport(&out, exchange.Summary{
		Establishment: r.lib.Code, Date: r.h.opts.Now(), Deposit: deposit.ID, Status: cards.Partial, Counts: deposit.Counts,
	}, lines)
	return out.Bytes(), err
}

// returned holds the cards as they were sent, in the envelope of the format.
func (r *run) returned(fresh []*refusal) ([]byte, error) {
	var out bytes.Buffer
	w, err := exchange.NewWriter(&out, exchange.Envelope{Establishment: r.lib.Code})
	if err != nil {
		return nil, err
	}
	for _, f := range fresh {
		if err := w.WriteRendered(f.source); err != nil {
			return nil, err
		}
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

func refusedCards(n int) string {
	if n == 1 {
		return "une carte refusée"
	}
	return number(n) + " cartes refusées"
}

func (r *run) body(deposit *cards.Deposit, p *part) string {
	fresh := p.fresh
	var b strings.Builder
	line := func(format string, args ...any) { _, _ = fmt.Fprintf(&b, format+"\n", args...) } // memory never fails
	line("Bonjour,\n")
	line("En moissonnant le serveur OAI-PMH de %s (%s), %s a lu %s.",
		r.lib.Name, r.host, r.h.opts.HubName, plural(deposit.Counts.Received, "une carte", "%s cartes"))
	if len(fresh) == 1 {
		line("Une carte a été refusée et n’a pas été transmise aux autres bibliothèques.\n")
	} else {
		line("%s cartes ont été refusées et n’ont pas été transmises aux autres bibliothèques.\n", number(len(fresh)))
	}
	for i, f := range fresh {
		if i == mostQuoted {
			line("… et %s, à lire dans le rapport joint.", plural(len(fresh)-i, "une autre", "%s autres"))
			break
		}
		quote(line, f)
	}
	if p.more {
		line("\nD’autres cartes ont été refusées : elles suivent dans un autre message.")
	}
	line("\nQue faire ?")
	line("Corrigez ces fiches dans votre SIGB et enregistrez-les : elles seront reprises à la prochaine moisson.")
	line("Si une fiche vous paraît juste, ou si la même erreur revient souvent, transmettez ce message au fournisseur du SIGB.\n")
	line("Le rapport et les cartes telles qu’elles ont été reçues sont joints. Chaque erreur n’est signalée qu’une fois,")
	line("tant que la fiche n’a pas changé.")
	if r.h.opts.PublicURL != "" {
		line("Rapport complet de cette moisson : %s/depots/%d (avec le code et la clé de la bibliothèque).",
			strings.TrimRight(r.h.opts.PublicURL, "/"), deposit.ID)
	}
	return b.String()
}

func quote(line func(string, ...any), f *refusal) {
	name := "Carte sans numéro"
	if f.told.Number != "" {
		name = "Carte " + f.told.Number
	}
	line("- %s :", name)
	for _, fault := range f.told.Faults {
		line("    %s", strings.TrimSpace(fault.Message))
	}
}

func plural(n int, one, many string) string {
	if n == 1 {
		return one
	}
	return fmt.Sprintf(many, number(n))
}

func number(n int) string { return cards.Grouped(n, cards.French) }
