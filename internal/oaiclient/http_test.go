package oaiclient_test

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/carte-reseau/hub/internal/oaiclient"
)

func TestSignsInAndNamesItself(t *testing.T) {
	t.Parallel()
	var user, password, agent string
	ils := newScript(t, func(w http.ResponseWriter, r *http.Request) {
		user, password, _ = r.BasicAuth()
		agent = r.UserAgent()
		page("", "A1")(w, r)
	})
	w := newWorld(t, ils.URL)
	w.complete(t, func(o *oaiclient.Options) { o.UserAgent = "hub-de-romans/1.0" })
	if user != "hub" || password != "secret du SIGB" || agent != "hub-de-romans/1.0" {
		t.Errorf("%q, %q, %q", user, password, agent)
	}
}

func TestRedirectsTakeThePasswordToNoOtherPort(t *testing.T) {
	t.Parallel()
	var signed, referer string
	elsewhere := newScript(t, func(w http.ResponseWriter, r *http.Request) {
		signed, referer = r.Header.Get("Authorization"), r.Header.Get("Referer")
		page("", "A1")(w, r)
	})
	ils := newScript(t, func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, elsewhere.URL+"/oai?"+r.URL.RawQuery, http.StatusFound)
	})
	w := newWorld(t, ils.URL)
	w.complete(t)
	if signed != "" || referer != "" {
		t.Errorf("another server was given %q and %q", signed, referer)
	}
	w.wantNumbers(t, "A1")
}

// A library's server must not send the hub where only the hub can go: to its own machine, or to its provider's.
func TestRedirectsToOtherMachinesAreNotFollowed(t *testing.T) {
	t.Parallel()
	asked := false
	inside := newScript(t, func(w http.ResponseWriter, r *http.Request) {
		asked = true
		page("", "A1")(w, r)
	})
	port := strings.TrimPrefix(inside.URL, "http://127.0.0.1")
	for _, to := range []string{"http://localhost" + port + "/oai", "http://127.0.0.2" + port, "http://[::1]" + port, "https://helene.dupre.example/"} {
		ils := newScript(t, func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, to, http.StatusFound) })
		w := newWorld(t, ils.URL)
		run, err := w.harvest(t)
		if err == nil || !strings.Contains(run.Error.String(), "vers une autre machine") {
			t.Errorf("%s: %q", to, run.Error)
		}
		w.silent(t, "dupre")
		if n := len(ils.queries()); n != 1 {
			t.Errorf("%s: asked %d times", to, n)
		}
	}
	if asked {
		t.Error("the hub went there")
	}
}

func TestRedirectsOnTheSameServerStaySignedIn(t *testing.T) {
	t.Parallel()
	var signed bool
	ils := newScript(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/oai" {
			http.Redirect(w, r, "/oai/?"+r.URL.RawQuery, http.StatusMovedPermanently)
			return
		}
		_, _, signed = r.BasicAuth()
		page("", "A1")(w, r)
	})
	w := newWorld(t, ils.URL+"/oai")
	w.complete(t)
	if !signed {
		t.Error("the redirected request was not signed in")
	}
}

func TestGzip(t *testing.T) {
	t.Parallel()
	for name, encoding := range map[string]string{"declared": "gzip", "not declared": "", "old name": "x-gzip"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ils := newScript(t, func(w http.ResponseWriter, r *http.Request) {
				if r.Header.Get("Accept-Encoding") != "gzip" {
					t.Errorf("accepted: %q", r.Header.Get("Accept-Encoding"))
				}
				if encoding != "" {
					w.Header().Set("Content-Encoding", encoding)
				}
				_, _ = w.Write(zipped([]byte(listOf("", card("A1", "X")))))
			})
			w := newWorld(t, ils.URL)
			w.complete(t)
			w.wantNumbers(t, "A1")
		})
	}
}

