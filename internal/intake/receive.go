package intake

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/carte-reseau/hub/internal/cards"
)

const (
	pieceSize = 1 << 20
	// discardPatience bounds the clearing away of a broken document, which goes on after its sender has left.
	discardPatience = 30 * time.Second
)

// Receive stores the body and returns the deposit's number once every byte is safe. A body that breaks off or is larger
// than the limit leaves nothing behind; its error comes back wrapped. A body of no bytes is stored like any other:
// Integrate refuses it with a report.
func (in *Inbox) Receive(ctx context.Context, d cards.Deposit, body io.Reader) (int64, error) {
	doc, err := in.begin(d, body)
	if err != nil {
		return 0, err
	}
	id, _, err := in.keep(ctx, doc, "")
	return id, err
}

// Take receives a document and brings it to its end, as Receive and Integrate do. The number is 0 where nothing was
// stored. A small document is taken at once where that can be; else it is read where it is, and stored with the right to
// work on it.
func (in *Inbox) Take(ctx context.Context, d cards.Deposit, body io.Reader, lib *cards.Library) (int64, *cards.Deposit, error) {
	doc, err := in.begin(d, body)
	if err != nil {
		return 0, nil, err
	}
	switch done, err := in.takeAtOnce(ctx, doc, lib); {
	case err != nil:
		return 0, nil, err
	case done != nil:
		return done.ID, done, nil
	}
	id, held, err := in.keep(ctx, doc, in.newOwner())
	if err != nil {
		return 0, nil, err
	}
	if held == nil {
		done, err := in.Integrate(ctx, id, lib)
		return id, done, err
	}
	done, err := held.integrate(ctx, lib)
	return id, done, err
}

// arriving is a document of which the first piece is here.
type arriving struct {
	deposit cards.Deposit
	first   bytes.Buffer // grows to a piece only where the document is that large
	whole   bool         // nothing follows
	rest    io.Reader
}

func (in *Inbox) begin(d cards.Deposit, body io.Reader) (doc *arriving, err error) {
	if d.Arrived.IsZero() {
		d.Arrived = in.now()
	}
	doc = &arriving{deposit: d, rest: body}
	if doc.whole, err = in.readPiece(&doc.first, body, 0); err != nil {
		return nil, fmt.Errorf("receive a deposit: %w", err)
	}
	return doc, nil
}

// keep stores the document. One of one piece comes with its claim, which the store knows of where an owner is named.
func (in *Inbox) keep(ctx context.Context, doc *arriving, owner string) (int64, *claim, error) {
	if !doc.whole {
		id, err := in.receivePieces(ctx, doc.deposit, &doc.first, doc.rest)
		return id, nil, err
	}
	asked := time.Now()
	stored, err := in.store.StoreDeposit(ctx, doc.deposit, doc.first.Bytes(), owner, in.lease)
	if err != nil {
		return 0, nil, fmt.Errorf("store a deposit: %w", err)
	}
	return stored.ID, &claim{in: in, deposit: stored, owner: owner, renewed: asked, body: doc.first.Bytes()}, nil
}

// receivePieces stores a body of several pieces, of which the first was read.
func (in *Inbox) receivePieces(ctx context.Context, d cards.Deposit, piece *bytes.Buffer, body io.Reader) (int64, error) {
	id, err := in.store.CreateDeposit(ctx, d)
	if err != nil {
		return 0, fmt.Errorf("open a deposit: %w", err)
	}
	size, err := in.storePieces(ctx, id, piece, body)
	if err != nil {
		return 0, errors.Join(fmt.Errorf("receive deposit %d: %w", id, err), in.discard(ctx, id))
	}
	if err := in.store.SealDeposit(ctx, id, size); err != nil {
		return 0, fmt.Errorf("seal deposit %d: %w", id, err)
	}
	return id, nil
}

// storePieces copies the body into the store piece by piece, so that no more than one is ever in memory.
func (in *Inbox) storePieces(ctx context.Context, id int64, piece *bytes.Buffer, body io.Reader) (size int64, err error) {
	for n, ended := 0, false; ; n++ {
		if piece.Len() > 0 {
			if err := in.store.AppendPiece(ctx, id, n, piece.Bytes()); err != nil {
				return 0, err
			}
		}
		if size += int64(piece.Len()); ended {
			return size, nil
		}
		if ended, err = in.readPiece(piece, body, size); err != nil {
			return 0, err
		}
	}
}

// readPiece reads the next piece behind so many bytes and reports whether it is the last one.
func (in *Inbox) readPiece(piece *bytes.Buffer, body io.Reader, behind int64) (ended bool, err error) {
	piece.Reset()
	read, err := io.CopyN(piece, body, pieceSize)
	ended = errors.Is(err, io.EOF)
	if err != nil && !ended {
		return false, err
	}
	if behind+read > in.maxDocument {
		return false, cards.Errorf(cards.TooLarge,
			"Le document dépasse %s, la taille acceptée par ce concentrateur ; rien n’a été enregistré. "+
				"Découpez-le en plusieurs documents.", humanSize(in.maxDocument))
	}
	return ended, nil
}

// discard clears a broken deposit away, also where its sender's context has ended with it.
func (in *Inbox) discard(ctx context.Context, id int64) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), discardPatience)
	defer cancel()
	if err := in.store.DiscardDeposit(ctx, id); err != nil {
		return fmt.Errorf("discard deposit %d: %w", id, err)
	}
	return nil
}

func humanSize(bytes int64) string {
	for _, unit := range []struct {
		size int64
		name string
	}{{1 << 30, "Gio"}, {1 << 20, "Mio"}, {1 << 10, "Kio"}} {
		if bytes >= unit.size && bytes%unit.size == 0 {
			return fmt.Sprintf("%d %s", bytes/unit.size, unit.name)
		}
	}
	return fmt.Sprintf("%d octets", bytes)
}
