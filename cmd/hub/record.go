package main

import (
	"context"

	"github.com/carte-reseau/hub/internal/cards"
)

// Whoever sees or changes what is a reader's by the command line is recorded
// first, as over the JSON interface and under the same names of operations.

// carryOut runs do once it is recorded, and records how it ended where it
// failed. Without a record nothing is done.
func (f *foundation) carryOut(ctx context.Context, action, subject, detail string, do func() error) error {
	e := cards.AuditEntry{Actor: systemAccount(), Door: cards.AuditCommand, Action: action, Subject: subject, Detail: detail}
	if err := f.store.Record(ctx, e); err != nil {
		return cards.WrapError(cards.Unavailable, err, "le journal d’audit ne peut pas être écrit : rien n’a été montré ni fait")
	}
	err := do()
	if err == nil {
		return nil
	}
	e.Detail = cards.AuditFailure(err)
	if failed := f.store.Record(context.WithoutCancel(ctx), e); failed != nil {
		f.log.ErrorContext(ctx, "how a command failed could not be recorded", "operation", action, "error", failed)
	}
	return err
}

// showing runs write once it is recorded whose cards it writes out.
func (f *foundation) showing(ctx context.Context, action, subject string, oaiIDs []string, write func() error) error {
	if subject == "" {
		subject = cards.AuditSubject(oaiIDs)
	}
	return f.carryOut(ctx, action, subject, "montre "+cards.AuditShown(oaiIDs), write)
}

// cardNamed names a card in the record by its opaque identifier. A number
// nobody has is not written down: it may be somebody's elsewhere.
func (f *foundation) cardNamed(ctx context.Context, number string) (string, error) {
	id, err := f.store.OAIID(ctx, number)
	if cards.CodeOf(err) == cards.NotFound {
		return "carte inconnue", nil
	}
	return cards.SubjectCard(id), err
}

// withCardNamed runs do about the card of a number once it is recorded.
func (f *foundation) withCardNamed(ctx context.Context, action, number, detail string, do func() error) error {
	subject, err := f.cardNamed(ctx, number)
	if err != nil {
		return err
	}
	return f.carryOut(ctx, action, subject, detail, do)
}

// withPairNamed does the same for two cards.
func (f *foundation) withPairNamed(ctx context.Context, action, number, other string, do func() error) error {
	detail, err := f.cardNamed(ctx, other)
	if err != nil {
		return err
	}
	return f.withCardNamed(ctx, action, number, detail, do)
}
