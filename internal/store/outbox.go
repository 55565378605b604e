package store

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/carte-reseau/hub/internal/cards"
	"gorm.io/gorm"
	"gorm.io/gorm/clause"
)

type mailRow struct {
	ID          int64 `gorm:"primaryKey"`
	Recipient   string
	Subject     string
	Body        string
	Attachments []byte
	UniqueKey   *string
	Queued      int64
	Attempts    int64
	Due         int64
	LastError   string
	Sent        int64
	Failed      int64
}

func (mailRow) TableName() string { return "outbox" }

// QueueMail puts a message into the outbox. One whose key was used before is
// dropped: it has been, or will be, sent.
func (s *Store) QueueMail(ctx context.Context, m cards.Message) error {
	err := s.write(ctx, func(tx *gorm.DB) error { return s.queueMail(tx, m) })
	if err != nil {
		return err
	}
	return s.Wake(ctx, cards.JobMail, cards.HubID)
}

// queueMail enters a message that is due at once: its due time stays 0, which
// is past by every clock.
func (s *Store) queueMail(tx *gorm.DB, m cards.Message) error {
	row := mailRow{
		Recipient: plain(m.To), Subject: plain(m.Subject), Body: plain(m.Body), Attachments: deflate([]byte(toJSON(m.Attachments))),
		Queued: micros(s.Clock()),
	}
	if m.Key != "" {
		key := plain(m.Key)
		row.UniqueKey = &key
	}
	return tx.Clauses(clause.OnConflict{DoNothing: true}).Create(&row).Error
}

// readdress has the letters to a library that have not left yet go to its new
// address: those that were given up because the old one was wrong go there once
// staff try them again. Where another library has the old address too, only
// letters that ask for an erasure tell whose they are.
func readdress(tx *gorm.DB, l *libraryRow, address string) error {
	return tx.Exec(`UPDATE outbox SET recipient = @new WHERE sent = 0 AND recipient = @old AND @new <> @old AND (unique_key LIKE @erasure OR (
			NOT EXISTS (SELECT 1 FROM libraries o WHERE o.email = @old AND o.id <> @library AND o.removed = 0)
			AND (unique_key IS NULL OR unique_key NOT LIKE @trouble AND unique_key NOT LIKE @suspension AND unique_key NOT LIKE @unknown)))`,
		map[string]any{
			"old": l.Email, "new": plain(address), "library": l.ID, "erasure": fmt.Sprintf("%s%%-%d", letterKey, l.ID),
			"trouble": cards.TroubleLetter + "-%", "suspension": cards.SuspensionLetter + "-%", "unknown": cards.UnknownFileLetter + "-%",
		}).Error
}

// DueMail lists messages whose time has come, the longest due first.
func (s *Store) DueMail(ctx context.Context, limit int) ([]cards.Message, error) {
	var rows []mailRow
	err := s.query(ctx).Where("sent = 0 AND failed = 0 AND due <= " + s.nowMicros()).Order("due, id").Limit(limit).Find(&rows).Error
	if err != nil {
		return nil, s.explain(err)
	}
	list := make([]cards.Message, len(rows))
	for i, row := range rows {
		if list[i], err = row.message(); err != nil {
			return nil, err
		}
	}
	return list, nil
}

func (r mailRow) message() (cards.Message, error) {
	m := cards.Message{
		ID: r.ID, To: r.Recipient, Subject: r.Subject, Body: r.Body,
		Queued: fromMicros(r.Queued), Attempts: int(r.Attempts), DueAt: fromMicros(r.Due), LastErr: cards.ParseSentence(r.LastError),
	}
	if r.UniqueKey != nil {
		m.Key = *r.UniqueKey
	}
	text, err := inflate(r.Attachments)
	if err != nil || len(text) == 0 { // dropped when it was sent
		return m, err
	}
	err = fromJSON(string(text), &m.Attachments, "attachments")
	return m, err
}

// MailSent ends a message. What it carried is dropped: it has arrived, or lies
// with its document where the message was lightened, which staff see. One that
// asks for an erasure goes altogether, and is one that was sent even where it
// was withdrawn meanwhile.
func (s *Store) MailSent(ctx context.Context, m *cards.Message) error {
	return s.write(ctx, func(tx *gorm.DB) error {
		if strings.HasPrefix(m.Key, letterKey) {
			return letterSent(tx, m)
		}
		return tx.Exec("UPDATE outbox SET sent = "+s.nowMicros()+", attempts = attempts + 1, last_error = ?, body = '', attachments = ? WHERE id = ?",
			m.Lightened.Stored(), []byte{}, m.ID).Error
	})
}

// MailFailed sets the next attempt of a message, or with final none: it stays
// for staff to see.
func (s *Store) MailFailed(ctx context.Context, id int64, why cards.Sentence, next time.Time, final bool) error {
	failed := "0"
	if final {
		failed = s.nowMicros()
	}
	return s.write(ctx, func(tx *gorm.DB) error {
		return tx.Exec("UPDATE outbox SET attempts = attempts + 1, last_error = ?, due = ?, failed = "+failed+" WHERE id = ?",
			why.Stored(), micros(next), id).Error
	})
}

// Outbox counts the messages that wait, those given up, and when the oldest
// waiting one was queued.
func (s *Store) Outbox(ctx context.Context) (waiting, failed int64, oldest time.Time, err error) {
	var row struct{ Waiting, Failed, Oldest int64 }
	err = s.query(ctx).Raw(`SELECT count(CASE WHEN failed = 0 THEN 1 END) AS waiting, count(CASE WHEN failed > 0 THEN 1 END) AS failed,
		coalesce(min(CASE WHEN failed = 0 THEN queued END), 0) AS oldest FROM outbox WHERE sent = 0`).Scan(&row).Error
	return row.Waiting, row.Failed, fromMicros(row.Oldest), s.explain(err)
}
