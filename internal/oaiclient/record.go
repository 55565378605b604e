package oaiclient

import (
	"errors"
	"io"

	"github.com/carte-reseau/hub/internal/cards"
	"github.com/carte-reseau/hub/internal/exchange"
	"github.com/carte-reseau/hub/internal/oai"
	"github.com/carte-reseau/hub/internal/xmlstream"
)

// cardOf reads the card of a record, or makes the item that refuses the record and says why. An error is one of reading.
func cardOf(decoder *xmlstream.Decoder, rec *oai.Received, o exchange.Options) (cards.Item, error) {
	if rec.Metadata == nil {
		return refused(header(rec), exchange.CodeRequired, "L’enregistrement ne contient pas de carte : son élément « metadata » manque ou est vide."), nil
	}
	if rec.Metadata.Space == unreadableSpace {
		return unreadable(decoder, rec)
	}
	if rec.Metadata.Local != "carte" || !acceptedSpace(rec.Metadata.Space) {
		return foreign(decoder, rec)
	}
	item, err := exchange.DecodeCard(decoder, *rec.Metadata, o)
	if err != nil {
		return cards.Item{}, err
	}
	// Lines of a page that nobody but the hub has seen help nobody.
	item.Line = 0
	for i := range item.Faults {
		item.Faults[i].Line = 0
	}
	return withoutSecond(decoder, item)
}

// acceptedSpace takes the format's namespace, none, and that of the protocol, which a carte written plainly inherits.
func acceptedSpace(space string) bool {
	return space == exchange.Namespace || space == "" || space == oai.Namespace
}

// withoutSecond refuses a record in which another element follows the card: which one is meant cannot be known.
func withoutSecond(decoder *xmlstream.Decoder, item cards.Item) (cards.Item, error) {
	depth := decoder.Depth()
	more := 0
	for decoder.Depth() >= depth {
		token, err := decoder.Next()
		if errors.Is(err, io.EOF) {
			return cards.Item{}, io.ErrUnexpectedEOF
		}
		if err != nil {
			return cards.Item{}, err
		}
		if token.Kind != xmlstream.StartElement {
			continue
		}
		more++
		if err := keepSource(decoder, &item.Raw); err != nil {
			return cards.Item{}, err
		}
	}
	if more == 0 {
		return item, nil
	}
	all := append([]byte("<metadata>"), item.Raw...)
	return refused(append(all, "</metadata>"...), exchange.CodeRepeated,
		"L’enregistrement contient plusieurs cartes ou éléments ; il en faut un par enregistrement : une seule « carte »."), nil
}

// foreign refuses a record that holds something else than a card.
func foreign(decoder *xmlstream.Decoder, rec *oai.Received) (cards.Item, error) {
	message := "L’enregistrement ne contient pas un élément « carte » du format urn:carte-reseau:1. Vérifiez le préfixe de métadonnées (metadataPrefix)."
	if rec.Metadata.Local == "cartes" {
		message = "L’enregistrement contient un document « cartes » ; il faut une seule « carte » par enregistrement, sans enveloppe."
	}
	var raw []byte
	if err := keepSource(decoder, &raw); err != nil {
		return cards.Item{}, err
	}
	return refused(raw, exchange.CodeUnknownElement, message), nil
}

// maxReturned bounds what is given back of one record.
const maxReturned = 64 << 10

// keepSource reads the element just begun and appends its source, up to a bound for the whole record.
func keepSource(decoder *xmlstream.Decoder, raw *[]byte) error {
	if len(*raw) >= maxReturned {
		return decoder.Skip()
	}
	decoder.StartRaw(maxReturned - len(*raw))
	if err := decoder.Skip(); err != nil {
		return err
	}
	if source := decoder.StopRaw(); !source.Truncated {
		*raw = source.AppendStandalone(*raw)
	} else {
		*raw = append(*raw, "<carte><!-- élément trop long pour être rendu --></carte>"...)
	}
	return nil
}

func refused(raw []byte, code, message string) cards.Item {
	return cards.Item{Raw: raw, Faults: []cards.Fault{{Code: code, Message: message}}}
}

// header is what there is of a record without metadata, so that the library can find it.
func header(rec *oai.Received) []byte {
	raw := []byte(`<header xmlns="` + oai.Namespace + `"><identifier>`)
	raw = xmlstream.AppendText(raw, rec.Identifier)
	raw = append(raw, `</identifier><datestamp>`...)
	raw = xmlstream.AppendText(raw, rec.Datestamp)
	return append(raw, `</datestamp></header>`...)
}
