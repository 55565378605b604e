package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"text/tabwriter"
	"time"

	"github.com/carte-reseau/hub/internal/cards"
	"github.com/carte-reseau/hub/internal/rest"
)

type statusCommand struct {
	Watch bool          `name:"watch" help:"Montrer l’état sans cesse, jusqu’à Ctrl-C."`
	Every time.Duration `name:"every" default:"2s" help:"Avec --watch : la cadence."`
	JSON  bool          `name:"json" help:"Un document JSON par bibliothèque et par ligne, comme dans /api/v1/libraries."`
}

// Run prints the state of every library. The exit status is 1 where one needs
// a person, so that monitoring can call it.
func (a statusCommand) Run(ctx context.Context, s *Settings, c console) error {
	f, err := open(ctx, s, c)
	if err != nil {
		return err
	}
	defer f.close()
	if !a.Watch {
		return a.show(ctx, f, c)
	}
	const shortest = 500 * time.Millisecond
	for {
		var page bytes.Buffer
		if err := a.show(ctx, f, console{in: c.in, out: &page, err: c.err}); err != nil && !errors.Is(err, errFailed) {
			return ignoreStop(ctx, err)
		}
		const clearScreen = "\x1b[H\x1b[2J"
		c.printf("%s%s", clearScreen, page.String())
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(max(a.Every, shortest)):
		}
	}
}

// ignoreStop takes an error for none where somebody has stopped the command.
func ignoreStop(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return nil //nolint:nilerr // the stop is what was wanted
	}
	return err
}

// show prints the state once.
func (a statusCommand) show(ctx context.Context, f *foundation, c console) error {
	list, err := f.store.Status(ctx)
	if err != nil {
		return err
	}
	if a.JSON {
		return statusAsJSON(c, list)
	}
	if len(list) == 0 {
		c.printf("Aucune bibliothèque. Ajoutez la première : hub library add CODE --name NOM --email ADRESSE\n")
		return nil
	}
	well := printStatus(c, list, f.place)
	troubled, err := printTroubles(ctx, f, c)
	if err != nil {
		return err
	}
	hubWell, err := printHub(ctx, f, c)
	if err != nil {
		return err
	}
	if !well || troubled || !hubWell {
		return errFailed
	}
	return nil
}

func statusAsJSON(c console, list []cards.LibraryStatus) error {
	if err := eachAsJSON(c, list, rest.LibraryDocument); err != nil {
		return err
	}
	for i := range list {
		if needsPerson(&list[i]) {
			return errFailed
		}
	}
	return nil
}

// needsPerson reports whether nothing goes on with a library without somebody's doing.
func needsPerson(l *cards.LibraryStatus) bool {
	state := l.State().State
	return state == cards.StateTrouble || state == cards.StatePaused
}

// printHub tells of the hub's own work, and of what waits for a person.
func printHub(ctx context.Context, f *foundation, c console) (well bool, err error) {
	jobs, err := f.store.HubJobs(ctx)
	if err != nil {
		return false, err
	}
	well = true
	for _, job := range jobs {
		if job.Failures > 0 {
			well = false
			c.printf("\nTravail « %s », %d échecs de suite : %s\n", job.Kind, job.Failures, job.LastError)
		}
	}
	waiting, failed, _, err := f.store.Outbox(ctx)
	if err != nil {
		return false, err
	}
	asked, err := f.store.Waiting(ctx)
	if err != nil {
		return false, err
	}
	if asked.Suspended > 0 {
		c.printf("\n%s à décider : hub deposits list --suspended\n", counted(int(asked.Suspended), "dépôt suspendu", "dépôts suspendus"))
	}
	c.printf("\nConflits et doutes à trancher : %d, doublons probables : %d, effacements à confirmer : %d\n", asked.Disputes, asked.Likenesses, asked.Erasures)
	c.printf("Courriels en attente : %d, abandonnés : %d\n", waiting, failed)
	return well && failed == 0 && asked.Suspended == 0, nil
}

// printTroubles tells of what goes wrong, since when.
func printTroubles(ctx context.Context, f *foundation, c console) (some bool, err error) {
	const atMost = 100
	open, err := f.store.Troubles(ctx, cards.TroubleQuery{Open: true, Limit: atMost})
	if err != nil || len(open) == 0 {
		return false, err
	}
	c.printf("\nProblèmes en cours :\n")
	for _, t := range open {
		c.printf("  depuis le %s  %s\n", shown(t.Began, f.place), t.Sentence(cards.French, f.place))
	}
	return true, nil
}

// printStatus writes the table; well is false where a library needs a person.
func printStatus(c console, list []cards.LibraryStatus, place *time.Location) (well bool) {
	well = true
	w := tabwriter.NewWriter(c.out, 0, 0, 2, ' ', 0)
	_, _ = fmt.Fprintln(w, "BIBLIOTHÈQUE\tEN RETARD DE\tÀ REDONNER\tA DONNÉ LE\tA REÇU LE\tPROCHAIN\tÉTAT")
	for _, l := range list {
		state := l.State()
		well = well && !needsPerson(&l)
		_, _ = fmt.Fprintf(w, "%s\t%d\t%d\t%s\t%s\t%s\t%s\n", l.Library.Code, l.Behind, l.Again,
			shown(l.LastGiven(), place), shown(l.LastTaken(), place), shown(l.NextRun(), place), state.Sentence("fr", place))
	}
	_ = w.Flush()
	printDrifts(c, list, place)
	return well
}

// printDrifts tells of libraries that gave a complete document, or are being
// given everything again.
func printDrifts(c console, list []cards.LibraryStatus, place *time.Location) {
	title := "\nDernier document complet :\n"
	for _, l := range list {
		if text := driftText(l.Drift, place); text != "" {
			c.printf("%s  %s : %s\n", title, l.Library.Code, text)
			title = ""
		}
	}
	title = "\nToutes les cartes à redonner :\n"
	for _, l := range list {
		if l.Delivery != nil && l.Delivery.Finished.IsZero() {
			c.printf("%s  %s : %s\n", title, l.Library.Code, deliveryText(l.Delivery, place))
			title = ""
		}
	}
}

func shown(t time.Time, place *time.Location) string {
	if t.IsZero() {
		return "—"
	}
	return t.In(place).Format("02/01 15:04:05")
}
