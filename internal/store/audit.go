package store

import (
	"context"
	"errors"
	"iter"

	"github.com/carte-reseau/hub/internal/cards"
	"gorm.io/gorm"
)

type auditRow struct {
	ID      int64 `gorm:"primaryKey"`
	At      int64
	Actor   string
	Role    string
	Door    string
	Action  string
	Subject string
	Detail  string
}

func (auditRow) TableName() string { return "audit" }

func (r *auditRow) entry() cards.AuditEntry {
	return cards.AuditEntry{
		ID: r.ID, At: fromMicros(r.At), Actor: r.Actor, Role: cards.Role(r.Role), Door: r.Door, Action: r.Action, Subject: r.Subject, Detail: r.Detail,
	}
}

// Record adds an entry to the audit log. It is safe once Record returns: only
// then may what it tells of be shown or done.
func (s *Store) Record(ctx context.Context, e cards.AuditEntry) error {
	if e.Actor == "" || e.Door == "" || e.Action == "" {
		return errors.New("store: an audit entry without actor, door or action")
	}
	return s.write(ctx, func(tx *gorm.DB) error { return s.record(tx, e) })
}

func (s *Store) record(tx *gorm.DB, e cards.AuditEntry) error {
	at, args := s.nowMicros(), []any{}
	if !e.At.IsZero() {
		at, args = "?", []any{micros(e.At)}
	}
	args = append(args, plain(e.Actor), string(e.Role), e.Door, e.Action, plain(e.Subject), plain(e.Detail))
	return tx.Exec("INSERT INTO audit (at, actor, role, door, action, subject, detail) VALUES ("+at+", ?, ?, ?, ?, ?, ?)", args...).Error
}

// Audit lists entries of the audit log, newest first.
func (s *Store) Audit(ctx context.Context, q cards.AuditQuery) ([]cards.AuditEntry, error) {
	find := s.query(ctx).Order("id DESC").Limit(q.Limit)
	for column, value := range map[string]string{"actor": q.Actor, "action": q.Action, "subject": q.Subject} {
		if value != "" {
			find = find.Where(column+" = ?", plain(value))
		}
	}
	if !q.From.IsZero() {
		find = find.Where("at >= ?", micros(q.From))
	}
	if !q.To.IsZero() {
		find = find.Where("at < ?", micros(q.To))
	}
	if q.Before > 0 {
		find = find.Where("id < ?", q.Before)
	}
	var rows []auditRow
	if err := find.Find(&rows).Error; err != nil {
		return nil, s.explain(err)
	}
	list := make([]cards.AuditEntry, len(rows))
	for i := range rows {
		list[i] = rows[i].entry()
	}
	return list, nil
}

// AuditAll gives every entry the question selects, newest first, whatever its
// limit; what is entered meanwhile is not among them.
func (s *Store) AuditAll(ctx context.Context, q cards.AuditQuery) iter.Seq2[cards.AuditEntry, error] {
	return func(yield func(cards.AuditEntry, error) bool) {
		const page = 500
		q.Limit = page
		for {
			list, err := s.Audit(ctx, q)
			if err != nil {
				yield(cards.AuditEntry{}, err)
				return
			}
			for _, e := range list {
				q.Before = e.ID
				if !yield(e, nil) {
					return
				}
			}
			if len(list) < page {
				return
			}
		}
	}
}
