package ftpdrop

import (
	"crypto/tls"
	"net"
	"net/url"
	"strconv"
	"strings"

	"github.com/carte-reseau/hub/internal/cards"
)

// Kind says what HUB_FTP asks for.
type Kind int

// The kinds of address.
const (
	Off      Kind = iota // no FTP drop
	Embedded             // the hub's own server
	Remote               // a server of someone else
)

const ftpPort = "21"

// Address is HUB_FTP as written.
type Address struct {
	Kind Kind
	// Listen is host:port for the embedded server.
	Listen string
	// Target is the remote server, still without its password.
	Target Target
}

// Target is an FTP server to visit.
type Target struct {
	Host     string // host:port
	User     string
	Password string
	// Folder holds the libraries' folders; relative to where the account lands
	// unless it begins with a slash, as in every ftp address.
	Folder string
	// Explicit asks for TLS by AUTH TLS on control and data connections.
	Explicit bool
	// TLS is the base of the TLS settings, for authorities the system does not
	// know; nil for the system's.
	TLS *tls.Config
	// Whole promises that a file shows its name only when all of it is there,
	// so that a document without an end is cut off, not still on its way.
	Whole bool
}

// ParseAddress reads HUB_FTP: "off", embedded://host:port, ftp://user@host/path
// or ftpes://….
func ParseAddress(raw string) (Address, error) {
	if raw == "" || raw == "off" {
		return Address{}, nil
	}
	u, err := url.Parse(raw)
	if err != nil {
		// The parser's own message repeats the address, which may hold a password.
		return Address{}, cards.Errorf(cards.Invalid, "adresse du dépôt FTP illisible (HUB_FTP) ; attendu : off, embedded://hôte:port, ftp://utilisateur@hôte/chemin ou ftpes://…")
	}
	if _, hasPassword := u.User.Password(); hasPassword {
		return Address{}, cards.Errorf(cards.Invalid, "HUB_FTP : le mot de passe ne va pas dans l’adresse ; mettez-le dans un fichier (HUB_FTP_PASSWORD_FILE)")
	}
	if u.RawQuery != "" || u.Fragment != "" {
		return Address{}, cards.Errorf(cards.Invalid, "HUB_FTP : rien n’est attendu après le chemin")
	}
	switch u.Scheme {
	case "embedded":
		return embedded(u)
	case "ftp", "ftpes":
		return remote(u)
	}
	return Address{}, cards.Errorf(cards.Invalid, "HUB_FTP : « %s:// » n’est pas connu ; attendu : off, embedded://, ftp:// ou ftpes://", u.Scheme)
}

func embedded(u *url.URL) (Address, error) {
	if !validPort(u.Port(), 0) || u.User != nil || (u.Path != "" && u.Path != "/") {
		return Address{}, cards.Errorf(cards.Invalid, "HUB_FTP : pour le serveur embarqué, attendu : embedded://hôte:port")
	}
	return Address{Kind: Embedded, Listen: u.Host}, nil
}

func remote(u *url.URL) (Address, error) {
	port := u.Port()
	if port == "" {
		port = ftpPort
	}
	if u.Hostname() == "" || !validPort(port, 1) {
		return Address{}, cards.Errorf(cards.Invalid, "HUB_FTP : il manque le nom du serveur, ou le port est impossible")
	}
	user := u.User.Username()
	folder := strings.TrimSuffix(strings.TrimPrefix(u.Path, "/"), "/")
	if strings.ContainsAny(user+folder, "\r\n\x00") {
		return Address{}, cards.Errorf(cards.Invalid, "HUB_FTP : caractère interdit dans l’utilisateur ou le chemin")
	}
	if user == "" {
		return Address{}, cards.Errorf(cards.Invalid, "HUB_FTP : il manque l’utilisateur (%s://utilisateur@%s…)", u.Scheme, u.Host)
	}
	return Address{Kind: Remote, Target: Target{
		Host: net.JoinHostPort(u.Hostname(), port), User: user, Folder: folder, Explicit: u.Scheme == "ftpes",
	}}, nil
}

func validPort(port string, lowest int) bool {
	n, err := strconv.Atoi(port)
	return err == nil && n >= lowest && n <= 65535
}

// PortRange is the range of ports for passive data connections, both included.
// The zero value lets the system choose.
type PortRange struct{ First, Last int }

// ParsePortRange reads HUB_FTP_PASSIVE, such as "50000-50100".
func ParsePortRange(raw string) (PortRange, error) {
	if raw == "" {
		return PortRange{}, nil
	}
	first, last, _ := strings.Cut(raw, "-")
	if !validPort(first, 1) || !validPort(last, 1) {
		return PortRange{}, cards.Errorf(cards.Invalid, "HUB_FTP_PASSIVE : « %s » n’est pas une plage de ports telle que 50000-50100", raw)
	}
	a, _ := strconv.Atoi(first) // both were just checked
	b, _ := strconv.Atoi(last)
	if a > b {
		return PortRange{}, cards.Errorf(cards.Invalid, "HUB_FTP_PASSIVE : la plage %s est à l’envers", raw)
	}
	return PortRange{First: a, Last: b}, nil
}
