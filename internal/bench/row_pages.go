package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"time"
)

const (
	fewCards   = 20
	pageRounds = 7
	staffName  = "mesure"
	staffPass  = "mot de passe de mesure"
)

// staffPages are the pages of the staff, the card's own among them.
var staffPages = []string{
	"/", "/demarrage", "/etablissements/" + giverCode(0), "/etablissements/" + giverCode(0) + "/passages",
	"/etablissements/" + giverCode(0) + "/depots", "/etablissements/" + giverCode(0) + "/refusees", "/fiches", searchByNumber, searchByName,
	searchByDay, theCard, itsErasure, "/etablissements/" + giverCode(0) + "/reglages", "/etablissements/" + giverCode(0) + "/fiche",
	"/nouvelle-bibliotheque", "/documents/1", "/compte", "/systeme/comptes", "/systeme/comptes/1", "/a-decider/conflits", "/a-decider/doublons", "/a-decider/depots", "/a-decider/effacements", "/statistiques",
	"/statistiques?tableau=commune", "/statistiques?tableau=etablissement", "/statistiques?tableau=age", "/systeme",
	"/systeme/courriels", "/systeme/journal",
}

// What is asked by a form, and the page of the first card found.
const (
	searchByNumber = "fiches par numéro"
	searchByName   = "fiches par nom"
	searchByDay    = "fiches par mois de naissance"
	theCard        = "une fiche"
	itsErasure     = "son effacement, avant la décision"
)

var searches = map[string]url.Values{
	searchByNumber: {"numero": {fmt.Sprintf("2610%09d", firstCard)}},
	searchByName:   {"nom": {"La M"}},
	searchByDay:    {"naissance": {"1980-03"}},
}

// measurePages holds every page of a huge network against the same page of one with hardly a card. What is measured is the page that
// suffers most.
func measurePages(ctx context.Context, s *site) (f finding, err error) {
	huge, err := s.huge(ctx)
	if err != nil {
		return f, err
	}
	few, err := s.holding(ctx, fewCards)
	if err != nil {
		return f, err
	}
	err = s.with(ctx, "pages", huge, func(ofHuge *hub) error {
		return s.with(ctx, "pages-few", few, func(ofFew *hub) error {
			a, err := s.visit(ctx, huge.database, ofHuge)
			if err != nil {
				return err
			}
			b, err := s.visit(ctx, few.database, ofFew)
			if err != nil {
				return err
			}
			f, err = slowest(ctx, a, b)
			return err
		})
	})
	return f, err
}

func slowest(ctx context.Context, a, b *visitor) (f finding, err error) {
	for _, page := range staffPages {
		r, err := compare(ctx, pageRounds, a.opening(page), b.opening(page))
		if err != nil {
			return f, err
		}
		f.notes = append(f.notes, fmt.Sprintf("%s: %.1f / %.1f ms = %.1f", page, 1000*median(r.Measured), 1000*median(r.Against), r.ratio()))
		if f.rounds.Measured == nil || r.ratio() > f.ratio() {
			f.rounds = r
		}
	}
	return f, nil
}

// visitor is somebody of the staff at a browser that keeps its cookie.
type visitor struct {
	client *http.Client
	hub    string
	token  string
	card   string // address of a card's page
}

var (
	tokenField = regexp.MustCompile(`name="jeton" value="([^"]+)"`)
	cardLink   = regexp.MustCompile(`href="(/fiches/[^"]+)"`)
)

// visit makes an account, signs in with it, and finds a card.
func (s *site) visit(ctx context.Context, d database, h *hub) (*visitor, error) {
	file := filepath.Join(s.scratch, staffName)
	if err := os.WriteFile(file, []byte(staffPass+"\n"), 0o600); err != nil {
		return nil, err
	}
	if err := s.program.run(ctx, d.address(), "user", "add", staffName, "--role=administrator", "--no-key", "--password-file="+file); err != nil {
		return nil, err
	}
	jar, err := cookiejar.New(nil)
	if err != nil {
		return nil, err
	}
	const patience = 2 * time.Minute
	v := &visitor{client: &http.Client{Jar: jar, Timeout: patience}, hub: h.url}
	if _, err := v.send(ctx, http.MethodPost, "/connexion", url.Values{"nom": {staffName}, "mot-de-passe": {staffPass}}); err != nil {
		return nil, err
	}
	form, err := v.send(ctx, http.MethodGet, "/fiches", nil)
	if err != nil {
		return nil, err
	}
	if v.token, err = first(tokenField, form, "/fiches"); err != nil {
		return nil, err
	}
	found, err := v.open(ctx, searchByNumber)
	if err != nil {
		return nil, err
	}
	v.card, err = first(cardLink, found, searchByNumber)
	return v, err
}

func first(pattern *regexp.Regexp, page, name string) (string, error) {
	match := pattern.FindStringSubmatch(page)
	if match == nil {
		return "", fmt.Errorf("%s holds nothing like %s", name, pattern)
	}
	return match[1], nil
}

// opening is the time until a page is there.
func (v *visitor) opening(page string) side {
	return func(ctx context.Context) (float64, error) {
		begun := time.Now()
		_, err := v.open(ctx, page)
		return time.Since(begun).Seconds(), err
	}
}

func (v *visitor) open(ctx context.Context, page string) (string, error) {
	switch page {
	case theCard:
		return v.send(ctx, http.MethodGet, v.card, nil)
	case itsErasure:
		return v.send(ctx, http.MethodGet, v.card+"/effacer", nil)
	}
	typed, searched := searches[page]
	if !searched {
		return v.send(ctx, http.MethodGet, page, nil)
	}
	form := url.Values{"jeton": {v.token}}
	for field, value := range typed {
		form[field] = value
	}
	return v.send(ctx, http.MethodPost, "/fiches", form)
}

func (v *visitor) send(ctx context.Context, method, path string, form url.Values) (string, error) {
	request, err := http.NewRequestWithContext(ctx, method, v.hub+path, strings.NewReader(form.Encode()))
	if err != nil {
		return "", err
	}
	if form != nil {
		request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	response, err := v.client.Do(request)
	if err != nil {
		return "", err
	}
	body, err := io.ReadAll(response.Body)
	err = errors.Join(err, response.Body.Close())
	if err == nil && response.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s %s: status %d", method, path, response.StatusCode)
	}
	return string(body), err
}
