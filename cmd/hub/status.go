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
	JSON  bool          `name:"json" help:"Un document JSON par bibliothèque et par ligne, comme dans /api/v1/libraries, puis un du concentrateur : problèmes, travaux, courriels, décisions."`
}

// Run prints the state of every library and of the hub. The exit status is 1
// where a person is needed and 3 where the state cannot be read, so that
// monitoring can call it.
func (a statusCommand) Run(ctx context.Context, s *Settings, c console) error {
	f, err := open(ctx, s, c)
	if err != nil {
		return unknown{err}
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

// show prints the state once. How it ends does not depend on the form.
func (a statusCommand) show(ctx context.Context, f *foundation, c console) error {
	n, err := readNetwork(ctx, f)
	if err != nil {
		return unknown{err}
	}
	if a.JSON {
		err = n.asJSON(c, f.place)
	} else {
		n.print(c, f.place)
	}
	if err == nil && !n.well() {
		err = errFailed
	}
	return err
}

// network is all that tells whether it is well.
type network struct {
	libraries           []cards.LibraryStatus
	troubles            []cards.Trouble
	jobs                []cards.Job // the hub's own
	asked               cards.Waiting
	mailWaits, mailLost int64
}

func readNetwork(ctx context.Context, f *foundation) (n network, err error) {
	if n.libraries, err = f.store.Status(ctx); err != nil {
		return n, err
	}
	const atMost = 100
	if n.troubles, err = f.store.Troubles(ctx, cards.TroubleQuery{Open: true, Limit: atMost}); err != nil {
		return n, err
	}
	if n.jobs, err = f.store.HubJobs(ctx); err != nil {
		return n, err
	}
	if n.asked, err = f.store.Waiting(ctx); err != nil {
		return n, err
	}
	n.mailWaits, n.mailLost, _, err = f.store.Outbox(ctx)
	return n, err
}

func (n network) well() bool {
	for i := range n.libraries {
		if needsPerson(&n.libraries[i]) {
			return false
		}
	}
	for _, job := range n.jobs {
		if job.Failures > 0 {
			return false
		}
	}
	return len(n.troubles) == 0 && n.asked.Suspended == 0 && n.mailLost == 0
}

// hubState is the last line of the state for programs.
type hubState struct {
	Well     bool             `json:"well"`
	Troubles []any            `json:"troubles"`
	Jobs     []any            `json:"jobs"`
	Mail     map[string]int64 `json:"mail"`
	ToDecide map[string]int64 `json:"to_decide"`
}

func (n network) asJSON(c console, place *time.Location) error {
	if err := eachAsJSON(c, n.libraries, rest.LibraryDocument); err != nil {
		return err
	}
	state := hubState{
		Well: n.well(), Troubles: []any{}, Jobs: []any{}, Mail: map[string]int64{"waiting": n.mailWaits, "failed": n.mailLost},
		ToDecide: map[string]int64{
			"deposits": n.asked.Suspended, "conflicts": n.asked.Disputes, "duplicates": n.asked.Likenesses, "erasures": n.asked.Erasures,
		},
	}
	for i := range n.troubles {
		state.Troubles = append(state.Troubles, rest.TroubleDocument(n.troubles[i], place))
	}
	for i := range n.jobs {
		state.Jobs = append(state.Jobs, rest.JobDocument(n.jobs[i]))
	}
	return eachAsJSON(c, []hubState{state}, func(s hubState) any { return map[string]any{"hub": s} })
}

func (n network) print(c console, place *time.Location) {
	if len(n.libraries) == 0 {
		c.printf("Aucune bibliothèque. Ajoutez la première : hub library add CODE --name NOM --email ADRESSE\n")
	} else {
		printStatus(c, n.libraries, place)
	}
	if len(n.troubles) > 0 {
		c.printf("\nProblèmes en cours :\n")
	}
	for _, t := range n.troubles {
		c.printf("  depuis le %s  %s\n", shown(t.Began, place), t.Sentence(cards.French, place))
	}
	for _, job := range n.jobs {
		if job.Failures > 0 {
			c.printf("\nTravail « %s », %s de suite : %s\n", job.Kind.French(), counted(job.Failures, "échec", "échecs"), job.LastError)
		}
	}
	if n.asked.Suspended > 0 {
		c.printf("\n%s à décider : hub deposits list --suspended\n", counted(int(n.asked.Suspended), "dépôt suspendu", "dépôts suspendus"))
	}
	c.printf("\nConflits et doutes à trancher : %s, doublons probables : %s, effacements à confirmer : %s\n",
		grouped(n.asked.Disputes), grouped(n.asked.Likenesses), grouped(n.asked.Erasures))
	c.printf("Courriels en attente : %s, abandonnés : %s\n", grouped(n.mailWaits), grouped(n.mailLost))
	if n.mailLost > 0 {
		c.printf("%s, à relancer ou à supprimer : hub outbox\n", counted(int(n.mailLost), "courriel abandonné", "courriels abandonnés"))
	}
}

// needsPerson reports whether a library asks for somebody, as the page of the network says it: of one that staff paused they know.
func needsPerson(l *cards.LibraryStatus) bool {
	state := l.State().State
	return state == cards.StateTrouble || state == cards.StateLate
}

// printStatus writes the table.
func printStatus(c console, list []cards.LibraryStatus, place *time.Location) {
	w := tabwriter.NewWriter(c.out, 0, 0, 2, ' ', 0)
	_, _ = fmt.Fprintln(w, "BIBLIOTHÈQUE\tEN RETARD DE\tÀ REDONNER\tA DONNÉ LE\tA REÇU LE\tPROCHAIN\tÉTAT")
	for _, l := range list {
		state := l.State()
		_, _ = fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\t%s\n", l.Library.Code, grouped(l.Behind), grouped(l.Again),
			shown(l.LastGiven(), place), shown(l.LastTaken(), place), shown(l.NextRun(), place), state.Sentence("fr", place))
	}
	_ = w.Flush()
	printDrifts(c, list, place)
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
