package exchange

import (
	"github.com/carte-reseau/hub/internal/cards"
	"github.com/carte-reseau/hub/internal/xmlstream"
)

// DecodeCardIn is [DecodeCard] for a card in a namespace the caller accepts: a carte written without one inside a document
// that has a default namespace, such as an OAI-PMH response, is read as being in that.
func DecodeCardIn(dec *xmlstream.Decoder, start xmlstream.Token, space string, o Options) (cards.Item, error) {
	return newCardReader(dec, o).read(start, space)
}
