package store_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/carte-reseau/hub/internal/cards"
	"github.com/carte-reseau/hub/internal/store"
	"github.com/carte-reseau/hub/internal/store/storetest"
)

// Where a database takes nothing any more, who asks is told what it is, and to come again. What was refused then is taken
// once that is mended, without the hub being started anew.
func TestADatabaseThatTakesNothingSaysWhyAndGoesOn(t *testing.T) {
	t.Parallel()
	type change func(s *store.Store, ctx context.Context, statement string) error
	everywhere, once := (*store.Store).OnEveryConnection, func(s *store.Store, ctx context.Context, statement string) error { return s.Exec(ctx, statement) }
	raise := func(code string) string {
		return `CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'no' USING ERRCODE = '` + code + `'; END $$;
			CREATE TRIGGER refuse BEFORE INSERT ON versions FOR EACH ROW EXECUTE FUNCTION refuse()`
	}
	const heal = "DROP FUNCTION refuse CASCADE"
	for name, its := range map[string]struct {
		open        func(t testing.TB) *store.Store
		do          change
		worse, mend string
		says        string
	}{
		"sqlite, full":        {storetest.SQLite, everywhere, "PRAGMA max_page_count = 1", "PRAGMA max_page_count = 4294967294", "est plein"},
		"sqlite, read-only":   {storetest.SQLite, everywhere, "PRAGMA query_only = 1", "PRAGMA query_only = 0", "ne peut plus être écrite"},
		"postgres, full":      {storetest.Postgres, once, raise("53100"), heal, "est plein"},
		"postgres, broken":    {storetest.Postgres, once, raise("58030"), heal, "erreur d’entrée-sortie"},
		"postgres, read-only": {storetest.Postgres, everywhere, "SET default_transaction_read_only = on", "SET default_transaction_read_only = off", "ne peut plus être écrite"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, ctx := its.open(t), t.Context()
			many := cards.Batch{Library: storetest.Library(t, s, "mours"), Door: cards.DoorPost, Moment: cards.Moment{Arrived: time.Now()}}
			for n := range 300 {
				many.Items = append(many.Items, cards.Item{Ordinal: n + 1, Incoming: storetest.Card(fmt.Sprint("N", n))})
			}
			must(t, its.do(s, ctx, its.worse))
			_, err := s.Apply(ctx, many)
			if cards.CodeOf(err) != cards.Unavailable || !contains(cards.MessageOf(err), its.says) {
				t.Errorf("%s: %v", cards.CodeOf(err), err)
			}
			must(t, its.do(s, ctx, its.mend))
			if outcomes, err := s.Apply(ctx, many); err != nil || outcomes[len(outcomes)-1].Result != cards.Created {
				t.Error(err)
			}
		})
	}
}
