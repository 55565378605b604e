package main

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/emersion/go-smtp"
)

// wire answers with bytes that need be no HTTP at all.
func wire(text string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		conn, out, err := http.NewResponseController(w).Hijack()
		if err != nil {
			panic(err)
		}
		_, _ = out.WriteString(text)
		_ = out.Flush()
		_ = conn.Close()
	}
}

func says(status int, contentType, body string, header ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", contentType)
		for i := 0; i+1 < len(header); i += 2 {
			w.Header().Set(header[i], header[i+1])
		}
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}
}

func oaiSays(inside string) string {
	return `<OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/"><responseDate>2026-11-21T08:30:00Z</responseDate><request>zqxv</request>` + inside + `</OAI-PMH>`
}

func oaiRecordOf(identifier, carte string) string {
	return `<record><header><identifier>` + identifier + `</identifier><datestamp>2026-11-21T08:00:00Z</datestamp></header><metadata>` +
		strings.Replace(carte, "<carte>", `<carte xmlns="urn:carte-reseau:1">`, 1) + `</metadata></record>`
}

// badOAI are the libraries' servers on bad days, quoting readers wherever they can.
func badOAI() map[string]http.HandlerFunc {
	const xml = "text/xml"
	records := oaiRecordOf("oai:zqxv:1", privateCard(11))
	for i, misfit := range privateMisfits() {
		records += oaiRecordOf(fmt.Sprint("oai:zqxv:", i), misfit)
	}
	return map[string]http.HandlerFunc{
		"garbage":    wire("<nom>Zqxvnom</nom>\r\n\r\n"),
		"header":     wire("HTTP/1.1 200 OK\r\nZqxv Zqxvnom\r\n\r\nzqxv"),
		"status":     wire("HTTP/1.1 zqxv Zqxvnom\r\n\r\nzqxv"),
		"length":     wire("HTTP/1.1 200 OK\r\nContent-Length: zqxv\r\n\r\nzqxv"),
		"chunks":     wire("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzqxv\r\nzqxv"),
		"html":       says(http.StatusOK, "text/html", "<html><p>Mme Zqxvnom"),
		"gone":       says(http.StatusNotFound, "text/plain", "zqxv"),
		"failing":    says(http.StatusInternalServerError, "text/plain", "zqxv: "+privateCard(1)),
		"busy":       says(http.StatusServiceUnavailable, "text/plain", "zqxv", "Retry-After", "zqxv"),
		"elsewhere":  says(http.StatusFound, "text/plain", "zqxv", "Location", "ftp://zqxv.invalid/Zqxvnom"),
		"packed":     says(http.StatusOK, xml, "zqxv", "Content-Encoding", "gzip"),
		"charset":    says(http.StatusOK, "text/xml; charset=zqxv", oaiSays("<ListRecords>"+records+"</ListRecords>")),
		"cut":        says(http.StatusOK, xml, oaiSays("<ListRecords>" + records)[:900]),
		"syntax":     says(http.StatusOK, xml, oaiSays("<ListRecords>"+records+"<Zqxvnom zqxv></ListRecords>")),
		"entity":     says(http.StatusOK, xml, oaiSays("<ListRecords>&zqxv;"+records+"</ListRecords>")),
		"doctype":    says(http.StatusOK, xml, `<!DOCTYPE zqxv>`+oaiSays("")),
		"error":      says(http.StatusOK, xml, oaiSays(`<error code="badArgument">Mme Zqxvnom</error>`)),
		"own error":  says(http.StatusOK, xml, oaiSays(`<error code="zqxv">zqxv</error>`)),
		"no oai":     says(http.StatusOK, xml, "<zqxv>"+records+"</zqxv>"),
		"no list":    says(http.StatusOK, xml, oaiSays("<Identify><zqxv/></Identify>")),
		"dates":      says(http.StatusOK, xml, strings.ReplaceAll(oaiSays("<ListRecords>"+records+"</ListRecords>"), "2026-11-21T08", "zqxv")),
		"deleted":    says(http.StatusOK, xml, oaiSays(`<ListRecords><record><header status="deleted"><identifier>oai:zqxv:Zqxvnom</identifier><datestamp>2026-11-21</datestamp></header></record></ListRecords>`)),
		"good":       says(http.StatusOK, xml, oaiSays("<ListRecords>"+records+"</ListRecords>")),
		"long token": says(http.StatusOK, xml, oaiSays("<ListRecords>"+records+"<resumptionToken>"+strings.Repeat("zqxv", 4000)+"</resumptionToken></ListRecords>")),
	}
}

