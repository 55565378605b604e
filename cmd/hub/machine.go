package main

import (
	"context"
	"crypto/x509"
	"encoding/pem"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/carte-reseau/hub/internal/cards"
	"github.com/carte-reseau/hub/internal/ftpdrop"
	"github.com/carte-reseau/hub/internal/web"
)

// machine tells staff what the hub runs on.
type machine struct{ hub *hub }

// Facts are read anew each time; what cannot be learnt of the disk or the
// certificate is left out.
func (m machine) Facts(ctx context.Context) (web.Facts, error) {
	s := m.hub.settings
	f := web.Facts{
		Database: "SQLite", DataFolder: s.Data, PublicURL: s.PublicURL, Machine: m.state(),
		FTP: m.ftp(), SMTP: withoutAccount(s.SMTP),
	}
	if strings.HasPrefix(s.Database, "postgres") {
		f.Database = "PostgreSQL"
	}
	var err error
	if f.ClockBehind, err = m.hub.store.ClockBehind(ctx); err != nil {
		return f, err
	}
	if f.Schema, err = m.hub.store.SchemaVersion(ctx); err != nil {
		return f, err
	}
	if f.DatabaseSize, err = m.hub.store.Size(ctx); err != nil {
		return f, err
	}
	return f, nil
}

func (m machine) state() cards.Machine {
	now := cards.Machine{Certificate: certificateEnd(m.hub.settings.FTPCertificate)}
	if free, size, err := diskOf(m.hub.settings.Data); err == nil {
		now.DiskFree, now.DiskSize = free, size
	}
	return now
}

// ftp is the drop's address, without who signs in there.
func (m machine) ftp() string {
	address, err := ftpdrop.ParseAddress(m.hub.settings.FTP)
	if err != nil || address.Kind == ftpdrop.Off {
		return ""
	}
	if address.Kind == ftpdrop.Embedded {
		return "embedded://" + address.Listen
	}
	return withoutAccount(m.hub.settings.FTP)
}

// withoutAccount is an address without what stands before the @: an account's
// name, or a password somebody put there by mistake.
func withoutAccount(address string) string {
	if address == "" || address == "off" {
		return ""
	}
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	u.User, u.RawQuery, u.Fragment = nil, "", ""
	return u.String()
}

// certificateEnd is when the first certificate of a file ends; zero where there
// is none to be read.
func certificateEnd(file string) time.Time {
	if file == "" {
		return time.Time{}
	}
	content, err := os.ReadFile(file)
	if err != nil {
		return time.Time{}
	}
	block, rest := pem.Decode(content)
	for block != nil && block.Type != "CERTIFICATE" {
		block, rest = pem.Decode(rest)
	}
	if block == nil {
		return time.Time{}
	}
	certificate, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		return time.Time{}
	}
	return certificate.NotAfter
}

// mails is the outbox for staff: what they want sent is sent now.
type mails struct {
	web.Outbox
	kick func()
}

// RetryMail has a mail tried again at once.
func (m mails) RetryMail(ctx context.Context, id int64) error {
	if err := m.Outbox.RetryMail(ctx, id); err != nil {
		return err
	}
	m.kick()
	return nil
}

var _ web.Machine = machine{}
