package cards_test

import (
	"strings"
	"testing"
	"time"

	"github.com/carte-reseau/hub/internal/cards"
)

// troubleLog plays minutes of one trouble: "x" it is found, "." it is not, and
// says what mails go out, in minutes from the start.
func troubleLog(t *testing.T, plays string, f cards.Finding) (mails []string, open []cards.Trouble) {
	t.Helper()
	start := time.Date(2026, 11, 27, 9, 0, 0, 0, time.UTC)
	mailed := map[cards.TroubleKey]time.Time{}
	var known []cards.Trouble
	for minute, play := range plays {
		now := start.Add(time.Duration(minute) * time.Minute)
		var found []cards.Finding
		if play == 'x' {
			found = append(found, f)
		}
		var next []cards.Trouble
		for _, step := range cards.WatchTroubles(known, found, mailed, now) {
			if step.Mail != cards.TellNothing {
				mailed[step.Trouble.TroubleKey] = now
				what := map[cards.TroubleMail]string{cards.TellBegan: "began", cards.TellEnded: "ended"}[step.Mail]
				mails = append(mails, now.Format("15:04 ")+what)
			}
			if !step.Forget && !step.Trouble.Closed {
				next = append(next, step.Trouble)
			}
		}
		if len(next) > 1 {
			t.Fatalf("one trouble became %d", len(next))
		}
		known = next
	}
	return mails, known
}

func TestATroubleIsToldOnceAtItsBeginningAndOnceAtItsEnd(t *testing.T) {
	x, dot := func(n int) string { return strings.Repeat("x", n) }, func(n int) string { return strings.Repeat(".", n) }
	ripe := cards.Finding{TroubleKey: cards.TroubleKey{Kind: cards.TroubleClock}, Ripe: true}
	green, told := ripe, ripe
	green.Ripe = false
	told.Told = true
	for name, c := range map[string]struct {
		f     cards.Finding
		plays string
		want  string
	}{
		"it lasts and ends":                       {ripe, x(90) + dot(30), "09:00 began, 10:40 ended"},
		"it is short: its end waits for the hour": {ripe, x(5) + dot(90), "09:00 began, 10:00 ended"},
		"away for less than ten minutes":          {ripe, x(70) + dot(9) + x(20) + dot(9) + x(20), "09:00 began"},
		"it flaps for hours": {
			ripe, strings.Repeat(x(3)+dot(12), 12) + dot(80), "09:00 began, 10:13 ended, 11:15 began, 12:15 ended",
		},
		"back before its end was told":    {ripe, x(5) + dot(20) + x(60) + dot(12), "09:00 began, 10:35 ended"},
		"it passes before it is ripe":     {green, x(50) + dot(30) + x(50), ""},
		"it does not pass":                {green, x(80) + dot(60), "10:00 began, 11:00 ended"},
		"another letter said it":          {told, x(30) + dot(30), "09:40 ended"},
		"nobody is told of what was none": {ripe, dot(30), ""},
	} {
		t.Run(name, func(t *testing.T) {
			mails, _ := troubleLog(t, c.plays, c.f)
			if got := strings.Join(mails, ", "); got != c.want {
				t.Errorf("told %q, want %q", got, c.want)
			}
		})
	}
}

