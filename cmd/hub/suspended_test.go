package main

import (
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/carte-reseau/hub/internal/cards"
	"github.com/carte-reseau/hub/internal/sigb"
	"github.com/carte-reseau/hub/internal/store/storetest"
)

const (
	many             = 600 // more than is modified without asking
	decisionPatience = 90 * time.Second
)

// renumbered is a document of many cards that all got another telephone.
func renumbered(library string, round int) string {
	list := manyCards("M", many)
	for i := range list {
		list[i].phone = phoneOf(round*many + i)
	}
	return documentOf(library, list...)
}

// holdsRound reports whether the hub holds the cards of a round.
func holdsRound(t *testing.T, f *foundation, round int) bool {
	t.Helper()
	held := phonesHeld(t, f)
	return held[manyCardNumber("M", 0)] == phoneOf(round*many) && held[manyCardNumber("M", many-1)] == phoneOf(round*many+many-1)
}

func (b *postbox) about(t *testing.T, address, words string) letter {
	t.Helper()
	var found letter
	eventually(t, decisionPatience, address+" is told: "+words, func() bool {
		for _, l := range b.to(address) {
			if strings.Contains(l.subject, words) {
				found = l
				return true
			}
		}
		return false
	})
	return found
}

// A library drops files that change all its cards. The first is let through at the command line, the second set aside.
func TestSuspendedFilesAreJudgedByTheCommandLine(t *testing.T) {
	t.Parallel()
	eachDatabase(t, func(t *testing.T, database string) {
		box := newPostbox(t)
		s := newSite(t, database)
		s.FTP, s.SMTP, s.MailFrom, s.AdminEmail = "embedded://127.0.0.1:0", "smtp://"+box.addr, "reseau@example.org", "admin@example.org"
		s.library("mours")
		s.hub("import", writeFile(t, "m.xml", renumbered("mours", 0)), "--library=mours").want(exitOK)
		s.hub("deposits", "list", "--suspended").want(exitOK, "Aucun dépôt n’attend")
		h := s.boot()
		drop := func(name string, round int) {
			t.Helper()
			if err := dropFile(t.Context(), h.parts.ftpServer.Addr(), "mours", name, renumbered("mours", round)); err != nil {
				t.Fatal(err)
			}
			eventually(t, decisionPatience, "the file is taken", func() bool { return len(filesIn(t, s)) == 0 })
		}
		drop("un.xml", 1)
		waits := box.about(t, "mours@example.org", "en attente d’un accord")
		if !strings.Contains(waits.text, "600 cartes") || !strings.Contains(waits.text, "un.xml") || len(waits.files) != 0 {
			t.Errorf("letter to the library: %+v", waits)
		}
		told := box.about(t, "admin@example.org", "attend votre décision")
		for _, want := range []string{"600", "téléphone : 600", "(porte : FTP)", "hub deposits accept 2"} {
			if !strings.Contains(told.text, want) {
				t.Errorf("the administrator is not told %q:\n%s", want, told.text)
			}
		}
		if !holdsRound(t, h.foundation, 0) {
			t.Error("a suspended document changed cards")
		}
		s.hub("status").want(exitError, "1 dépôt suspendu à décider : hub deposits list --suspended")
		s.hub("deposits", "list", "--suspended").want(exitOK, "mours", "ftp", "suspendu", "600")
		shown := s.hub("deposits", "show", "2").want(exitOK, "600 modifiées", "telephone", "M000000", "… et 580 autres (--all)", "hub deposits refuse 2")
		if strings.Contains(shown.out, "Dupré") || strings.Contains(shown.out, phoneOf(many)) {
			t.Errorf("what stands on the cards is shown:\n%s", shown.out)
		}
		s.hub("deposits", "show", "2", "--all").want(exitOK, "M000599")
		var document struct {
			ID      int64
			Status  string
			Touched []struct{ Cards int }
		}
		if err := json.Unmarshal([]byte(s.hub("deposits", "show", "2", "--json").want(exitOK).out), &document); err != nil || document.Status != "suspendu" || len(document.Touched) != 1 {
			t.Errorf("%+v, %v", document, err)
		}
		if text := scrape(t, h); !strings.Contains(text, `hub_library_deposits_suspended{library="mours"} 1`) {
			t.Error("the metrics do not count it")
		}

		s.hub("deposits", "accept", "2").want(exitOK, "Dépôt 2 accepté")
		eventually(t, decisionPatience, "it is integrated", func() bool { return holdsRound(t, h.foundation, 1) })
		s.hub("deposits", "accept", "2").want(exitError, "n’attend pas de décision")
		accepted := box.about(t, "mours@example.org", "accepté")
		if !strings.Contains(accepted.text, "modifiées : 600") {
			t.Errorf("letter: %+v", accepted)
		}
		s.hub("deposits", "show", "2").want(exitOK, "accepté par "+me(t), "600 modifiées")

		drop("deux.xml", 2)
		s.hub("deposits", "refuse", "3").want(exitUsage)
		s.hub("deposits", "refuse", "3", "--reason=Les téléphones ont glissé d’une ligne.").want(exitOK, "Dépôt 3 écarté")
		refused := box.about(t, "mours@example.org", "refusé")
		if !strings.Contains(refused.text, "Les téléphones ont glissé d’une ligne.") || string(refused.files["deux.xml"]) != renumbered("mours", 2) {
			t.Errorf("the file does not come back with the reason:\n%s", refused.text)
		}
		if !holdsRound(t, h.foundation, 1) {
			t.Error("a refused document changed cards")
		}
		s.hub("status").want(exitOK)
		s.hub("deposits", "list", "--library=mours").want(exitOK, "refuse", "integre")
	})
}

