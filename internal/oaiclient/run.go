package oaiclient

import (
	"cmp"
	"context"
	"crypto/sha256"
	"errors"
	"log/slog"
	"time"

	"github.com/carte-reseau/hub/internal/cards"
)

// run is one call of Harvest.
type run struct {
	h      *Harvester
	lib    *cards.Library
	record cards.Run
	host   string
	log    *slog.Logger

	// state is what is saved, but for the beginning of a window, which is saved with its first page.
	state cards.Harvest
	// Of the harvest's deposit: its end, its last card's number, and how many cards it modified.
	tail     tail
	ordinal  int
	modified int
	heldTail tail // the end of state.Held
	// holding is set where records of the library wait for a decision, or were refused.
	holding bool

	seen     map[[16]byte]bool // tokens of this window met in this run
	listSize int64             // what the last page that said so announced, 0 unknown
	promised int64             // the most that was announced
	empty    int               // pages in a row without a record
	waited   time.Duration     // because the server asked to
	ahead    *ahead            // the next page, where it is on its way
}

func (r *run) harvest(ctx context.Context) error {
	if err := r.takeUp(ctx); err != nil {
		return err
	}
	defer func() { r.ahead.drop() }()
	for !r.fetchedAll() {
		err := r.step(ctx)
		var f *failure
		if errors.As(err, &f) {
			err = r.react(ctx, f)
		}
		if err != nil {
			return err
		}
	}
	return r.conclude(ctx, r.state.ResponseDate)
}

// takeUp continues the harvest under way, or begins one.
func (r *run) takeUp(ctx context.Context) error {
	state, err := r.h.store.Harvest(ctx, r.lib.ID)
	if err != nil {
		return err
	}
	if state, err = r.leave(ctx, state); err != nil {
		return err
	}
	r.state = state
	r.state.LibraryID, r.state.Source = r.lib.ID, sourceOf(r.lib)
	if r.holding, err = r.h.store.HoldsRecords(ctx, r.lib.ID); err != nil {
		return err
	}
	if !state.Started.IsZero() {
		r.record.Deposit = cmp.Or(state.Deposit, state.Held)
		return r.findDepositEnds(ctx)
	}
	r.state.Started = r.record.Started
	r.state.Run = r.record.ID
	r.state.WindowFrom = windowFrom(&state, r.h.opts)
	return nil
}

// fetchedAll reports that the last page was applied, or the harvest given up, and only the conclusion is missing.
func (r *run) fetchedAll() bool { return r.state.Pages > 0 && r.state.Token == "" }

// step applies one page, while the next one is fetched.
func (r *run) step(ctx context.Context) error {
	p, c, err := r.page(ctx)
	if err != nil {
		return err
	}
	defer p.Close()
	if c.mended > 0 {
		r.h.metrics.mended(r.lib.Code, c.mended)
		r.log.WarnContext(ctx, "page with illegal or wrongly encoded characters, repaired", "page", r.state.Pages+1, "characters", c.mended)
	}
	if p.aside > 0 {
		r.log.WarnContext(ctx, "page with records that are not well-formed, put aside", "page", r.state.Pages+1, "records", p.aside)
	}
	if p.upto > p.from {
		r.log.WarnContext(ctx, "page with something else around it, which was left out", "page", r.state.Pages+1)
	}
	next := r.after(p, c)
	if r.fellShort(&next) {
		r.log.WarnContext(ctx, "list brought fewer records than announced: read once more", "announced", r.promised, "records", next.Records)
		next = fromTheStart(next)
	}
	endless := r.checkProgress(&next, c)
	if endless != nil {
		next = r.state // a run that takes it up from here asks for the page again
	} else {
		r.lookAhead(ctx, &next)
	}
	if err := r.take(ctx, p, c, &next); err != nil {
		return err
	}
	if r.state = next; r.state.Pages == 0 {
		r.forgetList()
	}
	r.h.metrics.page(r.lib.Code, c)
	return endless
}

// fellShort reports a list at whose end records are missing. Most servers count their pages off the list as it is by then:
// where a card leaves it meanwhile, because somebody changed it, another one slips to the page that was fetched before, and
// no later window would hold it. Once more is enough to find it, and not too often for a server that counts wrongly.
func (r *run) fellShort(end *cards.Harvest) bool {
	return end.Token == "" && end.Pages > 1 && end.Restarts == 0 && int64(end.Records) < r.promised
}