func TestFindings(t *testing.T) {
	now := time.Date(2026, 11, 27, 9, 0, 0, 0, time.UTC)
	library := func(id int64, code string, change func(*cards.LibraryStatus)) cards.LibraryStatus {
		s := cards.LibraryStatus{Library: cards.Library{ID: id, Code: code}}
		change(&s)
		return s
	}
	days := every("2026-09-22", "2026-11-10", time.Tuesday, time.Wednesday, time.Friday)
	long := cards.Presence{Last: days[len(days)-1], Days: days}
	worked := now.Add(-3 * time.Hour)
	v := cards.NetworkView{
		Now: now,
		Libraries: []cards.LibraryStatus{
			library(1, "mours", func(s *cards.LibraryStatus) {
				s.Jobs = []cards.Job{{Kind: cards.JobPush, Failures: 5, LastSuccess: worked}, {Kind: cards.JobHarvest, Failures: 4}}
				s.Refusing = 2
			}),
			library(2, "peyrins", func(s *cards.LibraryStatus) {
				s.Library.Paused, s.Refusing, s.Jobs = true, 3, []cards.Job{{Kind: cards.JobPush, Failures: 9}}
			}),
			library(3, "granges", func(*cards.LibraryStatus) {}),
			library(5, "saint-paul", func(s *cards.LibraryStatus) {
				s.Library.Preparing = true
				s.Jobs = []cards.Job{{Kind: cards.JobPush}, {Kind: cards.JobHarvest, Failures: 9, Paused: true}}
			}),
			library(4, "monnaie", func(s *cards.LibraryStatus) {
				s.Library.Paused, s.Library.Stopped, s.Jobs = true, true, []cards.Job{{Kind: cards.JobPush, Failures: 1, Paused: true}}
			}),
		},
		Machine:     cards.Machine{DiskFree: 1 << 30, DiskSize: 100 << 30, Certificate: now.AddDate(0, 0, 20)},
		HubJobs:     []cards.Job{{Kind: cards.JobMail, Failures: 6}},
		Presences:   map[int64]cards.Presence{2: long, 3: long, 5: long},
		Rejected:    map[int64]int64{3: 4, 2: 1},
		Suspended:   []cards.Deposit{{ID: 12, LibraryID: 1, Library: "mours", Counts: cards.Counts{Modified: 900}}},
		MailWaiting: 2, MailOldest: now.Add(-2 * time.Hour), MailLost: 3, ClockBehind: 30,
	}
	got := map[string]bool{}
	details := map[string]cards.TroubleDetail{}
	ids := map[string]int64{"": cards.HubID, "mours": 1, "granges": 3, "monnaie": 4}
	for _, f := range v.Findings() {
		key := string(f.Kind) + " " + f.Library + " " + f.Subject
		got[key], details[key] = f.Ripe, f.Detail
		if f.LibraryID != ids[f.Library] || f.Told != (f.Kind == cards.TroubleSuspended) {
			t.Errorf("%q: library %d, told %v", key, f.LibraryID, f.Told)
		}
	}
	for key, want := range map[string]cards.TroubleDetail{
		"echec mours push": {Count: 5, Since: worked}, "refus mours logiciel": {Count: 2}, "suspendu mours 12": {Count: 900}, "silence granges ": {Since: long.Last},
		"refus granges concentrateur": {Count: 4}, "courriels  ": {Count: 2, Lost: 3}, "horloge  ": {Count: 30}, "disque  ": {Count: 1024}, "certificat  ": {Since: v.Machine.Certificate},
	} {
		if details[key] != want {
			t.Errorf("%q: %+v, want %+v", key, details[key], want)
		}
	}
	want := map[string]bool{
		"echec mours push": true, "echec mours moisson": false, "refus mours logiciel": false, "suspendu mours 12": true, "echec  courriel": true,
		"silence granges ": true, "refus granges concentrateur": true, "courriels  ": true, "horloge  ": true,
		"arret monnaie ": true, "disque  ": true, "certificat  ": true,
	}
	if len(got) != len(want) {
		t.Errorf("%d findings: %v", len(got), got)
	}
	for key, ripe := range want {
		if found, is := got[key]; !is || found != ripe {
			t.Errorf("%q: found %v, ripe %v", key, is, found)
		}
	}
	v = cards.NetworkView{Now: now, MailWaiting: 2, MailOldest: now.Add(-59 * time.Minute),
		Machine: cards.Machine{DiskFree: 3 << 30, DiskSize: 100 << 30, Certificate: now.AddDate(0, 0, 22)}}
	if found := v.Findings(); len(found) != 0 {
		t.Errorf("%+v", found)
	}
	quiet := cards.NetworkView{Now: now, Machine: cards.Machine{DiskFree: 1 << 30, DiskSize: 4 << 30}}
	if found := quiet.Findings(); len(found) != 0 {
		t.Errorf("no mail, no certificate, a small disk: %+v", found)
	}
	v.MailLost = 1
	if found := v.Findings(); len(found) != 1 {
		t.Errorf("%+v", found)
	}
}

// A trouble keeps who it is of and since when it goes on; what passed by itself is forgotten by its own number, and what was
// over before anybody could be told is closed in silence.
func TestWhatBecomesOfATrouble(t *testing.T) {
	now := time.Date(2026, 11, 27, 9, 0, 0, 0, time.UTC)
	finding := cards.Finding{TroubleKey: cards.TroubleKey{Kind: cards.TroubleSilence, LibraryID: 3}, Library: "granges", Ripe: true}
	watch := func(known []cards.Trouble, found []cards.Finding, mailed, now time.Time) cards.TroubleStep {
		t.Helper()
		steps := cards.WatchTroubles(known, found, map[cards.TroubleKey]time.Time{finding.TroubleKey: mailed}, now)
		if len(steps) != 1 {
			t.Fatalf("%d steps", len(steps))
		}
		return steps[0]
	}
	begun := watch(nil, []cards.Finding{finding}, time.Time{}, now).Trouble
	if begun.Library != "granges" || !begun.Began.Equal(now) || !begun.Open() {
		t.Errorf("%+v", begun)
	}
	if on := watch([]cards.Trouble{begun}, []cards.Finding{finding}, now, now.Add(time.Hour)).Trouble; !on.Began.Equal(now) {
		t.Errorf("it began again: %+v", on)
	}
	passing := cards.Trouble{ID: 7, TroubleKey: finding.TroubleKey, Seen: now}
	if step := watch([]cards.Trouble{passing}, nil, time.Time{}, now); !step.Forget || step.Trouble.ID != 7 {
		t.Errorf("%+v", step)
	}
	untold := cards.Trouble{TroubleKey: finding.TroubleKey, Seen: now, Began: now, Away: now}
	over := now.Add(20 * time.Minute)
	if step := watch([]cards.Trouble{untold}, nil, now, over); step.Mail != cards.TellNothing || !step.Trouble.Closed || step.Trouble.Open() || !step.Trouble.Ended.Equal(now) {
		t.Errorf("%+v", step)
	}
	told := untold
	told.ToldBegan, told.Ended = now, now
	if step := watch([]cards.Trouble{told}, nil, now, over); step.Trouble.Closed || !step.Trouble.Ended.Equal(now) {
		t.Errorf("its end is not told yet: %+v", step)
	}
}