// Zeros and members do not cut an answer off; other bytes behind it do, and that is no accident of the line.
func TestWhatStandsBehindAGzippedAnswer(t *testing.T) {
	t.Parallel()
	whole := listOf("", card("A1", "X"))
	answering := func(parts ...string) *world {
		ils := newScript(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(strings.Join(parts, ""))) })
		return newWorld(t, ils.URL)
	}
	first, second := string(zipped([]byte(whole[:50]))), string(zipped([]byte(whole[50:])))
	w := answering(first, second, strings.Repeat("\x00", 3))
	w.complete(t)
	w.wantNumbers(t, "A1")
	w = answering(first, second, "garbage")
	if _, err := w.harvest(t); err == nil || !strings.Contains(err.Error(), "ne sont pas du gzip") {
		t.Error(err)
	}
}

func TestDeclaredGzipButPlain(t *testing.T) {
	t.Parallel()
	ils := newScript(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Encoding", "gzip")
		page("", "A1")(w, r)
	})
	w := newWorld(t, ils.URL)
	w.complete(t)
	w.wantNumbers(t, "A1")
}

func zipped(b []byte) []byte {
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	_, _ = w.Write(b)
	_ = w.Close()
	return out.Bytes()
}

func TestPageThatIsTooLarge(t *testing.T) {
	t.Parallel()
	large := listOf("", card("A1", "X")) + strings.Repeat(" ", 2<<20)
	for name, answer := range map[string]http.HandlerFunc{
		"plain": xmlAnswer(large),
		"bomb":  func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(zipped([]byte(large))) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ils := newScript(t, answer)
			w := newWorld(t, ils.URL)
			run, err := w.harvest(t, func(o *oaiclient.Options) { o.MaxPage = 1 << 20 })
			if err == nil || !strings.Contains(run.Error.String(), "dépasse 1 Mio") {
				t.Errorf("error %q", run.Error)
			}
			if n := len(ils.queries()); n != 1 {
				t.Errorf("asked %d times", n)
			}
		})
	}
}

// TestAnswersThatAreNoPage wants for each a message that says what happened and what to do, and progress kept.
func TestAnswersThatAreNoPage(t *testing.T) {
	t.Parallel()
	html := "<!DOCTYPE html>\n<html><body>Maintenance</body></html>"
	cut := listOf("", card("A1", "X"))
	for name, c := range map[string]struct {
		answer http.HandlerFunc
		want   []string
		tries  int
	}{
		"html":          {xmlAnswer(html), []string{"page web (HTML)", "l’adresse de son serveur OAI-PMH"}, 3},
		"html 500":      {func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(500); xmlAnswer(html)(w, r) }, []string{"panne", "HTTP 500"}, 3},
		"xhtml":         {xmlAnswer(`<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml"/>`), []string{"page web (HTML)"}, 3},
		"other xml":     {xmlAnswer("<rss/>"), []string{"pas une réponse OAI-PMH"}, 3},
		"empty":         {status(200), []string{"réponse vide"}, 3},
		"no list":       {xmlAnswer(response("")), []string{"ni liste", "ni erreur"}, 3},
		"cut":           {xmlAnswer(cut[:len(cut)-40]), []string{"s’arrête avant sa fin"}, 3},
		"malformed":     {xmlAnswer(strings.Replace(cut, "</responseDate>", "</date>", 1)), []string{"XML lisible", "ligne 1", "fournisseur"}, 3},
		"doctype":       {xmlAnswer("<!DOCTYPE x><x/>"), []string{"DOCTYPE"}, 3},
		"401":           {status(401), []string{"identifiants", "mot de passe"}, 1},
		"403":           {status(403), []string{"HTTP 403", "autoriser"}, 1},
		"404":           {status(404), []string{"HTTP 404", "l’adresse de son serveur OAI-PMH"}, 1},
		"418":           {status(418), []string{"HTTP 418"}, 1},
		"redirect loop": {func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, r.URL.String(), http.StatusFound) }, []string{"sans fin"}, 6},
		"other coding":  {status(200, "Content-Encoding", "br"), []string{"compressée"}, 1},
		"dropped":       {func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, []string{"pu être joint"}, 0},
		"429":           {status(429), []string{"surchargé", "HTTP 429"}, 3},
		"503":           {status(503), []string{"surchargé", "HTTP 503"}, 3},
		"format":        {xmlAnswer(oaiError("cannotDisseminateFormat")), []string{"cannotDisseminateFormat", "préfixe de métadonnées"}, 1},
		"sets":          {xmlAnswer(oaiError("noSetHierarchy")), []string{"noSetHierarchy", "videz « Ensemble (set) »"}, 1},
		"argument":      {xmlAnswer(oaiError("badArgument")), []string{"badArgument", "l’ensemble (set)"}, 1},
		"unknown error": {xmlAnswer(oaiError("jeton-secret")), []string{"inconnue", "fournisseur"}, 1},
		"long token":    {page(strings.Repeat("t", 7000), "A1"), []string{"démesuré"}, 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ils := newScript(t, c.answer)
			w := newWorld(t, ils.URL+"/?code=jeton-secret")
			run, err := w.harvest(t)
			if err == nil {
				t.Fatal("the harvest succeeded")
			}
			host, _ := url.Parse(ils.URL)
			for _, part := range append(c.want, host.Host, "page 1") {
				if !strings.Contains(run.Error.String(), part) {
					t.Errorf("%q is not in %q", part, run.Error)
				}
			}
			if n := len(ils.queries()); c.tries != 0 && n != c.tries {
				t.Errorf("asked %d times, want %d", n, c.tries)
			}
			if len(w.deposits(t)) != 0 {
				t.Error("a deposit was made")
			}
			w.silent(t, "jeton-secret", "A1")
			ils.then(page("", "A2"))
			w.complete(t)
		})
	}
}

