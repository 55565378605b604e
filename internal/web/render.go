package web

import (
	"bytes"
	"embed"
	"errors"
	"fmt"
	"html/template"
	"net/http"
	"path"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/carte-reseau/hub/internal/cards"
)

//go:embed templates
var templateFiles embed.FS

// renderer writes pages: one set of templates a page and language, read once.
type renderer struct {
	*texts
	place *time.Location
	now   func() time.Time
	sets  map[string]map[string]*template.Template // by language and page
	names atomic.Pointer[map[string]string]        // of libraries, by code
}

// The templates that are no pages: the frame around all, and pieces several share.
const (
	frameFile  = "templates/frame.html"
	piecesFile = "templates/pieces.html"
)

func newRenderer(place *time.Location, now func() time.Time) (*renderer, error) {
	words, err := loadTexts()
	if err != nil {
		return nil, err
	}
	r := &renderer{texts: words, place: place, now: now, sets: map[string]map[string]*template.Template{}}
	files, err := templateFiles.ReadDir("templates")
	if err != nil {
		return nil, err
	}
	for _, tag := range languages {
		lang := tag.String()
		r.sets[lang] = map[string]*template.Template{}
		base, err := template.New("frame").Funcs(r.functions(lang)).ParseFS(templateFiles, frameFile, piecesFile)
		if err != nil {
			return nil, err
		}
		for _, file := range files {
			name := "templates/" + file.Name()
			if name == frameFile || name == piecesFile {
				continue
			}
			set, err := template.Must(base.Clone()).ParseFS(templateFiles, name)
			if err != nil {
				return nil, err
			}
			r.sets[lang][strings.TrimSuffix(file.Name(), path.Ext(file.Name()))] = set
		}
	}
	return r, nil
}

// languageOf is the account's choice, else the browser's: by cookie, else by what it says it prefers.
func (r *renderer) languageOf(v *visit) string {
	if v.session != nil && r.speaks(v.session.User.Language) {
		return v.session.User.Language
	}
	if cookie, err := v.Cookie(languageCookie); err == nil && r.speaks(cookie.Value) {
		return cookie.Value
	}
	return r.match(v.Request().Header.Get("Accept-Language"))
}

// frame is what stands around every page.
type frame struct {
	Page    any
	Name    string // of the template
	User    *cards.User
	Token   string // of forms
	Lang    string
	Other   string // the other language
	Path    string
	Flash   string
	Late    bool  // the flash tells that nothing was done
	Waiting int64 // decisions that are waited for
	Version string
}

// render writes a page, or, where a script asks for it, the part of it that the page's template calls "part". Nothing
// leaves before all is written: an error still has its own page.
func (v *visit) render(status int, name string, page any) error {
	if v.watch != "" && !v.recorded {
		return fmt.Errorf("%s shows persons' data and did not record whose", v.Path())
	}
	set := v.door.pages.sets[v.lang][name]
	if set == nil {
		return fmt.Errorf("there is no page %q", name)
	}
	f := frame{Page: page, Name: name, Lang: v.lang, Other: otherLanguage(v.lang), Path: v.address(), Version: v.door.options.Version}
	if v.session != nil && v.session.CSRF != "" {
		f.User, f.Token = v.user(), masked(v.session.CSRF)
	}
	entry := "frame.html"
	if v.partly() && set.Lookup("part") != nil {
		entry = "part"
	} else if err := v.complete(&f); err != nil {
		return err
	}
	var out bytes.Buffer
	if err := set.ExecuteTemplate(&out, entry, f); err != nil {
		return fmt.Errorf("page %s: %w", name, err)
	}
	return v.write(status, out.Bytes())
}

// address is where the page that is shown is found again: not every address that takes a form shows a page.
func (v *visit) address() string {
	r := v.Request()
	if reads(r) {
		return r.URL.RequestURI()
	}
	shown := slices.ContainsFunc(v.Echo().Routes(), func(route *echo.Route) bool { return route.Method == http.MethodGet && route.Path == v.Path() })
	if !shown {
		return pathHome
	}
	return r.URL.Path
}

// complete fills in what the frame itself shows.
func (v *visit) complete(f *frame) error {
	f.Flash, f.Late = v.flash()
	if f.User == nil {
		return nil
	}
	waiting, err := v.door.options.Agenda.Waiting(v.Request().Context())
	f.Waiting = waitingIn(waiting)
	return err
}

func otherLanguage(lang string) string {
	for _, tag := range languages {
		if tag.String() != lang {
			return tag.String()
		}
	}
	return lang
}

type errorPage struct {
	Status  int
	Title   string
	Message words
}

// answer ends a visit: an error becomes a page of its own, which says what happened and what to do.
func (v *visit) answer(err error) error {
	if err == nil || v.Response().Committed {
		return err
	}
	var http404 *echo.HTTPError
	if errors.As(err, &http404) {
		return err
	}
	tooLate := late{}
	if errors.As(err, &tooLate) {
		return v.goBack(tooLate)
	}
	status, title := statusOf(err)
	if status >= http.StatusInternalServerError {
		v.door.options.Logger.ErrorContext(v.Request().Context(), "page failed", "path", v.Path(), "error", err)
		v.Response().Header().Set(echo.HeaderRetryAfter, "10")
	}
	page := errorPage{Status: status, Title: v.text("erreur.titre-" + title), Message: v.wordsOf(err)}
	v.watch = "" // the error page shows nobody's data
	if again := v.render(status, "error", page); again != nil {
		return v.String(status, page.Title+"\n\n"+page.Message.Text)
	}
	return nil
}

// statusOf is the HTTP status of an error, and the name of its title.
func statusOf(err error) (status int, title string) {
	switch cards.CodeOf(err) {
	case cards.NotFound:
		return http.StatusNotFound, "introuvable"
	case cards.Invalid:
		return http.StatusUnprocessableEntity, "refuse"
	case cards.TooLarge:
		return http.StatusRequestEntityTooLarge, "refuse"
	case cards.Conflict:
		return http.StatusConflict, "conflit"
	case cards.Forbidden:
		return http.StatusForbidden, "interdit"
	case cards.Unauthorized:
		return http.StatusUnauthorized, "connexion"
	case cards.Unavailable:
		return http.StatusServiceUnavailable, "indisponible"
	}
	return http.StatusInternalServerError, "panne"
}

// text writes one of the pages' words in the visitor's language.
func (v *visit) text(name string, pairs ...any) string {
	return v.door.pages.text(v.lang, name, pairs...)
}
