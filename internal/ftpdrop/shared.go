package ftpdrop

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"time"

	"github.com/carte-reseau/hub/internal/cards"
	"github.com/carte-reseau/hub/internal/exchange"
)

// peekSize is enough for any envelope, and is all that is read of a file to
// learn whose it is.
const peekSize = 1 << 20

// sender tells whose file it is: its folder's library or, in the shared folder,
// the one the document names. Nil means the file waits where it is.
func (r *round) sender(ctx context.Context, f folder, doc file, path string) (*cards.Library, error) {
	if f.library != nil {
		return f.library, nil
	}
	named, err := r.peek(path)
	if err != nil {
		return nil, r.unreadable(ctx, f, doc, path, err)
	}
	for i := range r.libraries {
		lib := &r.libraries[i]
		switch {
		case named == "" || !lib.Speaks(named):
		case lib.Paused:
			return nil, nil
		default:
			return lib, nil
		}
	}
	return nil, r.nobodys(ctx, doc, path)
}

// peek reads the establishment a document names; empty where it names none.
func (r *round) peek(path string) (string, error) {
	response, err := r.session.open(path)
	if err != nil {
		return "", err
	}
	defer r.session.abandon(response)
	doc, err := exchange.NewReader(io.LimitReader(response, peekSize), exchange.Options{NoRaw: true})
	if err == nil {
		return doc.Envelope.Establishment, nil
	}
	if _, ok := exchange.FaultOf(err); ok {
		return "", nil
	}
	return "", r.session.broken(err)
}

// nobodys tells the administrator once of a file that names no library known.
// There is nobody to give it back to, so it stays where it is.
func (r *round) nobodys(ctx context.Context, doc file, path string) error {
	if before, met := r.stuck[path]; met && before.told && before.file.same(doc) {
		before.round = r.count
		r.stuck[path] = before
		return nil
	}
	r.log.Warn("a file in the shared folder names no library of the network")
	if r.opt.AdminEmail != "" {
		m := nobodysLetter(r.opt.AdminEmail, doc)
		m.Key = fileKey(cards.UnknownFileLetter, path, doc)
		if err := r.store.QueueMail(ctx, m); err != nil {
			return fmt.Errorf("queueing a letter: %w", err)
		}
	}
	r.stuck[path] = stuckFile{file: doc, told: true, round: r.count}
	return nil
}

// setAside renames a file over the limit, so that its owner finds it again: its
// bytes are not in the database, so it must not be deleted, and it is too large
// to be sent back.
func (r *round) setAside(ctx context.Context, f folder, doc file, path string) error {
	lib, err := r.sender(ctx, f, doc, path)
	if err != nil || lib == nil {
		return err
	}
	target, err := r.aside(f, doc)
	if err != nil {
		return r.unreadable(ctx, f, doc, path, err)
	}
	m := r.tooLargeLetter(lib, doc)
	m.Key = fileKey("ftp-trop-grand", target, doc)
	if err := r.store.QueueMail(ctx, m); err != nil {
		return fmt.Errorf("queueing a letter: %w", err)
	}
	if err := r.session.rename(path, target); err != nil {
		return r.unreadable(ctx, f, doc, path, err)
	}
	delete(r.stuck, path)
	r.log.Warn("a dropped file is over the limit", "library", lib.Code, "bytes", doc.size)
	r.record(ctx, lib, time.Now(), nil, cards.Say("Le fichier « %s » dépasse la taille permise (%s) ; il a été mis de côté.", doc.name(), bytesText(r.opt.MaxDocument)))
	return nil
}

// aside finds a free name for a file over the limit: servers overwrite what a rename meets, and what was set aside exists nowhere
// else. Files of one name may be of one second, and a server may tell no times.
func (r *round) aside(f folder, doc file) (path string, err error) {
	entries, err := r.session.list(f.path)
	if err != nil {
		return "", err
	}
	name := doc.raw
	if !doc.time.IsZero() {
		name += doc.time.UTC().Format(".20060102T150405")
	}
	taken := make(map[string]bool, len(entries))
	for _, e := range entries {
		taken[e.Name] = true
	}
	i := 1
	for taken[numbered(name+tooLargeSuffix, i)] {
		i++
	}
	return join(f.path, numbered(name+tooLargeSuffix, i)), nil
}

// fileKey makes a letter about a file unique without naming the file.
func fileKey(kind, path string, doc file) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%s\x00%d\x00%d", path, doc.size, doc.time.Unix()))
	return kind + "-" + hex.EncodeToString(sum[:12])
}
