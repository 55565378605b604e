package main

import (
	"context"
	"crypto/rand"
	"net"
	"net/netip"
	"net/url"
	"strconv"
	"strings"

	"github.com/carte-reseau/hub/internal/cards"
	"github.com/carte-reseau/hub/internal/ftpdrop"
	"github.com/carte-reseau/hub/internal/intake"
	"github.com/carte-reseau/hub/internal/store"
	"github.com/carte-reseau/hub/internal/web"
)

// pages are what staff look at and decide on, each joined to the store.
func (h *hub) pages() []web.Page {
	libraries := libraryDesk{Store: h.store, hub: h}
	return []web.Page{
		web.NetworkPage(h.store),
		web.EventsPage(h.parts.live),
		web.StartPage(h.store, h.advice()),
		web.LibraryPage(libraries),
		web.SettingsPage(libraries),
		web.SheetPage(h.store, h.doors()),
		web.UploadPage(uploads{Store: h.store, Inbox: h.parts.inbox, kick: h.parts.runner.Kick}),
		web.CardsPage(h.store),
		web.DecidePages(h.store),
		web.DepositPage(judge{h.store, h.parts.runner.Kick}, h.parts.inbox),
		web.StatisticsPage(h.store),
		web.SystemPage(h.store, machine{h}),
		web.OutboxPage(mails{h.store, h.parts.runner.Kick}),
		web.AccountsPage(h.store),
		web.AuditPage(h.store),
		web.AccountPage(h.store),
	}
}

// advice lists the settings a network should not begin without.
func (h *hub) advice() []web.Advice {
	s := h.settings
	mail := s.SMTP
	if mail == "off" {
		mail = ""
	}
	if at := strings.LastIndexByte(mail, '@'); at >= 0 {
		mail = mail[at+1:] // the account is nobody's business here
	}
	return []web.Advice{
		{Setting: "HUB_PUBLIC_URL", Value: s.PublicURL}, {Setting: "HUB_DOMAIN", Value: s.Domain},
		{Setting: "HUB_ADMIN_EMAIL", Value: s.AdminEmail}, {Setting: "HUB_SMTP", Value: mail},
	}
}

// doors are the addresses libraries are given.
func (h *hub) doors() web.Doors {
	d := web.Doors{PublicURL: h.publicURL, Provisional: h.settings.PublicURL == "", HubCode: h.settings.Code, AdminEmail: h.settings.AdminEmail}
	address, err := ftpdrop.ParseAddress(h.settings.FTP)
	if err != nil {
		return d // said at the start already
	}
	switch address.Kind {
	case ftpdrop.Off:
	case ftpdrop.Embedded:
		d.FTPSameKey, d.FTPEncrypted = true, h.settings.FTPCertificate != ""
		d.FTP = dropScheme(d.FTPEncrypted) + reachable(h.parts.ftpServer.Addr(), h.publicURL)
	case ftpdrop.Remote:
		d.FTPEncrypted = address.Target.Explicit
		d.FTP = dropScheme(d.FTPEncrypted) + address.Target.Host
	}
	return d
}

func dropScheme(encrypted bool) string {
	if encrypted {
		return "ftpes://"
	}
	return "ftp://"
}

// reachable is where libraries find what is bound: on all addresses of the machine it is the one they know the hub by.
func reachable(bound, publicURL string) string {
	at, err := netip.ParseAddrPort(bound)
	public, wrong := url.Parse(publicURL)
	if err != nil || wrong != nil || !at.Addr().IsUnspecified() {
		return bound
	}
	return net.JoinHostPort(public.Hostname(), strconv.Itoa(int(at.Port())))
}

// libraryDesk is the store for those who enter and change libraries in this process: what the store cannot judge is
// checked, and the work begins at once.
type libraryDesk struct {
	*store.Store
	hub *hub
}

// RunNow has work of a library's done now, whatever its schedule. What is not in the plan yet soon will be.
func (d libraryDesk) RunNow(ctx context.Context, kind cards.JobKind, l *cards.Library) error {
	defer d.hub.parts.runner.Kick()
	return d.Store.RunNow(ctx, kind, l)
}

// ResumeLibrary takes the exchange up again. What asked for a person has had one.
func (d libraryDesk) ResumeLibrary(ctx context.Context, id int64) error {
	if err := d.Store.ResumeLibrary(ctx, id); err != nil {
		return err
	}
	if err := d.SetAttention(ctx, id, cards.Sentence{}); err != nil {
		return err
	}
	defer d.hub.parts.runner.Kick()
	return d.Wake(ctx, cards.JobPush, id)
}

// OpenLibrary ends a library's preparation, and begins to deliver.
func (d libraryDesk) OpenLibrary(ctx context.Context, id int64) error {
	if err := d.Store.OpenLibrary(ctx, id); err != nil {
		return err
	}
	d.hub.parts.runner.Kick()
	return nil
}

// CreateLibrary enters a library and makes its key.
func (d libraryDesk) CreateLibrary(ctx context.Context, l cards.Library) (key string, err error) {
	if err := d.hub.checkLibrary(&l); err != nil {
		return "", err
	}
	key = rand.Text()
	_, err = d.AddLibrary(ctx, l, key)
	return key, err
}

// EditLibrary saves a library's settings where they are still those seen.
func (d libraryDesk) EditLibrary(ctx context.Context, code, seen string, change func(*cards.Library) error) (*cards.Library, error) {
	return d.Store.EditLibrary(ctx, code, seen, func(l *cards.Library) error {
		if err := change(l); err != nil {
			return err
		}
		return d.hub.checkLibrary(l)
	})
}

// RotateKey makes a library's new key; the old one dies at once.
func (d libraryDesk) RotateKey(ctx context.Context, id int64) (key string, err error) {
	key = rand.Text()
	return key, d.SetLibraryKey(ctx, id, key)
}

// uploads takes in what staff bring for a library.
type uploads struct {
	*store.Store
	*intake.Inbox
	kick func()
}

// Begin has the deposit integrated in the background.
func (u uploads) Begin(ctx context.Context, _ int64) error {
	if err := u.Wake(ctx, cards.JobDeposits, cards.HubID); err != nil {
		return err
	}
	u.kick()
	return nil
}
