package web

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/carte-reseau/hub/internal/cards"
)

// LibrarySettings is what an administrator enters of a library.
type LibrarySettings interface {
	Library(ctx context.Context, code string) (*cards.Library, error)
	// CreateLibrary answers with the key, which is never shown again; its errors are sentences about the settings.
	CreateLibrary(ctx context.Context, l cards.Library) (key string, err error)
	// EditLibrary answers with cards.Changed where the settings are no longer those seen, a Library's Version.
	EditLibrary(ctx context.Context, code, seen string, change func(*cards.Library) error) (*cards.Library, error)
	RotateKey(ctx context.Context, id int64) (key string, err error)
	RemoveLibrary(ctx context.Context, id int64) error
}

// SettingsPage makes the pages on which libraries are entered, changed and taken out.
func SettingsPage(store LibrarySettings) Page { return settingsPage{store: store} }

type settingsPage struct{ store LibrarySettings }

func (p settingsPage) register(d desk) {
	d.view(cards.RoleAdministrator, "/nouvelle-bibliotheque", p.empty)
	d.actTelling(cards.RoleAdministrator, "create-library", "/nouvelle-bibliotheque", newCode, p.create)
	d.view(cards.RoleAdministrator, "/etablissements/:code/reglages", p.form)
	d.act(cards.RoleAdministrator, "change-library", "bibliotheque", "/etablissements/:code/reglages", p.change)
	d.act(cards.RoleAdministrator, "new-library-key", "bibliotheque", "/etablissements/:code/cle", p.rotate)
	d.act(cards.RoleAdministrator, "remove-library", "bibliotheque", "/etablissements/:code/retirer", p.remove)
}

type settingsView struct {
	Library cards.Library
	New     bool
	// Stale is set where somebody else changed what the form was filled in from.
	Stale  bool
	Fault  words
	Fields []fieldSetting
}

// fieldSetting is what is said of one field of the exchange format.
type fieldSetting struct {
	Name    string
	Width   int
	NotHeld bool
	// Required fields cannot be missing from a library's system.
	Required bool
}

func settingsOf(l cards.Library) []fieldSetting {
	var list []fieldSetting
	for _, f := range cards.AllFields() {
		list = append(list, fieldSetting{
			Name: f.String(), Width: l.Widths[f], NotHeld: l.NotHeld.Has(f), Required: f == cards.LastName || f == cards.EnrolmentDates,
		})
	}
	return list
}

func (p settingsPage) empty(v *visit) error {
	l := cards.Library{OAIPrefix: "carte", Preparing: true}
	return v.render(http.StatusOK, "settings", settingsView{Library: l, New: true, Fields: settingsOf(l)})
}

func (p settingsPage) form(v *visit) error {
	l, err := p.library(v)
	if err != nil {
		return err
	}
	return v.render(http.StatusOK, "settings", settingsView{Library: *l, Fields: settingsOf(*l)})
}

func (p settingsPage) library(v *visit) (*cards.Library, error) {
	code, err := v.code()
	if err != nil {
		return nil, err
	}
	return p.store.Library(v.Request().Context(), code)
}

type keyView struct {
	Library *cards.Library
	Key     string
	New     bool
}

func typedCode(v *visit) string { return strings.ToLower(strings.TrimSpace(v.FormValue("code"))) }

// newCode tells the record of a library that is not there yet. What can be no code is not written down.
func newCode(v *visit) (subject, detail string) {
	if code := typedCode(v); cards.ValidCode(code) {
		return cards.SubjectLibrary(code), ""
	}
	return "", ""
}

func (p settingsPage) create(v *visit) error {
	l := cards.Library{Code: typedCode(v), Preparing: v.FormValue("preparation") != ""}
	err := readSettings(v, &l)
	key := ""
	if err == nil {
		key, err = p.store.CreateLibrary(v.Request().Context(), l)
	}
	if err != nil {
		return p.again(v, l, true, err)
	}
	return p.showKey(v, l.Code, key, true)
}

