package store

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"time"

	"github.com/alexedwards/argon2id"
	"github.com/carte-reseau/hub/internal/cards"
	"gorm.io/gorm"
)

// PasswordCost is what one guess at a password costs. Tests pay less.
type PasswordCost struct {
	Memory     uint32 // KiB
	Iterations uint32
}

// The cost where none is given: about a tenth of a second.
const (
	passwordMemory     = 64 << 10
	passwordIterations = 3
	passwordLanes      = 2
	saltLength         = 16
	passwordKeyLength  = 32
)

// atOnce is how many passwords are hashed at a time: each takes 64 MiB, and a
// hub may have no more than 512.
const atOnce = 2

// queueFor is how long a sign-in waits for its turn.
const queueFor = 15 * time.Second

// passwords hashes what people choose.
type passwords struct {
	params argon2id.Params
	turns  chan struct{}
	// nobodys is a hash of the same cost that no password fits: a name nobody
	// has takes as long to refuse as a wrong password.
	nobodys string
}

func newPasswords(c PasswordCost) *passwords {
	p := &passwords{
		params: argon2id.Params{
			Memory: c.Memory, Iterations: c.Iterations, Parallelism: passwordLanes, SaltLength: saltLength, KeyLength: passwordKeyLength,
		},
		turns: make(chan struct{}, atOnce),
	}
	if c.Memory == 0 {
		p.params.Memory = passwordMemory
	}
	if c.Iterations == 0 {
		p.params.Iterations = passwordIterations
	}
	var random [saltLength + passwordKeyLength]byte
	_, _ = rand.Read(random[:]) // crypto/rand.Read never fails
	p.nobodys = fmt.Sprintf("$argon2id$v=19$m=%d,t=%d,p=%d$%s$%s", p.params.Memory, p.params.Iterations, p.params.Parallelism,
		base64.RawStdEncoding.EncodeToString(random[:saltLength]), base64.RawStdEncoding.EncodeToString(random[saltLength:]))
	return p
}

// turn waits for a place among those who hash.
func (p *passwords) turn(ctx context.Context) (done func(), err error) {
	limit := time.NewTimer(queueFor)
	defer limit.Stop()
	select {
	case p.turns <- struct{}{}:
		return func() { <-p.turns }, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-limit.C:
		return nil, cards.Errorf(cards.Unavailable, "Trop de connexions en même temps ; réessayez dans quelques instants.")
	}
}

func (p *passwords) hash(ctx context.Context, typed string) (string, error) {
	done, err := p.turn(ctx)
	if err != nil {
		return "", err
	}
	defer done()
	return argon2id.CreateHash(cards.Password(typed), &p.params)
}

// fits reports whether typed is the password of the hash; of an empty one, none
// is, and that takes as long.
func (p *passwords) fits(ctx context.Context, typed, hash string) (bool, error) {
	done, err := p.turn(ctx)
	if err != nil {
		return false, err
	}
	defer done()
	if hash == "" {
		hash = p.nobodys
	}
	if len(typed) > cards.MaxPassword {
		typed, hash = "", p.nobodys
	}
	return argon2id.ComparePasswordAndHash(cards.Password(typed), hash)
}

// SignIn finds the account of a name and password. Unauthorized, in the same
// words and after the same time, for a name nobody has, a disabled account, one
// without a password, and a wrong password.
func (s *Store) SignIn(ctx context.Context, name, password string) (*cards.User, error) {
	const longest = 1024 // bytes; no account has such a name
	if len(name) > longest {
		name = ""
	}
	var row staffRow
	err := s.query(ctx).Where("name = ? AND NOT disabled", plain(cards.AccountName(name))).Limit(1).Find(&row).Error
	if err != nil {
		return nil, s.explain(err)
	}
	fits, err := s.passwords.fits(ctx, password, row.Password)
	if err != nil {
		return nil, err
	}
	if !fits {
		return nil, cards.Errorf(cards.Unauthorized, "Nom ou mot de passe incorrect.")
	}
	u := row.user()
	u.Proved = hashKey(row.Password)
	return u, nil
}

// SetPassword gives an account a password and ends its sessions.
func (s *Store) SetPassword(ctx context.Context, userID int64, password string) error {
	u, err := s.User(ctx, userID)
	if err != nil {
		return err
	}
	if err := cards.CheckPassword(password, u.Name); err != nil {
		return err
	}
	hash, err := s.passwords.hash(ctx, password)
	if err != nil {
		return err
	}
	return s.savePassword(ctx, userID, hash, nil)
}

// ChangePassword does the same for whoever knows the old password: Forbidden
// where it is another. An account that has none yet is given its first.
func (s *Store) ChangePassword(ctx context.Context, userID int64, old, password string) error {
	var row staffRow
	if err := s.query(ctx).Take(&row, userID).Error; err != nil {
		return s.notFound(err, cards.Say("Il n’y a pas de compte %d.", userID))
	}
	if err := cards.CheckPassword(password, row.Name); err != nil {
		return err
	}
	if row.Password != "" {
		fits, err := s.passwords.fits(ctx, old, row.Password)
		if err != nil {
			return err
		}
		if !fits {
			return cards.Breaks("ancien-mot-de-passe", cards.Forbidden, "L’ancien mot de passe n’est pas celui-là.")
		}
	}
	hash, err := s.passwords.hash(ctx, password)
	if err != nil {
		return err
	}
	return s.savePassword(ctx, userID, hash, &row.Password)
}

// savePassword replaces the password, if it still is the old one where that is
// given: hashing takes a while.
func (s *Store) savePassword(ctx context.Context, userID int64, hash string, old *string) error {
	return s.changeStaff(ctx, userID, func(tx *gorm.DB, row *staffRow) error {
		if old != nil && *old != row.Password {
			return cards.Breaks("mot-de-passe-entretemps", cards.Conflict, "Le mot de passe vient d’être changé par ailleurs ; rien n’a été fait.")
		}
		row.Password = hash
		if err := endSessions(tx, userID); err != nil {
			return err
		}
		return saveStaff(tx, row)
	})
}
