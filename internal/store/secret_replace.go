package store

import (
	"bytes"
	"context"
	"fmt"
	"strings"

	"github.com/carte-reseau/hub/internal/cards"
	"gorm.io/gorm"
)

// LostSecret is what goes with a secret that is lost.
type LostSecret struct {
	// Passwords are the codes of the libraries whose systems' passwords are to be
	// given again.
	Passwords []string
	// Erasures are those whose search through what is kept cannot be finished.
	Erasures []int64
}

func (l *LostSecret) said() string {
	parts := []string{}
	if len(l.Passwords) > 0 {
		parts = append(parts, "mots de passe oubliés : "+strings.Join(l.Passwords, ", "))
	}
	for _, id := range l.Erasures {
		parts = append(parts, fmt.Sprintf("effacement %d sans recherche", id))
	}
	return strings.Join(parts, " ; ")
}

// ReplaceSecret has a database whose secret is lost go on with the one the
// options give: what nothing opens any more is dropped, else it would be in the
// way of everything. The entry of the audit log is written with it, and says
// what was lost. Conflict where the secret is the database's own.
func ReplaceSecret(ctx context.Context, o Options, e cards.AuditEntry) (*LostSecret, error) {
	s, err := openLocked(ctx, o)
	if err != nil {
		return nil, err
	}
	defer func() { _ = s.close() }()
	lost := new(LostSecret)
	err = s.write(ctx, func(tx *gorm.DB) error {
		*lost = LostSecret{}
		proof, err := proofIn(tx, s.dialect.forUpdate)
		if err != nil {
			return err
		}
		if err := s.setSecret(o.secret, true); err != nil {
			return err
		}
		if err := s.refuseItsOwn(tx, proof); err != nil {
			return err
		}
		if err := lost.drop(s, tx); err != nil {
			return err
		}
		e.Detail = lost.said()
		if err := s.record(tx, e); err != nil {
			return err
		}
		return s.enterProof(tx)
	})
	return lost, err
}

// refuseItsOwn keeps who still has the secret from losing anything.
func (s *Store) refuseItsOwn(tx *gorm.DB, proof []byte) error {
	own := bytes.Equal(s.proof, proof)
	if proof == nil {
		list, err := sealedIn(tx)
		if err != nil {
			return err
		}
		own = len(list) > 0 && s.opens(list)
	}
	if own {
		return cards.Errorf(cards.Conflict, "le secret est bien celui de cette base de données : il n’y a rien à remplacer")
	}
	return nil
}

// drop takes away what was sealed with the lost secret. The hashes of erased
// numbers stay: they would be known again with the old secret.
func (l *LostSecret) drop(s *Store, tx *gorm.DB) error {
	if err := tx.Raw("SELECT code FROM libraries WHERE length(ils_password) > 0 ORDER BY code").Scan(&l.Passwords).Error; err != nil {
		return err
	}
	if err := tx.Raw("SELECT id FROM erasures WHERE finished = 0 ORDER BY id").Scan(&l.Erasures).Error; err != nil {
		return err
	}
	if err := tx.Exec("UPDATE libraries SET ils_password = NULL WHERE length(ils_password) > 0").Error; err != nil {
		return err
	}
	return tx.Exec("UPDATE erasures SET work = ?, finished = "+s.nowMicros()+" WHERE finished = 0", []byte{}).Error
}
