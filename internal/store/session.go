package store

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/base64"
	"time"

	"github.com/carte-reseau/hub/internal/cards"
	"gorm.io/gorm"
)

type sessionRow struct {
	Hash    []byte `gorm:"primaryKey"`
	StaffID int64
	Csrf    string
	Created int64
	Seen    int64
	Expires int64
}

func (sessionRow) TableName() string { return "sessions" }

// seenEvery is how often it is noted that somebody is still there: a page asked
// for need not wait behind whoever writes.
const seenEvery = time.Minute

// OpenSession begins a session of an account that has signed in. The token it
// returns is known to nobody else: only its hash is kept. Unauthorized where
// the account has been removed or disabled since, or given another password: who
// knows the old one may have stolen it.
func (s *Store) OpenSession(ctx context.Context, u *cards.User) (token string, err error) {
	token = randomToken()
	row := sessionRow{Hash: hashKey(token), StaffID: u.ID, Csrf: randomToken()}
	err = s.write(ctx, func(tx *gorm.DB) error {
		var may struct {
			Now      int64
			Password string
		}
		err := tx.Raw("SELECT "+s.nowMicros()+" AS now, password FROM staff WHERE id = ? AND NOT disabled"+s.dialect.forUpdate, u.ID).Scan(&may).Error
		if err != nil {
			return err
		}
		if may.Now == 0 || u.Proved != nil && !bytes.Equal(u.Proved, hashKey(may.Password)) {
			return sessionOver()
		}
		row.Created, row.Seen = may.Now, may.Now
		row.Expires = may.Now + cards.SessionLife.Microseconds()
		if err := tx.Exec("UPDATE staff SET last_seen = ? WHERE id = ?", may.Now, u.ID).Error; err != nil {
			return err
		}
		return tx.Create(&row).Error
	})
	if err != nil {
		return "", err
	}
	return token, nil
}

func randomToken() string {
	const length = 32
	var random [length]byte
	_, _ = rand.Read(random[:]) // crypto/rand.Read never fails
	return base64.RawURLEncoding.EncodeToString(random[:])
}

func sessionOver() error {
	return cards.Errorf(cards.Unauthorized, "La session est terminée ; connectez-vous de nouveau.")
}

// Session finds the session of a token; Unauthorized where it has ended.
func (s *Store) Session(ctx context.Context, token string) (*cards.Session, error) {
	now, err := s.Now(ctx)
	if err != nil {
		return nil, err
	}
	var row sessionRow
	found := s.query(ctx).Where("hash = ? AND expires > ? AND seen > ?", hashKey(token), micros(now), micros(now.Add(-cards.SessionIdle))).
		Limit(1).Find(&row)
	if found.Error != nil {
		return nil, s.explain(found.Error)
	}
	if found.RowsAffected == 0 {
		return nil, sessionOver()
	}
	var staff staffRow
	found = s.query(ctx).Where("id = ? AND NOT disabled", row.StaffID).Limit(1).Find(&staff)
	if found.Error != nil {
		return nil, s.explain(found.Error)
	}
	if found.RowsAffected == 0 {
		return nil, sessionOver()
	}
	if now.Sub(fromMicros(row.Seen)) >= seenEvery {
		s.note(ctx, "UPDATE sessions SET seen = ? WHERE hash = ? AND seen < ?", micros(now), row.Hash, micros(now))
		s.noteSeen(ctx, &staff, now)
		row.Seen = micros(now)
	}
	return &cards.Session{
		User: staff.user(), CSRF: row.Csrf, Created: fromMicros(row.Created), Seen: fromMicros(row.Seen), Expires: fromMicros(row.Expires),
	}, nil
}

// CloseSession ends a session. One that has ended already is as good.
func (s *Store) CloseSession(ctx context.Context, token string) error {
	return s.write(ctx, func(tx *gorm.DB) error { return tx.Exec("DELETE FROM sessions WHERE hash = ?", hashKey(token)).Error })
}

// noteSeen notes, at most once a minute, that somebody used the account.
func (s *Store) noteSeen(ctx context.Context, row *staffRow, now time.Time) {
	if now.Sub(fromMicros(row.LastSeen)) < seenEvery {
		return
	}
	row.LastSeen = micros(now)
	s.note(ctx, "UPDATE staff SET last_seen = ? WHERE id = ? AND last_seen < ?", row.LastSeen, row.ID, row.LastSeen)
}

// note writes what is good to know: who is signed in reads on, even where the
// database takes nothing more.
func (s *Store) note(ctx context.Context, statement string, args ...any) {
	err := s.write(ctx, func(tx *gorm.DB) error { return tx.Exec(statement, args...).Error })
	if err != nil {
		s.log.WarnContext(ctx, "the use of an account could not be noted", "error", err)
	}
}