// badREST are those that receive cards.
func badREST() map[string]http.HandlerFunc {
	const xml = "application/xml"
	report := func(attributes, inside string) string {
		return `<rapport xmlns="urn:carte-reseau:1" ` + attributes + `>` + inside + `</rapport>`
	}
	refusal := `<carte numero="ZQXV00001" resultat="rejetee"><erreur code="zqxv" champ="zqxv">Mme Zqxvnom est interdite de prêt.</erreur></carte>`
	list := map[string]http.HandlerFunc{
		"echoes": func(w http.ResponseWriter, r *http.Request) {
			body, _ := io.ReadAll(r.Body)
			wire(string(body))(w, r)
		},
		"refuses":     says(http.StatusOK, xml, report(`statut="partiel" recues="2" rejetees="1"`, refusal)),
		"refuses all": says(http.StatusOK, xml, report(`statut="refuse"`, `<erreur code="zqxv">Zqxvnom</erreur>`)),
		"miscounts":   says(http.StatusOK, xml, report(`statut="zqxv" recues="zqxv"`, refusal)),
		"status 400":  says(http.StatusBadRequest, xml, report(`statut="refuse"`, `<erreur code="zqxv">Zqxvnom</erreur>`)),
		"status 422":  says(http.StatusUnprocessableEntity, "text/plain", "zqxv"),
		"status 401":  says(http.StatusUnauthorized, "text/plain", "zqxv", "WWW-Authenticate", "zqxv"),
		"cut report":  says(http.StatusOK, xml, report("", refusal)[:90]),
		"bad report":  says(http.StatusOK, xml, "<zqxv>"+refusal+"</zqxv>"),
		"suspends":    says(http.StatusOK, xml, report(`statut="suspendu" recues="2"`, "zqxv")),
	}
	for name, handler := range badOAI() {
		list["as a server: "+name] = handler
	}
	return list
}

// quotingPeers serves each of them under an address of its own, and keeps what addresses were asked for.
type quotingPeers struct {
	url string

	mu    sync.Mutex
	asked map[string]int // by library
	urls  []string
}

func newQuotingPeers(t *testing.T, peers map[string]http.HandlerFunc) *quotingPeers {
	t.Helper()
	p := &quotingPeers{asked: map[string]int{}}
	mux := http.NewServeMux()
	for code, handler := range peers {
		mux.HandleFunc("/"+code, func(w http.ResponseWriter, r *http.Request) {
			p.mu.Lock()
			p.asked[code]++
			p.urls = append(p.urls, r.URL.String())
			p.mu.Unlock()
			handler(w, r)
		})
	}
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	p.url = server.URL
	return p
}

func (p *quotingPeers) reached() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.asked)
}

// censor is an SMTP server that refuses letters and quotes them.
type censor struct{ smtp.Session }

func (censor) NewSession(*smtp.Conn) (smtp.Session, error) { return censor{}, nil }

func (censor) Mail(string, *smtp.MailOptions) error { return nil }
func (censor) Rcpt(string, *smtp.RcptOptions) error { return nil }
func (censor) Reset()                               {}
func (censor) Logout() error                        { return nil }

// Data quotes the letter it refuses.
func (censor) Data(r io.Reader) error {
	_, _ = io.Copy(io.Discard, r)
	return &smtp.SMTPError{Code: 554, EnhancedCode: smtp.EnhancedCode{5, 6, 0}, Message: "content rejected: Zqxvnom"}
}

func newCensor(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := smtp.NewServer(censor{})
	server.Domain = "localhost"
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = server.Serve(listener) // closed under it
	}()
	t.Cleanup(func() {
		_ = server.Close()
		<-ended
	})
	return listener.Addr().String()
}
