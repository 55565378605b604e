package store

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"sync"

	"github.com/carte-reseau/hub/internal/cards"
	"gorm.io/gorm"
)

type pieceRow struct {
	DepositID int64
	N         int64
	Data      []byte
}

func (pieceRow) TableName() string { return "deposit_pieces" }

// AppendPiece stores the n-th piece of a deposit's bytes, compressed.
func (s *Store) AppendPiece(ctx context.Context, deposit int64, n int, data []byte) error {
	packed := deflate(data)
	return s.write(ctx, func(tx *gorm.DB) error {
		kept := tx.Exec("INSERT INTO deposit_pieces (deposit_id, n, data) SELECT id, ?, ? FROM deposits WHERE id = ?", n, packed, deposit)
		if kept.Error == nil && kept.RowsAffected == 0 {
			return cards.Errorf(cards.NotFound, "Le dépôt %d n’attend plus d’octets.", deposit)
		}
		return kept.Error
	})
}

// PieceCount is how many pieces of a deposit are stored.
func (s *Store) PieceCount(ctx context.Context, deposit int64) (int, error) {
	var n int64
	err := s.query(ctx).Model(&pieceRow{}).Where("deposit_id = ?", deposit).Count(&n).Error
	return int(n), s.explain(err)
}

// OpenDeposit streams a deposit's bytes as they came in.
func (s *Store) OpenDeposit(ctx context.Context, deposit int64) (io.ReadCloser, error) {
	return &pieceReader{ctx: ctx, store: s, deposit: deposit, end: noBound}, nil
}

// DocumentOf streams the bytes of a deposit as they came in. NotFound where
// they are no longer kept.
func (s *Store) DocumentOf(ctx context.Context, deposit int64) (io.ReadCloser, error) {
	d, err := s.Deposit(ctx, deposit)
	if err != nil {
		return nil, err
	}
	if !d.Kept || d.Status == cards.Receiving {
		return nil, cards.Errorf(cards.NotFound, "Les octets du dépôt n° %d ne sont pas, ou plus, conservés.", deposit)
	}
	return s.OpenDeposit(ctx, deposit)
}

// OpenPage streams the bytes of one held page.
func (s *Store) OpenPage(ctx context.Context, deposit int64, p cards.HeldPage) (io.ReadCloser, error) {
	return &pieceReader{ctx: ctx, store: s, deposit: deposit, next: int64(p.First), end: int64(p.First + p.Pieces)}, nil
}

// pieceReader holds one piece at a time.
type pieceReader struct {
	ctx     context.Context //nolint:containedctx // io.Reader has no room for it; the reader lives for one call of its owner
	store   *Store
	deposit int64
	next    int64
	end     int64 // the first piece not to be read
	piece   bytes.Reader
	closed  bool
}

// Read gives the bytes of the current piece, fetching the next one at its end.
func (p *pieceReader) Read(b []byte) (int, error) {
	for p.piece.Len() == 0 {
		if p.closed {
			return 0, io.ErrClosedPipe
		}
		if p.next >= p.end {
			return 0, io.EOF
		}
		var row struct {
			Data []byte
			More bool
		}
		found := p.store.query(p.ctx).Raw(`SELECT p.data, EXISTS (SELECT 1 FROM deposit_pieces m WHERE m.deposit_id = p.deposit_id AND m.n = p.n + 1) AS more
			FROM deposit_pieces p WHERE p.deposit_id = ? AND p.n = ?`, p.deposit, p.next).Scan(&row)
		if found.Error != nil {
			return 0, p.store.explain(found.Error)
		}
		if found.RowsAffected == 0 {
			return 0, io.EOF
		}
		data, err := inflate(row.Data)
		if err != nil {
			return 0, fmt.Errorf("piece %d of deposit %d: %w", p.next, p.deposit, err)
		}
		p.piece.Reset(data)
		if p.next++; !row.More {
			p.end = p.next
		}
	}
	return p.piece.Read(b)
}

// Close ends the reading.
func (p *pieceReader) Close() error {
	p.closed = true
	p.piece.Reset(nil)
	return nil
}

func deflate(data []byte) []byte {
	if len(data) == 0 {
		return []byte{}
	}
	var buf bytes.Buffer
	w := packers.Get().(*gzip.Writer)
	defer packers.Put(w)
	w.Reset(&buf)
	_, _ = w.Write(data) // a bytes.Buffer takes everything
	_ = w.Close()
	return buf.Bytes()
}

// packLevel makes of a document's XML a tenth more than gzip's usual level 6, in
// half the time.
const packLevel = 3

// packers are kept: each has tables of half a megabyte.
var packers = sync.Pool{New: func() any {
	packer, _ := gzip.NewWriterLevel(nil, packLevel) // the level is one of gzip's
	return packer
}}

func inflate(data []byte) ([]byte, error) {
	if len(data) == 0 {
		return nil, nil
	}
	r, err := gzip.NewReader(bytes.NewReader(data))
	if err != nil {
		return nil, err
	}
	// Our own data, as large as the piece that was stored: gzip ends with its size.
	const trailer, usual = 4, 1 << 20
	unpacked := bytes.NewBuffer(make([]byte, 0, bytes.MinRead+min(usual, int(binary.LittleEndian.Uint32(data[len(data)-trailer:])))))
	_, err = unpacked.ReadFrom(r)
	return unpacked.Bytes(), err
}
