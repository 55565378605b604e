package exchange

import (
	"time"

	"github.com/carte-reseau/hub/internal/cards"
	"github.com/carte-reseau/hub/internal/xmlstream"
)

// Mode says whether a document holds what changed or everything.
type Mode string

// The modes of a document.
const (
	Incremental Mode = "incremental"
	Complete    Mode = "complet"
)

// Envelope is what a document says of itself.
type Envelope struct {
	Establishment string
	Mode          Mode
	Made          time.Time // genere-le; zero when it does not say
}

func checkRoot(root xmlstream.Token, name string) error {
	if root.Local != name {
		return failDocument(root.Line, CodeEnvelope, "L’élément racine est « %s » ; « %s » est attendu.",
			clip(root.Local, 40), name)
	}
	if root.Space != Namespace && root.Space != "" {
		return failDocument(root.Line, CodeNamespace, "L’espace de noms de l’élément racine est « %s » ; « %s » est attendu.",
			clip(root.Space, 80), Namespace)
	}
	return nil
}

func readEnvelope(root xmlstream.Token, o Options) (Envelope, error) {
	e := Envelope{Mode: Incremental}
	for _, a := range root.Attrs {
		if err := e.attribute(a, root.Line, o); err != nil {
			return Envelope{}, err
		}
	}
	if e.Establishment == "" {
		return Envelope{}, failDocument(root.Line, CodeEstablishment,
			"L’attribut « etablissement » de « cartes » manque ou est vide.")
	}
	return e, nil
}

func (e *Envelope) attribute(a xmlstream.Attr, line int, o Options) error {
	value := collapse(a.Value)
	name := a.Local
	if a.Space != "" {
		name = "" // none of ours has a namespace
	}
	switch name {
	case "etablissement":
		if value != "" && !cards.ValidCode(value) {
			return failDocument(line, CodeEstablishment, "« %s » n’est pas un code d’établissement : "+
				"1 à 32 caractères parmi a-z, 0-9 et « - ».", clip(value, 40))
		}
		e.Establishment = value
	case "mode":
		if e.Mode = Mode(value); e.Mode != Incremental && e.Mode != Complete {
			return failDocument(line, CodeEnvelope, "L’attribut « mode » vaut « %s » ; « incremental » ou « complet » est attendu.",
				clip(value, 40))
		}
	case "genere-le":
		made, ok := o.parseInstant(value)
		if !ok {
			return failDocument(line, CodeEnvelope, "L’attribut « genere-le » (« %s ») n’est pas une date et heure de la forme "+
				"2026-11-21T09:30:00+01:00.", clip(value, 40))
		}
		e.Made = made
	default:
		if !isSchemaHint(a) {
			return failDocument(line, CodeEnvelope, "L’attribut « %s » de « cartes » n’est pas du format.", clip(a.Local, 40))
		}
	}
	return nil
}

// isSchemaHint recognises xsi:schemaLocation and its like, which any element may carry.
func isSchemaHint(a xmlstream.Attr) bool {
	return a.Space == "http://www.w3.org/2001/XMLSchema-instance" &&
		(a.Local == "schemaLocation" || a.Local == "noNamespaceSchemaLocation")
}
