package proof_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/carte-reseau/hub/internal/cards"
	"github.com/carte-reseau/hub/internal/sigb"
	"pgregory.net/rapid"
)

// network is one play: the hub, its libraries, and the ledger of what was typed.
type network struct {
	t       *rapid.T
	clock   *clock
	wire    *wire
	hub     *hub
	peek    *peek
	members []*member
	ledger  *ledger
	serial  int
	// sloppy: some libraries receive before they send. unruly: some rewrite values without having said so.
	sloppy, unruly bool
	pages          []sigb.Card // of the harvest under way
	moved          int         // cards that went to a library
	busy           int         // requests since somebody came online last
	months         int         // that went by
	asked          string      // the folded number of a card that is asked for by itself
	staff          *member
}

// stage is what plays on one database have in common.
type stage struct {
	clock *clock
	wire  *wire
	hub   *hub
	peek  *peek
}

func newStage(t tester, database string, p *peek) *stage {
	s := &stage{clock: &clock{at: morning}, wire: &wire{}, peek: p}
	s.hub = &hub{database: database, clock: s.clock, wire: s.wire}
	s.hub.open(t)
	return s
}

// newNetwork draws a network on an empty database.
func (s *stage) newNetwork(t *rapid.T) *network {
	s.clock.at = morning
	s.wire.calm()
	s.wire.libraries = map[string]http.Handler{}
	s.peek.wipe(t)
	n := &network{t: t, clock: s.clock, wire: s.wire, hub: s.hub, peek: s.peek, ledger: &ledger{byCard: map[int64]*person{}, peek: s.peek, latest: map[*person]latest{}}}
	n.staff = newStaff(n)
	n.wire.served = n.overheard
	n.hub.harvestFirst = func(_ context.Context, lib *cards.Library) error { return n.harvest(n.byID(lib.ID)) }
	n.sloppy = rapid.IntRange(0, 3).Draw(t, "sloppy") == 0
	n.unruly = rapid.IntRange(0, 2).Draw(t, "unruly") == 0
	for i := range rapid.IntRange(2, 4).Draw(t, "libraries") {
		n.members = append(n.members, drawMember(t, n, i))
	}
	return n
}

func (n *network) anyone(t *rapid.T) *member {
	return n.members[rapid.IntRange(0, len(n.members)-1).Draw(t, "library")]
}

// one draws among the libraries to which something can happen; nil where there is none.
func (n *network) one(t *rapid.T, can func(*member) bool) *member {
	var list []*member
	for _, m := range n.members {
		if can(m) {
			list = append(list, m)
		}
	}
	if len(list) == 0 {
		return nil
	}
	return list[rapid.IntRange(0, len(list)-1).Draw(t, "library")]
}

func (n *network) byID(id int64) *member {
	for _, m := range append(n.members, n.staff) {
		if m.id == id {
			return m
		}
	}
	return nil
}

func (n *network) byCode(code string) *member {
	for _, m := range n.members {
		if m.code == code {
			return m
		}
	}
	return nil
}

// rewritesSilently reports whether anybody's system makes other values of a field without its having been declared.
func (n *network) rewritesSilently(f cards.Field) bool {
	return slices.ContainsFunc(n.members, func(m *member) bool { return m.undeclared(f) })
}

// fail ends the run with all there is to know of it.
func (n *network) fail(format string, args ...any) {
	var all strings.Builder
	fmt.Fprintf(&all, format+"\n", args...)
	for _, m := range n.members {
		fmt.Fprintf(&all, "%#v\n", m)
	}
	n.t.Fatalf("%s%s\n%s", &all, strings.Join(n.ledger.story, "\n"), n.peek.dump(n.t))
}

// overheard is told of everything that went over the wire.
func (n *network) overheard(x exchanged) {
	const endless = 1000
	if n.busy++; n.busy > endless {
		n.fail("nobody came online since %d requests, and still something is sent", endless)
	}
	switch m := n.byHost(x.host); {
	case m != nil && x.path == string(sigb.OAI):
		if !x.lost {
			n.pages = append(n.pages, cardsIn(n.t, x.reply)...)
		}
	case m != nil:
		n.tellHanded("push", m, x.sent, x.lost)
		n.moved += len(cardsIn(n.t, x.sent))
	case x.path == "/cartes":
		n.posted(n.byCode(x.code), x)
	case x.path == string(sigb.OAI):
		n.tellHanded("a page", n.byCode(x.code), x.reply, x.lost)
		n.moved += len(cardsIn(n.t, x.reply))
		n.lastPageOnly(n.byCode(x.code), x.reply)
		n.noneEnded(n.byCode(x.code), x.reply)
	}
}

