package push_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/carte-reseau/hub/internal/cards"
	"github.com/carte-reseau/hub/internal/push"
	"github.com/carte-reseau/hub/internal/sigb"
)

func short(o *push.Options) { o.Timeout = 300 * time.Millisecond }

// TestSystemInTrouble: whatever the system does wrong, nothing is settled, the
// error tells staff, and the next push brings everything.
func TestSystemInTrouble(t *testing.T) {
	const wait, failed, address = "revenir plus tard", "Rien n’est perdu", "son service d’intégration"
	tests := map[string]struct {
		fault sigb.Fault
		words string
	}{
		"503":                    {sigb.Unavailable(time.Second), wait},
		"429":                    {sigb.TooMany(time.Second), wait},
		"408":                    {sigb.Status(http.StatusRequestTimeout), wait},
		"502":                    {sigb.Status(http.StatusBadGateway), wait},
		"504":                    {sigb.Status(http.StatusGatewayTimeout), wait},
		"425":                    {sigb.Status(http.StatusTooEarly), wait},
		"500":                    {sigb.Broken(), failed},
		"404":                    {sigb.Status(http.StatusNotFound), address},
		"405":                    {sigb.Status(http.StatusMethodNotAllowed), address},
		"406":                    {sigb.Status(http.StatusNotAcceptable), address},
		"407":                    {sigb.Status(http.StatusProxyAuthRequired), address},
		"410":                    {sigb.Status(http.StatusGone), address},
		"415":                    {sigb.Status(http.StatusUnsupportedMediaType), address},
		"421":                    {sigb.Status(http.StatusMisdirectedRequest), address},
		"426":                    {sigb.Status(http.StatusUpgradeRequired), address},
		"no body":                {sigb.Empty(), "autre chose qu’un rapport"},
		"a page":                 {sigb.NoReport(), "autre chose qu’un rapport"},
		"silence":                {sigb.Silent(), "n’a pas fini de répondre en 300ms"},
		"taken, never answered":  {sigb.AcceptedNeverAnswered().On(sigb.REST), "n’a pas fini de répondre"},
		"slow bytes":             {sigb.Slow(1, 20*time.Millisecond).On(sigb.REST), "n’a pas fini de répondre"},
		"taken, reply lost":      {sigb.LostReply().On(sigb.REST).Times(9), "a coupé la connexion"},
		"reply cut":              {sigb.CutOff().On(sigb.REST), "a coupé la connexion"},
		"reply truncated":        {sigb.Truncated().On(sigb.REST), "autre chose qu’un rapport"},
		"one too many received":  {sigb.Miscount(1), "(21) qui n’est pas celui envoyé (20)"},
		"one received less":      {sigb.Miscount(-1), "(19) qui n’est pas celui envoyé (20)"},
		"none counted as passed": {sigb.Miscount(-20), "(0) qui n’est pas celui envoyé (20)"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var patience []func(*push.Options)
			if strings.Contains(test.words, "n’a pas fini de répondre") {
				patience = append(patience, short)
			}
			b, sys, srv := withSystem(t, patience...)
			b.give(1, 20)
			srv.Faults.Next(test.fault)
			b.mustFail(test.words)
			b.settled(20, 0)
			srv.Faults.Clear()
			b.renew()
			b.mustPush()
			b.settled(0, 0)
			if sys.Len() != 20 {
				t.Errorf("the system holds %d cards", sys.Len())
			}
			b.clean()
		})
	}
}

func TestReportsThatAreWellFormedAnyhow(t *testing.T) {
	for _, fault := range []sigb.Fault{sigb.OnlyRejected(), sigb.Gzip().On(sigb.REST), sigb.Latin1().On(sigb.REST), sigb.ControlCharacter().On(sigb.REST)} {
		t.Run(fault.String(), func(t *testing.T) {
			b, sys, srv := withSystem(t)
			sys.Refuse(func(n string) error {
				if n == number(3) {
					return saying("Déjà inscrite ailleurs.")
				}
				return nil
			})
			srv.Faults.Always(fault)
			b.give(1, 9)
			b.mustPush()
			b.settled(1, 1)
			if waiting := b.hurry(); !strings.Contains(waiting[0].Reason.String(), "Déjà inscrite ailleurs.") {
				t.Errorf("reason %q", waiting[0].Reason)
			}
		})
	}
}

// A report may say more than the hub reads: it is one all the same, or the same
// cards would be sent for ever.
func TestAReportThatSaysMoreIsBelieved(t *testing.T) {
	own := strings.Repeat("x", 1536)
	for i := range 20 {
		own += fmt.Sprintf(`" x%d="y`, i)
	}
	b := withHandler(t, reporting(t, http.StatusOK, func(numbers []string) string {
		return fmt.Sprintf(`<rapport xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:schemaLocation="urn:carte-reseau:1 rapport-1.xsd" `+
			`statut="integre" recues="%d" trace="%s"/>`, len(numbers), own)
	}))
	b.give(1, 100)
	b.mustPush()
	b.settled(0, 0)
}

