package store

import (
	"context"
	"time"

	"github.com/carte-reseau/hub/internal/cards"
	"gorm.io/gorm"
)

type depositRow struct {
	ID         int64 `gorm:"primaryKey"`
	LibraryID  int64
	Door       string
	Name       string
	FileGone   bool
	Charset    string
	Simulate   bool
	Status     string
	Size       int64
	Arrived    int64
	Made       int64
	Finished   int64
	Done       int64
	Received   int64
	Created    int64
	Modified   int64
	Unchanged  int64
	Rejected   int64
	Fault      string
	Owner      string
	LeaseUntil int64
	Judged     int64
	JudgedBy   string
	Accepted   bool
	Suspended  int64
	Touched    string
	RetryOf    int64
}

func (depositRow) TableName() string { return "deposits" }

func (r depositRow) deposit(library string) (*cards.Deposit, error) {
	d := &cards.Deposit{
		ID: r.ID, LibraryID: r.LibraryID, Library: library, Door: cards.Door(r.Door), Name: r.Name,
		Charset:  r.Charset,
		Simulate: r.Simulate, Status: cards.DepositStatus(r.Status), Size: r.Size, Arrived: fromMicros(r.Arrived),
		Made: fromMicros(r.Made), Finished: fromMicros(r.Finished), Done: int(r.Done),
		Counts: cards.Counts{
			Received: int(r.Received), Created: int(r.Created), Modified: int(r.Modified),
			Unchanged: int(r.Unchanged), Rejected: int(r.Rejected),
		},
		Suspended: fromMicros(r.Suspended), Judged: fromMicros(r.Judged), JudgedBy: r.JudgedBy, Accepted: r.Accepted, RetryOf: r.RetryOf,
	}
	if r.Touched != "" {
		if err := fromJSON(r.Touched, &d.Touched, "dry run of a deposit"); err != nil {
			return nil, err
		}
	}
	if r.Fault == "" {
		return d, nil
	}
	d.Fault = new(cards.Fault)
	return d, fromJSON(r.Fault, d.Fault, "fault of a deposit")
}

// CreateDeposit opens a deposit whose bytes are about to arrive.
func (s *Store) CreateDeposit(ctx context.Context, d cards.Deposit) (int64, error) {
	row := newDeposit(d, cards.Receiving)
	err := s.write(ctx, func(tx *gorm.DB) error {
		row.ID = 0
		return tx.Create(&row).Error
	})
	return row.ID, err
}

// StoreDeposit stores a deposit of which all bytes are here: like one that was
// opened and sealed, in one step. Where an owner is named the deposit is claimed
// for it, for so long, in the same step.
func (s *Store) StoreDeposit(ctx context.Context, d cards.Deposit, body []byte, owner string, lease time.Duration) (*cards.Deposit, error) {
	row := newDeposit(d, cards.Received)
	row.Size = int64(len(body))
	if owner != "" {
		row.Owner, row.LeaseUntil = owner, micros(s.Clock().Add(lease))
	}
	packed := deflate(body)
	err := s.writeTogether(ctx, func(tx *gorm.DB) []question { return s.storing(tx, &row, packed) })
	if err != nil {
		return nil, err
	}
	stored, err := row.deposit(d.Library)
	if err == nil {
		stored.Kept = len(body) > 0
	}
	return stored, err
}

// storing enters a deposit with its one piece, if it has any bytes. The deposit
// gets its number.
func (s *Store) storing(tx *gorm.DB, row *depositRow, packed []byte) []question {
	row.ID = 0
	entered := tx.Session(&gorm.Session{DryRun: true}).Create(row).Statement
	list := []question{{statement{entered.SQL.String(), entered.Vars}, func(made answerRow) error { return made.Scan(&row.ID) }}}
	if len(packed) > 0 {
		list = append(list, order(tx, "INSERT INTO deposit_pieces (deposit_id, n, data) VALUES ("+s.dialect.entered+", 0, ?)", packed))
	}
	return list
}

func newDeposit(d cards.Deposit, status cards.DepositStatus) depositRow {
	return depositRow{
		LibraryID: d.LibraryID, Door: string(d.Door), Name: plain(d.Name),
		Charset: plain(d.Charset), Simulate: d.Simulate, Status: string(status), Arrived: micros(d.Arrived),
		Judged: micros(d.Judged), JudgedBy: plain(d.JudgedBy), Accepted: d.Accepted,
	}
}

// SealDeposit declares that all bytes of a deposit are stored: from here on it
// is integrated or goes back to its library, and never lost.
func (s *Store) SealDeposit(ctx context.Context, deposit, size int64) error {
	return s.write(ctx, func(tx *gorm.DB) error {
		sealed := tx.Exec("UPDATE deposits SET status = ?, size = ? WHERE id = ? AND status IN ?",
			cards.Received, size, deposit, []cards.DepositStatus{cards.Receiving, cards.Received})
		if sealed.Error == nil && sealed.RowsAffected == 0 {
			return cards.Errorf(cards.NotFound, "Le dépôt %d n’attend plus d’octets.", deposit)
		}
		return sealed.Error
	})
}

