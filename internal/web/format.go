package web

import (
	"fmt"
	"html/template"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/text/language"
	"golang.org/x/text/message"
	"golang.org/x/text/number"

	"github.com/carte-reseau/hub/internal/cards"
)

// functions are what the templates of one language may call.
func (r *renderer) functions(lang string) template.FuncMap {
	return template.FuncMap{
		"t":        func(name string, pairs ...any) string { return r.text(lang, name, pairs...) },
		"number":   func(n any) string { return formatNumber(lang, n) },
		"percent":  func(part, whole int64) string { return formatPercent(lang, part, whole) },
		"size":     func(n int64) string { return r.formatSize(lang, n) },
		"day":      func(day string) string { return formatDay(lang, day) },
		"moment":   func(t time.Time) string { return r.formatMoment(lang, t) },
		"clock":    func(t time.Time) string { return t.UTC().Format(time.RFC3339) },
		"ago":      func(t time.Time) string { return r.formatAgo(lang, t) },
		"duration": func(d time.Duration) string { return r.formatDuration(lang, d) },
		"asset":    assetAddress,
		"library":  r.library,
		"may":      func(u *cards.User, role string) bool { return u != nil && u.May(cards.Role(role)) },
		"said":     func(s cards.Sentence) words { return wordsIn(lang, s) },
		"capital":  capital,
		"dict":     pairsOf,
		"inWords":  func(word, list string) bool { return slices.Contains(strings.Fields(list), word) },
	}
}

func assetAddress(name string) (string, error) {
	address, known := assetNames[name]
	if !known {
		return "", fmt.Errorf("there is no asset %q", name)
	}
	return address, nil
}

// pairsOf hands several values to a template that takes one.
func pairsOf(pairs ...any) (map[string]any, error) {
	if len(pairs)%2 != 0 {
		return nil, fmt.Errorf("%d values are no pairs", len(pairs))
	}
	values := map[string]any{}
	for i := 0; i < len(pairs); i += 2 {
		values[fmt.Sprint(pairs[i])] = pairs[i+1]
	}
	return values, nil
}

// formatNumber groups digits as the language does. Most numbers have too few for that, and a page may hold hundreds.
func formatNumber(lang string, n any) string {
	const grouped = 1000
	if v := reflect.ValueOf(n); v.CanInt() && v.Int() >= 0 && v.Int() < grouped {
		return strconv.FormatInt(v.Int(), 10)
	}
	return message.NewPrinter(language.Make(lang)).Sprint(number.Decimal(n))
}

func formatPercent(lang string, part, whole int64) string {
	if whole == 0 {
		return "—"
	}
	return message.NewPrinter(language.Make(lang)).Sprint(number.Percent(float64(part)/float64(whole), number.MaxFractionDigits(1)))
}

func (r *renderer) formatSize(lang string, n int64) string {
	const thousand = 1000
	if n < thousand {
		return r.text(lang, "taille.octets", countKey, n)
	}
	units := []string{"ko", "Mo", "Go", "To"}
	if lang != languages[0].String() {
		units = []string{"kB", "MB", "GB", "TB"}
	}
	value, unit := float64(n)/thousand, 0
	for value >= thousand && unit < len(units)-1 {
		value, unit = value/thousand, unit+1
	}
	digits := 1
	if value >= 100 {
		digits = 0
	}
	return message.NewPrinter(language.Make(lang)).Sprint(number.Decimal(value, number.MaxFractionDigits(digits))) + "\u00a0" + units[unit]
}

// The days and moments of each language, the network's own first.
var (
	dayForms    = map[string]string{"fr": "02/01/2006", "en": "2 Jan 2006"}
	momentForms = map[string]string{"fr": "02/01/2006 15:04", "en": "2 Jan 2006 15:04"}
	monthForms  = map[string]string{"fr": "01/2006", "en": "Jan 2006"}
)

// formatDay writes a calendar day; of a date that is only a year or a month, what there is.
func formatDay(lang, day string) string {
	if t, err := time.Parse(time.DateOnly, day); err == nil {
		return t.Format(dayForms[lang])
	}
	if t, err := time.Parse("2006-01", day); err == nil {
		return t.Format(monthForms[lang])
	}
	return day
}

func (r *renderer) formatMoment(lang string, t time.Time) string {
	if t.IsZero() {
		return "—"
	}
	return t.In(r.place).Format(momentForms[lang])
}

// formatAgo writes how far a moment is from now, in words; beyond some days the moment itself says more.
func (r *renderer) formatAgo(lang string, t time.Time) string {
	const longest = 10 * 24 * time.Hour
	if t.IsZero() {
		return "—"
	}
	switch d := r.now().Sub(t); {
	case d > longest || d < -longest:
		return r.formatMoment(lang, t)
	case d < -time.Second:
		return r.text(lang, "duree.dans", "duree", r.formatDuration(lang, -d))
	case d < 5*time.Second:
		return r.text(lang, "duree.maintenant")
	default:
		return r.text(lang, "duree.il-y-a", "duree", r.formatDuration(lang, d))
	}
}

// formatDuration writes a duration in its greatest unit.
func (r *renderer) formatDuration(lang string, d time.Duration) string {
	const day = 24 * time.Hour
	switch {
	case d < time.Second:
		return r.text(lang, "duree.ms", countKey, d.Milliseconds())
	case d < time.Minute:
		return r.text(lang, "duree.s", countKey, int(d/time.Second))
	case d < 2*time.Hour:
		return r.text(lang, "duree.min", countKey, int(d/time.Minute))
	case d < 2*day:
		return r.text(lang, "duree.h", countKey, int(d/time.Hour))
	}
	return r.text(lang, "duree.jours", countKey, int(d/day))
}
