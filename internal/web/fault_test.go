package web_test

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/carte-reseau/hub/internal/cards"
	"github.com/carte-reseau/hub/internal/store/storetest"
	"github.com/carte-reseau/hub/internal/web"
)

func asPeople(r *http.Request) { r.Header.Set("Accept", "text/html,application/xhtml+xml") }

// Who comes to an address that leads nowhere is shown the way back; a program is told in a line.
func TestAnAddressThatLeadsNowhere(t *testing.T) {
	h := newHub(t)
	p := h.staff(cards.RoleReader)
	p.get("/nulle-part", asPeople).shows(http.StatusNotFound, "Introuvable", "Il n’y a rien à cette adresse", "Retour au réseau")
	p.get("/etablissements/Mours!", asPeople).shows(http.StatusNotFound, "Il n’y a rien à cette adresse")
	h.visitor().get("/nulle-part", asPeople).shows(http.StatusNotFound, "Introuvable").hides("Se déconnecter")
	p.get("/nulle-part").shows(http.StatusNotFound, "Rien ne se trouve à cette adresse", "POST /cartes", "/guide/sigb.md").hides("<html")
	p.lang = "en"
	p.get("/nulle-part", asPeople).shows(http.StatusNotFound, "There is nothing at this address").hides("Il n’y a rien")
}

// Who is refused something reads why in their own language.
func TestErrorsSpeakTheVisitorsLanguage(t *testing.T) {
	h := newHub(t)
	p := h.staff(cards.RoleAdministrator)
	p.get("/etablissements/inconnue").shows(http.StatusNotFound, `<p lang="fr">La bibliothèque « inconnue » n’existe pas`)
	p.lang = "en"
	p.get("/etablissements/inconnue").shows(http.StatusNotFound, `<p lang="en">There is no library “inconnue” in the network.`)
	p.act("/systeme/comptes", map[string][]string{"nom": {"lise"}, "role": {"reader"}, "mot-de-passe": {"court"}}).
		shows(http.StatusUnprocessableEntity, `role="alert" id="faute" lang="en">The password has less than 12 characters`)
	settings := newLibrary("mours")
	settings.Set("nom", " ")
	p.act("/nouvelle-bibliotheque", settings).shows(http.StatusUnprocessableEntity, `lang="en">Give the library a name.`)
	h.staff(cards.RoleReader).act("/conflits/1/garder", nil).shows(http.StatusForbidden, `<p lang="fr">Ceci demande le rôle`)
}

// Why a job fails and a card was refused was noted when it happened; who reads it does so in their own language.
func TestWhatWasNotedIsReadInTheVisitorsLanguage(t *testing.T) {
	eachDatabase(t, func(h *hub) {
		p, ctx := h.staff(cards.RoleOperator), h.t.Context()
		monnaie := storetest.Library(h.t, h.db, "monnaie", func(l *cards.Library) { l.PushURL = "http://127.0.0.1:9/cartes" })
		storetest.Send(h.t, h.db, storetest.Library(h.t, h.db, "mours"), storetest.Card("A1"))
		must := func(err error) {
			h.t.Helper()
			if err != nil {
				h.t.Fatal(err)
			}
		}
		must(h.db.SyncJobs(ctx, []cards.Job{{Kind: cards.JobPush, LibraryID: monnaie.ID, Library: monnaie.Code, Schedule: "@every 5m"}}))
		lease, _, err := storetest.AcquireLease(ctx, h.db, cards.JobPush, monnaie.ID, "essai", time.Minute)
		must(err)
		away := cards.Errorf(cards.Unavailable, "Le SIGB de %s demande de revenir plus tard (%s). Le réseau réessaie de lui-même.", monnaie.Code, cards.Say("réponse %d", 503))
		run := cards.Run{LibraryID: monnaie.ID, Job: cards.JobPush, Started: time.Now()}
		run.ID, err = h.db.BeginRun(ctx, run)
		must(err)
		run.Finished, run.Error = time.Now(), cards.SentenceOf(away)
		must(h.db.FinishRun(ctx, run))
		must(h.db.ReleaseLease(ctx, lease, time.Time{}, away))
		must(h.db.SettlePush(ctx, monnaie.ID, 1, nil, []cards.Refusal{{CardID: 1, Reason: cards.Say("Le SIGB a refusé la carte (%s).", cards.Say("réponse %d", 400))}}))
		must(h.db.SetAttention(ctx, monnaie.ID, cards.Say("Le dernier document complet ne contient pas plus de %d cartes du réseau : vérifiez-le, puis décidez s’il faut tout redistribuer.", 1000)))
		for path, said := range map[string][2]string{
			"/":                                {"demande de revenir plus tard (réponse 503)", "asks to come back later (answer 503)"},
			"/etablissements/monnaie":          {"ne contient pas plus de 1000 cartes", "lacks more than 1000 cards"},
			"/etablissements/monnaie/passages": {"demande de revenir plus tard", "asks to come back later"},
			"/etablissements/monnaie/refusees": {"a refusé la carte (réponse 400)", "refused the card (answer 400)"},
			"/fiches/" + h.cardID("A1"):        {"« Le SIGB a refusé la carte (réponse 400). »", "“The system refused the card (answer 400).”"},
		} {
			p.lang = "fr"
			p.get(path).shows(http.StatusOK, said[0])
			p.lang = "en"
			p.get(path).shows(http.StatusOK, said[1]).hides(said[0], "Le SIGB", "réponse 503")
		}
	})
}

