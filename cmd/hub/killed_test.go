package main

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib"
	_ "github.com/ncruces/go-sqlite3/driver"

	"github.com/carte-reseau/hub/internal/cards"
	"github.com/carte-reseau/hub/internal/sigb"
)

// envSeed replays the random choices of a failed run, though not its timing.
const envSeed = "HUB_TEST_SEED"

func randomSeed(t *testing.T) uint64 {
	t.Helper()
	seed := rand.Uint64() //nolint:gosec // any seed will do
	if given := os.Getenv(envSeed); given != "" {
		var err error
		if seed, err = strconv.ParseUint(given, 10, 64); err != nil {
			t.Fatal(err)
		}
	}
	t.Logf("%s=%d", envSeed, seed)
	return seed
}

// kill -9 of the hub at random moments, while posts, files and harvests flow
// both ways: every card given is there, once, and no file is lost.
func TestNothingIsLostWhenTheHubIsKilled(t *testing.T) {
	t.Parallel()
	eachDatabase(t, func(t *testing.T, database string) {
		town := newTown(t, database, randomSeed(t))
		town.hub.start(t)
		town.hub.ready(t)
		ctx, close := context.WithCancel(t.Context())
		defer close()
		var life sync.WaitGroup
		life.Go(func() { town.live(ctx) })
		kills, rng := 4, rand.New(rand.NewPCG(town.seed, 0)) //nolint:gosec // any moments will do
		if proving() {
			kills = 10
		}
		for i := range kills {
			time.Sleep(town.untilKill(rng, i))
			town.hub.kill(t)
			town.hub.start(t)
		}
		town.hub.ready(t)
		const afterwards = 2 * time.Second
		time.Sleep(afterwards)
		close()
		life.Wait()

		town.settle(t)
		town.checkPosts(t)
		town.checkFiles(t)
		town.checkSystems(t)
	})
}

// untilKill is mostly a short moment; in the long proof it is now and then
// long enough for the leases of the dead to run out.
func (*town) untilKill(rng *rand.Rand, i int) time.Duration {
	longest := 3 * time.Second
	if proving() && i%3 == 2 {
		longest = 40 * time.Second
	}
	const shortest = 100 * time.Millisecond
	return shortest + time.Duration(rng.Int64N(int64(longest)))
}

// town is a hub that is killed, and everyone around it.
type town struct {
	*site
	seed    uint64
	hub     *child
	box     *postbox
	systems []*townSystem
	poster  *poster
	dropper *dropper
}

// townNumbers begin the numbers of the simulated libraries' cards.
const townNumbers = "26"

// townSystem is a simulated library system with its desk.
type townSystem struct {
	*sigb.System
	desk   *sigb.Generator
	rng    *rand.Rand
	server *sigb.Server // of a permanent one
	client *sigb.Client // of an intermittent one
}

func newTown(t *testing.T, database string, seed uint64) *town {
	t.Helper()
	n := &town{site: newSite(t, database), seed: seed, box: newPostbox(t)}
	n.SMTP, n.FTPSchedule = "smtp://"+n.box.addr, "@every 1s"
	n.OAIPage = 20
	n.hub = newChild(t, n.site)
	n.hub.withFTP(t)
	for i, code := range []string{"beauvoir", "monnaie", "mours", "peyrins"} {
		n.systems = append(n.systems, n.found(t, code, uint64(i+1), i < 2, code == "peyrins"))
	}
	n.library("poste")
	n.library("depose")
	n.poster = &poster{caller: newCaller(t, n.hub.url, "poste"), rng: n.random(8)}
	n.dropper = &dropper{addr: n.hub.ftp, rng: n.random(9), dropped: map[string]droppedFile{}}
	return n
}

func (n *town) random(stream uint64) *rand.Rand {
	return rand.New(rand.NewPCG(n.seed, stream)) //nolint:gosec // a simulation
}

func (n *town) found(t *testing.T, code string, index uint64, permanent, byFTP bool) *townSystem {
	t.Helper()
	rng := n.random(index)
	l := &townSystem{rng: rng, desk: sigb.NewGenerator(rng, fmt.Sprintf("%s%02d", townNumbers, index), time.Now)}
	profile := sigb.Microbib()
	if permanent {
		profile = sigb.Aloes()
	}
	l.System = sigb.New(sigb.Config{Code: code, Profile: profile})
	const readers = 30
	if err := l.desk.Fill(l.System, readers); err != nil {
		t.Fatal(err)
	}
	args := declared(profile)
	if permanent {
		args = append(args, l.serve(t)...)
	} else {
		options := sigb.ClientOptions{Hub: n.hub.url, Key: keyOf(code), Timeout: 20 * time.Second}
		if byFTP {
			options.FTP = n.hub.ftp
		}
		l.client = sigb.NewClient(l.System, options)
		t.Cleanup(func() { _ = l.client.Close() })
	}
	n.library(code, args...)
	return l
}

