package intake

import (
	"github.com/carte-reseau/hub/internal/cards"
	"github.com/carte-reseau/hub/internal/exchange"
)

// senderField marks the fault of a document that names another library's establishment. A document that names none has
// the same code but is a bad envelope, and doors tell the two apart.
const senderField = "etablissement"

// refusal is the error that goes with a deposit refused as a whole; nil for every other.
func refusal(d *cards.Deposit) error {
	if d.Status != cards.Refused || d.Fault == nil {
		return nil
	}
	if d.Fault.Code == exchange.CodeEstablishment && d.Fault.Field == senderField {
		return cards.Told(cards.Forbidden, cards.Quote(d.Fault.Message))
	}
	return cards.Told(cards.Invalid, cards.Quote(d.Fault.Message))
}
