package store

import (
	"bytes"
	"context"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/sha256"
	"errors"

	"gorm.io/gorm"
)

// The database keeps what its secret is known by. With another one, or one made
// because its file was not found, erased cards would come back and the libraries'
// passwords could not be read: it is noticed before anything is done.

// ErrOtherSecret is what Open says of a database that was used with another
// secret than the one given.
var ErrOtherSecret = errors.New("store: the database was used with another secret")

// secretKeys are what is derived from the hub's secret.
type secretKeys struct {
	cipher cipher.AEAD
	// erasureKey hashes the numbers of erased cards.
	erasureKey []byte
	// proof tells the secret from others: derived for that alone, it betrays
	// nothing of it.
	proof []byte
}

func newSecretKeys(secret []byte) (k secretKeys, err error) {
	if k.cipher, err = newCipher(secret); err != nil {
		return k, err
	}
	if k.erasureKey, err = newErasureKey(secret); err != nil {
		return k, err
	}
	k.proof, err = hkdf.Key(sha256.New, secret, nil, "carte-reseau preuve du secret", sha256.Size)
	return k, err
}

func (o *Options) secret(fresh bool) ([]byte, error) {
	if o.SecretOf == nil {
		return o.Secret, nil
	}
	return o.SecretOf(fresh)
}

// takeUpSecret has the store use the secret of its database. The first that is
// given to a database becomes its own; of hubs that start together the others
// wait here, and find it.
func (s *Store) takeUpSecret(ctx context.Context, secret func(fresh bool) ([]byte, error)) error {
	proof, err := proofIn(s.query(ctx), "")
	if err != nil {
		return s.explain(err)
	}
	if proof != nil {
		return s.useSecret(proof, secret)
	}
	return s.write(ctx, func(tx *gorm.DB) error {
		proof, err := proofIn(tx, s.dialect.forUpdate)
		if err != nil {
			return err
		}
		if proof != nil {
			return s.useSecret(proof, secret)
		}
		return s.enterSecret(tx, secret)
	})
}

// useSecret takes a secret that must be the one that is known.
func (s *Store) useSecret(proof []byte, secret func(fresh bool) ([]byte, error)) error {
	if err := s.setSecret(secret, false); err != nil {
		return err
	}
	if !bytes.Equal(s.proof, proof) {
		return ErrOtherSecret
	}
	return nil
}

// enterSecret takes the first one, or in a database from before proofs were
// kept the one that opens what is sealed there.
func (s *Store) enterSecret(tx *gorm.DB, secret func(fresh bool) ([]byte, error)) error {
	sealed, err := sealedIn(tx)
	if err != nil {
		return err
	}
	var erased bool
	if err := tx.Raw("SELECT EXISTS (SELECT 1 FROM erased_numbers)").Scan(&erased).Error; err != nil {
		return err
	}
	if err := s.setSecret(secret, len(sealed) == 0 && !erased); err != nil {
		return err
	}
	if !s.opens(sealed) {
		return ErrOtherSecret
	}
	return s.enterProof(tx)
}

func (s *Store) setSecret(secret func(fresh bool) ([]byte, error), fresh bool) error {
	given, err := secret(fresh)
	if err != nil {
		return err
	}
	s.secretKeys, err = newSecretKeys(given)
	return err
}

func (s *Store) enterProof(tx *gorm.DB) error {
	return tx.Exec("UPDATE secret SET proof = ?", s.proof).Error
}

// proofIn reads what the secret is known by; nil where none was used yet.
func proofIn(tx *gorm.DB, lock string) ([]byte, error) {
	var row struct{ Proof []byte }
	err := tx.Raw("SELECT proof FROM secret" + lock).Scan(&row).Error
	return row.Proof, err
}

// sealed is something that only the secret it was sealed with opens.
type sealed struct {
	Bound   string // what it is bound to
	Content []byte
}

// sealedIn lists what is sealed in the database.
func sealedIn(tx *gorm.DB) ([]sealed, error) {
	var list []sealed
	err := tx.Raw("SELECT code AS bound, ils_password AS content FROM libraries WHERE length(ils_password) > 0 UNION ALL SELECT ?, work FROM erasures WHERE finished = 0",
		erasureSeal).Scan(&list).Error
	return list, err
}

func (s *Store) opens(list []sealed) bool {
	for _, one := range list {
		if _, err := s.unseal(one.Content, one.Bound); err != nil {
			return false
		}
	}
	return true
}
