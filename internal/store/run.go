package store

import (
	"context"

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
		Unchanged: int64(r.Counts.Unchanged), Rejected: int64(r.Counts.Rejected), DepositID: r.Deposit, Error: r.Error.Stored(),
	}
}

// BeginRun enters a run at its start, so that one a crash ended shows too.
func (s *Store) BeginRun(ctx context.Context, r cards.Run) (int64, error) {
	run, err := s.beginnings.ask(ctx, rowOfRun(r))
	return run.id, err
}

// BeginPush enters that of a push, and tells the last erasure by then: a library whose push is entered is asked to erase
// what is erased later (askLibraries), so that nothing looked up before that erasure is to be sent.
func (s *Store) BeginPush(ctx context.Context, r cards.Run) (id, erased int64, err error) {
	run, err := s.beginnings.ask(ctx, rowOfRun(r))
	return run.id, run.erased, err
}

// begun is a run that was entered, and the last erasure by then.
type begun struct{ id, erased int64 }

// lastErasure is the number of the last one.
const lastErasure = "(SELECT coalesce(max(id), 0) FROM erasures)"

// beginRuns does so for several. They are on the disk when it returns: by a run
// that never ended the next one knows that something may have been pushed.
func (s *Store) beginRuns(ctx context.Context, rows []runRow) ([]begun, error) {
	var made map[jobKey][]begun
	err := s.writeStatement(ctx, func(db *gorm.DB) error {
		made = make(map[jobKey][]begun, len(rows))
		return begunRuns.given(db, rows, "INSERT INTO runs ("+begunRuns.names()+") SELECT "+begunRuns.names()+
			" FROM given RETURNING id, job, library_id, "+lastErasure, func(row answerRow) error {
			var run begun
			var key jobKey
			err := row.Scan(&run.id, &key.kind, &key.library, &run.erased)
			made[key] = append(made[key], run)
			return err
		})
	})
	if err != nil {
		return nil, err
	}
	runs := make([]begun, len(rows))
	for i, row := range rows {
		key := jobKey{row.Job, row.LibraryID}
		runs[i], made[key] = made[key][0], made[key][1:]
	}
	return runs, nil
}

// FinishRun saves how a run ended.
func (s *Store) FinishRun(ctx context.Context, r cards.Run) error {
	_, err := s.endings.ask(ctx, rowOfRun(r))
	return err
}

// finishRuns does so for several, in the order of their rows.
func (s *Store) finishRuns(ctx context.Context, ended []runRow) ([]struct{}, error) {
	ids := make(among[int64], len(ended))
	for i, row := range ended {
		ids[i] = row.ID
	}
	return make([]struct{}, len(ended)), s.write(ctx, func(tx *gorm.DB) error {
		var before []runRow
		if err := tx.Raw("SELECT id, library_id, finished FROM runs WHERE id IN ? ORDER BY id"+s.dialect.forUpdate, ids).Scan(&before).Error; err != nil {
			return err
		}
		if err := endedRuns.given(tx, ended, endRun, nil); err != nil {
			return err
		}
		return s.addRuns(tx, before, ended)
	})
}

// begunRuns and endedRuns are the columns of a run that its beginning and its
// end bring.
var (
	begunRuns = table[runRow]{columns: append([]column[runRow]{
		integers("library_id", func(r *runRow) int64 { return r.LibraryID }),
		texts("job", func(r *runRow) string { return r.Job }),
		integers("started", func(r *runRow) int64 { return r.Started }),
	}, endOfRun...)}
	endedRuns = table[runRow]{columns: append([]column[runRow]{
		integers("id", func(r *runRow) int64 { return r.ID }),
	}, endOfRun...)}
	endOfRun = []column[runRow]{
		integers("finished", func(r *runRow) int64 { return r.Finished }),
		flags("ok", func(r *runRow) bool { return r.OK }),
		integers("received", func(r *runRow) int64 { return r.Received }),
		integers("created", func(r *runRow) int64 { return r.Created }),
		integers("modified", func(r *runRow) int64 { return r.Modified }),
		integers("unchanged", func(r *runRow) int64 { return r.Unchanged }),
		integers("rejected", func(r *runRow) int64 { return r.Rejected }),
		integers("deposit_id", func(r *runRow) int64 { return r.DepositID }),
		texts("error", func(r *runRow) string { return r.Error }),
	}
)

const endRun = `UPDATE runs SET finished = g.finished, ok = g.ok, received = g.received, created = g.created, modified = g.modified,
		unchanged = g.unchanged, rejected = g.rejected, deposit_id = g.deposit_id, error = g.error
	FROM given g WHERE runs.id = g.id`

// Runs lists runs, newest first.
func (s *Store) Runs(ctx context.Context, q cards.RunQuery) ([]cards.Run, error) {
	before := orNoBound(q.Before)
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
		Deposit: r.DepositID, Error: cards.ParseSentence(r.Error),
	}
}
