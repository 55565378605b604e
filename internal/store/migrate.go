package store

import (
	"context"
	"fmt"
	"io/fs"
	"time"

	"github.com/carte-reseau/hub/internal/cards"
	"github.com/carte-reseau/hub/migrations"
	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"
)

// Migrate brings the schema up to date. Of several hubs that start together
// exactly one migrates. A schema newer than this program is refused.
func (s *Store) Migrate(ctx context.Context) error {
	provider, err := s.migrations()
	if err != nil {
		return err
	}
	version, known, err := provider.GetVersions(ctx)
	if err != nil {
		return cards.WrapError(failure(err), err, "impossible de lire la version de la base de données")
	}
	if version > known {
		return cards.Errorf(cards.Conflict,
			"la base de données est à la version %d, ce programme ne connaît que la version %d : installez un concentrateur plus récent",
			version, known)
	}
	if err := s.migrateUp(ctx, provider); err != nil {
		return cards.WrapError(failure(err), err, "la mise à jour de la base de données a échoué")
	}
	return nil
}

// migrateUp goes up. An embedded database has no lock that would hold off
// another process while it migrates (the service and a command that start
// together): who loses that race looks again, and finds it done.
func (s *Store) migrateUp(ctx context.Context, provider *goose.Provider) error {
	const attempts = 5
	for attempt := 1; ; attempt++ {
		_, err := provider.Up(ctx)
		if err == nil || !s.dialect.single || attempt == attempts {
			return err
		}
		select {
		case <-ctx.Done():
			return err
		case <-time.After(100 * time.Millisecond):
		}
	}
}

// SchemaVersion returns the version of the schema the database has now.
func (s *Store) SchemaVersion(ctx context.Context) (int64, error) {
	provider, err := s.migrations()
	if err != nil {
		return 0, err
	}
	return provider.GetDBVersion(ctx)
}

func (s *Store) migrations() (*goose.Provider, error) {
	files, err := fs.Sub(migrations.FS, s.dialect.folder)
	if err != nil {
		return nil, fmt.Errorf("embedded migrations: %w", err)
	}
	sqlDB, err := s.db.DB()
	if err != nil {
		return nil, fmt.Errorf("database pool: %w", err)
	}
	// Numbers are given on branches, and the higher one may have been there first.
	options := []goose.ProviderOption{goose.WithLogger(goose.NopLogger()), goose.WithAllowOutofOrder(true)}
	if !s.dialect.single {
		const everySecond, tries = 1, 300
		locker, err := lock.NewPostgresSessionLocker(lock.WithLockTimeout(everySecond, tries))
		if err != nil {
			return nil, fmt.Errorf("migration lock: %w", err)
		}
		options = append(options, goose.WithSessionLocker(locker))
	}
	return goose.NewProvider(s.dialect.goose, sqlDB, files, options...)
}