func (p settingsPage) change(v *visit) error {
	l, err := p.library(v)
	if err != nil {
		return err
	}
	if l.Version = v.FormValue("version"); l.Version == "" {
		return v.refuse(cards.Invalid, "erreur.formulaire")
	}
	err = readSettings(v, l)
	if err == nil {
		_, err = p.store.EditLibrary(v.Request().Context(), l.Code, l.Version, func(now *cards.Library) error { return readSettings(v, now) })
	}
	if err != nil {
		return p.again(v, *l, false, err)
	}
	return v.after(libraryPath(l.Code), "enregistre")
}

// again shows the form as it was filled in, with what is wrong.
func (p settingsPage) again(v *visit, l cards.Library, isNew bool, err error) error {
	status, stale := http.StatusUnprocessableEntity, false
	switch cards.CodeOf(err) {
	case cards.Invalid, cards.Conflict:
	case cards.Changed:
		status, stale = http.StatusConflict, true
	default:
		return err
	}
	l.ILSPassword = ""
	return v.render(status, "settings", settingsView{Library: l, New: isNew, Stale: stale, Fault: v.again(err), Fields: settingsOf(l)})
}

func (p settingsPage) showKey(v *visit, code, key string, isNew bool) error {
	l, err := p.store.Library(v.Request().Context(), code)
	if err != nil {
		return err
	}
	return v.render(http.StatusOK, "key", keyView{Library: l, Key: key, New: isNew})
}

func (p settingsPage) rotate(v *visit) error {
	l, err := p.library(v)
	if err != nil {
		return err
	}
	key, err := p.store.RotateKey(v.Request().Context(), l.ID)
	if err != nil {
		return err
	}
	return p.showKey(v, l.Code, key, false)
}

// remove asks for the code to be typed: nobody takes a library out by a slip.
func (p settingsPage) remove(v *visit) error {
	l, err := p.library(v)
	if err != nil {
		return err
	}
	if strings.TrimSpace(v.FormValue("confirmation")) != l.Code {
		return p.again(v, *l, false, v.refuse(cards.Invalid, "reglages.confirmation-fausse", "code", l.Code))
	}
	if err := p.store.RemoveLibrary(v.Request().Context(), l.ID); err != nil {
		return err
	}
	return v.after(pathHome, "retiree")
}

// readSettings lays the form over the library. A password left empty stays as it was.
func readSettings(v *visit, l *cards.Library) error {
	for name, into := range map[string]*string{
		"nom": &l.Name, "courriel": &l.Email, "oai-url": &l.OAIURL, "oai-set": &l.OAISet, "oai-prefix": &l.OAIPrefix,
		"moisson": &l.Harvest, "push-url": &l.PushURL, "sigb-compte": &l.ILSUser,
	} {
		*into = strings.TrimSpace(v.FormValue(name))
	}
	l.Serves = strings.FieldsFunc(v.FormValue("dessert"), func(r rune) bool { return r == ' ' || r == ',' || r == ';' || r == '\n' || r == '\r' })
	if password := v.FormValue("sigb-mot-de-passe"); password != "" {
		l.ILSPassword = password
	}
	return readFields(v, l)
}

func readFields(v *visit, l *cards.Library) error {
	form, err := v.FormParams()
	if err != nil {
		return v.refuseFor(err, cards.Invalid, "erreur.formulaire")
	}
	l.Widths, l.NotHeld = nil, 0
	for _, f := range cards.AllFields() {
		if slices.Contains(form["non-tenu"], f.String()) {
			l.NotHeld = l.NotHeld.With(f)
		}
		typed := strings.TrimSpace(v.FormValue("largeur-" + f.String()))
		if typed == "" {
			continue
		}
		width, err := strconv.Atoi(typed)
		if err != nil {
			return v.refuse(cards.Invalid, "reglages.largeur-fausse", "champ", f.String())
		}
		if l.Widths == nil {
			l.Widths = map[cards.Field]int{}
		}
		l.Widths[f] = width
	}
	return nil
}

// Serving lists the establishments, as they are typed.
func (s settingsView) Serving() string { return strings.Join(s.Library.Serves, " ") }

// Target is where the form goes.
func (s settingsView) Target() string {
	if s.New {
		return "/nouvelle-bibliotheque"
	}
	return fmt.Sprintf("%s/reglages", libraryPath(s.Library.Code))
}
