package web

import (
	"context"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"path"
	"strings"
	"time"

	"github.com/carte-reseau/hub/internal/cards"
)

// Intake takes in a document that staff bring for a library.
type Intake interface {
	Library(ctx context.Context, code string) (*cards.Library, error)
	// Receive stores the body and answers with the deposit's number once every byte is safe.
	Receive(ctx context.Context, d cards.Deposit, body io.Reader) (int64, error)
	// Begin has the stored deposit integrated in the background.
	Begin(ctx context.Context, deposit int64) error
}

// UploadPage makes the address a library's file is loaded at.
func UploadPage(in Intake) Page { return uploadPage{in: in} }

type uploadPage struct{ in Intake }

func (p uploadPage) register(d desk) {
	const path = "/etablissements/:code"
	d.upload(cards.RoleOperator, "upload-deposit", "bibliotheque", path+"/charger", "", p.take(false))
	d.upload(cards.RoleOperator, "upload-deposit", "bibliotheque", path+"/simuler", "simulation", p.take(true))
}

// upload is like act, for a form with a file. Its parts are read as they come and the file is never kept but by Receive: the
// server's own way would leave it in a temporary folder for a while. What is to be done with the file is told by the address:
// the button that was pressed stands behind the file in what a browser sends.
func (d desk) upload(role cards.Role, action, kind, path, detail string, do func(*visit, *fileForm) error) {
	d.door.named(action)
	d.echo.POST(path, d.door.visited(func(v *visit) error {
		if err := v.must(role); err != nil || v.session == nil {
			return err
		}
		form, err := v.fileForm()
		if err != nil {
			return err
		}
		return v.carryOut(action, v.subject(kind), detail, func(v *visit) error { return do(v, form) })
	}))
}

// fileForm is a form whose last part is a file, with what came before it.
type fileForm struct {
	values map[string]string
	name   string // of the file, as the browser says it
	file   io.Reader
}

const (
	maxField    = 1 << 10 // bytes of a part that is no file
	maxFields   = 8
	bodyPause   = time.Minute // for which a body may stand still
	fileField   = "fichier"
	maxFileName = 200
)

// fileForm reads the form up to its file, and checks that it is of this session.
func (v *visit) fileForm() (*fileForm, error) {
	parts, err := v.Request().MultipartReader()
	if err != nil {
		return nil, v.incomplete(err)
	}
	form := &fileForm{values: map[string]string{}}
	for range maxFields {
		part, err := parts.NextPart()
		if err != nil {
			return nil, v.incomplete(err)
		}
		if part.FormName() == fileField {
			if !v.isToken(form.values[formToken]) {
				return nil, v.refuse(cards.Forbidden, "erreur.formulaire")
			}
			form.name, form.file = path.Base(strings.ReplaceAll(part.FileName(), `\`, "/")), v.patient(part)
			return form, nil
		}
		if err := form.read(part); err != nil {
			return nil, v.incomplete(err)
		}
	}
	return nil, v.incomplete(errors.New("too many fields"))
}

// incomplete is told to whoever's file did not come whole.
func (v *visit) incomplete(err error) error {
	return v.refuseFor(err, cards.Invalid, "charger.incomplet")
}

func (f *fileForm) read(part *multipart.Part) error {
	value, err := io.ReadAll(io.LimitReader(part, maxField+1))
	if err != nil {
		return err
	}
	if len(value) > maxField {
		return fmt.Errorf("a field of more than %d bytes", maxField)
	}
	f.values[part.FormName()] = string(value)
	return nil
}

// patient lets a body take as long as it needs, but never stand still. One that breaks off is its sender's matter.
func (v *visit) patient(r io.Reader) io.Reader {
	return &patientReader{Reader: r, control: http.NewResponseController(v.Response().Writer), broken: v.incomplete}
}

type patientReader struct {
	io.Reader
	control *http.ResponseController
	broken  func(error) error
}

// Read sets the deadline anew for each piece.
func (p *patientReader) Read(b []byte) (int, error) {
	if err := p.control.SetReadDeadline(time.Now().Add(bodyPause)); err != nil && !errors.Is(err, http.ErrNotSupported) {
		return 0, err
	}
	n, err := p.Reader.Read(b)
	if err != nil && !errors.Is(err, io.EOF) {
		err = p.broken(err)
	}
	return n, err
}

func (p uploadPage) take(simulate bool) func(*visit, *fileForm) error {
	return func(v *visit, form *fileForm) error {
		code, err := v.code()
		if err != nil {
			return err
		}
		ctx := v.Request().Context()
		l, err := p.in.Library(ctx, code)
		if err != nil {
			return err
		}
		name := form.name
		if name == "" || name == "." {
			return v.refuse(cards.Invalid, "charger.sans-fichier")
		}
		if len(name) > maxFileName {
			name = strings.ToValidUTF8(name[:maxFileName], "")
		}
		id, err := p.in.Receive(ctx, cards.Deposit{
			LibraryID: l.ID, Library: l.Code, Door: cards.DoorImport, Name: name, Simulate: simulate,
		}, form.file)
		if err != nil {
			return err
		}
		if err := p.in.Begin(ctx, id); err != nil {
			return err
		}
		return v.Redirect(http.StatusSeeOther, depositPath(id))
	}
}
