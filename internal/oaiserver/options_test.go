package oaiserver_test

import (
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/carte-reseau/hub/internal/oaiserver"
	"github.com/carte-reseau/hub/internal/store/storetest"
)

func TestSettingsThatCannotWork(t *testing.T) {
	for want, change := range map[string]func(*oaiserver.Options){
		"HUB_PUBLIC_URL":     func(o *oaiserver.Options) { o.PublicURL = "cartes.exemple.fr" },
		"HUB_CODE":           func(o *oaiserver.Options) { o.HubCode = "" },
		"HUB_DOMAIN":         func(o *oaiserver.Options) { o.Domain = "localhost" },
		"HUB_ADMIN_EMAIL":    func(o *oaiserver.Options) { o.AdminEmail = "root@localhost" },
		"HUB_OAI_PAGE":       func(o *oaiserver.Options) { o.PageSize = -1 },
		"HUB_OAI_TOKEN_LIFE": func(o *oaiserver.Options) { o.TokenLife = 9 * time.Minute },
		"clé":                func(o *oaiserver.Options) { o.Key = nil },
		"limiter":            func(o *oaiserver.Options) { o.Limiter = nil },
	} {
		o := options()
		change(&o)
		if _, err := oaiserver.New(nil, o); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", want, err)
		}
	}
}

func TestMetrics(t *testing.T) {
	t.Parallel()
	registry := prometheus.NewRegistry()
	h := open(t, storetest.SQLite(t), func(o *oaiserver.Options) { o.Metrics = registry })
	h.give(h.peyrins, 3)
	h.settled()
	h.as(h.mours, all)
	h.as(h.mours, "verb=Nope")
	h.as(h.mours, all+"&set=peyrins")
	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]float64{}
	for _, family := range families {
		for _, m := range family.GetMetric() {
			key := family.GetName()
			for _, label := range m.GetLabel() {
				key += " " + label.GetValue()
			}
			got[key] = m.GetCounter().GetValue()
		}
	}
	for key, want := range map[string]float64{
		"hub_oai_cards_total": 3, "hub_oai_requests_total ok ListRecords": 1,
		"hub_oai_requests_total badVerb ": 1, "hub_oai_requests_total 403 ": 1,
	} {
		if got[key] != want {
			t.Errorf("%s: %v; all: %v", key, got[key], got)
		}
	}
}
