package mail

import (
	"crypto/tls"
	"net"
	"net/url"
	"strconv"
	"strings"

	"github.com/carte-reseau/hub/internal/cards"
)

// Off is the address that switches mail off: messages stay in the outbox.
const Off = "off"

const (
	relayPort = 25  // what a relay inside a network listens on
	smtpsPort = 465 // RFC 8314
)

// Settings says where mail is handed over. The zero value is mail switched off.
type Settings struct {
	Host string
	Port int
	// Implicit is set for smtps://: TLS from the first byte. Otherwise STARTTLS
	// is used whenever the server offers it, and asked of it with an account.
	Implicit bool
	User     string
	Password string
	// TLS is the base of every TLS connection, for certificate authorities the
	// system does not know; nil for the system's.
	TLS *tls.Config
}

// Enabled reports whether there is a server to hand mail to.
func (s Settings) Enabled() bool { return s.Host != "" }

// ParseURL reads HUB_SMTP: "off", smtp://user@host:port or smtps://…. The
// password never stands in the address; the caller adds it.
func ParseURL(raw string) (Settings, error) {
	if raw == Off || raw == "" {
		return Settings{}, nil
	}
	u, err := url.Parse(raw)
	if err != nil {
		// The parser's own message repeats the address, which may hold a password.
		return Settings{}, cards.Errorf(cards.Invalid, "adresse du serveur de courriel illisible (HUB_SMTP) ; attendu : off, smtp://utilisateur@hôte:port ou smtps://…")
	}
	if err := checkURL(u); err != nil {
		return Settings{}, err
	}
	s := Settings{Host: u.Hostname(), Port: relayPort, User: u.User.Username(), Implicit: u.Scheme == "smtps"}
	if s.Implicit {
		s.Port = smtpsPort
	}
	if port := u.Port(); port != "" {
		if s.Port, err = strconv.Atoi(port); err != nil || s.Port < 1 || s.Port > 65535 {
			return Settings{}, cards.Errorf(cards.Invalid, "HUB_SMTP : port « %s » impossible", port)
		}
	}
	return s, nil
}

func checkURL(u *url.URL) error {
	_, hasPassword := u.User.Password()
	switch {
	case u.Scheme == "":
		return cards.Errorf(cards.Invalid, "HUB_SMTP : l’adresse commence par smtp:// ou smtps:// (exemple : smtp://smtp.example.fr:587), ou bien c’est off")
	case u.Scheme != "smtp" && u.Scheme != "smtps":
		return cards.Errorf(cards.Invalid, "HUB_SMTP : « %s:// » n’est pas connu ; attendu : off, smtp:// ou smtps://", u.Scheme)
	case hasPassword:
		return cards.Errorf(cards.Invalid, "HUB_SMTP : le mot de passe ne va pas dans l’adresse ; mettez-le dans un fichier (HUB_SMTP_PASSWORD_FILE)")
	case u.Hostname() == "":
		return cards.Errorf(cards.Invalid, "HUB_SMTP : il manque le nom du serveur")
	case strings.Trim(u.Path, "/") != "", u.RawQuery != "", u.Fragment != "":
		return cards.Errorf(cards.Invalid, "HUB_SMTP : rien n’est attendu après %s", u.Host)
	}
	return nil
}

// address is host:port, for dialling and for messages.
func (s Settings) address() string { return net.JoinHostPort(s.Host, strconv.Itoa(s.Port)) }

// tlsConfig is what every TLS handshake of these settings uses.
func (s Settings) tlsConfig() *tls.Config {
	config := &tls.Config{MinVersion: tls.VersionTLS12}
	if s.TLS != nil {
		config = s.TLS.Clone()
	}
	if config.ServerName == "" {
		config.ServerName = s.Host
	}
	return config
}
