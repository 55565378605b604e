package main

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/carte-reseau/hub/internal/cards"
	"github.com/carte-reseau/hub/internal/sigb"
)

// flow is one way of cards through the hub. Its beginning makes the stage as it
// is before; what it returns is done round by round until the stage is at rest:
// the work of the hub's jobs, and what the libraries do by themselves. Each may
// come to nothing where the hub dies, and is then done again.
type flow struct {
	name  string
	begin func(*stage) []step
	kinds []string // of the points it passes
}

type step func(*stage)

var flows = []flow{
	{"a deposit by POST", depositFlow, []string{atCommit, atDeposit}},
	{"a deposit of one batch by POST", smallFlow, []string{atCommit, atDeposit}},
	{"a file by FTP", fileFlow, []string{atCommit, atFetch, atDelete, atMail}},
	{"a harvest of several pages", harvestFlow, []string{atCommit, atPage, atMail}},
	{"a push of several batches", pushFlow, []string{atCommit, atPush}},
	{"a push behind a harvest", harvestedPushFlow, []string{atCommit, atPage, atPush}},
	{"a library that fetches its set", pullFlow, []string{atCommit, atDeposit, atList}},
	{"a hasty library that fetches its set", func(s *stage) []step {
		s.gate.hasty = true
		return pullFlow(s)
	}, []string{atCommit, atDeposit, atList}},
	{"a complete document", completeFlow, []string{atCommit, atDeposit, atList}},
	{"a letter about ended cards", endedFlow, []string{atCommit, atDeposit, atMail}},
	{"what is past its time", sweepFlow, []string{atCommit}},
	{"a deposit and a push, by the hub's own timing", wholeFlow, []string{atCommit, atDeposit, atPush}},
}

// job is a step of the hub's.
func job(kind cards.JobKind, code string) step { return func(s *stage) { s.job(kind, code) } }

// post is a library's deposit: it gives the same document until it has a
// report.
func post(code, document string) step {
	given := false
	return func(s *stage) {
		if given {
			return
		}
		status, _, err := newCaller(s.t, s.gate.server.URL, code).post(s.t.Context(), document)
		given = err == nil && status == http.StatusOK
	}
}

// online is an intermittent library's session.
func online(c *sigb.Client) step {
	return func(s *stage) { _, _ = c.Session(s.t.Context()) } // what fails is done again
}

// posted is a deposit before anything is counted.
func (s *stage) posted(code, document string) {
	s.t.Helper()
	newCaller(s.t, s.gate.server.URL, code).mustPost(s.t, document)
}

// refusedNumber is that of the card nobody may take: its reader was born on a
// 30 February.
const refusedNumber = "REFUSEE"

const refusedCard = "<carte><numero>" + refusedNumber + "</numero><nom>Dupré</nom><date-naissance>1980-02-30</date-naissance>" + validEnrolment + "</carte>\n"

// someCards are more than a batch, with a refused one among them.
func someCards(code string) string {
	return documentOf(code, testCard{number: "A1", phone: phoneOf(1)}.String(), refusedCard,
		testCard{number: "A2", phone: phoneOf(2)}.String(), testCard{number: "A3", phone: phoneOf(3)}.String())
}

func depositFlow(s *stage) []step {
	s.enter("mours")
	return []step{post("mours", someCards("mours")), job(cards.JobDeposits, "")}
}

// smallFlow gives a document that is taken at once, with a card refused.
func smallFlow(s *stage) []step {
	s.enter("mours")
	return []step{post("mours", documentOf("mours", testCard{number: "A1", phone: phoneOf(1)}.String(), refusedCard)), job(cards.JobDeposits, "")}
}

func fileFlow(s *stage) []step {
	s.enter("mours")
	s.dropServer()
	putFile(s.t, s.folder, "mours", "cartes.xml", someCards("mours"))
	putFile(s.t, s.folder, "mours", "ensuite.xml", documentOf("mours", testCard{number: "A1", phone: phoneOf(4)}))
	return []step{job(cards.JobFTP, ""), job(cards.JobDeposits, ""), job(cards.JobMail, "")}
}

// reader is somebody a simulated library enrols.
func reader(number string, change ...func(*sigb.Card)) sigb.Card {
	c := sigb.Card{Number: number, Name: "Dupré", FirstName: "Hélène", BirthDate: "1980-02-29", Phone: "0475000001"}
	c.Enrolment.First, c.Enrolment.End = "2024-09-03", "2099-09-09"
	for _, do := range change {
		do(&c)
	}
	return c
}

// enrol has a system know readers.
func enrol(t *testing.T, system *sigb.System, list ...sigb.Card) {
	t.Helper()
	for _, c := range list {
		if err := system.Enrol(c, sigb.Local{}); err != nil {
			t.Fatal(err)
		}
	}
}

// served puts a permanent system's services behind the wire, and its library
// into the network with those it uses.
func (s *stage) served(system *sigb.System, harvested, pushed bool) {
	s.t.Helper()
	const page = 2
	server := sigb.NewServer(system, sigb.ServerOptions{PageSize: page})
	mux := http.NewServeMux()
	mux.Handle(string(sigb.OAI), s.wire.around("page", server))
	mux.Handle(string(sigb.REST), s.wire.around("push", server))
	front := httptest.NewServer(mux)
	s.t.Cleanup(func() {
		front.Close()
		_ = server.Close()
	})
	s.enter(system.Code(), func(l *cards.Library) {
		if harvested {
			l.OAIURL, l.OAISet, l.OAIPrefix = front.URL+string(sigb.OAI), server.Set(), server.Prefix()
		}
		if pushed {
			l.PushURL = front.URL + string(sigb.REST)
		}
	})
}