// declared tells the hub what a system cuts and lacks, as an administrator
// would.
func declared(p sigb.Profile) []string {
	var args []string
	for field, width := range p.Widths {
		if _, err := cards.ParseField(string(field)); err == nil {
			args = append(args, fmt.Sprintf("--width=%s=%d", field, width))
		}
	}
	for _, field := range p.NotHeld {
		if _, err := cards.ParseField(string(field)); err == nil {
			args = append(args, "--not-held="+string(field))
		}
	}
	return args
}

func (l *townSystem) serve(t *testing.T) []string {
	t.Helper()
	const password = "le mot de passe du SIGB"
	l.server = sigb.NewServer(l.System, sigb.ServerOptions{User: "reseau", Password: password, PageSize: 10})
	if err := l.server.Start(t.Context(), "127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.server.Close() })
	return []string{
		"--oai-url=" + l.server.URL(sigb.OAI), "--oai-set=" + l.server.Set(), "--oai-prefix=" + l.server.Prefix(), "--harvest=@every 1s",
		"--push-url=" + l.server.URL(sigb.REST), "--ils-user=reseau", "--ils-password-file=" + writeFile(t, "password", password),
	}
}

// live keeps everyone busy until ctx ends.
func (n *town) live(ctx context.Context) {
	var all sync.WaitGroup
	for _, l := range n.systems {
		all.Go(func() { l.work(ctx) })
		if l.client != nil {
			all.Go(func() {
				const pause = 300 * time.Millisecond
				for wait(ctx, pause) {
					_, _ = l.client.Session(ctx) // the hub is killed again and again
				}
			})
		}
	}
	all.Go(func() { n.poster.live(ctx) })
	all.Go(func() { n.dropper.live(ctx) })
	all.Wait()
}

// work enrols readers and changes those of every simulated library.
func (l *townSystem) work(ctx context.Context) {
	const pause = 400 * time.Millisecond
	for wait(ctx, around(l.rng, pause)) {
		var readers []string
		for _, p := range l.Patrons() {
			if strings.HasPrefix(p.Number, townNumbers) {
				readers = append(readers, p.Number)
			}
		}
		number := readers[l.rng.IntN(len(readers))]
		switch l.rng.IntN(4) {
		case 0:
			_ = l.Enrol(l.desk.Reader(), sigb.Local{})
		case 1:
			_ = l.Renew(number)
		case 2:
			_ = l.Change(number, func(c *sigb.Card) { c.Phone = phoneOf(l.rng.IntN(1e8)) })
		case 3:
			_ = l.Change(number, func(c *sigb.Card) { c.Address.Lines = []string{fmt.Sprintf("%d RUE DES LILAS", l.rng.IntN(1e4))} })
		}
	}
}

// poster gives versions of cards that are all its own, and remembers what the
// hub's reports acknowledged.
type poster struct {
	*caller
	rng   *rand.Rand
	count int
	given map[string]string // number → phone of the last version given
	taken []testCard        // acknowledged as creee or modifiee
	tries int
}

func (p *poster) live(ctx context.Context) {
	p.given = map[string]string{}
	const most, pause = 60, 30 * time.Millisecond
	for wait(ctx, around(p.rng, pause)) {
		var list []testCard
		seen := map[string]bool{}
		for range 1 + p.rng.IntN(5) {
			number := manyCardNumber("POSTE", p.rng.IntN(most))
			if p.rng.IntN(3) == 0 {
				number = manyCardNumber("POSTE", most+p.count)
			}
			if seen[number] {
				continue
			}
			seen[number] = true
			p.count++
			list = append(list, testCard{number: number, phone: phoneOf(p.count)})
		}
		p.give(ctx, list)
	}
}

// give posts until the hub has answered: a library does not change what it
// gave before it knows.
func (p *poster) give(ctx context.Context, list []testCard) {
	for _, c := range list {
		p.given[c.number] = c.phone
	}
	const pause = 50 * time.Millisecond
	for {
		p.tries++
		status, report, err := p.post(context.WithoutCancel(ctx), documentOf(p.code, list...))
		if err == nil && status == http.StatusOK {
			for i, c := range report.Cards {
				if c.Result == sigb.ResultCreated || c.Result == sigb.ResultModified {
					p.taken = append(p.taken, list[i])
				}
			}
			return
		}
		time.Sleep(pause)
	}
}

// dropper drops files by FTP; some hold a card that cannot be taken.
type dropper struct {
	addr    string
	rng     *rand.Rand
	dropped map[string]droppedFile // by name, those whose arrival was acknowledged
	tries   int
}

type droppedFile struct {
	good string // the number of a card that can be taken
	bad  bool   // there is one that cannot
}

func (d *dropper) live(ctx context.Context) {
	const pause = 120 * time.Millisecond
	for wait(ctx, around(d.rng, pause)) {
		d.tries++
		file := droppedFile{good: manyCardNumber("DEPOSE", d.tries), bad: d.rng.IntN(4) == 0}
		list := []string{testCard{number: file.good, phone: phoneOf(d.tries)}.String()}
		if file.bad {
			list = append(list, "<carte><nom>Dupré</nom>"+validEnrolment+"</carte>")
		}
		name := fmt.Sprintf("depot-%d.xml", d.tries)
		if dropFile(ctx, d.addr, "depose", name, documentOf("depose", list...)) == nil {
			d.dropped[name] = file
		}
	}
}

// settle lets the exchange go on, with the desks closed, until nobody has
// anything to give and nobody is behind.
func (n *town) settle(t *testing.T) {
	t.Helper()
	f := n.foundation()
	closed, err := f.store.Now(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	state := ""
	const patience, look = 100 * time.Second, 300 * time.Millisecond
	for deadline := time.Now().Add(patience); ; time.Sleep(look) {
		for _, l := range n.systems {
			if l.client == nil {
				continue
			}
			if _, err := l.client.Session(t.Context()); err != nil {
				t.Logf("%s: %v", l.Code(), err)
			}
		}
		for _, code := range []string{"poste", "depose"} {
			newCaller(t, n.hub.url, code).handed(t)
		}
		if state = n.unrest(t, f, closed); state == "" {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("the network does not come to rest: %s", state)
		}
	}
}

// unrest says what is still under way.
func (n *town) unrest(t *testing.T, f *foundation, closed time.Time) string {
	t.Helper()
	if files := filesIn(t, n.site); len(files) > 0 {
		return fmt.Sprintf("%d files wait", len(files))
	}
	if open, err := f.store.UnfinishedDeposits(t.Context(), 1); err != nil || len(open) > 0 {
		return fmt.Sprintf("deposits are not finished: %v", err)
	}
	for _, l := range n.systems {
		if l.client != nil {
			if waiting := l.Waiting(); waiting > 0 {
				return fmt.Sprintf("%s has %d cards to give", l.Code(), waiting)
			}
			continue
		}
		entry, err := f.store.Library(t.Context(), l.Code())
		if err != nil {
			t.Fatal(err)
		}
		job, err := f.store.Job(t.Context(), cards.JobHarvest, entry.ID)
		if err != nil || job.LastStart.Before(closed) || job.Running || job.LastSuccess.Before(job.LastStart) {
			return fmt.Sprintf("%s is not harvested yet: %v", l.Code(), err)
		}
	}
	list, err := f.store.Status(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range list {
		if l.Behind > 0 {
			return fmt.Sprintf("%s is %d cards behind", l.Library.Code, l.Behind)
		}
	}
	if waiting, _, _, err := f.store.Outbox(t.Context()); err != nil || waiting > 0 {
		return fmt.Sprintf("%d mails wait: %v", waiting, err)
	}
	return ""
}

// checkPosts looks for every version the hub acknowledged, and for the last
// one given of each card: each exactly once.
func (n *town) checkPosts(t *testing.T) {
	t.Helper()
	held, versions := phonesHeld(t, n.foundation()), n.versions(t)
	for number, phone := range n.poster.given {
		if got, has := held[number]; !has || got != phone {
			t.Errorf("card %s: the hub holds %q, %q was given last", number, got, phone)
		}
	}
	for _, c := range n.poster.taken {
		if got := versions[c.number+" "+c.phone]; got != 1 {
			t.Errorf("card %s: the version %s was acknowledged and is there %d times", c.number, c.phone, got)
		}
	}
	for version, times := range versions {
		if strings.HasPrefix(version, "POSTE") && times != 1 {
			t.Errorf("version %s is there %d times", version, times)
		}
	}
	t.Logf("%d deposits by POST, %d acknowledged versions of %d cards", n.poster.tries, len(n.poster.taken), len(n.poster.given))
	if len(n.poster.taken) < 20 {
		t.Error("too few to show anything")
	}
}

// versions counts what the database holds of every version, by card number
// and telephone.
func (n *town) versions(t *testing.T) map[string]int {
	t.Helper()
	driver, address := "pgx", n.Database
	if path, ok := strings.CutPrefix(n.Database, "sqlite:"); ok {
		driver, address = "sqlite3", "file:"+path
	}
	db, err := sql.Open(driver, address)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	rows, err := db.QueryContext(t.Context(), "SELECT content FROM versions")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = rows.Close() }()
	found := map[string]int{}
	for rows.Next() {
		var content string
		var card cards.Card
		if err := rows.Scan(&content); err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal([]byte(content), &card); err != nil {
			t.Fatal(err)
		}
		found[card.Number+" "+card.Phone]++
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return found
}

// checkFiles follows every file whose arrival was acknowledged: its good card
// is in, and where it held a bad one, the library has a letter.
func (n *town) checkFiles(t *testing.T) {
	t.Helper()
	f := n.foundation()
	held := phonesHeld(t, f)
	letters := map[string]int{}
	for _, l := range n.box.to("depose@example.org") {
		if _, file, found := strings.Cut(l.subject, "« "); found {
			name, _, _ := strings.Cut(file, " »")
			letters[name]++
		}
	}
	bad := 0
	for name, file := range n.dropper.dropped {
		if _, has := held[file.good]; !has {
			t.Errorf("%s is lost: its card is not in", name)
		}
		if file.bad {
			bad++
		}
		if file.bad && letters[name] == 0 {
			t.Errorf("%s held a card that was refused, and nobody was told", name)
		}
		if !file.bad && letters[name] > 0 {
			t.Errorf("%s was good, and a letter was written", name)
		}
	}
	t.Logf("%d of %d files acknowledged, %d with a bad card, %d letters", len(n.dropper.dropped), n.dropper.tries, bad, len(letters))
	if len(n.dropper.dropped) < 10 || bad == 0 {
		t.Error("too few to show anything")
	}
	list, err := f.store.Deposits(t.Context(), cards.DepositQuery{Library: "depose", Limit: 10_000})
	if err != nil {
		t.Fatal(err)
	}
	times := map[string]int{}
	for _, d := range list {
		if times[d.Name]++; times[d.Name] > 1 {
			t.Errorf("%s was taken in %d times", d.Name, times[d.Name])
		}
		stored, err := f.store.OpenDeposit(t.Context(), d.ID)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.Copy(io.Discard, stored); err != nil {
			t.Errorf("the bytes of %s are damaged: %v", d.Name, err)
		}
		_ = stored.Close()
	}
	if left, err := filepath.Glob(filepath.Join(n.Data, "ftp", "depose", "*.xml")); err != nil || len(left) > 0 {
		t.Errorf("still in the folder: %v %v", left, err)
	}
}

// checkSystems compares every library's database with the hub's.
func (n *town) checkSystems(t *testing.T) {
	t.Helper()
	var document strings.Builder
	document.WriteString(documentHead("reseau"))
	held := map[string]bool{}
	for _, rendered := range n.foundation().cardsHeld(t) {
		document.Write(rendered)
	}
	document.WriteString("</cartes>")
	list, err := sigb.ReadCards(strings.NewReader(document.String()))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range list {
		held[strings.ToLower(c.Number)] = true
	}
	if len(held) != len(list) {
		t.Errorf("%d cards, %d numbers", len(list), len(held))
	}
	reference := sigb.SnapshotOf("reseau", list...)
	for _, l := range n.systems {
		for _, p := range l.Patrons() {
			if !held[strings.ToLower(p.Number)] {
				t.Errorf("%s holds card %s, which is not in the hub", l.Code(), p.Number)
			}
		}
		differences := sigb.Diff(reference, l.Snapshot(), time.Now())
		for i, d := range differences {
			if i == 10 {
				t.Errorf("%s: … and %d more", l.Code(), len(differences)-i)
				break
			}
			t.Errorf("%s", d)
		}
	}
	t.Logf("%d cards in the network", len(list))
}