// DiscardDeposit forgets a deposit whose bytes never all arrived.
func (s *Store) DiscardDeposit(ctx context.Context, deposit int64) error {
	return s.write(ctx, func(tx *gorm.DB) error {
		return tx.Exec("DELETE FROM deposits WHERE id = ? AND status = ?", deposit, cards.Receiving).Error
	})
}

// BeginDeposit keeps what the envelope said, once it was read and accepted. The
// first batch of cards does so too.
func (s *Store) BeginDeposit(ctx context.Context, deposit int64, made time.Time) error {
	return s.updateDeposit(ctx, deposit, map[string]any{"made": micros(made)})
}

// SettleDeposit keeps what became of a deposit that a person let through. It
// is not finished before its library was told.
func (s *Store) SettleDeposit(ctx context.Context, deposit int64, status cards.DepositStatus, fault *cards.Fault) error {
	return s.updateDeposit(ctx, deposit, map[string]any{"status": string(status), "fault": faultText(fault), "owner": "", "lease_until": 0})
}

func faultText(fault *cards.Fault) string {
	if fault == nil {
		return ""
	}
	return toJSON(fault)
}

// FinishDeposit ends a deposit. The bytes of a simulated one go at once: nobody
// will ask for them again. Those of a file that staff brought stay, for they
// may integrate it once they have seen what it would do.
func (s *Store) FinishDeposit(ctx context.Context, deposit int64, status cards.DepositStatus, fault *cards.Fault) error {
	return s.write(ctx, func(tx *gorm.DB) error {
		// Locked first: what ends twice, after a crash, is counted once.
		var before depositRow
		if err := tx.Raw("SELECT * FROM deposits WHERE id = ?"+s.dialect.forUpdate, deposit).Scan(&before).Error; err != nil {
			return err
		}
		err := tx.Exec("UPDATE deposits SET status = ?, fault = ?, finished = "+s.nowMicros()+", owner = '', lease_until = 0 WHERE id = ?",
			status, faultText(fault), deposit).Error
		if err != nil {
			return err
		}
		if err := tx.Exec("DELETE FROM complete_cards WHERE deposit_id = ?", deposit).Error; err != nil {
			return err
		}
		if err := releaseDeposit(tx, deposit, status); err != nil {
			return err
		}
		if err := dropTainted(tx, deposit); err != nil {
			return err
		}
		err = tx.Exec("DELETE FROM deposit_pieces WHERE deposit_id = ? AND EXISTS (SELECT 1 FROM deposits d WHERE d.id = deposit_id AND d.simulate "+
			"AND NOT (d.door = ? AND d.status = ?))", deposit, cards.DoorImport, cards.Simulated).Error
		if err != nil || before.Finished > 0 || before.Simulate {
			return err
		}
		return s.addDeposit(tx, before)
	})
}

func (s *Store) updateDeposit(ctx context.Context, deposit int64, values map[string]any) error {
	return s.write(ctx, func(tx *gorm.DB) error {
		return tx.Model(&depositRow{}).Where("id = ?", deposit).Updates(values).Error
	})
}

// Deposit finds a deposit by its number.
func (s *Store) Deposit(ctx context.Context, id int64) (*cards.Deposit, error) {
	var row foundDeposit
	err := s.query(ctx).Raw(depositQuery+" WHERE d.id = ?", id).Take(&row).Error
	if err != nil {
		return nil, s.notFound(err, cards.Say("Ce dépôt n’existe pas."))
	}
	return row.deposit()
}

const depositQuery = "SELECT d.*, l.code AS library, EXISTS (SELECT 1 FROM deposit_pieces p WHERE p.deposit_id = d.id) AS kept, l.removed > 0 AS gone" +
	" FROM deposits d JOIN libraries l ON l.id = d.library_id"

// foundDeposit is what depositQuery reads.
type foundDeposit struct {
	Row     depositRow `gorm:"embedded"`
	Library string
	Kept    bool
	Gone    bool
}

func (f *foundDeposit) deposit() (*cards.Deposit, error) {
	d, err := f.Row.deposit(f.Library)
	if err != nil {
		return nil, err
	}
	d.Kept, d.Gone = f.Kept, f.Gone
	return d, nil
}

// Deposits lists deposits, newest first.
func (s *Store) Deposits(ctx context.Context, q cards.DepositQuery) ([]cards.Deposit, error) {
	before := orNoBound(q.Before)
	where, args := " WHERE d.id < ?", []any{before}
	if q.Library != "" {
		where, args = where+" AND l.code = ?", append(args, plain(q.Library))
	}
	if q.Status != "" {
		where, args = where+" AND d.status = ?", append(args, plain(string(q.Status)))
	}
	return s.deposits(ctx, where+" ORDER BY d.id DESC LIMIT ?", append(args, q.Limit)...)
}

