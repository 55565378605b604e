package ftpdrop

import (
	"context"
	"crypto/subtle"
	"crypto/tls"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"time"

	ftpserver "github.com/fclairamb/ftpserverlib"

	"github.com/carte-reseau/hub/internal/cards"
)

// signInTime bounds asking the database for a key.
const signInTime = 15 * time.Second

var (
	errBusy    = errors.New("trop de connexions à la fois ; réessayez plus tard")
	errWrong   = errors.New("code ou clé incorrects")
	errTrouble = errors.New("identification momentanément impossible ; réessayez plus tard")
)

// nobody stands for whatever is typed that can be no library's code: neither
// the database, which may refuse its bytes, nor the limiter is to see it.
const nobody = "?"

// driver is the server as the FTP library sees it.
type driver struct{ *Server }

var (
	_ ftpserver.MainDriver                        = (*driver)(nil)
	_ ftpserver.MainDriverExtensionPassiveWrapper = (*driver)(nil)
)

// GetSettings configures the library.
func (d *driver) GetSettings() (*ftpserver.Settings, error) {
	settings := &ftpserver.Settings{
		// The library itself ends control connections that fall silent.
		Listener:          d.conns.wrapControl(d.listener, d.opt.SignIn),
		Banner:            "Carte réseau",
		PublicHost:        d.opt.PublicHost,
		IdleTimeout:       max(1, int(d.opt.Idle/time.Second)),
		ConnectionTimeout: int(defaultTimeout / time.Second),
		// Active mode would have the hub connect to where a client says.
		DisableActiveMode: true,
		DisableSite:       true,
		// Documents come in several encodings; nothing may rewrite their bytes.
		DefaultTransferType:    ftpserver.TransferTypeBinary,
		DisableASCIIConversion: true,
	}
	if d.opt.Passive != (PortRange{}) {
		settings.PassiveTransferPortRange = ftpserver.PortRange{Start: d.opt.Passive.First, End: d.opt.Passive.Last}
	}
	if host, _, _ := net.SplitHostPort(d.opt.Listen); !loopback(host) { // checked by NewServer
		settings.TLSRequired = ftpserver.MandatoryEncryption
	}
	return settings, nil
}

// GetTLSConfig is asked for at each AUTH TLS.
func (d *driver) GetTLSConfig() (*tls.Config, error) {
	if d.opt.TLS == nil {
		return nil, errors.New("ce serveur n’a pas de certificat")
	}
	return d.opt.TLS, nil
}

// ClientConnected turns clients away where there are too many.
func (d *driver) ClientConnected(client ftpserver.ClientContext) (string, error) {
	if !d.guests.enter(client.ID(), hostOf(client)) {
		return errBusy.Error(), errBusy
	}
	return "Carte réseau : dépôt de fichiers", nil
}

// welcome notes that a client has signed in, as a library or as the poller.
func (d *driver) welcome(client ftpserver.ClientContext, library string) error {
	if !d.guests.welcome(client.ID(), library) {
		return errBusy
	}
	d.conns.keep(client.RemoteAddr())
	return nil
}

// ClientDisconnected forgets the client.
func (d *driver) ClientDisconnected(client ftpserver.ClientContext) { d.guests.leave(client.ID()) }

// AuthUser signs a library in, or the poller.
func (d *driver) AuthUser(client ftpserver.ClientContext, user, key string) (ftpserver.ClientDriver, error) {
	if user == pollerUser {
		if subtle.ConstantTimeCompare([]byte(key), []byte(d.key)) != 1 {
			return nil, errWrong
		}
		return &keeper{shelf: d.store, refusing: refusing{fs.ErrPermission}}, d.welcome(client, "")
	}
	if !cards.ValidCode(user) {
		user = nobody
	}
	lib, err := d.signIn(user, key, limiterKey(client, user))
	if err != nil {
		return nil, err
	}
	if err := d.store.makeFolder(lib.Code); err != nil {
		d.log.Error("a library's folder cannot be made", "library", lib.Code, "error", err)
		return nil, errTrouble
	}
	if err := d.welcome(client, lib.Code); err != nil {
		return nil, err
	}
	still := func() error { return d.stillAdmits(user, key) }
	return &drop{shelf: d.store, refusing: refusing{errNoFolders}, code: lib.Code, still: still, uploaded: d.opt.Uploaded, alias: map[string]string{}}, nil
}

// stillAdmits ends the right of a session whose key was replaced, or whose
// library was taken out. A database that is away takes it from nobody.
func (d *driver) stillAdmits(code, key string) error {
	ctx, cancel := context.WithTimeout(context.Background(), signInTime)
	defer cancel()
	if _, err := d.auth.Authenticate(ctx, code, key); cards.CodeOf(err) == cards.Unauthorized {
		return errWrong
	}
	return nil
}

// limiterKey counts failures of one code from one place: libraries behind one
// router must not lock each other out. It is the key the HTTP doors use, so
// that a shared limiter counts for all of them together.
func limiterKey(client ftpserver.ClientContext, user string) string {
	return user + "|" + cards.CallerOf(hostOf(client))
}

func hostOf(client ftpserver.ClientContext) string {
	host, _, err := net.SplitHostPort(client.RemoteAddr().String())
	if err != nil {
		return client.RemoteAddr().String()
	}
	return host
}

func (d *driver) signIn(code, key, limiterKey string) (*cards.Library, error) {
	limiter := d.opt.Limiter
	if limiter != nil {
		if wait, blocked := limiter.Blocked(limiterKey); blocked {
			return nil, fmt.Errorf("trop d’échecs ; réessayez dans %d s", int(wait.Seconds())+1)
		}
	}
	ctx, cancel := context.WithTimeout(context.Background(), signInTime) // the library gives no context
	defer cancel()
	lib, err := d.auth.Authenticate(ctx, code, key)
	switch {
	case err == nil:
		if limiter != nil {
			limiter.Succeeded(limiterKey)
		}
		return lib, nil
	case cards.CodeOf(err) == cards.Unauthorized:
		if limiter != nil {
			limiter.Failed(limiterKey)
		}
		return nil, errWrong
	}
	d.log.Error("a library could not be signed in by FTP", "error", err)
	return nil, errTrouble
}

// WrapPassiveListener ends data connections that fall silent.
func (d *driver) WrapPassiveListener(listener net.Listener) (net.Listener, error) {
	return d.conns.wrapData(listener, d.opt.Idle), nil
}
