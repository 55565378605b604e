package main

import (
	"bytes"
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/carte-reseau/hub/internal/cards"
	"github.com/carte-reseau/hub/internal/exchange"
	"github.com/carte-reseau/hub/internal/sigb"
)

// eveningPatience bounds the last exchange of the day.
const eveningPatience = 90 * time.Second

// evening closes the desks: everyone comes online once more until nobody is
// behind, then all databases are compared with the hub's.
func (n *demoNetwork) evening(ctx context.Context) error {
	n.screen.say("", "les guichets ferment ; chacun se connecte une dernière fois")
	ctx, cancel := context.WithTimeout(ctx, eveningPatience)
	defer cancel()
	if err := n.settle(ctx); err != nil {
		n.screen.say("", "le réseau ne s’est pas calmé : %v", err)
	}
	reference, err := n.reference(context.WithoutCancel(ctx))
	if err != nil {
		return err
	}
	return n.compare(context.WithoutCancel(ctx), reference)
}

// settle lets the exchange go on until nothing waits anywhere, and nothing came
// while everybody was online: what a desk typed last may be under way still when
// nobody seems to be behind.
func (n *demoNetwork) settle(ctx context.Context) error {
	for {
		before, err := n.hub.store.Seq(ctx)
		if err != nil {
			return err
		}
		n.everyoneOnline(ctx)
		if err := n.harvestAll(ctx); err != nil {
			return err
		}
		calm, err := n.calm(ctx)
		if err != nil {
			return err
		}
		after, err := n.hub.store.Seq(ctx)
		if err != nil || calm && after == before {
			return err
		}
		const look = 500 * time.Millisecond
		if !wait(ctx, look) {
			return ctx.Err()
		}
	}
}

func (n *demoNetwork) everyoneOnline(ctx context.Context) {
	var group sync.WaitGroup
	for _, l := range n.libraries {
		if l.client != nil {
			group.Go(func() { n.online(ctx, l) })
		}
	}
	group.Wait()
}

// harvestAll has the hub fetch from the permanent libraries once more.
func (n *demoNetwork) harvestAll(ctx context.Context) error {
	for _, l := range n.libraries {
		if l.server == nil {
			continue
		}
		entry, err := n.hub.store.Library(ctx, l.code)
		if err != nil {
			return err
		}
		if err := harvestFirst(ctx, n.hub.store, n.hub.parts.runner.Kick, entry); err != nil {
			return err
		}
	}
	return nil
}

// calm reports whether no desk has anything to give, no deposit is waiting,
// and nobody is behind.
func (n *demoNetwork) calm(ctx context.Context) (bool, error) {
	for _, l := range n.libraries {
		if l.client != nil && l.system.Waiting() > 0 {
			return false, nil
		}
		if !l.byFTP {
			continue
		}
		entry, err := n.hub.store.Library(ctx, l.code)
		if err != nil {
			return false, err
		}
		pending, err := n.hub.store.PendingFiles(ctx, entry.ID)
		if err != nil || len(pending) > 0 || n.hub.filesWaiting(l.code) {
			return false, err
		}
	}
	list, err := n.hub.store.Status(ctx)
	if err != nil {
		return false, err
	}
	for _, l := range list {
		if l.Behind > 0 {
			return false, nil
		}
	}
	return true, nil
}

// reference is what the hub holds, as every library should; cards that have
// ended are in it too, so that the comparison can leave them out.
func (n *demoNetwork) reference(ctx context.Context) (sigb.Snapshot, error) {
	var document bytes.Buffer
	w, err := exchange.NewWriter(&document, exchange.Envelope{Establishment: n.hub.settings.Code, Mode: exchange.Complete, Made: time.Now()})
	if err != nil {
		return sigb.Snapshot{}, err
	}
	for card, err := range n.hub.store.Cards(ctx, "") {
		if err != nil {
			return sigb.Snapshot{}, err
		}
		if err := w.WriteRendered(card); err != nil {
			return sigb.Snapshot{}, err
		}
	}
	if err := w.Close(); err != nil {
		return sigb.Snapshot{}, err
	}
	list, err := sigb.ReadCards(&document)
	return sigb.SnapshotOf(n.hub.settings.Code, list...), err
}

// compare prints the day's table. It fails where a library does not hold what
// the network holds.
func (n *demoNetwork) compare(ctx context.Context, reference sigb.Snapshot) error {
	list, err := n.hub.store.Status(ctx)
	if err != nil {
		return err
	}
	status := make(map[string]cards.LibraryStatus, len(list))
	for _, l := range list {
		status[l.Library.Code] = l
	}
	var rows []demoRow
	var differences []sigb.Difference
	for _, l := range n.libraries {
		found := sigb.Diff(reference, l.system.Snapshot(), time.Now().In(n.hub.place))
		differences = append(differences, found...)
		rows = append(rows, demoRow{library: l, behind: status[l.code].Behind, differences: len(found)})
	}
	n.screen.result(rows, validCards(reference, time.Now().In(n.hub.place)), n.sink.mails(), differences)
	if len(differences) > 0 {
		return fmt.Errorf("%d différences entre les bibliothèques", len(differences))
	}
	return nil
}

// validCards counts the cards that have not ended.
func validCards(s sigb.Snapshot, today time.Time) int {
	valid := 0
	for _, card := range s.Cards {
		if !card.ExpiredOn(today.Format(time.DateOnly)) {
			valid++
		}
	}
	return valid
}
