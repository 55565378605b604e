package store

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/carte-reseau/hub/internal/cards"
	"gorm.io/gorm"
)

type libraryRow struct {
	ID          int64 `gorm:"primaryKey"`
	Code        string
	Name        string
	Email       string
	Serves      string
	OAIURL      string `gorm:"column:oai_url"`
	OAISet      string `gorm:"column:oai_set"`
	OAIPrefix   string `gorm:"column:oai_prefix"`
	Harvest     string
	PushURL     string
	ILSUser     string `gorm:"column:ils_user"`
	ILSPassword []byte `gorm:"column:ils_password"`
	Widths      string
	NotHeld     int64
	HeldSince   string // JSON, by field; empty for none
	OldWidths   string // the same
	KeyHash     []byte
	Paused      bool
	PauseReason string
	Stopped     bool
	Preparing   bool
	Attention   string
	Created     int64
	Changed     int64
	Removed     int64
}

func (libraryRow) TableName() string { return "libraries" }

func (s *Store) rowOfLibrary(l *cards.Library) (libraryRow, error) {
	serves, err := json.Marshal(l.Serves)
	if err != nil {
		return libraryRow{}, fmt.Errorf("establishments of %s: %w", l.Code, err)
	}
	widths := make(map[string]int, len(l.Widths))
	for field, width := range l.Widths {
		widths[field.String()] = width
	}
	widthsText, err := json.Marshal(widths)
	if err != nil {
		return libraryRow{}, fmt.Errorf("widths of %s: %w", l.Code, err)
	}
	return libraryRow{
		ID: l.ID, Code: l.Code, Name: l.Name, Email: l.Email, Serves: string(serves),
		OAIURL: l.OAIURL, OAISet: l.OAISet, OAIPrefix: l.OAIPrefix, Harvest: l.Harvest, PushURL: l.PushURL,
		ILSUser: l.ILSUser, ILSPassword: s.seal(l.ILSPassword, l.Code), Widths: string(widthsText), NotHeld: int64(l.NotHeld),
		Paused: l.Paused, PauseReason: l.PauseReason.Stored(), Stopped: l.Stopped, Preparing: l.Preparing, Created: micros(l.Created), Changed: micros(l.Changed),
	}, nil
}

func (s *Store) libraryOf(r libraryRow) (*cards.Library, error) {
	l := &cards.Library{
		ID: r.ID, Code: r.Code, Name: r.Name, Email: r.Email, OAIURL: r.OAIURL, OAISet: r.OAISet, OAIPrefix: r.OAIPrefix,
		Harvest: r.Harvest, PushURL: r.PushURL, ILSUser: r.ILSUser, NotHeld: cards.FieldSet(r.NotHeld),
		Paused: r.Paused, PauseReason: cards.ParseSentence(r.PauseReason), Stopped: r.Stopped, Preparing: r.Preparing, Created: fromMicros(r.Created), Changed: fromMicros(r.Changed),
		Version: r.version(),
	}
	if err := json.Unmarshal([]byte(r.Serves), &l.Serves); err != nil {
		return nil, fmt.Errorf("establishments of %s: %w", r.Code, err)
	}
	var widths map[string]int
	if err := json.Unmarshal([]byte(r.Widths), &widths); err != nil {
		return nil, fmt.Errorf("widths of %s: %w", r.Code, err)
	}
	for name, width := range widths {
		field, err := cards.ParseField(name)
		if err != nil {
			return nil, err
		}
		if l.Widths == nil {
			l.Widths = map[cards.Field]int{}
		}
		l.Widths[field] = width
	}
	var err error
	if l.HeldSince, err = r.heldSince(); err != nil {
		return nil, err
	}
	if l.OldWidths, err = r.oldWidths(); err != nil {
		return nil, err
	}
	if l.ILSPassword, err = s.passwordOf(&r); err != nil {
		return nil, err
	}
	return l, nil
}

// AddLibrary enters a library whose key is given in clear and kept as a hash.
// Conflict where the code, or one it serves, is already taken.
func (s *Store) AddLibrary(ctx context.Context, l cards.Library, key string) (*cards.Library, error) {
	if err := l.Validate(); err != nil {
		return nil, err
	}
	l.Created = s.Clock()
	l.Changed = l.Created
	row, err := s.rowOfLibrary(&l)
	if err != nil {
		return nil, err
	}
	row.KeyHash = hashKey(key)
	err = s.write(ctx, func(tx *gorm.DB) error {
		row.ID = 0
		if err := s.checkCodes(tx, &l); err != nil {
			return err
		}
		if err := tx.Create(&row).Error; err != nil {
			return err
		}
		return tx.Create([]markRow{{LibraryID: row.ID, Door: string(cards.DoorPull)}, {LibraryID: row.ID, Door: string(cards.DoorPush)}}).Error
	})
	if err != nil {
		return nil, err
	}
	return s.libraryOf(row)
}

