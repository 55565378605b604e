package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/carte-reseau/hub/internal/cards"
	"github.com/carte-reseau/hub/internal/sigb"
)

// The flows in which a person decides, or a library says what it did with what
// it fetched.
var decidedFlows = []flow{
	{"a report on what was fetched", reportFlow, []string{atCommit, atReport, atList}},
	{"an erasure", erasureFlow, []string{atCommit, atStaff, atDeposit, atMail}},
	{"a conflict decided", conflictFlow, []string{atCommit, atStaff, atPush}},
	{"one person under two numbers", samePersonFlow, []string{atCommit, atStaff, atPush}},
}

// longFlows hold more cards than are modified without asking.
var longFlows = []flow{
	{"a suspended document let through", acceptedFlow, []string{atCommit, atFetch, atDelete, atMail, atStaff}},
	{"a suspended document set aside", setAsideFlow, []string{atCommit, atFetch, atDelete, atMail, atStaff}},
}

const claire = "claire"

// administrator enters the account that decides.
func (s *stage) administrator() {
	s.t.Helper()
	u := cards.User{Name: claire, Role: cards.RoleAdministrator, Email: claire + "@example.org"}
	if _, err := s.watch.store.AddUser(s.t.Context(), u, keyOf(claire)); err != nil {
		s.t.Fatal(err)
	}
}

// ask puts one request to the interface of staff. An error is a hub that gave
// no answer.
func (s *stage) ask(method, path, body string) (status int, reply []byte, err error) {
	request, err := http.NewRequestWithContext(s.t.Context(), method, s.gate.server.URL+"/api/v1"+path, strings.NewReader(body))
	if err != nil {
		return 0, nil, err
	}
	request.Header.Set("Authorization", "Bearer "+keyOf(claire))
	request.Header.Set("Content-Type", "application/json")
	transport := new(http.Transport)
	defer transport.CloseIdleConnections()
	response, err := (&http.Client{Transport: transport}).Do(request)
	if err != nil {
		return 0, nil, err
	}
	defer func() { _ = response.Body.Close() }()
	reply, err = io.ReadAll(response.Body)
	return response.StatusCode, reply, err
}

// decides is a person's request, made until it is answered. One that was not
// answered may have been done: made again, it is then refused.
func decides(path, body string) step {
	done, asked := false, false
	return func(s *stage) {
		if done {
			return
		}
		status, reply, err := s.ask(http.MethodPost, path, body)
		refused := status >= http.StatusBadRequest && status < http.StatusInternalServerError
		if err == nil && refused && !asked {
			s.t.Errorf("%s: status %d: %.300s", path, status, reply)
		}
		asked = true
		done = err == nil && (refused || status < http.StatusMultipleChoices)
	}
}

// decidesOn is decides on the one thing of a list, whose number a death may have
// moved on: path names it by {id}.
func decidesOn(list, path, body string) step {
	var decide step
	return func(s *stage) {
		if decide == nil {
			id := s.onlyOne(list)
			if id == "" {
				return
			}
			decide = decides(strings.Replace(path, "{id}", id, 1), body)
		}
		decide(s)
	}
}

// onlyOne is the number of the one thing in a list; none where nobody answers.
func (s *stage) onlyOne(list string) string {
	s.t.Helper()
	status, reply, err := s.ask(http.MethodGet, list, "")
	if err != nil || status >= http.StatusInternalServerError {
		return ""
	}
	var page struct{ Erasures, Conflicts []struct{ ID int64 } }
	err = json.Unmarshal(reply, &page)
	things := slices.Concat(page.Erasures, page.Conflicts)
	if err != nil || len(things) != 1 {
		s.t.Fatalf("%s: status %d, %v: %.300s", list, status, err, reply)
	}
	return strconv.FormatInt(things[0].ID, 10)
}

// fetched is a library that has fetched all there is, before anything counts.
func (s *stage) fetched(system *sigb.System) *sigb.Client {
	s.t.Helper()
	c := s.client(system)
	if _, err := c.Session(s.t.Context()); err != nil {
		s.t.Fatal(err)
	}
	return c
}

// reportFlow has a library that fetched three cards tell that it could not take
// one: it is handed that one again.
func reportFlow(s *stage) []step {
	s.enter("mours")
	s.enter("peyrins")
	s.born()
	s.posted("mours", documentOf("mours", manyCards("A", 3)...))
	c := s.fetched(s.system("peyrins"))
	report := `<rapport xmlns="urn:carte-reseau:1" etablissement="peyrins" date="2026-11-21T08:30:02Z" statut="partiel"
		recues="3" creees="2" modifiees="0" inchangees="0" perimees="0" rejetees="1"><carte rang="2" numero="` + manyCardNumber("A", 1) +
		`" resultat="rejetee"><erreur code="valeur" champ="nom">Le nom est celui d’une personne inscrite.</erreur></carte></rapport>`
	told := false
	return []step{
		func(s *stage) {
			if told {
				return
			}
			status, reply, err := newCaller(s.t, s.gate.server.URL, "peyrins").call(s.t.Context(), http.MethodPost, "/rapports", report)
			told = err == nil && status == http.StatusNoContent
			if err == nil && status < http.StatusInternalServerError && !told {
				s.t.Errorf("the report is answered by status %d: %.300s", status, reply)
			}
		},
		online(c),
	}
}

