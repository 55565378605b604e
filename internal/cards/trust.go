package cards

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"net/http"
	"strings"
)

// TLSFault says of a connection that came to nothing what is wrong with the other side's TLS, as a clause about the server,
// and what to do; false where TLS is not to blame.
func TLSFault(err error) (what, todo Sentence, found bool) {
	var authority x509.UnknownAuthorityError
	var name x509.HostnameError
	var invalid x509.CertificateInvalidError
	var certificate *tls.CertificateVerificationError
	switch {
	case errors.As(err, &authority):
		return Say("l’autorité qui a signé son certificat est inconnue du concentrateur, ou il n’envoie pas toute la chaîne"),
			Say("Si c’est l’autorité de votre collectivité, ajoutez-la à celles de la machine du concentrateur (deploy/README.md) ; sinon, le certificat est à corriger de l’autre côté."), true
	case errors.As(err, &name):
		return Say("son certificat est au nom d’une autre machine"),
			Say("Donnez l’adresse sous le nom que porte le certificat, ou faites corriger celui-ci."), true
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		return Say("son certificat a expiré, ou n’est pas encore valable"),
			Say("Le certificat est à renouveler ; vérifiez aussi l’heure de la machine du concentrateur."), true
	case errors.As(err, &certificate):
		return Say("son certificat n’est pas valable"), Say("Le certificat est à remplacer de l’autre côté."), true
	case answersInClear(err):
		return Say("il répond sans chiffrement à une adresse en https"), Say("Vérifiez le port de l’adresse, ou faites activer HTTPS de l’autre côté."), true
	case failsInTLS(err):
		return Say("il ne s’entend avec le concentrateur sur aucune version sûre de TLS"), Say("Le serveur doit savoir TLS 1.2 au moins ; demandez-le à qui s’en occupe."), true
	}
	return Sentence{}, Sentence{}, false
}

// ProxyFault reports that a connection came to nothing at the proxy by which the hub goes out.
func ProxyFault(err error) bool {
	var op *net.OpError
	return errors.As(err, &op) && op.Op == "proxyconnect" // net/http's word
}

func answersInClear(err error) bool {
	var header tls.RecordHeaderError
	return errors.Is(err, http.ErrSchemeMismatch) || errors.As(err, &header)
}

// failsInTLS recognises what the two sides could not agree about: crypto/tls tells of it in words alone.
func failsInTLS(err error) bool {
	for next := errors.Unwrap(err); next != nil; next = errors.Unwrap(err) {
		err = next
	}
	return strings.HasPrefix(err.Error(), "tls: ")
}
