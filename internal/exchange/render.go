package exchange

import (
	"time"

	"github.com/carte-reseau/hub/internal/cards"
	"github.com/carte-reseau/hub/internal/xmlstream"
)

// AppendCarte appends one carte that stands alone: with its namespace, and with every element in the order of the schema,
// empty where there is no value. This rendering is stored with the card and copied from then on. origin is the code of the
// library whose content it is; empty where that is no one library's, and then no origine is written.
func AppendCarte(dst []byte, card *cards.Card, origin string) []byte {
	dst = append(dst, `<carte xmlns="`+Namespace+`"`...)
	if origin != "" {
		dst = appendAttribute(dst, "origine", origin)
	}
	dst = append(dst, '>')
	dst = appendElement(dst, "numero", card.Number)
	dst = appendFormer(dst, card.Former)
	dst = appendElement(dst, "modifie-le", instant(card.ChangedAt))
	dst = appendElement(dst, "civilite", card.Title)
	dst = appendElement(dst, "nom", card.LastName)
	dst = appendElement(dst, "nom-naissance", card.BirthName)
	dst = appendElement(dst, "prenom", card.FirstName)
	dst = appendElement(dst, "date-naissance", card.BirthDate)
	dst = appendElement(dst, "sexe", card.Sex)
	dst = appendAddress(dst, &card.Address)
	dst = appendElement(dst, "telephone", card.Phone)
	dst = appendElement(dst, "portable", card.Mobile)
	dst = appendElement(dst, "courriel", card.Email)
	dst = appendGuardians(dst, card.Guardians)
	dst = appendEnrolment(dst, card)
	return append(dst, "</carte>"...)
}

func appendFormer(dst []byte, numbers []string) []byte {
	if len(numbers) == 0 {
		return append(dst, "<ancien-numero/>"...)
	}
	for _, n := range numbers {
		dst = appendElement(dst, "ancien-numero", n)
	}
	return dst
}

func appendAddress(dst []byte, a *cards.Address) []byte {
	if a.IsZero() {
		return append(dst, "<adresse/>"...)
	}
	dst = append(dst, "<adresse>"...)
	for _, line := range a.Lines {
		dst = appendElement(dst, "ligne", line)
	}
	if len(a.Lines) == 0 {
		dst = append(dst, "<ligne/>"...)
	}
	dst = appendElement(dst, "code-postal", a.Postcode)
	dst = appendElement(dst, "commune", a.Town)
	dst = appendElement(dst, "pays", a.Country)
	return append(dst, "</adresse>"...)
}

// appendGuardians writes, where there is room, an empty one behind the others: it says that there are no more.
func appendGuardians(dst []byte, guardians []cards.Guardian) []byte {
	for i := range guardians {
		g := &guardians[i]
		dst = append(dst, "<responsable-legal>"...)
		dst = appendElement(dst, "numero", g.Number)
		dst = appendElement(dst, "nom", g.LastName)
		dst = appendElement(dst, "prenom", g.FirstName)
		dst = appendElement(dst, "lien", g.Relation)
		dst = appendElement(dst, "telephone", g.Phone)
		dst = appendElement(dst, "courriel", g.Email)
		dst = append(dst, "</responsable-legal>"...)
	}
	if len(guardians) < carteElements.most[carteResponsable] {
		dst = append(dst, "<responsable-legal/>"...)
	}
	return dst
}

func appendEnrolment(dst []byte, card *cards.Card) []byte {
	dst = append(dst, "<inscription>"...)
	dst = appendElement(dst, "etablissement", card.EnrolledAt)
	dst = appendElement(dst, "premiere", card.Enrolment.First)
	dst = appendElement(dst, "reinscription", card.Enrolment.Renewed)
	dst = appendElement(dst, "fin", card.Enrolment.End)
	return append(dst, "</inscription>"...)
}

func appendElement(dst []byte, name, value string) []byte {
	dst = append(append(dst, '<'), name...)
	if value == "" {
		return append(dst, "/>"...)
	}
	dst = xmlstream.AppendText(append(dst, '>'), value)
	dst = append(append(dst, "</"...), name...)
	return append(dst, '>')
}

func appendAttribute(dst []byte, name, value string) []byte {
	dst = append(append(append(dst, ' '), name...), `="`...)
	return append(xmlstream.AppendAttr(dst, value), '"')
}

// instant is empty where there is none, or one the format cannot say: older cards may hold such.
func instant(t time.Time) string {
	if t.IsZero() || !sayable(t) {
		return ""
	}
	return t.UTC().Format(time.RFC3339Nano)
}