func TestRetryAfterIsHonouredAndCapped(t *testing.T) {
	tests := map[string]struct {
		header string
		want   time.Duration // 0: not said
	}{
		"seconds":     {"120", 2 * time.Minute},
		"a date":      {time.Now().Add(10 * time.Minute).UTC().Format(http.TimeFormat), 10 * time.Minute},
		"a year":      {"31536000", time.Hour},
		"far date":    {time.Now().AddDate(3, 0, 0).UTC().Format(http.TimeFormat), time.Hour},
		"overflow":    {"9223372036854775807", time.Hour},
		"too large":   {"99999999999999999999999", 0},
		"negative":    {"-5", 0},
		"nonsense":    {"bientôt", 0},
		"not said":    {"", 0},
		"white space": {" 120 ", 2 * time.Minute},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := withHandler(t, func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Retry-After", test.header)
				w.WriteHeader(http.StatusServiceUnavailable)
			})
			b.give(1, 1)
			b.mustFail("revenir plus tard")
			var later interface{ NotBefore() time.Time }
			if !errors.As(b.err, &later) {
				t.Fatal("the error does not say when")
			}
			at := later.NotBefore()
			if test.want == 0 {
				if !at.IsZero() {
					t.Errorf("come back at %s", at)
				}
				return
			}
			if wait := time.Until(at); wait > test.want || wait < test.want-10*time.Second {
				t.Errorf("come back in %s, want %s", wait, test.want)
			}
		})
	}
}

// An error that says when to come back is a matter of time and of no card.
func TestAnErrorThatSaysWhenToComeBack(t *testing.T) {
	b := withHandler(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Retry-After", "120")
		w.WriteHeader(http.StatusInternalServerError)
	})
	b.give(1, 1)
	b.mustFail("revenir plus tard")
	var later interface{ NotBefore() time.Time }
	if !errors.As(b.err, &later) || later.NotBefore().IsZero() {
		t.Errorf("%v does not say when", b.err)
	}
}

// A date is read on the clock of the system that wrote it, which may be hours off.
func TestRetryAfterIsReadOnTheSystemsOwnClock(t *testing.T) {
	for name, off := range map[string]time.Duration{"ahead": 3 * time.Hour, "behind": -3 * time.Hour} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := withHandler(t, func(w http.ResponseWriter, _ *http.Request) {
				now := time.Now().Add(off).UTC()
				w.Header().Set("Date", now.Format(http.TimeFormat))
				w.Header().Set("Retry-After", now.Add(5*time.Minute).Format(http.TimeFormat))
				w.WriteHeader(http.StatusTooManyRequests)
			})
			b.give(1, 1)
			b.mustFail("revenir plus tard")
			var later interface{ NotBefore() time.Time }
			if !errors.As(b.err, &later) {
				t.Fatal("the error does not say when")
			}
			if wait := time.Until(later.NotBefore()).Round(time.Minute); wait != 5*time.Minute {
				t.Errorf("come back in %s", wait)
			}
		})
	}
}

func TestAnEndlessReplyIsNotRead(t *testing.T) {
	var written atomic.Int64
	b := withHandler(t, func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, `<rapport statut="integre" recues="1">`)
		chunk := []byte(strings.Repeat(`<carte numero="1" resultat="creee"/>`, 1000))
		for range 100 << 20 / len(chunk) {
			n, err := w.Write(chunk)
			written.Add(int64(n))
			if err != nil {
				return
			}
		}
	})
	b.give(1, 1)
	b.mustFail("réponse démesurée")
	if n := written.Load(); n > 32<<20 {
		t.Errorf("%d MiB of the reply were taken", n>>20)
	}
}

func TestConnectionReset(t *testing.T) {
	b := withHandler(t, func(w http.ResponseWriter, _ *http.Request) {
		conn, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		if tcp, ok := conn.(*net.TCPConn); ok {
			_ = tcp.SetLinger(0) // a reset, not an end
		}
		_ = conn.Close()
	})
	b.give(1, 2)
	b.mustFail("a coupé la connexion")
}

func TestNobodyListens(t *testing.T) {
	var lc net.ListenConfig
	l, err := lc.Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	url := "http://" + l.Addr().String() + "/cartes?cle=tressecrete"
	_ = l.Close()
	b := newBench(t, url)
	b.give(1, 2)
	b.mustFail("injoignable")
	if strings.Contains(b.err.Error()+b.log.String(), "tressecrete") {
		t.Errorf("the secret in the address was told: %v", b.err)
	}
}

