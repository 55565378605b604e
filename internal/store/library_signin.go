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
	library, _, err := s.Admit(ctx, code, key)
	return library, err
}

// Admit is Authenticate for whoever is going to state a responseDate: a list is
// many pages, each of which needs both. closed is what CloseSecond would return,
// or 0 where there is a second to close.
func (s *Store) Admit(ctx context.Context, code, key string) (library *cards.Library, closed int64, err error) {
	db, err := s.db.DB()
	if err != nil {
		return nil, 0, err
	}
	var row libraryRow
	var now int64
	// Past gorm, which takes longer over the columns than the database does.
	err = db.QueryRowContext(ctx, "SELECT "+admitted+", (SELECT closed FROM clock WHERE id = 1), "+s.nowSeconds()+
		" FROM libraries WHERE removed = 0 AND code = $1", plain(code)).Scan(append(row.admitted(), &closed, &now)...)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return nil, 0, s.explain(err)
	}
	if subtle.ConstantTimeCompare(row.KeyHash, hashKey(key)) != 1 {
		why := errNoLibrary
		if row.Code != "" {
			why = fmt.Errorf("the key is not that of %s", row.Code)
		}
		return nil, 0, cards.WrapError(cards.Unauthorized, why, "Code de bibliothèque ou clé inconnus.")
	}
	if closed < now {
		closed = 0
	}
	library, err = s.libraryOf(row)
	return library, closed, err
}

// admitted are the columns that make a library, in the order of the method's
// places.
const admitted = `id, code, name, email, serves, oai_url, oai_set, oai_prefix, harvest, push_url, ils_user, ils_password, widths,
	not_held, key_hash, paused, pause_reason, stopped, preparing, created, changed`

func (r *libraryRow) admitted() []any {
	return []any{
		&r.ID, &r.Code, &r.Name, &r.Email, &r.Serves, &r.OAIURL, &r.OAISet, &r.OAIPrefix, &r.Harvest, &r.PushURL, &r.ILSUser, &r.ILSPassword, &r.Widths,
		&r.NotHeld, &r.KeyHash, &r.Paused, &r.PauseReason, &r.Stopped, &r.Preparing, &r.Created, &r.Changed,
	}
}
