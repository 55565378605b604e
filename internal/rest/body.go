package rest

import (
	"compress/flate"
	"compress/gzip"
	"errors"
	"io"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/carte-reseau/hub/internal/cards"
	"github.com/carte-reseau/hub/internal/xmlstream"
)

// What may happen to a body on its way, for those who must tell it from a wrong one.
var (
	errSlow   = errors.New("body stopped coming")
	errBroken = errors.New("body broke off")
)

// readBody opens the body of a request for reading: unpacked, every read bounded in time, what travels bounded in size.
// The size of what comes out is the reader's business, because only there it is known. Its errors carry a cards code.
func readBody(w http.ResponseWriter, req *http.Request, limit int64, patience time.Duration) (*body, error) {
	b := &body{
		control: http.NewResponseController(w), from: req.Body, left: limit, patience: patience,
	}
	switch strings.ToLower(strings.TrimSpace(req.Header.Get("Content-Encoding"))) {
	case "", "identity":
		b.out = readerFunc(b.readWire)
	case "gzip", "x-gzip":
		unpacked, err := xmlstream.Unpack(readerFunc(b.readWire))
		if errors.Is(err, io.EOF) {
			err = gzip.ErrHeader // nothing at all is no gzip stream either
		}
		if err != nil {
			err = b.explain(err)
			return b, err
		}
		b.out = readerFunc(func(p []byte) (int, error) {
			n, err := unpacked.Read(p)
			return n, b.explain(err)
		})
	}
	return b, nil
}

// body is a request's body on its way in.
type body struct {
	control  *http.ResponseController
	from     io.Reader
	left     int64 // bytes that may still travel
	patience time.Duration
	out      io.Reader
}

// Read reads what the sender wrote, unpacked. Who has read the last of it is done with it.
func (b *body) Read(p []byte) (int, error) {
	n, err := b.out.Read(p)
	if err != nil {
		b.done()
	}
	return n, err
}

// done gives the connection back without the deadline of the last read: it would strike while cards are integrated.
// A transport that knows no deadlines (a test's recorder) has none to lift.
func (b *body) done() { _ = b.control.SetReadDeadline(time.Time{}) }

// readWire reads bytes as they travel. The deadline is set anew for each read: a large document over a slow line may
// take hours, a silent sender may not.
func (b *body) readWire(p []byte) (int, error) {
	_ = b.control.SetReadDeadline(time.Now().Add(b.patience)) // as in done
	if int64(len(p)) > b.left+1 {
		p = p[:b.left+1]
	}
	n, err := b.from.Read(p)
	b.left -= int64(n)
	if b.left < 0 {
		return n, tooLarge()
	}
	return n, b.explain(err)
}

// explain gives a broken body the words its sender can use.
func (b *body) explain(err error) error {
	var known *cards.Error
	var tooBig *http.MaxBytesError
	var corrupt flate.CorruptInputError
	switch {
	case err == nil, errors.Is(err, io.EOF), errors.As(err, &known):
		return err
	case errors.As(err, &tooBig):
		return tooLarge()
	case errors.Is(err, os.ErrDeadlineExceeded):
		return cards.WrapError(cards.Invalid, errors.Join(errSlow, err),
			"Le document a cessé d’arriver pendant %d secondes ; rien n’a été enregistré. Renvoyez-le.", int(b.patience.Seconds()))
	case errors.Is(err, gzip.ErrHeader), errors.Is(err, gzip.ErrChecksum), errors.As(err, &corrupt):
		return cards.WrapError(cards.Invalid, err,
			"L’en-tête Content-Encoding annonce gzip, mais le corps n’est pas un flux gzip valide ; rien n’a été enregistré.")
	case errors.Is(err, xmlstream.ErrBehindGzip):
		return cards.WrapError(cards.Invalid, err,
			"Des octets qui ne sont pas du gzip suivent le document compressé ; rien n’a été enregistré. Envoyez le flux gzip seul.")
	default:
		return cards.WrapError(cards.Invalid, errors.Join(errBroken, err),
			"Le document s’est interrompu avant sa fin ; rien n’a été enregistré. Renvoyez-le.")
	}
}

func tooLarge() error {
	return cards.Errorf(cards.TooLarge, "Le document dépasse la taille acceptée par ce concentrateur ; "+
		"rien n’a été enregistré. Découpez-le en plusieurs documents.")
}

type readerFunc func([]byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }

// limitUnpacked bounds what comes out of a body, so that a small packed one cannot become a large one.
func limitUnpacked(r io.Reader, limit int64) io.Reader {
	return readerFunc(func(p []byte) (int, error) {
		if int64(len(p)) > limit+1 {
			p = p[:limit+1]
		}
		n, err := r.Read(p)
		if limit -= int64(n); limit < 0 {
			return n, tooLarge()
		}
		return n, err
	})
}