// When a library gave and was given something, and when the hub does something for it next.
func TestWhenALibraryWasHeardOf(t *testing.T) {
	now := time.Date(2026, 11, 27, 9, 0, 0, 0, time.UTC)
	before, later := now.Add(-time.Hour), now.Add(time.Hour)
	s := cards.LibraryStatus{
		LastDeposit: before, Pull: cards.Mark{Moved: before}, Push: cards.Mark{Moved: now},
		Jobs: []cards.Job{{Kind: cards.JobPush, LastSuccess: later, NextRun: later}, {Kind: cards.JobHarvest, LastSuccess: now, NextRun: now}},
	}
	if !s.LastGiven().Equal(now) || !s.LastTaken().Equal(now) || !s.NextRun().Equal(now) {
		t.Errorf("gave %v, was given %v, next %v", s.LastGiven(), s.LastTaken(), s.NextRun())
	}
	s.LastDeposit, s.Pull.Moved = later, later
	if !s.LastGiven().Equal(later) || !s.LastTaken().Equal(later) {
		t.Errorf("gave %v, was given %v", s.LastGiven(), s.LastTaken())
	}
}

func TestStateNamesTheGravestReason(t *testing.T) {
	now := time.Date(2026, 11, 27, 9, 0, 0, 0, time.UTC)
	exchanged := cards.LibraryStatus{Now: now, LastDeposit: now.Add(-time.Hour)}
	pushed := exchanged
	pushed.Library.PushURL = "http://ils.example.org"
	for name, c := range map[string]struct {
		from   cards.LibraryStatus
		change func(*cards.LibraryStatus)
		state  cards.State
		reason cards.StateReason
		fr, en string
	}{
		"paused, failing": {exchanged, func(s *cards.LibraryStatus) {
			s.Library.Paused, s.Library.PauseReason, s.Jobs = true, cards.Quote("travaux"), []cards.Job{{Failures: 1}}
		}, cards.StatePaused, cards.ReasonPaused, "suspendue : travaux", "paused: travaux"},
		"paused by the hub": {exchanged, func(s *cards.LibraryStatus) {
			s.Library.Paused, s.Library.Stopped, s.Library.PauseReason = true, true, cards.Quote("accès refusé")
		}, cards.StateTrouble, cards.ReasonPaused, "suspendue : accès refusé", "paused: accès refusé"},
		"failing, behind": {pushed, func(s *cards.LibraryStatus) {
			s.Behind, s.Jobs = 4, []cards.Job{{Kind: cards.JobHarvest, Failures: 1, LastError: cards.Quote("pas de réponse")}}
		}, cards.StateTrouble, cards.ReasonFailing, "moisson : pas de réponse", "harvest: pas de réponse"},
		"attention":   {exchanged, func(s *cards.LibraryStatus) { s.Attention = cards.Quote("Décidez.") }, cards.StateTrouble, cards.ReasonAttention, "Décidez.", "Décidez."},
		"suspended":   {exchanged, func(s *cards.LibraryStatus) { s.Suspended = 2 }, cards.StateTrouble, cards.ReasonSuspended, "2 dépôts attendent une décision", "2 deposits wait for a decision"},
		"new, behind": {cards.LibraryStatus{Now: now}, func(s *cards.LibraryStatus) { s.Behind, s.WaitingSince = 9, now.AddDate(-1, 0, 0) }, cards.StateNew, cards.ReasonNew, "aucun échange encore", "nothing exchanged yet"},
		"preparing, behind": {exchanged, func(s *cards.LibraryStatus) {
			s.Library.Preparing, s.Behind, s.WaitingSince = true, 9, now.AddDate(-1, 0, 0)
		}, cards.StatePreparing, cards.ReasonPreparing, "en préparation : rien ne lui est remis avant l’ouverture", "in preparation: nothing is handed to it before it is opened"},
		"waiting, nobody knows since when": {exchanged, func(s *cards.LibraryStatus) { s.Behind = 1 }, cards.StateOK, cards.ReasonWaiting, "bien ; 1 carte l’attend", "well; 1 card is waiting for it"},
		"working":                          {exchanged, func(s *cards.LibraryStatus) { s.Jobs = []cards.Job{{Kind: cards.JobHarvest}, {Kind: cards.JobPush}} }, cards.StateOK, cards.ReasonUpToDate, "bien", "well"},
		"delivered":                        {exchanged, func(s *cards.LibraryStatus) { s.Delivery = &cards.Delivery{Handed: 7, Finished: now} }, cards.StateOK, cards.ReasonUpToDate, "bien", "well"},
		"taken alone":                      {cards.LibraryStatus{Now: now, Pull: cards.Mark{Moved: now}}, func(*cards.LibraryStatus) {}, cards.StateOK, cards.ReasonUpToDate, "bien", "well"},
		"up to date":                       {exchanged, func(*cards.LibraryStatus) {}, cards.StateOK, cards.ReasonUpToDate, "bien", "well"},
		"waiting":                          {exchanged, func(s *cards.LibraryStatus) { s.Behind, s.WaitingSince = 1, now.AddDate(0, 0, -6) }, cards.StateOK, cards.ReasonWaiting, "bien ; 1 carte l’attend", "well; 1 card is waiting for it"},
		"late":                             {exchanged, func(s *cards.LibraryStatus) { s.Behind, s.WaitingSince = 1, now.AddDate(0, 0, -8) }, cards.StateLate, cards.ReasonLate, "1 carte l’attend depuis le 19/11/2026 à 09:00", "1 card has been waiting since 19 November 2026 09:00"},
		"sending":                          {pushed, func(s *cards.LibraryStatus) { s.Behind, s.WaitingSince = 3, now.Add(-time.Minute) }, cards.StateWorking, cards.ReasonSending, "3 cartes lui sont envoyées", "3 cards are being sent"},
		"pushed late":                      {pushed, func(s *cards.LibraryStatus) { s.Behind, s.Refusing, s.WaitingSince = 3, 2, now.Add(-time.Hour) }, cards.StateLate, cards.ReasonLate, "3 cartes l’attendent depuis le 27/11/2026 à 08:00", "3 cards have been waiting since 27 November 2026 08:00"},
		"refused":                          {pushed, func(s *cards.LibraryStatus) { s.Behind, s.Refusing, s.WaitingSince = 3, 3, now.Add(-time.Hour) }, cards.StateLate, cards.ReasonRefused, "3 cartes refusées par son logiciel, depuis le 27/11/2026 à 08:00", "3 cards refused by its system since 27 November 2026 08:00"},
		"delivering":                       {exchanged, func(s *cards.LibraryStatus) { s.Delivery = &cards.Delivery{Handed: 7} }, cards.StateWorking, cards.ReasonDelivering, "tout lui est redonné : 7 cartes jusqu’ici", "everything is being delivered again: 7 cards so far"},
	} {
		t.Run(name, func(t *testing.T) {
			c.change(&c.from)
			got := c.from.State()
			if got.State != c.state || got.Reason != c.reason {
				t.Errorf("%+v", got)
			}
			if fr, en := got.Sentence("", time.UTC), got.Sentence("en", time.UTC); fr != c.fr || en != c.en {
				t.Errorf("%q, %q", fr, en)
			}
		})
	}
}

