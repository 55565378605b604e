package store

import (
	"context"
	"crypto/subtle"
	"database/sql"
	"errors"
	"fmt"

	"github.com/carte-reseau/hub/internal/cards"
)

// errNoLibrary does not say what was typed: it may be a reader's name or number.
var errNoLibrary = errors.New("no library has the code given")

// Authenticate checks a library's code and key. Whatever is wrong, the message
// is the same; the cause, for the log, names libraries of the network only.
func (s *Store) Authenticate(ctx context.Context, code, key string) (*cards.Library, error) {
	admitted, err := s.Admit(ctx, code, key)
	return admitted.Library, err
}

// Admit is Authenticate for whoever is going to be handed a list: it is many
// pages, each of which needs all that an admission tells. Closed is what
// CloseSecond would return.
func (s *Store) Admit(ctx context.Context, code, key string) (cards.Admission, error) {
	var none, a cards.Admission
	db, err := s.db.DB()
	if err != nil {
		return none, err
	}
	var row libraryRow
	var now int64
	// Past gorm, which takes longer over the columns than the database does.
	err = db.QueryRowContext(ctx, "SELECT "+admitted+", (SELECT closed FROM clock WHERE id = 1), "+s.nowSeconds()+
		", "+waitsFor("libraries.id")+" FROM libraries WHERE removed = 0 AND code = $1",
		plain(code)).Scan(append(row.admitted(), &a.Closed, &now, &a.Again)...)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return none, s.explain(err)
	}
	if subtle.ConstantTimeCompare(row.KeyHash, hashKey(key)) != 1 {
		why := errNoLibrary
		if row.Code != "" {
			why = fmt.Errorf("the key is not that of %s", row.Code)
		}
		return none, cards.WrapError(cards.Unauthorized, why, "Code de bibliothèque ou clé inconnus.")
	}
	if a.Closed < now {
		a.Closed = 0
	}
	a.Library, err = s.libraryOf(row)
	return a, err
}

// admitted are the columns that make a library, in the order of the method's
// places.
const admitted = `id, code, name, email, serves, oai_url, oai_set, oai_prefix, harvest, push_url, ils_user, ils_password, widths,
	not_held, held_since, old_widths, key_hash, paused, pause_reason, stopped, preparing, created, changed`

func (r *libraryRow) admitted() []any {
	return []any{
		&r.ID, &r.Code, &r.Name, &r.Email, &r.Serves, &r.OAIURL, &r.OAISet, &r.OAIPrefix, &r.Harvest, &r.PushURL, &r.ILSUser, &r.ILSPassword, &r.Widths,
		&r.NotHeld, &r.HeldSince, &r.OldWidths, &r.KeyHash, &r.Paused, &r.PauseReason, &r.Stopped, &r.Preparing, &r.Created, &r.Changed,
	}
}
