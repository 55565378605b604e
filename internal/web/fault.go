package web

import (
	"errors"
	"net/http"

	"github.com/carte-reseau/hub/internal/cards"
)

// words are a sentence, and the language it is written in.
type words struct{ Text, Lang string }

// wordsIn are those of a sentence in a language, or in the network's where it is not known in that one.
func wordsIn(lang string, s cards.Sentence) words {
	text, spoken := s.In(lang)
	return words{bound(spoken, text), spoken}
}

// said is an error in the visitor's own language, whatever that is.
type said struct{ error }

// Unwrap gives the error itself.
func (s said) Unwrap() error { return s.error }

// refuse makes an error in the visitor's language.
func (v *visit) refuse(code cards.Code, name string, pairs ...any) error {
	return said{cards.Errorf(code, "%s", v.text(name, pairs...))}
}

// refuseFor is refuse, with the cause for the log.
func (v *visit) refuseFor(cause error, code cards.Code, name string) error {
	return said{cards.WrapError(code, cause, "%s", v.text(name))}
}

// words are those of a name, in the visitor's language.
func (v *visit) words(name string, pairs ...any) words { return words{v.text(name, pairs...), v.lang} }

// again are the words over a form that is shown again, as what it asks for was not done.
func (v *visit) again(err error) words {
	v.refused = err
	return v.wordsOf(err)
}

// wordsOf are what may be shown of an error.
func (v *visit) wordsOf(err error) words {
	own := said{}
	if errors.As(err, &own) {
		return words{cards.MessageOf(err), v.lang}
	}
	if rule := cards.RuleOf(err); rule != "" {
		if text := v.door.pages.known(v.lang, "regle."+rule); text != "" {
			return words{text, v.lang}
		}
	}
	return wordsIn(v.lang, cards.SentenceOf(err))
}

// late is a decision that came too late: somebody else took it, or what it was about has changed since.
type late struct {
	error
	back string // where one sees how things are now
}

// Unwrap gives the error itself.
func (l late) Unwrap() error { return l.error }

// overtaken leads who decided too late back to path, with a word of it. What else went wrong stays as it is.
func overtaken(path string, err error) error {
	if cards.CodeOf(err) == cards.Conflict {
		return late{err, path}
	}
	return err
}

// vanished is overtaken, for what may be gone: a colleague made one card of two meanwhile, or erased it.
func vanished(path string, err error) error {
	if cards.CodeOf(err) == cards.NotFound {
		return late{err, path}
	}
	return overtaken(path, err)
}

// The words left for whose form did nothing: who came too late, and whose session had ended.
const (
	flashLate  = "trop-tard"
	flashEnded = "session-finie"
)

func (v *visit) goBack(l late) error {
	v.setFlash(flashLate)
	return v.Redirect(http.StatusSeeOther, l.back)
}