// erasureFlow has a card erased that two libraries hold: the hub searches what
// it kept, writes to both, and refuses the card when one sends it again.
func erasureFlow(s *stage) []step {
	s.enter("mours")
	s.enter("peyrins")
	s.administrator()
	s.born()
	s.posted("mours", documentOf("mours", manyCards("A", 3)...))
	s.fetched(sigb.New(sigb.Config{Code: "peyrins"}))
	number := manyCardNumber("A", 1)
	return []step{
		decides("/erasures", `{"number":"`+number+`"}`), job(cards.JobDeposits, ""), job(cards.JobMail, ""),
		post("mours", documentOf("mours", testCard{number: number, phone: phoneOf(50)}, testCard{number: manyCardNumber("A", 2), phone: phoneOf(51)})),
		decidesOn("/erasures", "/erasures/{id}/libraries/peyrins/confirm", ""),
	}
}

// decidedNetwork is two libraries that give cards, one that is handed them, and
// who decides.
func (s *stage) decidedNetwork() {
	s.t.Helper()
	s.served(s.system("beauvoir"), false, true)
	s.enter("mours")
	s.enter("peyrins")
	s.administrator()
	s.born()
}

// conflictFlow has two libraries change one phone number, and the earlier value
// chosen: a third is handed it.
func conflictFlow(s *stage) []step {
	s.decidedNetwork()
	for i, turn := range []struct{ code, phone string }{{"mours", phoneOf(1)}, {"peyrins", phoneOf(1)}, {"mours", phoneOf(2)}, {"peyrins", phoneOf(3)}} {
		s.posted(turn.code, documentOf(turn.code, testCard{number: "A1", phone: turn.phone}))
		if i == 0 {
			s.job(cards.JobPush, "beauvoir")
		}
	}
	return []step{decidesOn("/conflicts", "/conflicts/{id}/choose", `{}`), job(cards.JobPush, "beauvoir")}
}

// samePersonFlow has the hub find one person under two numbers, and one of them
// go on.
func samePersonFlow(s *stage) []step {
	s.decidedNetwork()
	s.posted("mours", documentOf("mours", testCard{number: "A1", phone: phoneOf(1)}))
	s.posted("peyrins", documentOf("peyrins", testCard{number: "B1", phone: phoneOf(2)}))
	s.job(cards.JobLikeness, "")
	s.job(cards.JobPush, "beauvoir")
	return []step{decides("/duplicates/same", `{"goes_on":"A1","other":"B1"}`), job(cards.JobLikeness, ""), job(cards.JobPush, "beauvoir")}
}

// suspended drops a file that changes too many cards. Of bigger batches there
// are few enough to die at each.
func (s *stage) suspended() {
	s.t.Helper()
	const batch = 300
	s.limits.intake.Batch = batch
	s.AdminEmail = "admin@example.org"
	s.enter("mours")
	s.administrator()
	s.dropServer()
	s.born()
	s.posted("mours", renumbered("mours", 0))
	putFile(s.t, s.folder, "mours", "cartes.xml", renumbered("mours", 1))
}

// judged has the suspended deposit accepted or refused once there is one.
func judged(verdict, body string) step {
	var decide step
	return func(s *stage) {
		if decide == nil {
			status, reply, err := s.ask(http.MethodGet, "/deposits?status=suspendu", "")
			var waiting struct{ Deposits []struct{ ID int64 } }
			if err != nil || status != http.StatusOK || json.Unmarshal(reply, &waiting) != nil || len(waiting.Deposits) == 0 {
				return
			}
			decide = decides(fmt.Sprintf("/deposits/%d/%s", waiting.Deposits[0].ID, verdict), body)
		}
		decide(s)
	}
}

func acceptedFlow(s *stage) []step { return suspendedFlow(s, judged("accept", "")) }

func setAsideFlow(s *stage) []step {
	return suspendedFlow(s, judged("refuse", `{"reason":"Fichier d’essai envoyé par erreur."}`))
}

func suspendedFlow(s *stage, judge step) []step {
	s.suspended()
	return []step{job(cards.JobFTP, ""), job(cards.JobDeposits, ""), judge, job(cards.JobDeposits, ""), job(cards.JobFTP, ""), job(cards.JobMail, "")}
}