// Libraries are called by their names, on the pages of what they gave too once they have left.
func TestLibrariesAreCalledByTheirNames(t *testing.T) {
	eachDatabase(t, func(h *hub) {
		p := h.staff(cards.RoleAdministrator)
		mours, peyrins := storetest.Library(t, h.db, "mours"), storetest.Library(t, h.db, "peyrins")
		h.dispute(mours, peyrins, "A1")
		h.bring(mours, "a.xml", documentXML("mours", cardXML("A2", "04 75 00 00 00")), false)
		h.resume()
		p.get("/a-decider/conflits").shows(http.StatusOK, "Bibliothèque de mours, <time", "Bibliothèque de peyrins, <time")
		p.get("/fiches/"+h.cardID("A1")).shows(http.StatusOK, "par : Bibliothèque de peyrins", "<dd>Bibliothèque de mours</dd>")
		if err := h.db.RemoveLibrary(t.Context(), mours.ID); err != nil {
			t.Fatal(err)
		}
		p.get("/documents/1").shows(http.StatusOK, "← Bibliothèque de mours")
		storetest.Library(t, h.db, "mours", func(l *cards.Library) { l.Name = "Médiathèque neuve" })
		p.get("/documents/1").shows(http.StatusOK, "← Médiathèque neuve")
	})
}

// The tabs of what is to be decided follow the network; the list does not, and says where it is no longer what was read.
func TestTheTabsFollowTheNetwork(t *testing.T) {
	h := newHub(t)
	p := h.staff(cards.RoleReader)
	mours, peyrins := storetest.Library(t, h.db, "mours"), storetest.Library(t, h.db, "peyrins")
	h.dispute(mours, peyrins, "A1")
	partly := func(r *http.Request) { r.Header.Set("HX-Request", "true") }
	page := p.get("/a-decider/conflits").shows(http.StatusOK, `hx-get="/a-decider/conflits?vu=1"`, `data-on="decisions"`)
	page.hides("Cette liste a changé")
	before := len(h.recorded())
	p.get("/a-decider/conflits?vu=1", partly).shows(http.StatusOK, `<span class="badge">1</span>`).hides("04 75", "<html", "Cette liste a changé")
	h.dispute(mours, peyrins, "A2")
	p.get("/a-decider/conflits?vu=1", partly).shows(http.StatusOK, `<span class="badge">2</span>`, "Cette liste a changé").hides("04 75")
	p.get("/a-decider/doublons?vu=0", partly).shows(http.StatusOK, `<a href="/a-decider/doublons" aria-current="page">`).hides("Cette liste a changé")
	p.get("/a-decider/conflits?vu=x", partly).shows(http.StatusUnprocessableEntity)
	if now := len(h.recorded()); now != before {
		t.Errorf("%d entries are recorded of tabs that show nobody", now-before)
	}
}

// Trouble that no library's row tells stands at the top of the network's page, and all is not well.
func TestTroublesStandOnTheNetworksPage(t *testing.T) {
	eachDatabase(t, func(h *hub) {
		mours := storetest.Library(t, h.db, "mours")
		storetest.Send(t, h.db, mours, storetest.Card("A1"))
		found := []cards.Finding{
			{TroubleKey: cards.TroubleKey{Kind: cards.TroubleRefused, LibraryID: mours.ID, Subject: cards.RefusedByHub}, Library: "mours", Detail: cards.TroubleDetail{Count: 3}, Ripe: true},
			{TroubleKey: cards.TroubleKey{Kind: cards.TroubleSuspended, LibraryID: mours.ID, Subject: "7"}, Library: "mours", Detail: cards.TroubleDetail{Count: 900}, Ripe: true},
		}
		nobody := func(cards.Trouble, cards.TroubleMail) []cards.Message { return nil }
		if err := h.db.SettleTroubles(t.Context(), found, nobody); err != nil {
			t.Fatal(err)
		}
		p := h.staff(cards.RoleReader)
		page := p.get("/").shows(http.StatusOK, "1 problème en cours", "3 cartes envoyées par la bibliothèque « Bibliothèque de mours »", `href="/etablissements/mours"`)
		page.hides("Tout va bien", "900")
		p.lang = "en"
		page = p.get("/").shows(http.StatusOK, "1 problem under way", "3 cards sent by the library")
		if strings.Contains(page.body, "All is well") {
			t.Error("all is said to be well")
		}
	})
}

// A library that staff paused says only that, so what waits of it stands above; one that the hub itself stopped is no peace.
func TestAPauseHidesNoTrouble(t *testing.T) {
	now := time.Now()
	h := newHub(t, func(o *web.Options) { o.Now = func() time.Time { return now } })
	mours := storetest.Library(t, h.db, "mours")
	storetest.Send(t, h.db, mours, storetest.Card("A1"))
	p := h.staff(cards.RoleReader)
	pause := func(pause func(context.Context, int64, cards.Sentence) error, reason string) {
		t.Helper()
		if err := pause(t.Context(), mours.ID, cards.Quote(reason)); err != nil {
			t.Fatal(err)
		}
		now = now.Add(time.Minute)
	}
	pause(h.db.PauseLibrary, "travaux")
	p.get("/").shows(http.StatusOK, "Tout va bien", "travaux")
	found := []cards.Finding{
		{TroubleKey: cards.TroubleKey{Kind: cards.TroubleSuspended, LibraryID: mours.ID, Subject: "7"}, Library: "mours", Detail: cards.TroubleDetail{Count: 900}, Ripe: true},
	}
	nobody := func(cards.Trouble, cards.TroubleMail) []cards.Message { return nil }
	if err := h.db.SettleTroubles(t.Context(), found, nobody); err != nil {
		t.Fatal(err)
	}
	pause(h.db.PauseLibrary, "travaux")
	p.get("/").shows(http.StatusOK, "1 problème en cours", "900")
	pause(h.db.StopLibrary, "accès refusé")
	p.get("/").shows(http.StatusOK, "1 bibliothèque demande", "accès refusé").hides("Tout va bien", "900")
}