func (n *network) tellHanded(how string, m *member, body []byte, lost bool) {
	again, list := n.noEcho(m, body), cardsIn(n.t, body)
	if m.gets == byList && len(list) > 0 {
		n.ledger.overtake(m)
	}
	for _, c := range list {
		var values []string
		for _, f := range watched {
			values = append(values, valueOf(f, &c))
		}
		n.ledger.handed(m, &c, again[strings.ToLower(c.Number)])
		m.holdsOn(&c)
		n.ledger.tell("%s: by %s %s is handed %s (lost %v): %s", n.clock.now().Format("02 15:04:05.0"), how, m.code, c.Number, lost, strings.Join(values, ", "))
	}
	m.handedIn[n.clock.second()] = true
}

func (n *network) byHost(host string) *member {
	for _, m := range n.members {
		if m.host() == host {
			return m
		}
	}
	return nil
}

// noEcho: what a library is the origin of, it is not handed but on purpose. It returns what it is handed so.
func (n *network) noEcho(m *member, body []byte) (onPurpose map[string]bool) {
	parts := carte.FindAll(body, -1)
	if len(parts) == 0 {
		return nil
	}
	onPurpose = n.peek.handedAgain(n.t, m.id)
	onPurpose[n.asked] = true
	for _, part := range parts {
		if !bytes.Contains(part, []byte(`origine="`+m.code+`"`)) {
			continue
		}
		if c := cardsIn(n.t, part)[0]; !onPurpose[strings.ToLower(c.Number)] {
			n.fail("%s is handed its own %s", m.code, c.Number)
		}
	}
	return onPurpose
}

// lastPageOnly: the mark tells what a library was handed, and moves at the last page of a list.
func (n *network) lastPageOnly(m *member, page []byte) {
	mark := n.peek.one(n.t, "SELECT coalesce(max(seq), 0) FROM marks WHERE door = 'oai' AND library_id = "+number(m.id))
	if bytes.Contains(page, []byte("</resumptionToken>")) && mark != m.mark && !lastToken.Match(page) {
		n.fail("%s fetched a page that is not the last, and its mark moved from %d to %d", m.code, m.mark, mark)
	}
	m.mark = mark
}

var lastToken = regexp.MustCompile(`<resumptionToken[^>]*></resumptionToken>`)

// posted is told of a document the hub has answered.
func (n *network) posted(m *member, x exchanged) {
	report, err := sigb.ReadReport(bytes.NewReader(x.reply))
	if err != nil {
		n.t.Fatal(err)
	}
	n.ledger.arrived(n.t, m, cardsIn(n.t, x.sent), report, len(n.ledger.edits))
}

// give has a library hand in its changes; false where that failed.
func (n *network) give(m *member) bool {
	m.forget()
	switch m.gives {
	case byHarvest:
		return n.harvest(m) == nil
	case byFile:
		n.dropped(m, m.client.File)
		return true
	default:
		_, err := m.client.Post(ctx)
		n.expected(err)
		return err == nil
	}
}

// harvest has the hub fetch a library's changes.
func (n *network) harvest(m *member) error {
	for _, p := range m.system.Patrons() {
		if p.Waiting && m.hides(&p.Card) {
			m.withholds[n.ledger.person(p.Number)] = true
		}
	}
	n.pages = nil
	return n.hub.harvester.Fetch(ctx, n.hub.library(n.t, m.code), func(run cards.Run) {
		var report sigb.Report
		if run.Deposit != 0 && len(n.pages) > 0 && run.OK {
			report = n.hub.report(n.t, run.Deposit)
		}
		if len(n.pages) > 0 {
			n.ledger.arrived(n.t, m, n.pages, report, len(n.ledger.edits))
		}
		n.pages = nil
	})
}

// receive has a library get what the others changed, whole.
func (n *network) receive(m *member) {
	if m.gets == byList {
		n.ledger.overtake(m)
	}
	if m.gets == byPush {
		_, err := n.hub.pusher.Push(ctx, n.hub.library(n.t, m.code))
		_ = err // a line that breaks is daily life; what it costs shows in the end
		return
	}
	m.list, m.fetched = nil, false
	_, err := m.client.Harvest(ctx)
	n.expected(err)
}

// expected lets pass what the wire did.
func (n *network) expected(err error) {
	var status *sigb.StatusError
	var refused *sigb.OAIError
	switch {
	case err == nil, errors.Is(err, errCut):
	case errors.As(err, &status) && status.Status == http.StatusServiceUnavailable:
	case errors.As(err, &refused) && refused.Code == "badArgument": // back within the second: from is behind until
	default:
		n.t.Fatal(err)
	}
}

// session is a library coming online, in its own order.
func (n *network) session(t *rapid.T) {
	n.drawTrouble(t)
	n.visit(n.anyone(t))
	n.wire.calm()
}

func (n *network) visit(m *member) {
	n.busy = 0
	switch {
	case m.sendsFirst && m.gets == byPush:
		n.receive(m) // the hub fetches before it sends
	case m.sendsFirst:
		if n.give(m) {
			n.receive(m)
		}
	default:
		n.receive(m)
		n.give(m)
	}
}