func (s *Store) deposits(ctx context.Context, where string, args ...any) ([]cards.Deposit, error) {
	var rows []foundDeposit
	if err := s.query(ctx).Raw(depositQuery+where, args...).Scan(&rows).Error; err != nil {
		return nil, s.explain(err)
	}
	list := make([]cards.Deposit, len(rows))
	for i := range rows {
		d, err := rows[i].deposit()
		if err != nil {
			return nil, err
		}
		list[i] = *d
	}
	return list, nil
}

// ClaimDeposit takes, or renews, the right to integrate a deposit for a time.
// Conflict while another owner holds it. One that does not wait to be
// integrated, or no longer, is found as it is, without a claim.
func (s *Store) ClaimDeposit(ctx context.Context, deposit int64, owner string, d time.Duration) (*cards.Deposit, error) {
	var claimed int64
	err := s.writeStatement(ctx, func(db *gorm.DB) error {
		done := db.Exec("UPDATE deposits SET owner = ?, lease_until = "+s.nowMicros()+" + ? WHERE id = ? AND status = ? AND (owner = ? OR owner = '' OR lease_until < "+
			s.nowMicros()+")", owner, d.Microseconds(), deposit, cards.Received, owner)
		claimed = done.RowsAffected
		return done.Error
	})
	if err != nil {
		return nil, err
	}
	found, err := s.Deposit(ctx, deposit)
	if err == nil && claimed == 0 && found.Status == cards.Received {
		return nil, cards.Errorf(cards.Conflict, "Le dépôt %d est déjà en cours d’intégration.", deposit)
	}
	return found, err
}

// UnfinishedLibraries lists the libraries that have unfinished deposits, the one whose deposit waits longest first.
func (s *Store) UnfinishedLibraries(ctx context.Context) ([]int64, error) {
	var ids []int64
	err := s.query(ctx).Raw("SELECT library_id FROM deposits d WHERE " + s.unfinished() +
		" AND EXISTS (SELECT 1 FROM libraries l WHERE l.id = d.library_id AND l.removed = 0) GROUP BY library_id ORDER BY min(id)").Scan(&ids).Error
	return ids, s.explain(err)
}

// UnfinishedDeposits lists a library's deposits behind the one given that are stored but not
// integrated, and that nobody is working on: a crash left them, or a person let them through.
// With them come those a person judged and whose library is not told yet.
// Harvests look after their own; of what a removed library left see endLeft.
func (s *Store) UnfinishedDeposits(ctx context.Context, library, after int64, limit int) ([]int64, error) {
	var ids []int64
	err := s.query(ctx).Raw("SELECT id FROM deposits d WHERE library_id = ? AND id > ? AND "+s.unfinished()+" ORDER BY id LIMIT ?", library, after, limit).Scan(&ids).Error
	return ids, s.explain(err)
}

func (s *Store) unfinished() string {
	return "finished = 0 AND " + workLeft + " AND door <> '" + string(cards.DoorHarvest) + "' AND lease_until < " + s.nowMicros()
}

// Queued counts the documents that wait to be integrated, or are just being.
func (s *Store) Queued(ctx context.Context) (documents int64, err error) {
	err = s.query(ctx).Raw("SELECT count(*) FROM deposits d WHERE finished = 0 AND " + workLeft).Scan(&documents).Error
	return documents, s.explain(err)
}

// workLeft holds for documents that are to be integrated, and for those a
// person judged, whose library may still have to be told.
const workLeft = "(status = '" + string(cards.Received) + "' OR judged > 0 AND status <> '" + string(cards.Receiving) + "')"

// AwaitingFiles lists the libraries of whose deposits by FTP a file may still be
// on the server.
func (s *Store) AwaitingFiles(ctx context.Context) ([]int64, error) {
	var ids []int64
	err := s.query(ctx).Raw("SELECT DISTINCT library_id FROM deposits WHERE door = 'ftp' AND NOT file_gone AND status <> ?", cards.Receiving).Scan(&ids).Error
	return ids, s.explain(err)
}

// PendingFiles lists a library's sealed deposits by FTP whose file may still
// be on the server, oldest first.
func (s *Store) PendingFiles(ctx context.Context, libraryID int64) ([]cards.Deposit, error) {
	return s.deposits(ctx, " WHERE d.library_id = ? AND d.door = 'ftp' AND NOT d.file_gone AND d.status <> ? ORDER BY d.id",
		libraryID, cards.Receiving)
}

// FileGone notes that the file a deposit came from is no longer on the server.
// Its name was needed until then; beside an erased card it may tell whose.
func (s *Store) FileGone(ctx context.Context, deposit int64) error {
	return s.write(ctx, func(tx *gorm.DB) error {
		return tx.Exec("UPDATE deposits SET file_gone = ?, name = CASE WHEN holds_erased THEN '' ELSE name END WHERE id = ?", true, deposit).Error
	})
}