// checkCodes makes sure that an establishment belongs to one library only. It
// lets nobody else do so before the transaction ends.
func (s *Store) checkCodes(tx *gorm.DB, l *cards.Library) error {
	if alone := s.dialect.naming; alone != "" {
		if err := tx.Exec(alone).Error; err != nil {
			return err
		}
	}
	others, err := s.libraries(tx)
	if err != nil {
		return err
	}
	for _, other := range others {
		if other.ID == l.ID {
			continue
		}
		for _, code := range append([]string{l.Code}, l.Serves...) {
			if other.Speaks(code) {
				return cards.Breaks("code-pris", cards.Conflict, "le code %s est déjà celui de la bibliothèque %s", code, other.Code)
			}
		}
	}
	return nil
}

// saveSettings writes settings that are valid by themselves over those that
// stand; the key stays, and so do the preparation, which only OpenLibrary ends,
// and the pause. Where they are the same nothing is written: who brings the same
// file every night has changed nothing.
func (s *Store) saveSettings(tx *gorm.DB, stands *libraryRow, l *cards.Library) error {
	l.Changed = s.Clock()
	row, err := s.rowOfLibrary(l)
	if err != nil {
		return err
	}
	password, err := s.passwordOf(stands)
	if err != nil || password == l.ILSPassword && slices.Equal(row.settings(), stands.settings()) {
		return err
	}
	if err := s.checkCodes(tx, l); err != nil {
		return err
	}
	if err := forgetUnnamed(tx, row); err != nil {
		return err
	}
	if err := readdress(tx, stands, l.Email); err != nil {
		return err
	}
	if row.HeldSince, err = s.heldFromNow(tx, stands, l.NotHeld); err != nil {
		return err
	}
	if row.OldWidths, err = s.oldWidthsFromNow(tx, stands, row.Widths); err != nil {
		return err
	}
	if stands.PushURL == "" && row.PushURL != "" {
		if err := s.pushEnds(tx, l.ID); err != nil {
			return err
		}
	}
	return tx.Model(&libraryRow{}).Where("id = ? AND removed = 0", l.ID).
		Select("*").Omit("id", "code", "key_hash", "paused", "pause_reason", "stopped", "attention", "preparing", "created", "removed").Updates(&row).Error
}

// forgetUnnamed has the next harvest begin anew where the settings now name
// another source and the harvest's state, kept by an older hub, does not say
// which one it is of. Where it does, the harvest sees the change itself, and it
// alone can end what is under way.
func forgetUnnamed(tx *gorm.DB, now libraryRow) error {
	return tx.Exec(`DELETE FROM harvests WHERE library_id = ? AND state NOT LIKE '%"Source":%' AND EXISTS (SELECT 1 FROM libraries l WHERE l.id = library_id
		AND (l.oai_url <> ? OR l.oai_set <> ? OR l.oai_prefix <> ?))`, now.ID, now.OAIURL, now.OAISet, now.OAIPrefix).Error
}

// SetLibraryKey replaces a library's key; the old one dies at once. The same one
// is no change.
func (s *Store) SetLibraryKey(ctx context.Context, libraryID int64, key string) error {
	hash := hashKey(key)
	return s.write(ctx, func(tx *gorm.DB) error {
		return tx.Model(&libraryRow{}).Where("id = ? AND removed = 0 AND key_hash <> ?", libraryID, hash).
			Updates(map[string]any{"key_hash": hash, "changed": micros(s.Clock())}).Error
	})
}

// PauseLibrary stops what the hub does for a library until it is resumed: its
// harvest, its push, its dropped files. What it asks for itself is still
// answered. reason is shown to staff.
func (s *Store) PauseLibrary(ctx context.Context, libraryID int64, reason cards.Sentence) error {
	return s.pauseLibrary(ctx, libraryID, reason, false)
}

// StopLibrary does so of the hub's own accord: staff are asked to act.
func (s *Store) StopLibrary(ctx context.Context, libraryID int64, reason cards.Sentence) error {
	return s.pauseLibrary(ctx, libraryID, reason, true)
}

func (s *Store) pauseLibrary(ctx context.Context, libraryID int64, reason cards.Sentence, stopped bool) error {
	return s.updateLibrary(ctx, libraryID, map[string]any{"paused": true, "pause_reason": reason.Stored(), "stopped": stopped})
}

// ResumeLibrary takes up the exchange again.
func (s *Store) ResumeLibrary(ctx context.Context, libraryID int64) error {
	return s.updateLibrary(ctx, libraryID, map[string]any{"paused": false, "pause_reason": "", "stopped": false})
}

// OpenLibrary ends a library's preparation: from now on it is handed what it is
// owed.
func (s *Store) OpenLibrary(ctx context.Context, libraryID int64) error {
	if err := s.updateLibrary(ctx, libraryID, map[string]any{"preparing": false}); err != nil {
		return err
	}
	return s.Wake(ctx, cards.JobPush, libraryID)
}