// A server that runs and shows a certificate the hub does not trust is not one that is down.
func TestACertificateNobodyKnowsIsCalledThat(t *testing.T) {
	srv := httptest.NewUnstartedServer(http.NotFoundHandler())
	srv.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)
	srv.StartTLS()
	t.Cleanup(srv.Close)
	b := newBench(t, srv.URL+"/?cle=tressecrete")
	b.give(1, 2)
	b.mustFail("l’autorité qui a signé son certificat")
	b.settled(2, 0)
	if strings.Contains(b.err.Error()+b.log.String(), "tressecrete") {
		t.Errorf("the secret in the address was told: %v", b.err)
	}
}

// A proxy that is away is not the library's system being down.
func TestAProxyThatIsAwayIsCalledThat(t *testing.T) {
	gone := httptest.NewServer(http.NotFoundHandler())
	gone.Close()
	proxy, err := url.Parse(gone.URL)
	if err != nil {
		t.Fatal(err)
	}
	b := newBench(t, "http://sigb.invalid/cartes", func(o *push.Options) { o.Transport = &http.Transport{Proxy: http.ProxyURL(proxy)} })
	b.give(1, 2)
	b.mustFail("HTTPS_PROXY")
	b.settled(2, 0)
}

func TestAnEndlessHeaderIsNotRead(t *testing.T) {
	b := withHandler(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("X-Long", strings.Repeat("x", 1<<20))
		w.WriteHeader(http.StatusNotFound)
	})
	b.give(1, 2)
	b.mustFail("Rien n’est perdu")
}

func TestRedirectsAreNotFollowed(t *testing.T) {
	var leaked atomic.Bool
	thief := func(_ http.ResponseWriter, _ *http.Request) { leaked.Store(true) }
	for _, status := range []int{301, 302, 303, 307, 308} {
		b := withHandler(t, func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/ailleurs" {
				thief(w, r)
				return
			}
			http.Redirect(w, r, "/ailleurs", status)
		})
		b.give(1, 2)
		b.mustFail("adresse définitive")
	}
	if leaked.Load() {
		t.Error("readers' data went where a redirect pointed")
	}
}

func TestCancelledInFlight(t *testing.T) {
	b, sys, srv := withSystem(t)
	b.give(1, 5)
	srv.Faults.Next(sigb.Silent())
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	done := make(chan error, 1)
	go func() {
		_, err := b.pusher.Push(ctx, b.lib)
		done <- err
	}()
	eventually(t, "the request is under way", func() bool { return len(srv.Seen()) == 1 })
	cancel()
	select {
	case err := <-done:
		if !errors.Is(err, context.Canceled) {
			t.Errorf("error %v", err)
		}
	case <-time.After(3 * time.Second):
		t.Fatal("did not stop when cancelled")
	}
	if runs := b.runs(); len(runs) != 1 || runs[0].OK || runs[0].Finished.IsZero() || !strings.Contains(runs[0].Error.String(), "interrompu") {
		t.Errorf("recorded %+v", runs)
	}
	b.settled(5, 0)
	b.mustPush()
	if sys.Len() != 5 {
		t.Errorf("%d cards", sys.Len())
	}
}

func TestCancelledBeforeTheStart(t *testing.T) {
	b, _, srv := withSystem(t)
	b.give(1, 5)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := b.pusher.Push(ctx, b.lib); err == nil || len(srv.Seen()) != 0 {
		t.Errorf("error %v, %d requests", err, len(srv.Seen()))
	}
}

func eventually(t *testing.T, what string, cond func() bool) {
	t.Helper()
	for deadline := time.Now().Add(5 * time.Second); time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) {
		if cond() {
			return
		}
	}
	t.Fatalf("never came: %s", what)
}

func TestOneBadLibraryDoesNotTouchAnother(t *testing.T) {
	b, sys, _ := withSystem(t, short)
	mute, muteSrv := system(t)
	muteSrv.Faults.Always(sigb.Silent())
	b.give(1, 10)
	bad := *b.lib
	bad.PushURL = muteSrv.URL(sigb.REST)
	errs := make(chan error, 1)
	go func() {
		_, err := b.pusher.Push(t.Context(), &bad)
		errs <- err
	}()
	b.mustPush()
	if sys.Len() != 10 || mute.Len() != 0 {
		t.Errorf("good %d, mute %d", sys.Len(), mute.Len())
	}
	if err := <-errs; cards.CodeOf(err) != cards.Unavailable {
		t.Errorf("the mute system: %v", err)
	}
}
