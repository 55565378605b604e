package proof_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/carte-reseau/hub/internal/cards"
	"github.com/carte-reseau/hub/internal/sigb"
	"github.com/carte-reseau/hub/internal/store/storetest"
	"pgregory.net/rapid"
)

// The ways a library gives its cards and gets the others'.
const (
	byHarvest = "moisson"
	byPost    = "post"
	byFile    = "fichier"
	byPush    = "push"
	byList    = "oai"
)

// member is one library of the network, with all its habits.
type member struct {
	network *network
	code    string
	id      int64
	gives   string
	gets    string
	// sendsFirst: whatever it receives, it gave its own changes before.
	sendsFirst bool
	profile    sigb.Profile
	silent     map[cards.Field]bool // what its system rewrites without anybody having declared it

	system *sigb.System
	client *sigb.Client
	server *sigb.Server

	// changed: its settings are no more what they were, so less can be said of what it does.
	changed bool
	anew    map[*person]bool // whose card its present system was handed

	skew time.Duration
	times
	// frank: an administrator has declared what its system does not hold.
	frank bool
	// withholds: it had something to say of a card it held as ended, which its system does not show, or had not
	// reached the hub with when it took a page.
	withholds map[*person]bool
	heldOn    map[*person]bool // see holdsOn
	fellBack  map[*person]bool // see fallBack
	knewThen  int              // how many edits there were when it fetched the page it has
	met       map[*person]bool // it sent or was handed the card
	said      map[*person]said
	holds     map[*person]*sigb.Card // what it was handed last
	sees      map[*person]int64      // the seq of that
	first     map[*person]int64      // the second in which it was handed the card first
	owed      map[*person]bool       // see noteOwed
	restored  map[*person]bool       // it went back to a backup, and has not sent the card since
	handedIn  map[int64]bool         // the seconds in which it was handed something
	mark      int64                  // its pull mark, as far as the play has seen

	list    *sigb.Listing // under way
	fetched bool          // its page is not integrated yet
	took    bool          // one of its pages is
	files   []file        // on their way
	stored  []stored      // received by the hub, not integrated

	rejected map[string]bool // numbers it was told are another reader's
	missed   map[string]bool // folded numbers whose cards its system turned down, and fetches no more
	backup   backup
	early    bool // see untouched
}

// file is a document on its way, and how many edits there were when it was made.
type file struct {
	body  []byte
	knows int
	// outlived: its system has gone back to a backup that was made before it.
	outlived bool
}

// stored is a file the hub has the bytes of.
type stored struct {
	file
	deposit int64
}

// GoString keeps what a failing run tells readable.
func (m *member) GoString() string {
	var habits []string
	for habit, has := range map[string]bool{
		"sends first": m.sendsFirst, "upper": m.profile.Upper, "no accents": m.profile.NoAccents, "year only": m.profile.YearOnly,
		"cuts": len(m.profile.Widths) > 0, "abbreviates": len(m.profile.Abbreviate) > 0, "undeclared": len(m.silent) > 0,
		"holds less": len(m.profile.NotHeld) > 0, "echoes": m.profile.Echo, "overwrites": m.profile.Overwrites,
	} {
		if has {
			habits = append(habits, habit)
		}
	}
	slices.Sort(habits)
	return fmt.Sprintf("%s (%s/%s: %s)", m.code, m.gives, m.gets, strings.Join(habits, ", "))
}

func (m *member) undeclared(f cards.Field) bool { return m.silent[f] }

// heardAtOnce reports whether what this library gives is at the hub before anything can cross it.
func (m *member) heardAtOnce() bool {
	return m.gives == byPost && m.gets == byList && m.sendsFirst && m.skew == 0 && !m.changed && !m.wrongClock
}

// hides reports whether its system does not show the network a card, because it ended.
func (m *member) hides(c *sigb.Card) bool {
	return m.profile.HidesEnded && c.ExpiredOn(m.network.clock.now().Add(m.skew).Format(time.DateOnly))
}

// exact reports whether its system keeps values as they are, and has a place for all of them.
func (m *member) exact() bool {
	p := m.profile
	return !p.Upper && !p.NoAccents && !p.YearOnly && len(p.Widths) == 0 && len(p.Abbreviate) == 0 && len(p.NotHeld) == 0
}

// lacks reports whether its system has no place for a value: its documents clear none there, though a desk did before it had
// another system, which then was not told.
func (m *member) lacks(f cards.Field) bool {
	return slices.Contains(m.profile.NotHeld, sigb.Field(f.String()))
}

// knows reports whether a value is what the library was handed last, or what a system leaves of it: who gives it may only
// be behind. Where it was typed back in a second file that comes before the first, nobody else can tell.
func (m *member) knows(p *person, f cards.Field, value string) bool {
	c := m.holds[p]
	return c != nil && (valueOf(f, c) == value || richer(valueOf(f, c), value))
}

func (m *member) host() string { return m.code + ".example.org" }

func (m *member) email() string { return m.code + "@example.org" }

