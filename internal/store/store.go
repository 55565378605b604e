package store

import (
	"context"
	"database/sql"
	"errors"
	"log/slog"
	"net/url"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/carte-reseau/hub/internal/cards"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"
	_ "github.com/ncruces/go-sqlite3/driver" // registers "sqlite3" with database/sql
	"github.com/ncruces/go-sqlite3/gormlite"
	"gorm.io/driver/postgres"
	"gorm.io/gorm"
	"gorm.io/gorm/logger"
)

// Options say which database to open and how.
type Options struct {
	// Database is "sqlite:PATH" or a postgres:// URL.
	Database string
	// Secret (32 bytes) encrypts the passwords of the libraries' own servers and
	// keys the hashes of erased numbers.
	Secret []byte
	// SecretOf gives the secret, in place of Secret, where it may have to be
	// made first: fresh tells that the database was never used with one.
	SecretOf func(fresh bool) ([]byte, error)
	// Location is the network's time zone: it says what day it is. UTC if nil.
	Location *time.Location
	Logger   *slog.Logger
	// KeepMonths is how long a card is kept after its end; 0: for ever.
	KeepMonths int
	// Silence is how long PostgreSQL may say nothing to a question; 5 minutes.
	Silence time.Duration
	// PasswordCost, for tests, makes passwords cheap to hash.
	PasswordCost PasswordCost
	// Ahead, for simulations, moves the database's clock ahead of its own.
	Ahead func() time.Duration
	// AtCommit, for tests of crashes, is called before and after every commit;
	// its error stands for a hub that died there.
	AtCommit func(done bool) error
}

// Store is the hub's memory. Its methods may be called from many goroutines.
type Store struct {
	db      *gorm.DB
	dialect dialect
	close   func() error
	secretKeys
	passwords  *passwords
	place      *time.Location
	log        *slog.Logger
	keepMonths int

	ahead    func() time.Duration
	atCommit func(done bool) error

	// writer queues the writers of an embedded database, which has room for
	// one, more fairly than its own busy waiting would.
	writer chan struct{}
	// batches are those that may wait for the clock at a time, each with a connection.
	batches chan struct{}
	changed chan struct{}
	// behind is how far the database's clock had stepped back when that was last
	// told in the log.
	behind atomic.Int64
	// apart is how far this machine's clock is behind the database's, in nanoseconds; 0 until it was compared.
	apart atomic.Int64
	// owedCounts is what the libraries are owed, where counting it was much work.
	owedCounts atomic.Pointer[keptOwed]
	combined
}

// Open connects to the database, brings its schema up to date and takes up its
// secret; ErrOtherSecret where it was used with another one.
func Open(ctx context.Context, o Options) (*Store, error) {
	s, err := openLocked(ctx, o)
	if err != nil {
		return nil, err
	}
	if err := s.takeUpSecret(ctx, o.secret); err != nil {
		_ = s.close()
		return nil, whyShut(o.Database, err)
	}
	return s, nil
}

// openLocked opens a database as far as it goes without its secret.
func openLocked(ctx context.Context, o Options) (*Store, error) {
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Location == nil {
		o.Location = time.UTC
	}
	s := &Store{
		passwords: newPasswords(o.PasswordCost), place: o.Location, log: o.Logger, keepMonths: o.KeepMonths,
		ahead: o.Ahead, atCommit: o.AtCommit, writer: make(chan struct{}, 1), changed: make(chan struct{}, 1),
	}
	s.combined = s.combine()
	if err := s.connect(ctx, o); err != nil {
		return nil, whyShut(o.Database, err)
	}
	err := s.Migrate(ctx)
	if err == nil {
		_, err = s.Now(ctx)
	}
	if err != nil {
		_ = s.close()
		return nil, whyShut(o.Database, err)
	}
	return s, nil
}

func (s *Store) connect(ctx context.Context, o Options) error {
	if path, ok := strings.CutPrefix(o.Database, "sqlite:"); ok {
		return s.connectSQLite(ctx, path)
	}
	if strings.HasPrefix(o.Database, "postgres://") || strings.HasPrefix(o.Database, "postgresql://") {
		return s.connectPostgres(ctx, o.Database, o.Silence)
	}
	return cards.Errorf(cards.Invalid, "HUB_DATABASE : « sqlite:CHEMIN » ou une adresse postgres:// est attendue")
}

// gormConfig keeps gorm quiet: its log would show card contents.
func gormConfig() *gorm.Config {
	return &gorm.Config{Logger: logger.Discard, SkipDefaultTransaction: true}
}

