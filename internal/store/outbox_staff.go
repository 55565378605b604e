package store

import (
	"context"
	"strings"

	"github.com/carte-reseau/hub/internal/cards"
	"gorm.io/gorm"
)

// mailStates are the conditions of the states.
var mailStates = map[cards.MailState]string{
	cards.MailWaiting: "sent = 0 AND failed = 0",
	cards.MailFailed:  "sent = 0 AND failed > 0",
	cards.MailSent:    "sent > 0",
}

// Mails lists messages for staff, newest first, without their text.
func (s *Store) Mails(ctx context.Context, q cards.OutboxQuery) ([]cards.OutboxMail, error) {
	before := orNoBound(q.Before)
	where := ""
	if q.State != "" {
		condition, known := mailStates[q.State]
		if !known {
			return nil, cards.Errorf(cards.Invalid, "État de courriel inconnu.")
		}
		where = " AND " + condition
	}
	var rows []mailRow
	err := s.query(ctx).Raw("SELECT id, recipient, subject, unique_key, queued, attempts, due, last_error, sent, failed FROM outbox WHERE id < ?"+
		where+" ORDER BY id DESC LIMIT ?", before, q.Limit).Scan(&rows).Error
	if err != nil {
		return nil, s.explain(err)
	}
	list := make([]cards.OutboxMail, len(rows))
	for i, row := range rows {
		message, err := row.message()
		if err != nil {
			return nil, err
		}
		list[i] = row.seen(message)
	}
	return list, nil
}

// Mail is one message with its text.
func (s *Store) Mail(ctx context.Context, id int64) (*cards.OutboxMail, error) {
	row, err := mailOf(s.query(ctx), id, "")
	if err != nil {
		return nil, s.explain(err)
	}
	message, err := row.message()
	if err != nil {
		return nil, err
	}
	mail := row.seen(message)
	return &mail, nil
}

func mailOf(tx *gorm.DB, id int64, lock string) (*mailRow, error) {
	var rows []mailRow
	if err := tx.Raw("SELECT * FROM outbox WHERE id = ?"+lock, id).Scan(&rows).Error; err != nil {
		return nil, err
	}
	if len(rows) == 0 {
		return nil, cards.Errorf(cards.NotFound, "Aucun courriel ne porte le n° %d.", id)
	}
	return &rows[0], nil
}

func (r *mailRow) seen(m cards.Message) cards.OutboxMail {
	mail := cards.OutboxMail{
		Message: m, State: cards.MailWaiting, Sent: fromMicros(r.Sent), Failed: fromMicros(r.Failed), Erasure: r.asksErasure(),
	}
	switch {
	case r.Sent > 0:
		mail.State = cards.MailSent
	case r.Failed > 0:
		mail.State = cards.MailFailed
	}
	return mail
}

func (r *mailRow) asksErasure() bool {
	return r.UniqueKey != nil && strings.HasPrefix(*r.UniqueKey, letterKey)
}

// RetryMail makes a message that waits, or was given up, due at once. What was
// given up begins anew, or it would be again at the first attempt that fails.
func (s *Store) RetryMail(ctx context.Context, id int64) error {
	err := s.write(ctx, func(tx *gorm.DB) error {
		row, err := mailOf(tx, id, s.dialect.forUpdate)
		if err != nil {
			return err
		}
		if row.Sent > 0 {
			return cards.Errorf(cards.Conflict, "Le courriel n° %d est déjà parti.", id)
		}
		return tx.Exec("UPDATE outbox SET attempts = CASE WHEN failed > 0 THEN 0 ELSE attempts END, failed = 0, due = 0 WHERE id = ?", id).Error
	})
	if err != nil {
		return err
	}
	return s.Wake(ctx, cards.JobMail, cards.HubID)
}

// DropMail forgets a message that was given up. One that asks for an erasure
// stays: without it nobody would know that its library was never asked.
func (s *Store) DropMail(ctx context.Context, id int64) error {
	return s.write(ctx, func(tx *gorm.DB) error {
		row, err := mailOf(tx, id, s.dialect.forUpdate)
		switch {
		case err != nil:
			return err
		case row.Sent > 0 || row.Failed == 0:
			return cards.Errorf(cards.Conflict, "Le courriel n° %d n’a pas été abandonné : seul un courriel abandonné se supprime.", id)
		case row.asksErasure():
			return cards.Errorf(cards.Conflict, "Le courriel n° %d demande l’effacement d’une carte : relancez-le, ou notez que la bibliothèque l’a effacée.", id)
		}
		return tx.Exec("DELETE FROM outbox WHERE id = ?", id).Error
	})
}
