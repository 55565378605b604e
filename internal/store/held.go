package store

import (
	"context"
	"time"

	"github.com/carte-reseau/hub/internal/cards"
	"gorm.io/gorm"
	"gorm.io/gorm/clause"
)

type heldPageRow struct {
	DepositID int64
	N         int64
	Pieces    int64
	Asked     int64
	Charset   string
	BaseURL   string `gorm:"column:base_url"`
}

func (heldPageRow) TableName() string { return "held_pages" }

type heldRecordRow struct {
	LibraryID int64
	Record    []byte
	Content   []byte
	DepositID int64
	Ordinal   int64
}

func (heldRecordRow) TableName() string { return "held_records" }

// HoldPage declares that a page's bytes are safe in a deposit that will wait
// for a decision; the harvest's cursor moves with it. Pieces that no page
// names were left by a crash, and are never read.
func (s *Store) HoldPage(ctx context.Context, deposit int64, p cards.HeldPage, h cards.Harvest) error {
	row := heldPageRow{
		DepositID: deposit, N: int64(p.First), Pieces: int64(p.Pieces), Asked: micros(p.Asked), Charset: plain(p.Charset), BaseURL: plain(p.BaseURL),
	}
	return s.write(ctx, func(tx *gorm.DB) error {
		if err := tx.Create(&row).Error; err != nil {
			return err
		}
		return saveHarvest(tx, &h)
	})
}

// NextHeldPage is the first page of a deposit whose first piece is from or a
// later one; nil behind the last.
func (s *Store) NextHeldPage(ctx context.Context, deposit int64, from int) (*cards.HeldPage, error) {
	var rows []heldPageRow
	err := s.query(ctx).Where("deposit_id = ? AND n >= ?", deposit, from).Order("n").Limit(1).Find(&rows).Error
	if err != nil || len(rows) == 0 {
		return nil, s.explain(err)
	}
	row := rows[0]
	return &cards.HeldPage{
		First: int(row.N), Pieces: int(row.Pieces), Asked: time.UnixMicro(row.Asked).UTC(), Charset: row.Charset, BaseURL: row.BaseURL,
	}, nil
}

// HeldRecords finds, of a library's records, those that wait for a decision or
// were refused.
func (s *Store) HeldRecords(ctx context.Context, libraryID int64, records [][16]byte) (map[[16]byte]cards.HeldRecord, error) {
	keys := make([][]byte, len(records))
	for i := range records {
		keys[i] = records[i][:]
	}
	var rows []heldRecordRow
	if err := s.query(ctx).Where("library_id = ? AND record IN ?", libraryID, keys).Find(&rows).Error; err != nil {
		return nil, s.explain(err)
	}
	held := make(map[[16]byte]cards.HeldRecord, len(rows))
	for _, row := range rows {
		key := [16]byte(row.Record)
		held[key] = cards.HeldRecord{Record: key, Content: [16]byte(row.Content), Deposit: row.DepositID, Ordinal: int(row.Ordinal)}
	}
	return held, nil
}

// HoldsRecords reports whether any record of a library is held: most have none.
func (s *Store) HoldsRecords(ctx context.Context, libraryID int64) (bool, error) {
	var n int64
	err := s.query(ctx).Raw("SELECT count(*) FROM (SELECT 1 FROM held_records WHERE library_id = ? LIMIT 1) one", libraryID).Scan(&n).Error
	return n > 0, s.explain(err)
}

// HoldRecords keeps which records a deposit holds back. A record that was held
// with other content is this deposit's from now on. Each may be named once.
func (s *Store) HoldRecords(ctx context.Context, libraryID int64, records []cards.HeldRecord) error {
	if len(records) == 0 {
		return nil
	}
	rows := make([]heldRecordRow, len(records))
	for i, r := range records {
		rows[i] = heldRecordRow{LibraryID: libraryID, Record: r.Record[:], Content: r.Content[:], DepositID: r.Deposit, Ordinal: int64(r.Ordinal)}
	}
	return s.write(ctx, func(tx *gorm.DB) error {
		return tx.Clauses(clause.OnConflict{
			Columns:   []clause.Column{{Name: "library_id"}, {Name: "record"}},
			DoUpdates: clause.AssignmentColumns([]string{"content", "deposit_id", "ordinal"}),
		}).CreateInBatches(&rows, rowsPerInsert).Error
	})
}

// ReleaseRecords forgets that records were held: the library says something
// else of them now.
func (s *Store) ReleaseRecords(ctx context.Context, libraryID int64, records [][16]byte) error {
	keys := make([][]byte, len(records))
	for i := range records {
		keys[i] = records[i][:]
	}
	return s.write(ctx, func(tx *gorm.DB) error {
		return tx.Exec("DELETE FROM held_records WHERE library_id = ? AND record IN ?", libraryID, keys).Error
	})
}

// releaseDeposit forgets the records of a deposit that was integrated after
// all. Those of one that was refused are not taken again as long as the
// library says the same of them.
func releaseDeposit(tx *gorm.DB, deposit int64, status cards.DepositStatus) error {
	if status == cards.Refused {
		return nil
	}
	return tx.Exec("DELETE FROM held_records WHERE deposit_id = ?", deposit).Error
}

// JudgedHarvests lists the deposits of harvests a person decided on, that are
// not integrated, or whose library is not told, yet.
func (s *Store) JudgedHarvests(ctx context.Context) ([]int64, error) {
	var ids []int64
	err := s.query(ctx).Raw("SELECT id FROM deposits d WHERE finished = 0 AND judged > 0 AND "+workLeft+" AND door = ?"+
		" AND EXISTS (SELECT 1 FROM libraries l WHERE l.id = d.library_id AND l.removed = 0) ORDER BY id", cards.DoorHarvest).Scan(&ids).Error
	return ids, s.explain(err)
}
