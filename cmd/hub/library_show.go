package main

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/carte-reseau/hub/internal/cards"
	"github.com/carte-reseau/hub/internal/rest"
)

type libraryList struct {
	JSON bool `name:"json" help:"Un document JSON par ligne, comme dans /api/v1/libraries/CODE/settings."`
}

// Run lists the libraries and the ways they exchange.
func (a libraryList) Run(ctx context.Context, s *Settings, c console) error {
	f, err := open(ctx, s, c)
	if err != nil {
		return err
	}
	defer f.close()
	libraries, err := f.store.Libraries(ctx)
	if err != nil {
		return err
	}
	if a.JSON {
		return eachAsJSON(c, libraries, rest.SettingsDocument)
	}
	w := tabwriter.NewWriter(c.out, 0, 0, 2, ' ', 0)
	_, _ = fmt.Fprintln(w, "CODE\tNOM\tDONNE PAR\tREÇOIT PAR\tÉTAT")
	for _, l := range libraries {
		_, _ = fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\n", l.Code, l.Name, waysIn(&l, f.settings.hasDrop()), wayOut(&l), stateOf(&l))
	}
	return w.Flush()
}

func waysIn(l *cards.Library, drops bool) string {
	ways := "POST"
	if l.Harvested() {
		ways = "moisson OAI, POST"
	}
	if drops {
		ways += ", FTP"
	}
	return ways
}

func wayOut(l *cards.Library) string {
	if l.Pushed() {
		return "envoi REST"
	}
	return "moissonnage du concentrateur"
}

func stateOf(l *cards.Library) string {
	if l.Paused {
		return "suspendue : " + l.PauseReason.String()
	}
	if l.Preparing {
		return "en préparation"
	}
	return "active"
}

type libraryShow struct {
	Code string `arg:"" help:"Code de la bibliothèque."`
	JSON bool   `name:"json" help:"Le document JSON, comme dans /api/v1/libraries/CODE/settings."`
}

// Run shows a library's settings; never its key or password.
func (a libraryShow) Run(ctx context.Context, s *Settings, c console) error {
	return withLibrary(ctx, s, c, a.Code, func(f *foundation, l *cards.Library) error {
		if a.JSON {
			return eachAsJSON(c, []cards.Library{*l}, rest.SettingsDocument)
		}
		status, err := f.store.LibraryStatus(ctx, l.Code)
		if err != nil {
			return err
		}
		w := tabwriter.NewWriter(c.out, 0, 0, 2, ' ', 0)
		rows := append(settingsOf(l, f.place),
			[2]string{"dernier document complet", driftText(status.Drift, f.place)}, [2]string{"tout redonner", deliveryText(status.Delivery, f.place)})
		for _, row := range rows {
			if row[1] != "" {
				_, _ = fmt.Fprintf(w, "%s\t%s\n", row[0], row[1])
			}
		}
		return w.Flush()
	})
}

func settingsOf(l *cards.Library, place *time.Location) [][2]string {
	password := ""
	if l.ILSPassword != "" {
		password = "enregistré"
	}
	var widths []string
	for field, n := range l.Widths {
		widths = append(widths, fmt.Sprintf("%s=%d", field, n))
	}
	slices.Sort(widths)
	var notHeld []string
	for _, field := range l.NotHeld.Fields() {
		notHeld = append(notHeld, field.String())
	}
	preparing := ""
	if l.Preparing {
		preparing = "rien ne lui est remis avant « hub library open " + l.Code + " »"
	}
	return [][2]string{
		{"code", l.Code}, {"name", l.Name}, {"email", l.Email}, {"serves", strings.Join(l.Serves, ", ")},
		{"oai-url", l.OAIURL}, {"oai-set", l.OAISet}, {"oai-prefix", l.OAIPrefix}, {"harvest", l.Harvest},
		{"push-url", l.PushURL}, {"ils-user", l.ILSUser}, {"ils-password", password},
		{"width", strings.Join(widths, ", ")}, {"not-held", strings.Join(notHeld, ", ")},
		{"état", stateOf(l)}, {"en préparation", preparing}, {"ajoutée le", l.Created.In(place).Format("02/01/2006 15:04")},
	}
}