func (s *Store) updateLibrary(ctx context.Context, libraryID int64, values map[string]any) error {
	values["changed"] = micros(s.Clock())
	return s.write(ctx, func(tx *gorm.DB) error {
		return tx.Model(&libraryRow{}).Where("id = ? AND removed = 0", libraryID).Updates(values).Error
	})
}

// RemoveLibrary takes a library out of the network: its key dies, what was
// waiting for it is dropped, its cards stay. Its documents that are not at their
// end are ended by TakeUp, which is woken with it: whoever is told of an error
// still has the library.
func (s *Store) RemoveLibrary(ctx context.Context, libraryID int64) error {
	return s.write(ctx, func(tx *gorm.DB) error {
		drop := func(tables ...string) error {
			for _, table := range tables {
				if err := tx.Exec("DELETE FROM "+table+" WHERE library_id = ?", libraryID).Error; err != nil {
					return err
				}
			}
			return nil
		}
		if err := tx.Exec(s.waking("kind = ? AND library_id = ?", "false"), cards.JobDeposits, cards.HubID).Error; err != nil {
			return err
		}
		if err := drop("jobs", "marks", "mark_moves", "handings", "harvests", "known_faults", "deleted_headers", "held_records", "deliveries"); err != nil {
			return err
		}
		if _, err := s.takeClock(tx, 0); err != nil { // before hand_again: see takeClock
			return err
		}
		if err := drop("hand_again", "corrected", "given_again", "confirmations", "told_ends", "drifts"); err != nil {
			return err
		}
		gone := map[string]any{"removed": micros(s.Clock()), "key_hash": nil, "ils_password": nil}
		return tx.Model(&libraryRow{}).Where("id = ? AND removed = 0", libraryID).Updates(gone).Error
	})
}

// Libraries lists the network's libraries by code.
func (s *Store) Libraries(ctx context.Context) ([]cards.Library, error) {
	list, err := s.libraries(s.query(ctx))
	return list, s.explain(err)
}

func (s *Store) libraries(tx *gorm.DB) ([]cards.Library, error) {
	var rows []libraryRow
	if err := tx.Where("removed = 0").Order("code").Find(&rows).Error; err != nil {
		return nil, err
	}
	list := make([]cards.Library, 0, len(rows))
	for _, row := range rows {
		l, err := s.libraryOf(row)
		if err != nil {
			return nil, err
		}
		list = append(list, *l)
	}
	return list, nil
}

// LibraryCodes maps the ID of every library there ever was to its code:
// content outlives the library it came from.
func (s *Store) LibraryCodes(ctx context.Context) (map[int64]string, error) {
	codes, err := libraryCodes(s.query(ctx))
	return codes, s.explain(err)
}

func libraryCodes(tx *gorm.DB) (map[int64]string, error) {
	var rows []struct {
		ID   int64
		Code string
	}
	err := tx.Raw("SELECT id, code FROM libraries").Scan(&rows).Error
	codes := make(map[int64]string, len(rows))
	for _, row := range rows {
		codes[row.ID] = row.Code
	}
	return codes, err
}

// Library finds a library by its code.
func (s *Store) Library(ctx context.Context, code string) (*cards.Library, error) {
	code = plain(code)
	var rows []libraryRow
	if err := s.query(ctx).Where("removed = 0 AND code = ?", code).Limit(1).Find(&rows).Error; err != nil {
		return nil, s.explain(err)
	}
	if len(rows) == 0 {
		return nil, noSuchLibrary(code)
	}
	return s.libraryOf(rows[0])
}

// LibraryByID finds a library by its ID.
func (s *Store) LibraryByID(ctx context.Context, id int64) (*cards.Library, error) {
	row, err := s.libraryRows.ask(ctx, id)
	if err == nil && row.ID == 0 {
		err = noSuchLibrary(id)
	}
	if err != nil {
		return nil, err
	}
	return s.libraryOf(row)
}

// librariesByID finds several; none has the ID 0.
func (s *Store) librariesByID(ctx context.Context, ids []int64) ([]libraryRow, error) {
	var rows []libraryRow
	if err := s.query(ctx).Where("removed = 0 AND id IN ?", among[int64](ids)).Find(&rows).Error; err != nil {
		return nil, s.explain(err)
	}
	byID := make(map[int64]libraryRow, len(rows))
	for _, row := range rows {
		byID[row.ID] = row
	}
	list := make([]libraryRow, len(ids))
	for i, id := range ids {
		list[i] = byID[id]
	}
	return list, nil
}

func noSuchLibrary(asked any) error {
	return cards.Errorf(cards.NotFound, "La bibliothèque « %s » n’existe pas dans le réseau.", asked)
}

// SetAttention leaves staff a note about a library; empty takes it away. It
// changes nothing of the library itself.
func (s *Store) SetAttention(ctx context.Context, libraryID int64, note cards.Sentence) error {
	return s.write(ctx, func(tx *gorm.DB) error {
		return tx.Model(&libraryRow{}).Where("id = ? AND removed = 0", libraryID).Updates(map[string]any{"attention": note.Stored()}).Error
	})
}