// fromTheStart is the harvest once its window has to be read again.
func fromTheStart(h cards.Harvest) cards.Harvest {
	h.Restarts++
	h.Token, h.ResponseDate = "", ""
	h.Pages, h.Records, h.Deleted = 0, 0, 0
	return h
}

func (r *run) forgetList() {
	clear(r.seen)
	r.listSize, r.promised, r.empty = 0, 0, 0
}

// after is the state once the page is applied.
func (r *run) after(p *page, c *contents) cards.Harvest {
	next := r.state
	if next.Pages == 0 {
		next.ResponseDate = serverTime(c.responseDate, p.date)
	}
	if c.listSize > 0 {
		r.listSize = c.listSize
		r.promised = max(r.promised, c.listSize)
	}
	next.Token = c.token
	next.Pages++
	next.Records += c.records
	next.Deleted += c.deleted
	switch {
	case inDays(next.WindowFrom) || inDays(c.datestamp):
		next.Granularity = byDay
	case c.datestamp == "":
	case beginsDay(c.datestamp, r.h.opts.Location):
		next.Granularity = ""
	default:
		next.Granularity = bySecond
	}
	return next
}

// checkProgress finds lists that never end: a [*failure] then.
func (r *run) checkProgress(next *cards.Harvest, c *contents) error {
	if c.records > 0 {
		r.empty = 0
	} else {
		r.empty++
	}
	if next.Token == "" {
		return nil
	}
	endless := func(how cards.Sentence) error {
		return &failure{remedy: giveUp, what: cards.Say("La liste du SIGB ne finit pas : %s", how), todo: cards.OneAfterAnother(askMaker, beginsAnew)}
	}
	r.seen[tokenHash(r.state.Token)] = true
	switch {
	case next.Token == r.state.Token:
		return endless(cards.Say("il donne deux fois de suite le même jeton de reprise"))
	case r.seen[tokenHash(next.Token)]:
		return endless(cards.Say("il redonne un jeton de reprise déjà suivi"))
	case r.empty > r.h.opts.MaxEmpty:
		return endless(cards.Say("%d pages de suite ne contiennent aucun enregistrement", r.empty))
	case next.Pages >= r.h.opts.MaxPages:
		return endless(cards.Say("elle dépasse %d pages", r.h.opts.MaxPages))
	}
	return nil
}

func tokenHash(token string) [16]byte {
	sum := sha256.Sum256([]byte(token))
	return [16]byte(sum[:16])
}

// react does what a failure asks for; nil where the harvest goes on at once.
func (r *run) react(ctx context.Context, f *failure) error {
	r.log.InfoContext(ctx, "harvest takes another way", "remedy", f.remedy.String(), "page", r.state.Pages+1, "reason", f)
	switch f.remedy {
	case startAgain:
		return r.startAgain(ctx, f)
	case useDays:
		days := r.state
		days.Granularity = byDay
		r.state.WindowFrom = windowFrom(&days, r.h.opts)
		return nil
	case everything:
		r.state.WindowFrom = ""
		return nil
	case giveUp:
		return r.abandon(ctx, f)
	}
	return f.atPage(r.host, r.state.Pages+1)
}

func (r *run) startAgain(ctx context.Context, f *failure) error {
	if r.state.Restarts >= r.h.opts.MaxRestarts {
		f.what = cards.Say("%s ; la moisson a été recommencée %d fois en vain", f.what, r.state.Restarts)
		f.todo = cards.OneAfterAnother(askMaker, beginsAnew)
		return r.abandon(ctx, f)
	}
	r.state = fromTheStart(r.state)
	r.forgetList()
	return r.h.store.SaveHarvest(ctx, r.state)
}

// abandon ends a harvest that cannot be completed. What it brought stays; the next one asks for the same window again. That
// it is given up is saved first: its deposit is closed next, and no run may go on filing pages in it.
func (r *run) abandon(ctx context.Context, f *failure) error {
	told := f.atPage(r.host, r.state.Pages+1)
	if err := r.giveUp(ctx); err != nil {
		return errors.Join(told, err)
	}
	return told
}

func (r *run) giveUp(ctx context.Context) error {
	r.state.Pages, r.state.Token, r.state.ResponseDate = r.state.Pages+1, "", ""
	if err := r.h.store.SaveHarvest(ctx, r.state); err != nil {
		return err
	}
	return r.conclude(ctx, "")
}