// TestPassingTrouble wants a harvest to succeed over what goes by.
func TestPassingTrouble(t *testing.T) {
	t.Parallel()
	cut := listOf("", card("A1", "X"))
	aborted := func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", fmt.Sprint(len(cut)))
		_, _ = w.Write([]byte(cut[:len(cut)/2]))
		panic(http.ErrAbortHandler)
	}
	// What stands before the application answers with pages of its own, as long and packed as they like.
	longPage := func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusInternalServerError)
		_, _ = w.Write(bytes.Repeat([]byte("<p>trace</p>"), 1<<17))
	}
	packedPage := func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Encoding", "br")
		w.WriteHeader(http.StatusBadGateway)
		_, _ = w.Write([]byte{0x0b, 0x02, 0x80})
	}
	for name, answer := range map[string]http.HandlerFunc{
		"long page of a 500": longPage, "packed page of a 502": packedPage,
		"cut": xmlAnswer(cut[:len(cut)-40]), "aborted": aborted, "500": status(500), "html": xmlAnswer("<html/>"),
		"dropped":            func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) },
		"cut gzip":           func(w http.ResponseWriter, _ *http.Request) { z := zipped([]byte(cut)); _, _ = w.Write(z[:len(z)-9]) },
		"503 with a wait":    status(503, "Retry-After", "0"),
		"429 with a wait":    status(429, "Retry-After", "0"),
		"503 until its now":  status(503, "Date", "Sat, 21 Nov 2015 10:00:00 GMT", "Retry-After", "Sat, 21 Nov 2015 10:00:00 GMT"),
		"503 until the past": status(503, "Retry-After", "Sat, 21 Nov 2015 10:00:00 GMT"),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ils := newScript(t, answer, page("p2", "A1"), answer, page("", "A2"))
			w := newWorld(t, ils.URL)
			run := w.complete(t)
			w.wantNumbers(t, "A1", "A2")
			if run.Counts.Received != 2 {
				t.Errorf("counts %+v", run.Counts)
			}
		})
	}
}

// A wrong clock over there must not make a wait of minutes one of years.
func TestRetryDateIsReadOnTheServersOwnClock(t *testing.T) {
	t.Parallel()
	ils := newScript(t, status(503, "Date", "Thu, 21 Nov 2041 10:00:00 GMT", "Retry-After", "Thu, 21 Nov 2041 10:00:01 GMT"), page("", "A1"))
	w := newWorld(t, ils.URL)
	w.complete(t)
	w.wantNumbers(t, "A1")
}