// scrape reads the metrics.
func scrape(t *testing.T, h *hub) string {
	t.Helper()
	return get(t, h.publicURL+"/metrics", "")
}

func get(t *testing.T, address, key string) string {
	t.Helper()
	return send(t, http.MethodGet, address, key)
}

func send(t *testing.T, method, address, key string) string {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, address, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	if key != "" {
		request.Header.Set("Authorization", "Bearer "+key)
		request.Header.Set("Content-Type", "application/json")
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	text, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode != http.StatusOK {
		t.Fatalf("%s %s: %d, %v\n%.500s", method, address, response.StatusCode, err, text)
	}
	return string(text)
}

// An import is asked about too, unless whoever calls it has looked already.
func TestAnImportThatModifiesTooManyCardsIsAskedAbout(t *testing.T) {
	t.Parallel()
	s := newSite(t, storetest.SQLiteDatabase(t))
	s.library("mours")
	s.hub("import", writeFile(t, "0.xml", renumbered("mours", 0)), "--library=mours").want(exitOK)
	s.hub("import", writeFile(t, "1.xml", renumbered("mours", 1)), "--library=mours", "--simulate").want(exitOK, "simulation", "600 modifiées")
	s.hub("import", writeFile(t, "1.xml", renumbered("mours", 1)), "--library=mours").want(exitError, "suspendu", "600 modifiées", "Rien n’a été changé", "hub deposits accept 3")
	if f := s.foundation(); !holdsRound(t, f, 0) {
		t.Error("a suspended import changed cards")
	}
	s.hub("import", writeFile(t, "2.xml", renumbered("mours", 2)), "--library=mours", "--accept").want(exitOK, "integre", "600 modifiées")
	s.hub("deposits", "show", "4").want(exitOK, "accepté par "+me(t))
	s.hub("deposits", "accept", "3").want(exitOK)
	h := s.boot()
	eventually(t, decisionPatience, "the hub takes it up", func() bool {
		d, err := h.store.Deposit(t.Context(), 3)
		return err == nil && d.Status == cards.Integrated
	})
	if !holdsRound(t, h.foundation, 2) {
		t.Error("the older import went over the newer one")
	}
}

// A system that changes all its cards at once is harvested; the running hub integrates what staff accept by the JSON API.
func TestASuspendedHarvestIsAcceptedOverTheAPI(t *testing.T) {
	t.Parallel()
	eachDatabase(t, func(t *testing.T, database string) {
		system := sigb.New(sigb.Config{Code: "beauvoir", Profile: sigb.Aloes()})
		desk := sigb.NewGenerator(rand.New(rand.NewPCG(1, 1)), "26", time.Now)
		if err := desk.Fill(system, many); err != nil {
			t.Fatal(err)
		}
		server := sigb.NewServer(system, sigb.ServerOptions{PageSize: 100})
		if err := server.Start(t.Context(), "127.0.0.1:0"); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = server.Close() })
		s := newSite(t, database)
		s.library("beauvoir", "--oai-url="+server.URL(sigb.OAI), "--oai-set="+server.Set(), "--oai-prefix="+server.Prefix(), "--harvest=@every 1s")
		const key = "cle-personnelle-de-test"
		s.hubReading(key+"\n", "user", "add", "anne", "--role=operator", "--key-file=-").want(exitOK)
		h := s.boot()
		eventually(t, decisionPatience, "all cards are in", func() bool { return len(phonesHeld(t, h.foundation)) == many })
		// All are changed between two harvests: one in the middle would find too few to be held.
		s.hub("library", "pause", "beauvoir").want(exitOK)
		eventually(t, decisionPatience, "no harvest is under way", func() bool {
			job, err := h.store.Job(t.Context(), cards.JobHarvest, s.idOf("beauvoir"))
			return err == nil && job.Paused && !job.Running
		})
		for i, p := range system.Patrons() {
			if err := system.Change(p.Number, func(c *sigb.Card) { c.Phone = phoneOf(i) }); err != nil {
				t.Fatal(err)
			}
		}
		s.hub("library", "resume", "beauvoir").want(exitOK)
		var waiting struct{ Deposits []struct{ ID int64 } }
		eventually(t, decisionPatience, "the harvest is held", func() bool {
			waiting.Deposits = nil
			if err := json.Unmarshal([]byte(get(t, h.publicURL+"/api/v1/deposits?status=suspendu", key)), &waiting); err != nil {
				t.Fatal(err)
			}
			return len(waiting.Deposits) > 0
		})
		changed := func() (n int) {
			held := phonesHeld(t, h.foundation)
			for i, p := range system.Patrons() {
				if held[p.Number] == phoneOf(i) {
					n++
				}
			}
			return n
		}
		if n := changed(); n > cards.SuspendAbove {
			t.Errorf("%d cards changed while staff were asked", n)
		}
		send(t, http.MethodPost, fmt.Sprintf("%s/api/v1/deposits/%d/accept", h.publicURL, waiting.Deposits[0].ID), key)
		eventually(t, decisionPatience, "every change is in", func() bool { return changed() == many })
		d, err := h.store.Deposit(t.Context(), waiting.Deposits[0].ID)
		if err != nil || d.JudgedBy != "anne" || d.Door != cards.DoorHarvest {
			t.Errorf("%+v, %v", d, err)
		}
		if asked, err := h.store.Waiting(t.Context()); err != nil || asked.Suspended != 0 {
			t.Errorf("%+v, %v", asked, err)
		}
	})
}

func TestTheLetterOfASuspensionLeadsToAPage(t *testing.T) {
	t.Parallel()
	h := newSite(t, storetest.SQLiteDatabase(t)).boot()
	for _, language := range []string{cards.French, cards.English} {
		const deposit = 3
		body := suspensionLetter(recipient{language: language}, h.publicURL+"/", &cards.Deposit{ID: deposit}).Body
		_, address, found := strings.Cut(body, h.publicURL)
		if !found {
			t.Fatalf("no address in:\n%s", body)
		}
		browser := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
		request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, h.publicURL+strings.TrimSpace(address), nil)
		if err != nil {
			t.Fatal(err)
		}
		response, err := browser.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		_ = response.Body.Close()
		if where := response.Header.Get("Location"); response.StatusCode != http.StatusSeeOther || where != "/connexion" {
			t.Errorf("%s: who is not signed in gets %d, %q, not the sign-in of the pages", strings.TrimSpace(address), response.StatusCode, where)
		}
	}
}
