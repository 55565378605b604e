package store

import (
	"context"
	"maps"
	"slices"

	"github.com/carte-reseau/hub/internal/cards"
	"gorm.io/gorm"
)

// What each library gave and took is added up by the network's day, in the
// transaction that ends a document, a run, a list or a push. That row is locked
// last in all of them, after hand_again: whoever holds it waits for nobody.

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
	return s.addActivities(tx, map[int64]activityRow{a.LibraryID: a})
}

// addActivities does so for several libraries, in the order of their IDs:
// writers do not wait for each other.
func (s *Store) addActivities(tx *gorm.DB, of map[int64]activityRow) error {
	maps.DeleteFunc(of, func(library int64, a activityRow) bool {
		return library == cards.HubID || a == activityRow{LibraryID: library}
	})
	if len(of) == 0 {
		return nil
	}
	now, err := s.nowIn(tx)
	if err != nil {
		return err
	}
	rows := make([]activityRow, 0, len(of))
	for _, library := range slices.Sorted(maps.Keys(of)) {
		row := of[library]
		row.Day = s.today(now.Unix())
		rows = append(rows, row)
	}
	return activities.write(tx, rows)
}

var activities = table[activityRow]{
	name: "activity",
	columns: []column[activityRow]{
		integers("library_id", func(r *activityRow) int64 { return r.LibraryID }),
		texts("day", func(r *activityRow) string { return r.Day }),
		integers("documents", func(r *activityRow) int64 { return r.Documents }),
		integers("received", func(r *activityRow) int64 { return r.Received }),
		integers("created", func(r *activityRow) int64 { return r.Created }),
		integers("modified", func(r *activityRow) int64 { return r.Modified }),
		integers("rejected", func(r *activityRow) int64 { return r.Rejected }),
		integers("lists", func(r *activityRow) int64 { return r.Lists }),
		integers("taken", func(r *activityRow) int64 { return r.Taken }),
		integers("refused", func(r *activityRow) int64 { return r.Refused }),
		integers("runs_ok", func(r *activityRow) int64 { return r.RunsOK }),
		integers("runs_failed", func(r *activityRow) int64 { return r.RunsFailed }),
	},
	conflict: adding("activity", "library_id, day", "documents", "received", "created", "modified", "rejected", "lists", "taken", "refused",
		"runs_ok", "runs_failed"),
}

// addDeposit counts a document that has ended.
func (s *Store) addDeposit(tx *gorm.DB, d depositRow) error { return s.addActivity(tx, d.activity()) }

// activity is what a document that has ended counts. Where staff had one
// integrated once more its library gave nothing: only what became of the cards
// counts.
func (r depositRow) activity() activityRow {
	a := activityRow{LibraryID: r.LibraryID, Documents: 1, Received: r.Received, Created: r.Created, Modified: r.Modified, Rejected: r.Rejected}
	if r.RetryOf > 0 {
		a.Documents, a.Received, a.Rejected = 0, 0, 0
	}
	return a
}

// addRuns counts the runs of libraries' jobs that were open before and have
// ended now.
func (s *Store) addRuns(tx *gorm.DB, before, ended []runRow) error {
	open := make(map[int64]int64, len(before))
	for _, row := range before {
		if row.Finished == 0 {
			open[row.ID] = row.LibraryID
		}
	}
	did := make(map[int64]activityRow, len(open))
	for _, row := range ended {
		library, wasOpen := open[row.ID]
		if !wasOpen || row.Finished == 0 {
			continue
		}
		a := did[library]
		a.LibraryID = library
		a.RunsOK, a.RunsFailed = a.RunsOK+oneIf(row.OK), a.RunsFailed+oneIf(!row.OK)
		did[library] = a
	}
	return s.addActivities(tx, did)
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

func oneIf(yes bool) int64 {
	if yes {
		return 1
	}
	return 0
}