func TestLongWaitsAreCapped(t *testing.T) {
	t.Parallel()
	for _, value := range []string{"999999999999", "Thu, 21 Nov 2941 10:00:00 GMT"} {
		ils := newScript(t, status(503, "Retry-After", value))
		w := newWorld(t, ils.URL)
		_, err := w.harvest(t, func(o *oaiclient.Options) { o.MaxNotBefore = time.Hour })
		later, ok := err.(*oaiclient.NotBefore) //nolint:errorlint // it is what Harvest returns
		if !ok || time.Until(later.Until) > time.Hour {
			t.Errorf("%s: %v", value, err)
		}
	}
}

func TestSilentServers(t *testing.T) {
	t.Parallel()
	silent := func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }
	stalls := func(w http.ResponseWriter, r *http.Request) {
		_, _ = w.Write([]byte("<OAI-PMH>"))
		_ = http.NewResponseController(w).Flush()
		<-r.Context().Done()
	}
	drips := func(w http.ResponseWriter, r *http.Request) {
		for r.Context().Err() == nil {
			_, _ = w.Write([]byte(" "))
			_ = http.NewResponseController(w).Flush()
			time.Sleep(5 * time.Millisecond)
		}
	}
	for name, c := range map[string]struct {
		answer http.HandlerFunc
		change func(*oaiclient.Options)
		want   string
	}{
		"no header": {silent, func(o *oaiclient.Options) { o.HeaderTimeout = 50 * time.Millisecond }, "pas répondu à temps"},
		"stalls":    {stalls, func(o *oaiclient.Options) { o.IdleTimeout = 50 * time.Millisecond }, "s’est tu"},
		"drips":     {drips, func(o *oaiclient.Options) { o.RequestTimeout = 100 * time.Millisecond }, "pas complète"},
		"in all":    {silent, func(o *oaiclient.Options) { o.RequestTimeout = 50 * time.Millisecond }, "pas répondu à temps"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ils := newScript(t, c.answer)
			w := newWorld(t, ils.URL)
			run, err := w.harvest(t, c.change, func(o *oaiclient.Options) { o.Attempts = 2 })
			if err == nil || !strings.Contains(run.Error.String(), c.want) {
				t.Errorf("error %q", run.Error)
			}
		})
	}
}

func TestServersThatAreNotThere(t *testing.T) {
	t.Parallel()
	gone := httptest.NewServer(http.NotFoundHandler())
	gone.Close()
	for address, want := range map[string]string{
		gone.URL + "/?code=jeton-secret":          "refuse la connexion",
		"http://nulle-part.invalid/?jeton-secret": "serveur",
	} {
		w := newWorld(t, address)
		run, err := w.harvest(t)
		if err == nil || !strings.Contains(run.Error.String(), want) {
			t.Errorf("error %q", run.Error)
		}
		w.silent(t, "jeton-secret")
	}
}

func TestCertificateNobodyKnows(t *testing.T) {
	t.Parallel()
	ils := httptest.NewTLSServer(page("", "A1"))
	t.Cleanup(ils.Close)
	w := newWorld(t, ils.URL)
	run, err := w.harvest(t)
	if err == nil || !strings.Contains(run.Error.String(), "l’autorité qui a signé son certificat") {
		t.Errorf("error %q", run.Error)
	}
}

// A proxy that is away is not the library's server being down.
func TestAProxyThatIsAwayIsCalledThat(t *testing.T) {
	t.Parallel()
	gone := httptest.NewServer(http.NotFoundHandler())
	gone.Close()
	proxy, err := url.Parse(gone.URL)
	if err != nil {
		t.Fatal(err)
	}
	w := newWorld(t, "http://sigb.invalid/oai")
	run, err := w.harvest(t, func(o *oaiclient.Options) { o.Transport = &http.Transport{Proxy: http.ProxyURL(proxy)} })
	if err == nil || !strings.Contains(run.Error.String(), "mandataire") || !strings.Contains(run.Error.String(), "HTTPS_PROXY") {
		t.Errorf("error %q", run.Error)
	}
}

func TestPagesLeaveNoFile(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	ils := newScript(t, page("p2", "A1"), xmlAnswer("<html/>"), page("", "A2"))
	w := newWorld(t, ils.URL)
	w.complete(t, func(o *oaiclient.Options) { o.TempDir = dir })
	left, err := os.ReadDir(dir)
	if err != nil || len(left) != 0 {
		t.Errorf("left %v, %v", left, err)
	}
}
