package mail

import (
	"errors"

	gomail "github.com/wneessen/go-mail"

	"github.com/carte-reseau/hub/internal/cards"
)

// mostCuts is how often a letter is tried, within three quarters of an hour,
// before its attachments are taken for what a connection breaks over: what looks
// through letters may have to be started again, and costs nobody their file.
const mostCuts = 8

// What the first line of a letter tells its library, and what staff see of it.
var (
	tooHeavy = lightness{
		"Les pièces jointes de ce message sont trop volumineuses pour le serveur de courriel : il vous parvient sans elles.",
		cards.Say("parti sans ses pièces jointes, trop volumineuses pour le serveur de courriel"),
	}
	cutEachTime = lightness{
		"Avec ses pièces jointes, ce message n’a pas pu être transmis au serveur de courriel : il vous parvient sans elles.",
		cards.Say("parti sans ses pièces jointes : la connexion au serveur de courriel se rompait à chaque essai"),
	}
)

type lightness struct {
	told  string
	noted cards.Sentence
}

// withoutAttachments is the letter without what makes it large. What was sent
// lies at the hub with its document; that it was refused must be heard of.
func (l lightness) withoutAttachments(m *cards.Message) *cards.Message {
	light := *m
	light.Attachments = nil
	light.Body = l.told + "\n\n" + m.Body
	light.Lightened = l.noted
	return &light
}

// What is noted of a letter with attachments over which the connection broke.
// It is by these that the next attempt knows; of one without it is something
// else, so that where no letter comes through the next is made with them again.
var (
	cutOver  = cards.Say("le serveur de courriel a coupé la connexion pendant l’envoi du message et de ses pièces jointes")
	lateOver = cards.Say("le serveur de courriel n’a pas pris dans le délai le message et ses pièces jointes")
)

// eased is the letter as it is to be sent this time.
func eased(m *cards.Message) *cards.Message {
	if len(m.Attachments) == 0 || m.Attempts < mostCuts || m.LastErr != cutOver && m.LastErr != lateOver {
		return m
	}
	return cutEachTime.withoutAttachments(m)
}

// overAttachments says so of a connection that broke over the content of a letter
// with attachments.
func overAttachments(v verdict, m *cards.Message, err error) verdict {
	var send *gomail.SendError
	if len(m.Attachments) == 0 || !v.broken || !errors.As(err, &send) || send.ErrorCode() != 0 {
		return v
	}
	if send.Reason == gomail.ErrWriteContent || send.Reason == gomail.ErrSMTPDataClose {
		said := cutOver
		if v.late {
			said = lateOver
		}
		v.text, v.detail = said, ""
	}
	return v
}
