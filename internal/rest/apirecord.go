package rest

import (
	"context"
	"regexp"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"github.com/carte-reseau/hub/internal/cards"
)

// What is recorded of an operation, by itself:
//   - one that acts (any method but GET, but for those that are asking): who is about to do it, on what, before it is done;
//   - one whose answer is showing cards: which ones, once the store was asked and before the answer leaves;
//   - another one that is personal: who is about to read it, before it is read;
//   - how any of these ended, where it failed.
//
// What it is about is told by the path ("depot 12"), by what it makes, and by the cards whose numbers the body names, under their opaque
// identifiers. Where the record cannot be written the answer is 503: nothing is done, nothing is shown.

// Audit keeps the record of who saw and did what.
type Audit interface {
	Record(ctx context.Context, e cards.AuditEntry) error
	// OAIID is the opaque identifier of the card that has or had the number; cards.NotFound where none has.
	OAIID(ctx context.Context, number string) (string, error)
}

// showing is an answer with cards in it.
type showing interface {
	shown() []string // their opaque identifiers
}

// naming is a question that names cards by their numbers.
type naming interface {
	numbers() []string
}

// making is a question that says what is made: no path names it yet.
type making interface {
	subject() string // in the record's words
}

func (op operation) acts() bool { return !op.reads }

// recordSaid tells who reads the description that the operation is recorded.
func (op operation) recordSaid() string {
	switch {
	case op.acts():
		return " Inscrite au journal d’audit."
	case op.isPersonal:
		return " La consultation est inscrite au journal d’audit."
	}
	return ""
}

// recorded runs an operation between the entries it makes in the record.
func recorded[I, O any](ctx context.Context, d desk, op operation, in *I, handle func(context.Context, *I) (*O, error)) (*O, error) {
	if !op.acts() && !op.isPersonal {
		return handle(ctx, in)
	}
	r, err := d.newRecord(ctx, op, in)
	if err != nil {
		return nil, err
	}
	_, shows := any((*O)(nil)).(showing)
	if op.acts() || !shows {
		if err := r.write(ctx, r.entry); err != nil {
			return nil, err
		}
	}
	out, err := handle(context.WithValue(ctx, recordKey{}, r), in)
	if err != nil {
		r.failed(ctx, err)
		return nil, err
	}
	if !shows || out == nil {
		return out, nil
	}
	if err := r.shown(ctx, any(out).(showing).shown()); err != nil {
		if op.acts() {
			err = cards.WrapError(cards.Unavailable, err, "C’est fait, mais le journal d’audit ne peut plus être écrit : le résultat n’est pas montré.")
		}
		return nil, err
	}
	return out, nil
}

// record is what is written of one operation under way.
type record struct {
	desk
	entry cards.AuditEntry
}

// recordKey is where an operation that acts while its answer leaves finds its record: how it ended is not known before.
type recordKey struct{}

func recordOf(ctx context.Context) record { return ctx.Value(recordKey{}).(record) }

func (d desk) newRecord(ctx context.Context, op operation, in any) (record, error) {
	user := accountOf(ctx)
	subjects, _ := ctx.Value(subjectsKey{}).([]string)
	named, asks := in.(naming)
	if asks && op.acts() {
		found, err := d.cardsNamed(ctx, named.numbers())
		if err != nil {
			return record{}, unrecorded(err)
		}
		subjects = append(subjects, found...)
	}
	if made, makes := in.(making); makes {
		subjects = append(subjects, made.subject())
	}
	e := cards.AuditEntry{Actor: user.Name, Role: user.Role, Door: cards.AuditAPI, Action: op.id}
	var details []string
	if len(subjects) > 0 {
		e.Subject, details = subjects[0], subjects[1:]
	}
	if op.about != nil {
		if more := op.about(ctx, in); more != "" {
			details = append(details, more)
		}
	}
	e.Detail = strings.Join(details, ", ")
	return record{desk: d, entry: e}, nil
}

// cardsNamed are the cards of the numbers. A number nobody has is not written down: it may be somebody's elsewhere.
func (d desk) cardsNamed(ctx context.Context, numbers []string) ([]string, error) {
	var found []string
	for _, number := range numbers {
		id, err := d.audit.OAIID(ctx, number)
		switch {
		case cards.CodeOf(err) == cards.NotFound:
			found = append(found, "carte inconnue")
		case err != nil:
			return nil, err
		default:
			found = append(found, cards.SubjectCard(id))
		}
	}
	return found, nil
}

func unrecorded(err error) error {
	return cards.WrapError(cards.Unavailable, err,
		"Le journal d’audit ne peut pas être écrit : rien n’a été montré ni fait. Réessayez dans quelques instants.")
}

func (r record) write(ctx context.Context, e cards.AuditEntry) error {
	if err := r.audit.Record(ctx, e); err != nil {
		return unrecorded(err)
	}
	return nil
}

// shown records whose cards the answer holds.
func (r record) shown(ctx context.Context, ids []string) error {
	e := r.entry
	e.Detail = join(e.Detail, "montre "+cards.AuditShown(ids))
	if e.Subject == "" {
		e.Subject = cards.AuditSubject(ids)
	}
	return r.write(ctx, e)
}

// failed records how it ended, also where who asked has left. What went wrong stays the answer.
func (r record) failed(ctx context.Context, failure error) {
	e := r.entry
	e.Detail = join(e.Detail, cards.AuditFailure(failure))
	if err := r.audit.Record(context.WithoutCancel(ctx), e); err != nil {
		r.log.ErrorContext(ctx, "how an operation failed could not be recorded", "operation", e.Action, "error", err)
	}
}

func join(a, b string) string {
	if a == "" {
		return b
	}
	return a + ", " + b
}

// subjectsKey is where the subjects the path names wait for the record: huma checks the path's parameters only afterwards.
type subjectsKey struct{}

// nouns are the words of the record for what the paths name.
var nouns = map[string]string{
	"libraries": "bibliotheque", "deposits": "depot", "conflicts": "conflit", "erasures": "effacement", "users": "compte",
	"duplicates": "doublon", "runs": "travail", "jobs": "travail", "outbox": "courriel", "cards": "carte",
}

var namedInPath = regexp.MustCompile(`/([^/{}]+)/\{([^{}]+)\}`)

// subjectsOf reads what the path names: /erasures/3/libraries/mours is "effacement 3" and "bibliotheque mours".
func subjectsOf(ctx huma.Context) []string {
	var list []string
	for _, found := range namedInPath.FindAllStringSubmatch(ctx.Operation().Path, -1) {
		noun := nouns[found[1]]
		if noun == "" {
			noun = found[1]
		}
		list = append(list, noun+" "+ctx.Param(found[2]))
	}
	return list
}
