package mail

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"regexp"
	"strings"
	"syscall"

	"github.com/carte-reseau/hub/internal/cards"
	gomail "github.com/wneessen/go-mail"
)

// verdict is what a failed attempt means for the message and the connection.
type verdict struct {
	permanent bool           // the server will never take this message for this recipient
	broken    bool           // the connection is of no use any more
	late      bool           // nothing came in time
	text      cards.Sentence // no address in it
	// detail are the server's own words, for staff. A server that refuses a
	// letter may quote it: what came after the letter is not for the log.
	detail string
}

// judge reads the SMTP library's error. Only an answer of the server about this
// recipient or this content is permanent; anything about the connection, the
// sign-in or the sender is ours to repair and must cost no mail.
func judge(err error) verdict {
	var send *gomail.SendError
	if !errors.As(err, &send) || send.ErrorCode() == 0 {
		text, detail := connectionText(err)
		return verdict{broken: true, late: tookTooLong(err), text: text, detail: detail}
	}
	code := send.ErrorCode()
	v := verdict{
		// 421: the server closes the connection. Content cut off in the middle
		// leaves the conversation in no state to go on.
		broken: code == 421 || send.Reason == gomail.ErrWriteContent,
		text:   cards.Say("le serveur de courriel a répondu %d %s", code, stage(send.Reason)),
	}
	about := send.Reason == gomail.ErrSMTPRcptTo || send.Reason == gomail.ErrSMTPDataClose || send.Reason == gomail.ErrSMTPData
	v.detail = hideAddresses(answer(send))
	v.permanent = code >= 500 && about && !ours(code, v.detail)
	return v
}

// ours reports whether a 5xx speaks of the hub rather than of the recipient: a
// name, an address it sends from or a conversation the server does not like,
// which many say only now, not signed in, relaying denied, a policy. Servers are
// repaired, so such mail is tried again.
func ours(code int, words string) bool {
	switch code {
	case 500, 502, 503, 504, 530, 534, 535, 538:
		return true
	}
	return aboutUs.MatchString(words)
}

// aboutUs recognises that by the enhanced code, of a policy or of the sender's
// address, or by the words of servers that give none.
var aboutUs = regexp.MustCompile(`(?i)\b5\.(7\.\d+|1\.[78])\b|\brelay|\bsender\b`)

// tooLarge reports whether a server might take the same letter if it were
// smaller. With 5.2.2 it says that the mailbox is full.
func tooLarge(err error) bool {
	const exceeded = 552
	var send *gomail.SendError
	if !errors.As(err, &send) {
		return false
	}
	switch send.EnhancedStatusCode() {
	case "5.3.4", "5.2.3":
		return true
	case "5.2.2":
		return false
	}
	return send.ErrorCode() == exceeded
}

func stage(reason gomail.SendErrReason) cards.Sentence {
	switch reason {
	case gomail.ErrSMTPMailFrom:
		return cards.Say("à l’adresse d’expédition")
	case gomail.ErrSMTPRcptTo:
		return cards.Say("à l’adresse du destinataire")
	case gomail.ErrSMTPData, gomail.ErrWriteContent, gomail.ErrSMTPDataClose:
		return cards.Say("au contenu du message")
	}
	return cards.Say("à l’échange")
}

var (
	tail    = regexp.MustCompile(`, affected (recipient|message)[\s\S]*$`)
	address = regexp.MustCompile(`[^\s<>"'(,;:]+@[^\s<>"'),;:]+`)
)

// answer is the server's own text; the library offers it only inside its error,
// quoted, with the ends of its lines spelled out.
func answer(send *gomail.SendError) string {
	text := strings.ReplaceAll(tail.ReplaceAllString(send.Error(), ""), `\n`, " ")
	text = strings.TrimPrefix(text, send.Reason.String()+":")
	return strings.Join(strings.Fields(text), " ")
}

// hideAddresses takes mail addresses out of text that may be logged.
func hideAddresses(s string) string {
	const most = 300
	s = address.ReplaceAllString(s, "•@•")
	if runes := []rune(s); len(runes) > most {
		s = string(runes[:most]) + "…"
	}
	return strings.ToValidUTF8(s, "?")
}

// replied finds a server's own words in what the SMTP library says of a sign-in or a greeting.
var replied = regexp.MustCompile(`\b[45]\d\d[ -].*$`)

// connectionText says what became of a connection. The library's and the system's words are English and no detail of what
// is said; a server's stand as they are, and so do those of a failure nobody foresaw.
func connectionText(err error) (text cards.Sentence, detail string) {
	words := tail.ReplaceAllString(err.Error(), "")
	answered := hideAddresses(replied.FindString(words))
	var dns *net.DNSError
	var unencrypted tls.RecordHeaderError
	wrong, _, insecure := cards.TLSFault(err)
	switch {
	case tookTooLong(err):
		return cards.Say("le serveur de courriel ne répond pas dans le délai"), ""
	case strings.Contains(words, "AUTH"):
		return cards.Say("le serveur de courriel refuse l’identification du concentrateur (utilisateur, mot de passe ou chiffrement)"), answered
	case errors.Is(err, io.EOF), errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE):
		return cards.Say("le serveur de courriel a coupé la connexion"), ""
	case errors.As(err, &dns):
		return cards.Say("le nom du serveur de courriel est inconnu, ou ne peut pas être cherché (HUB_SMTP)"), ""
	case errors.Is(err, syscall.ECONNREFUSED):
		return cards.Say("le serveur de courriel refuse la connexion : il est arrêté, ou écoute à un autre port (HUB_SMTP)"), ""
	case errors.Is(err, syscall.EHOSTUNREACH), errors.Is(err, syscall.ENETUNREACH):
		return cards.Say("aucun chemin du réseau ne mène au serveur de courriel"), ""
	case errors.As(err, &unencrypted):
		return cards.Say("le serveur de courriel répond sans chiffrement à une adresse en smtps:// (HUB_SMTP)"), ""
	case insecure:
		return cards.Say("la connexion chiffrée au serveur de courriel échoue : %s", wrong), ""
	}
	if answered == "" {
		answered = hideAddresses(words)
	}
	return cards.Say("la connexion au serveur de courriel a échoué"), answered
}

func tookTooLong(err error) bool {
	var timeout net.Error
	return errors.As(err, &timeout) && timeout.Timeout() || errors.Is(err, context.DeadlineExceeded)
}

// full is what staff read.
func (v verdict) full() cards.Sentence {
	if v.detail == "" {
		return v.text
	}
	return cards.Say("%s : %s", v.text, v.detail)
}
