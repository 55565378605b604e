package store

import (
	"context"
	"slices"

	"github.com/carte-reseau/hub/internal/cards"
	"gorm.io/gorm"
)

type runRow struct {
	ID        int64 `gorm:"primaryKey"`
	LibraryID int64
	Job       string
	Started   int64
	Finished  int64
	OK        bool `gorm:"column:ok"`
	Received  int64
	Created   int64
	Modified  int64
	Unchanged int64
	Rejected  int64
	DepositID int64
	Error     string
}

func (runRow) TableName() string { return "runs" }

func rowOfRun(r cards.Run) runRow {
	return runRow{
		ID: r.ID, LibraryID: r.LibraryID, Job: string(r.Job), Started: micros(r.Started), Finished: micros(r.Finished), OK: r.OK,
		Received: int64(r.Counts.Received), Created: int64(r.Counts.Created), Modified: int64(r.Counts.Modified),
		Unchanged: int64(r.Counts.Unchanged), Rejected: int64(r.Counts.Rejected), DepositID: r.Deposit, Error: plain(r.Error),
	}
}

// BeginRun enters a run at its start, so that one a crash ended shows too.
func (s *Store) BeginRun(ctx context.Context, r cards.Run) (int64, error) {
	row := rowOfRun(r)
	err := s.write(ctx, func(tx *gorm.DB) error {
		row.ID = 0
		return tx.Create(&row).Error
	})
	return row.ID, err
}

// runBrokeOff is told to staff of a run whose hub did not live to its end.
const runBrokeOff = "Le hub s’est arrêté pendant ce travail ; il l’a repris ensuite."

// endRuns ends what a hub that died left running of a job. It returns when the
// first of them began; 0 where there was none.
func (s *Store) endRuns(tx *gorm.DB, kind cards.JobKind, libraryID int64) (begun int64, err error) {
	var started []int64
	err = tx.Raw("UPDATE runs SET finished = "+s.nowMicros()+", ok = ?, error = ? WHERE finished = 0 AND job = ? AND library_id = ? RETURNING started",
		false, runBrokeOff, kind, libraryID).Scan(&started).Error
	if err != nil || len(started) == 0 {
		return 0, err
	}
	return slices.Min(started), nil
}

// FinishRun saves how a run ended.
func (s *Store) FinishRun(ctx context.Context, r cards.Run) error {
	row := rowOfRun(r)
	return s.write(ctx, func(tx *gorm.DB) error {
		var before runRow
		if err := tx.Raw("SELECT * FROM runs WHERE id = ?"+s.dialect.forUpdate, row.ID).Scan(&before).Error; err != nil {
			return err
		}
		err := tx.Model(&row).Select("*").Omit("id", "library_id", "job", "started").Updates(&row).Error
		if err != nil || before.Finished > 0 || row.Finished == 0 {
			return err
		}
		return s.addRun(tx, before.LibraryID, row.OK)
	})
}

// Runs lists runs, newest first.
func (s *Store) Runs(ctx context.Context, q cards.RunQuery) ([]cards.Run, error) {
	before := q.Before
	if before == 0 {
		before = noBound
	}
	query := allRuns + "r.id < ?"
	args := []any{before}
	if q.Library != "" {
		query, args = query+" AND l.code = ?", append(args, plain(q.Library))
	}
	if q.Job != "" {
		query, args = query+" AND r.job = ?", append(args, plain(string(q.Job)))
	}
	return s.runs(ctx, query+" ORDER BY r.id DESC LIMIT ?", append(args, q.Limit)...)
}

// Run is one of them.
func (s *Store) Run(ctx context.Context, id int64) (*cards.Run, error) {
	list, err := s.runs(ctx, allRuns+"r.id = ?", id)
	if err == nil && len(list) == 0 {
		err = cards.Errorf(cards.NotFound, "Aucun travail ne porte le n° %d.", id)
	}
	if err != nil {
		return nil, err
	}
	return &list[0], nil
}

// allRuns reads runs; a condition is put behind it.
const allRuns = "SELECT r.*, coalesce(l.code, '') AS library FROM runs r LEFT JOIN libraries l ON l.id = r.library_id WHERE "

func (s *Store) runs(ctx context.Context, query string, args ...any) ([]cards.Run, error) {
	var rows []struct {
		Row     runRow `gorm:"embedded"`
		Library string
	}
	if err := s.query(ctx).Raw(query, args...).Scan(&rows).Error; err != nil {
		return nil, s.explain(err)
	}
	list := make([]cards.Run, len(rows))
	for i, row := range rows {
		list[i] = row.Row.run(row.Library)
	}
	return list, nil
}

func (r runRow) run(library string) cards.Run {
	return cards.Run{
		ID: r.ID, LibraryID: r.LibraryID, Library: library, Job: cards.JobKind(r.Job),
		Started: fromMicros(r.Started), Finished: fromMicros(r.Finished), OK: r.OK,
		Counts: cards.Counts{
			Received: int(r.Received), Created: int(r.Created), Modified: int(r.Modified),
			Unchanged: int(r.Unchanged), Rejected: int(r.Rejected),
		},
		Deposit: r.DepositID, Error: r.Error,
	}
}
