package proof_test

import (
	"io"
	"net/http"
	"net/url"
	"strings"

	"github.com/carte-reseau/hub/internal/store/storetest"
	"pgregory.net/rapid"
)

// askForOne is a library that fetches one card by itself, as a desk does that has its reader before it.
func (n *network) askForOne(t *rapid.T) {
	m, from := n.one(t, func(m *member) bool { return m.gets == byList }), n.anyone(t)
	if m == nil {
		return
	}
	number, ok := n.somebody(t, from)
	if !ok || m.sendsFirst && !n.give(m) {
		return
	}
	m.forget()
	id := n.peek.text(n.t, "SELECT oai_id FROM cards WHERE number_key = '"+strings.ToLower(number)+"'")
	if id == "" {
		return
	}
	n.drawTrouble(t)
	defer n.wire.calm()
	query := url.Values{"verb": {"GetRecord"}, "metadataPrefix": {"carte"}, "identifier": {"oai:" + hubHost + ":" + id}}
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, hubURL+"/oai?"+query.Encode(), http.NoBody)
	n.expectNil(err)
	r.SetBasicAuth(m.code, storetest.Key)
	n.asked = strings.ToLower(number)
	reply, err := n.wire.RoundTrip(r)
	n.asked = ""
	if err != nil {
		return
	}
	defer func() { _ = reply.Body.Close() }()
	var page strings.Builder
	_, err = io.Copy(&page, reply.Body)
	n.expectNil(err)
	one := carte.FindString(page.String())
	if one == "" {
		return // it has ended
	}
	n.ledger.overtake(m)
	m.system.Integrate(strings.NewReader("<cartes>" + one + "</cartes>"))
}