// harvestFlow has readers of so long ago that no later harvest's overlap would
// bring them again.
func harvestFlow(s *stage) []step {
	beauvoir := s.system("beauvoir")
	s.served(beauvoir, true, false)
	const ago = 48 * time.Hour
	s.past.Store(int64(ago))
	defer s.past.Store(0)
	enrol(s.t, beauvoir, reader("B1"), reader("B2"), reader(refusedNumber, func(c *sigb.Card) { c.BirthDate = "1980-02-30" }), reader("B4"), reader("B5"))
	return []step{job(cards.JobHarvest, "beauvoir"), job(cards.JobMail, "")}
}

// pushFlow has a library turn a card down, until the hub has taken note.
func pushFlow(s *stage) []step {
	beauvoir := s.system("beauvoir")
	s.served(beauvoir, false, true)
	s.enter("mours")
	s.born()
	s.posted("mours", documentOf("mours", manyCards("A", 5)...))
	bad := manyCardNumber("A", 3)
	beauvoir.Refuse(func(number string) error {
		if number == bad {
			return &sigb.RefusalError{Code: "valeur", Field: sigb.FieldName, Text: "Le nom est celui d’une personne inscrite."}
		}
		return nil
	})
	repaired := func(s *stage) {
		status, err := s.watch.store.LibraryStatus(s.t.Context(), "beauvoir")
		if err != nil {
			s.t.Fatal(err)
		}
		if status.Again > 0 {
			beauvoir.Refuse(nil)
		}
	}
	return []step{job(cards.JobPush, "beauvoir"), repaired}
}

// harvestedPushFlow has two libraries change different fields of one card.
func harvestedPushFlow(s *stage) []step {
	beauvoir := s.system("beauvoir")
	s.served(beauvoir, true, true)
	s.enter("mours")
	s.born()
	s.posted("mours", documentOf("mours", manyCards("A", 3)...))
	s.job(cards.JobPush, "beauvoir")
	err := beauvoir.Change(manyCardNumber("A", 1), func(c *sigb.Card) { c.FirstName = "Hélène-Marie" })
	if err != nil {
		s.t.Fatal(err)
	}
	s.posted("mours", documentOf("mours", testCard{number: manyCardNumber("A", 1), phone: phoneOf(99)}))
	return []step{job(cards.JobPush, "beauvoir")}
}

func pullFlow(s *stage) []step {
	s.enter("mours")
	s.enter("peyrins")
	peyrins := s.system("peyrins")
	s.born()
	s.posted("mours", documentOf("mours", manyCards("A", 5)...))
	enrol(s.t, peyrins, reader("P1"))
	return []step{online(s.client(peyrins)), job(cards.JobDeposits, "")}
}

// completeFlow restores an old backup at a library that had fetched its cards:
// what its complete document lacks is handed to it again.
func completeFlow(s *stage) []step {
	s.enter("mours")
	s.enter("peyrins")
	s.born()
	s.posted("mours", documentOf("mours", manyCards("A", 3)...))
	first := sigb.New(sigb.Config{Code: "peyrins"})
	enrol(s.t, first, reader("P1"))
	before := s.client(first)
	if _, err := before.Session(s.t.Context()); err != nil {
		s.t.Fatal(err)
	}
	restored := s.system("peyrins")
	enrol(s.t, restored, reader("P1"))
	after := s.client(restored)
	after.Rewind(before.From())
	shown := false
	return []step{
		func(s *stage) {
			if !shown {
				_, err := after.PostAll(s.t.Context())
				shown = err == nil
			}
		},
		job(cards.JobDeposits, ""),
		online(after),
	}
}

// endedFlow ends a card early that another library has fetched.
func endedFlow(s *stage) []step {
	s.enter("mours")
	s.enter("peyrins")
	s.born()
	s.posted("mours", documentOf("mours", manyCards("A", 3)...))
	if _, err := s.client(sigb.New(sigb.Config{Code: "peyrins"})).Session(s.t.Context()); err != nil {
		s.t.Fatal(err)
	}
	yesterday := time.Now().AddDate(0, 0, -2).Format(time.DateOnly)
	ended := "<carte><numero>" + manyCardNumber("A", 1) + "</numero><nom>Dupré</nom><inscription><premiere>2024-09-03</premiere><fin>" +
		yesterday + "</fin></inscription></carte>"
	return []step{
		post("mours", documentOf("mours", ended)), job(cards.JobDeposits, ""), job(cards.JobEnds, ""), job(cards.JobMail, ""),
	}
}

// sweepFlow lets a year go by after a deposit, while no hub lives.
func sweepFlow(s *stage) []step {
	s.enter("mours")
	s.born()
	s.posted("mours", documentOf("mours", testCard{number: "A1", phone: phoneOf(1)}))
	s.end()
	s.hub = nil
	const year = 366 * 24 * time.Hour
	s.ahead.Add(int64(year))
	return []step{job(cards.JobPurge, "")}
}

// wholeFlow leaves all to the program: nobody wakes anything.
func wholeFlow(s *stage) []step {
	s.whole = true
	beauvoir := s.system("beauvoir")
	s.served(beauvoir, false, true)
	s.enter("mours")
	return []step{post("mours", documentOf("mours", manyCards("A", 3)...)), func(s *stage) {
		s.until("the cards arrive", func() bool { return beauvoir.Len() == 3 && s.unrest(s.t) == "" })
	}}
}