// drawTrouble prepares what befalls one of the next requests.
func (n *network) drawTrouble(t *rapid.T) {
	n.wire.calm()
	n.wire.next = rapid.SampledFrom([]trouble{noTrouble, noTrouble, noTrouble, down, replyLost, replyLost, busy}).Draw(t, "trouble")
	n.wire.after = rapid.IntRange(0, 3).Draw(t, "after")
	meanwhile := func() { n.change(t) }
	switch rapid.IntRange(0, 7).Draw(t, "meanwhile") {
	case 0:
		n.wire.meanwhile = meanwhile
	case 1:
		n.wire.afterwards = meanwhile
	}
}

// onlyGive is a library that hands in its changes and leaves.
func (n *network) onlyGive(t *rapid.T) {
	n.drawTrouble(t)
	n.give(n.anyone(t))
	n.wire.calm()
}

// beginList has a library begin a harvest it takes page by page.
func (n *network) beginList(t *rapid.T) {
	m := n.one(t, func(m *member) bool { return m.gets == byList && m.list == nil })
	if m == nil || m.sendsFirst && !n.give(m) {
		return
	}
	m.list, m.took = m.client.List(), false
	if n.fetch(t, m); !m.fetched {
		m.list = nil // it has not begun; next time, the system sends again before
	}
}

// nextPage fetches a page, or integrates the one that was fetched.
func (n *network) nextPage(t *rapid.T) {
	m := n.one(t, func(m *member) bool { return m.list != nil })
	switch {
	case m == nil:
	case m.fetched:
		n.take(m)
	default:
		n.fetch(t, m)
	}
}

func (n *network) fetch(t *rapid.T, m *member) {
	n.drawTrouble(t)
	err := m.list.Fetch(ctx)
	n.wire.calm()
	var refused *sigb.OAIError
	if errors.As(err, &refused) {
		m.list = nil // the list ran out; the next one begins where this one did
		return
	}
	n.expected(err)
	if m.fetched = err == nil; m.fetched {
		m.knewThen = len(n.ledger.edits)
	}
}

func (n *network) take(m *member) {
	var h sigb.Harvested
	more, err := m.list.Take(&h)
	if err != nil {
		n.t.Fatal(err)
	}
	m.fetched, m.took = false, true
	n.ledger.overtake(m)
	n.ledger.fallBack(m)
	if !more {
		m.list = nil
	}
}

// dropPage loses a page that was fetched: the system died before it was integrated. Some begin the whole list anew.
func (n *network) dropPage(t *rapid.T) {
	m := n.one(t, func(m *member) bool { return m.list != nil })
	if m == nil {
		return
	}
	m.fetched = false
	if rapid.Bool().Draw(t, "begins anew") || !m.took {
		m.list = nil
	}
}

// deliver brings a file to the hub, not always in the order they were made.
func (n *network) deliver(t *rapid.T) {
	m := n.one(t, func(m *member) bool { return len(m.files) > 0 })
	if m == nil {
		return
	}
	i := rapid.IntRange(0, len(m.files)-1).Draw(t, "file")
	dropped := m.files[i]
	m.files = slices.Delete(m.files, i, i+1)
	id := n.hub.receive(n.t, n.hub.library(n.t, m.code), dropped.body)
	m.stored = append(m.stored, stored{dropped, id})
	if rapid.IntRange(0, 3).Draw(t, "integrates later") > 0 {
		n.integrate(m)
	}
}

// integrate has the hub take up the files it has stored.
func (n *network) integrate(m *member) {
	for _, s := range m.stored {
		n.hub.integrate(n.t, n.hub.library(n.t, m.code), s.deposit)
		held := cardsIn(n.t, s.body)
		n.ledger.arrived(n.t, m, held, n.hub.report(n.t, s.deposit), s.knows)
		if s.outlived {
			m.fellBackTo(held)
		}
	}
	m.stored = nil
}

// refuse has a system turn down cards until it is put right.
func (n *network) refuse(t *rapid.T) {
	m, from := n.one(t, func(m *member) bool { return m.gets == byPush }), n.anyone(t)
	number, ok := n.somebody(t, from)
	if m == nil || !ok {
		return
	}
	m.refuses(number)
}

// refuses has its system turn down one card.
func (m *member) refuses(number string) {
	m.system.Refuse(func(given string) error {
		if strings.EqualFold(given, number) {
			return errors.New("ce SIGB n’en veut pas")
		}
		return nil
	})
}

func (n *network) restart(t *rapid.T) { n.hub.restart(t) }

func (n *network) aMoment(t *rapid.T) {
	n.clock.pass(time.Duration(rapid.IntRange(1, 5).Draw(t, "seconds")) * time.Second)
}

func (n *network) aDay(*rapid.T) {
	n.comeAhead()
	n.clock.pass(24 * time.Hour)
	n.tellEnded()
}