// drawMember draws a library: its ways, its order of doing things, and what its system makes of values.
func drawMember(t *rapid.T, n *network, i int) *member {
	m := &member{network: n, code: fmt.Sprintf("bib-%c", 'a'+i), silent: map[cards.Field]bool{}, met: map[*person]bool{}, said: map[*person]said{}, holds: map[*person]*sigb.Card{}, sees: map[*person]int64{}, first: map[*person]int64{}, restored: map[*person]bool{}, handedIn: map[int64]bool{}, withholds: map[*person]bool{}, heldOn: map[*person]bool{}, fellBack: map[*person]bool{}, anew: map[*person]bool{}, rejected: map[string]bool{}, missed: map[string]bool{}}
	ways := rapid.SampledFrom([][2]string{
		{byHarvest, byPush}, {byPost, byList}, {byFile, byList}, {byHarvest, byPush}, {byPost, byList}, {byHarvest, byList}, {byPost, byPush}, {byFile, byPush},
	}).Draw(t, m.code+" ways")
	plain := rapid.IntRange(1, 8).Draw(t, m.code+" is plain") == 1
	if plain {
		ways = [2]string{byPost, byList}
	}
	m.gives, m.gets = ways[0], ways[1]
	// Whom the hub calls to deliver has given before only where the hub fetches it first.
	m.sendsFirst = m.gives == byHarvest && m.gets == byPush
	if m.gets == byList {
		m.sendsFirst = plain || !n.sloppy || rapid.Bool().Draw(t, m.code+" sends first")
	}
	if !plain { // of a system that keeps values as they are, and is heard at once, the most can be said
		m.profile = m.drawProfile(t)
		m.skew = drawSkew(t, m.code)
	}
	m.profile.Particular = true
	m.system = sigb.New(sigb.Config{Code: m.code, Profile: m.profile, Clock: func() time.Time { return n.clock.now().Add(m.skew) }})
	entry := cards.Library{Code: m.code, Name: "Bibliothèque " + m.code, Email: m.email()}
	m.declare(&entry)
	if m.gives == byHarvest || m.gets == byPush {
		m.server = sigb.NewServer(m.system, sigb.ServerOptions{PageSize: hubPage})
		n.wire.libraries[m.host()] = m.server
	}
	if m.gives == byHarvest {
		entry.OAIURL, entry.OAISet, entry.OAIPrefix = "http://"+m.host()+string(sigb.OAI), m.server.Set(), m.server.Prefix()
		entry.Harvest = "@every 1h"
	}
	if m.gets == byPush {
		entry.PushURL = "http://" + m.host() + string(sigb.REST)
	}
	m.times = drawTimes(t, m)
	m.client = sigb.NewClient(m.system, sigb.ClientOptions{Hub: hubURL, Key: storetest.Key, Transport: n.wire, Window: m.window, Confirm: m.confirms})
	added, err := n.hub.store.AddLibrary(ctx, entry, storetest.Key)
	if err != nil {
		t.Fatal(err)
	}
	m.id = added.ID
	return m
}

// drawSkew is how far a library's clock is off.
func drawSkew(t *rapid.T, code string) time.Duration {
	return rapid.SampledFrom([]time.Duration{0, 0, 0, -40 * time.Minute, 2 * time.Second, 10 * time.Minute}).Draw(t, code+" clock")
}

func (m *member) drawProfile(t *rapid.T) sigb.Profile {
	p := sigb.Profile{HidesEnded: m.gives == byHarvest}
	often := func(what string, inHundred int) bool {
		return rapid.IntRange(1, 100).Draw(t, m.code+" "+what) <= inHundred
	}
	p.Upper, p.NoAccents, p.YearOnly = often("upper", 30), often("no accents", 30), often("year only", 20)
	p.Overwrites, p.Echo = often("overwrites", 50), often("echo", 25)
	if often("cuts", 30) {
		p.Widths = maps.Clone(narrow)
		if m.network.unruly && often("cuts in silence", 40) {
			m.silent[cards.LastName], m.silent[cards.FirstName], m.silent[cards.PostalAddress] = true, true, true
		}
	}
	if m.network.unruly && often("abbreviates", 50) {
		p.Abbreviate = map[string]string{"avenue": "av."}
		m.silent[cards.PostalAddress] = true
	}
	if often("holds less", 20) {
		p.NotHeld = []sigb.Field{sigb.FieldEmail, sigb.FieldBirthName}
		m.frank = often("declared", 70) // else its documents must leave the elements out
		p.SendsEmpty = m.frank && often("sends empty", 50)
	}
	if often("no country", 25) { // nor can it be declared: an address is one value
		p.NotHeld = append(p.NotHeld, sigb.FieldCountry)
	}
	return p
}

// declare tells the hub what an administrator would.
func (m *member) declare(entry *cards.Library) {
	for field, width := range m.profile.Widths {
		f, err := cards.ParseField(string(field))
		if err != nil || m.silent[f] {
			continue
		}
		if entry.Widths == nil {
			entry.Widths = map[cards.Field]int{}
		}
		entry.Widths[f] = width
	}
	for _, field := range m.profile.NotHeld {
		if !m.frank {
			break
		}
		if f, err := cards.ParseField(string(field)); err == nil {
			entry.NotHeld = entry.NotHeld.With(f)
		}
	}
}
