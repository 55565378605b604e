package main

import "github.com/carte-reseau/hub/internal/rest"

// subjects are what staff look at and decide in over the JSON interface, each joined to the store.
func (h *hub) subjects() []rest.Subject {
	return []rest.Subject{
		rest.Conflicts(h.store, h.settings.Code),
		rest.Documents(judge{h.store, h.parts.runner.Kick}, h.parts.inbox),
		rest.Duplicates(h.store),
		rest.Cards(h.store, h.settings.Code),
		rest.Deliveries(h.store),
		rest.Erasures(h.store),
		rest.Events(h.parts.live, rest.EventOptions{}),
		rest.Staff(h.store),
		rest.AuditTrail(h.store),
		rest.Troubles(h.store, h.place),
		rest.Statistics(h.store),
		rest.Search(h.store, h.settings.Code),
		rest.Refused(h.store),
		rest.Outbox(mails{h.store, h.parts.runner.Kick}),
		rest.Libraries(h.store, rest.LibraryRules{Check: h.checkLibrary, Kick: h.parts.runner.Kick, HubCode: h.settings.Code}),
	}
}