// On the pages a library is named as people call it, and people call libraries as they like.
func TestATroublesSentenceTakesANameAsItIs(t *testing.T) {
	for _, name := range []string{"« Lire à 100 % du temps »", "mours"} {
		for _, subject := range []string{cards.RefusedByHub, ""} {
			for _, n := range []int64{1, 2} {
				trouble := cards.Trouble{Detail: cards.TroubleDetail{Count: n}}
				trouble.Kind, trouble.Library, trouble.Subject = cards.TroubleRefused, name, subject
				for _, language := range []string{"fr", "en"} {
					said := trouble.Sentence(language, time.UTC)
					if !strings.Contains(said, name) || !strings.ContainsAny(said, "12") || strings.Contains(said, "%!") {
						t.Errorf("of %q is said: %s", name, said)
					}
				}
			}
		}
	}
}

// One work is called alike wherever people read of it.
func TestWorkHasOneFrenchName(t *testing.T) {
	failing := cards.Trouble{Detail: cards.TroubleDetail{Count: 3}}
	failing.Kind, failing.Library, failing.Subject = cards.TroubleFailing, "mours", string(cards.JobPush)
	if said := failing.Sentence("fr", time.UTC); !strings.Contains(said, "Le travail « livraison » pour la bibliothèque mours") {
		t.Error(said)
	}
}