// connectSQLite opens the embedded database. What is committed is on the disk,
// for files are deleted and senders answered on the strength of it. It
// overwrites what it deletes: an erased card is not to be found in the file.
func (s *Store) connectSQLite(ctx context.Context, path string) error {
	if err := makeFolder(path); err != nil {
		return err
	}
	dsn := (&url.URL{Scheme: "file", Opaque: url.PathEscape(path)}).String() +
		"?_pragma=busy_timeout(10000)&_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)&_pragma=foreign_keys(1)&_pragma=secure_delete(1)&_txlock=immediate"
	sqlDB, err := openSQLite(ctx, dsn)
	if err != nil {
		return cards.WrapError(failure(err), err, "impossible d’ouvrir la base de données %s", path)
	}
	db, err := gorm.Open(gormlite.OpenDB(sqlDB), gormConfig())
	if err != nil {
		_ = sqlDB.Close()
		return cards.WrapError(failure(err), err, "impossible d’ouvrir la base de données %s", path)
	}
	s.db, s.dialect, s.close = db, sqlite, sqlDB.Close
	s.batches = make(chan struct{}, 1)
	return nil
}

// openSQLite opens an embedded database, again while another process is just
// making it: for the change to its journal nobody's busy timeout counts.
func openSQLite(ctx context.Context, dsn string) (*sql.DB, error) {
	const patience, pause, readers = 10 * time.Second, 20 * time.Millisecond, 8
	db, err := sql.Open("sqlite3", dsn)
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(readers)
	db.SetMaxIdleConns(readers)
	for deadline := time.Now().Add(patience); ; {
		err := db.PingContext(ctx)
		if err == nil {
			return db, nil
		}
		if !transient(err) || time.Now().After(deadline) {
			return nil, errors.Join(err, db.Close())
		}
		select {
		case <-ctx.Done():
			return nil, errors.Join(ctx.Err(), db.Close())
		case <-time.After(pause):
		}
	}
}

func (s *Store) connectPostgres(ctx context.Context, database string, silence time.Duration) error {
	config, err := pgxpool.ParseConfig(database)
	if err != nil {
		return cards.Errorf(cards.Invalid, "HUB_DATABASE : l’adresse PostgreSQL est mal formée")
	}
	const connections, partForBatches = 16, 4
	if !strings.Contains(database, "pool_max_conns") {
		config.MaxConns = connections
	}
	bePatient(config, silence)
	pool, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return cards.WrapError(failure(err), err, "impossible de joindre PostgreSQL sur %s", config.ConnConfig.Host)
	}
	sqlDB := stdlib.OpenDBFromPool(pool)
	closeAll := func() error {
		err := sqlDB.Close()
		pool.Close()
		return err
	}
	db, err := gorm.Open(postgres.New(postgres.Config{Conn: sqlDB}), gormConfig())
	if err != nil {
		_ = closeAll()
		return cards.WrapError(failure(err), err, "impossible de joindre PostgreSQL sur %s ; vérifiez HUB_DATABASE et que le serveur est démarré", config.ConnConfig.Host)
	}
	s.db, s.dialect, s.close = db, postgresql, closeAll
	s.batches = make(chan struct{}, max(1, config.MaxConns/partForBatches))
	return nil
}

// Close gives the connections back. No method may be called afterwards.
func (s *Store) Close() error { return s.close() }

// Ready reports whether the database answers.
func (s *Store) Ready(ctx context.Context) error {
	var one int
	return s.explain(s.query(ctx).Raw("SELECT 1").Scan(&one).Error)
}

// Now is the database's clock, the only one that counts for stamps and leases.
func (s *Store) Now(ctx context.Context) (time.Time, error) { return s.nows.ask(ctx, struct{}{}) }

func (s *Store) nowForAll(ctx context.Context, asked []struct{}) ([]time.Time, error) {
	before := time.Now()
	now, err := s.nowIn(s.query(ctx))
	if err == nil {
		s.compare(now, before, time.Now())
	}
	return slices.Repeat([]time.Time{now}, len(asked)), s.explain(err)
}

// compare sets this machine's clock against the database's, which was read
// between two moments; an answer that took long says too little.
func (s *Store) compare(database, before, after time.Time) {
	const quick = 200 * time.Millisecond
	if took := after.Sub(before); took < quick || s.apart.Load() == 0 {
		s.apart.Store(int64(database.Sub(before.Add(took / 2)))) //nolint:mnd // half of the way
	}
}

// Clock is the database's clock without asking it: this machine's, set right by
// how far the two differed when they were last compared. Of documents that
// reach several hubs it must be known which came later.
func (s *Store) Clock() time.Time { return time.Now().Add(time.Duration(s.apart.Load())) }

// Changed receives a value after cards changed by this process; several
// changes may be told by one value.
func (s *Store) Changed() <-chan struct{} { return s.changed }

func (s *Store) tellChanged() {
	select {
	case s.changed <- struct{}{}:
	default:
	}
}

// micros writes a time for storage; the zero time is 0.
func micros(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMicro()
}

func fromMicros(us int64) time.Time {
	if us == 0 {
		return time.Time{}
	}
	return time.UnixMicro(us).UTC()
}
