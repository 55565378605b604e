package store

import (
	"context"

	"github.com/carte-reseau/hub/internal/cards"
	"gorm.io/gorm"
)

// What goes each way is added up by the network's day, in the transaction that
// ends a document, a run, a list or a push. Its row comes last in all of them,
// behind hand_again in the order of locks: whoever holds it waits for nobody.

type activityRow struct {
	LibraryID  int64
	Day        string
	Documents  int64
	Received   int64
	Created    int64
	Modified   int64
	Rejected   int64
	Lists      int64
	Taken      int64
	Refused    int64
	RunsOK     int64 `gorm:"column:runs_ok"`
	RunsFailed int64
}

func (activityRow) TableName() string { return "activity" }

// addActivity adds to what a library did today.
func (s *Store) addActivity(tx *gorm.DB, a activityRow) error {
	if a.LibraryID == cards.HubID || a == (activityRow{LibraryID: a.LibraryID}) {
		return nil
	}
	now, err := s.nowIn(tx)
	if err != nil {
		return err
	}
	return tx.Exec(`INSERT INTO activity AS a (library_id, day, documents, received, created, modified, rejected, lists, taken, refused, runs_ok, runs_failed)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (library_id, day) DO UPDATE SET documents = a.documents + excluded.documents,
		received = a.received + excluded.received, created = a.created + excluded.created, modified = a.modified + excluded.modified,
		rejected = a.rejected + excluded.rejected, lists = a.lists + excluded.lists, taken = a.taken + excluded.taken, refused = a.refused + excluded.refused,
		runs_ok = a.runs_ok + excluded.runs_ok, runs_failed = a.runs_failed + excluded.runs_failed`,
		a.LibraryID, s.today(now.Unix()), a.Documents, a.Received, a.Created, a.Modified, a.Rejected, a.Lists, a.Taken, a.Refused, a.RunsOK, a.RunsFailed).Error
}

// addDeposit counts a document when it ends. Where staff tried one again, its
// library gave nothing: only what became of the cards counts.
func (s *Store) addDeposit(tx *gorm.DB, d depositRow) error {
	a := activityRow{LibraryID: d.LibraryID, Documents: 1, Received: d.Received, Created: d.Created, Modified: d.Modified, Rejected: d.Rejected}
	if d.RetryOf > 0 {
		a.Documents, a.Received, a.Rejected = 0, 0, 0
	}
	return s.addActivity(tx, a)
}

// addRun counts a run of a library's job when it ends.
func (s *Store) addRun(tx *gorm.DB, libraryID int64, ok bool) error {
	return s.addActivity(tx, activityRow{LibraryID: libraryID, RunsOK: oneIf(ok), RunsFailed: oneIf(!ok)})
}

// Activity lists what each library did on the network's days from one to
// another, both included (YYYY-MM-DD), by library and day; days on which nothing
// happened are left out.
func (s *Store) Activity(ctx context.Context, from, to string) (map[int64][]cards.Activity, error) {
	var rows []struct {
		Row  activityRow `gorm:"embedded"`
		Code string
	}
	err := s.query(ctx).Raw(`SELECT a.*, l.code FROM activity a JOIN libraries l ON l.id = a.library_id
		WHERE a.day >= ? AND a.day <= ? AND l.removed = 0 ORDER BY a.library_id, a.day`, plain(from), plain(to)).Scan(&rows).Error
	if err != nil {
		return nil, s.explain(err)
	}
	days := make(map[int64][]cards.Activity)
	for _, row := range rows {
		days[row.Row.LibraryID] = append(days[row.Row.LibraryID], row.Row.activity(row.Code))
	}
	return days, nil
}

func (r activityRow) activity(code string) cards.Activity {
	return cards.Activity{
		LibraryID: r.LibraryID, Library: code, Day: r.Day, Documents: r.Documents, Received: r.Received, Created: r.Created, Modified: r.Modified,
		Rejected: r.Rejected, Lists: r.Lists, Taken: r.Taken, Refused: r.Refused, RunsOK: r.RunsOK, RunsFailed: r.RunsFailed,
	}
}

// Today is the network's calendar day (YYYY-MM-DD) by the database's clock.
func (s *Store) Today(ctx context.Context) (string, error) { return s.dayNow(ctx) }

func oneIf(yes bool) int64 {
	if yes {
		return 1
	}
	return 0
}
