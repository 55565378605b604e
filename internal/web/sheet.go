package web

import (
	"context"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/carte-reseau/hub/internal/cards"
	"github.com/carte-reseau/hub/internal/exchange"
)

// Doors are the addresses of this hub, as a library system's maker needs them.
type Doors struct {
	PublicURL string // without a slash behind
	// Provisional says that nobody has set it: it is the address the hub listens at, which leads here from this machine only.
	Provisional bool
	HubCode     string
	// FTP is the address files are dropped at; empty where there is no drop.
	FTP string
	// FTPSameKey says that the FTP server takes the library's code and key.
	FTPSameKey bool
	// FTPEncrypted says that the connection is, by explicit TLS.
	FTPEncrypted bool
	AdminEmail   string // empty where nobody has set it
}

// SheetPage makes the sheet that is handed to the maker of a library's system, with a document to test with.
func SheetPage(store interface {
	Library(ctx context.Context, code string) (*cards.Library, error)
}, doors Doors) Page {
	return sheetPage{store: store, doors: doors}
}

type sheetPage struct {
	store interface {
		Library(ctx context.Context, code string) (*cards.Library, error)
	}
	doors Doors
}

func (p sheetPage) register(d desk) {
	d.view(cards.RoleReader, "/etablissements/:code/fiche", p.sheet)
	d.view(cards.RoleReader, "/etablissements/:code/essai.xml", p.trial)
}

type sheetView struct {
	Library *cards.Library
	Doors   Doors
}

func (p sheetPage) sheet(v *visit) error {
	l, err := p.library(v)
	if err != nil {
		return err
	}
	return v.render(http.StatusOK, "sheet", sheetView{Library: l, Doors: p.doors})
}

func (p sheetPage) library(v *visit) (*cards.Library, error) {
	code, err := v.code()
	if err != nil {
		return nil, err
	}
	return p.store.Library(v.Request().Context(), code)
}

// trial is a valid document of two invented readers, to be sent with simulation=1.
func (p sheetPage) trial(v *visit) error {
	l, err := p.library(v)
	if err != nil {
		return err
	}
	now := v.door.options.Now()
	h := v.Response().Header()
	h.Set(echo.HeaderContentType, echo.MIMEApplicationXMLCharsetUTF8)
	h.Set(echo.HeaderContentDisposition, `attachment; filename="essai-`+l.Code+`.xml"`)
	v.Response().WriteHeader(http.StatusOK)
	w, err := exchange.NewWriter(v.Response(), exchange.Envelope{Establishment: l.Code, Mode: exchange.Incremental, Made: now})
	if err != nil {
		return err
	}
	for _, c := range trialCards(now) {
		if err := w.WriteRendered(exchange.AppendCarte(nil, &c, "")); err != nil {
			return err
		}
	}
	return w.Close()
}

// trialCards are an invented mother and her child.
func trialCards(now time.Time) []cards.Card {
	enrolment := cards.Registration{First: now.Format(time.DateOnly), End: now.AddDate(1, 0, 0).Format(time.DateOnly)}
	mother := cards.Card{
		Number: "ESSAI-0001", Title: "MME", LastName: "Essai-Lefèvre", FirstName: "Zoé", BirthDate: "1980-02-29", Sex: "F",
		Address: cards.Address{Lines: []string{"1 rue de l’Œuvre"}, Postcode: "26100", Town: "Romans-sur-Isère", Country: "FR"},
		Phone:   "04 75 00 00 00", Email: "essai@example.org", Enrolment: enrolment,
	}
	child := cards.Card{
		Number: "ESSAI-0002", LastName: "Essai-Lefèvre", FirstName: "Noël", BirthDate: "2019",
		Address: mother.Address, Guardians: []cards.Guardian{{Number: mother.Number, Relation: "mere"}}, Enrolment: enrolment,
	}
	return []cards.Card{mother, child}
}
