package exchange

import (
	"errors"
	"fmt"

	"github.com/carte-reseau/hub/internal/cards"
	"github.com/carte-reseau/hub/internal/xmlstream"
)

// DocumentError is the fault of a document as a whole; nothing of it may be integrated.
type DocumentError struct{ Fault cards.Fault }

// Error gives the sentence with its line.
func (e *DocumentError) Error() string {
	if e.Fault.Line == 0 {
		return e.Fault.Message
	}
	return fmt.Sprintf("ligne %d : %s", e.Fault.Line, e.Fault.Message)
}

// FaultOf returns the fault to report for err, if it is one of the document and not of reading its bytes.
func FaultOf(err error) (cards.Fault, bool) {
	var document *DocumentError
	if errors.As(err, &document) {
		return document.Fault, true
	}
	var syntax *xmlstream.SyntaxError
	if errors.As(err, &syntax) {
		return cards.Fault{Code: syntax.Code, Line: syntax.Line, Message: syntax.Msg}, true
	}
	return cards.Fault{}, false
}

// documentError turns a decoder's error into one of this package; errors of the source pass.
func documentError(err error) error {
	var syntax *xmlstream.SyntaxError
	if !errors.As(err, &syntax) {
		return err
	}
	fault, _ := FaultOf(err)
	return &DocumentError{Fault: fault}
}

func failDocument(line int, code, format string, args ...any) error {
	return &DocumentError{Fault: cards.Fault{Code: code, Line: line, Message: fmt.Sprintf(format, args...)}}
}

func atLine(line int) string {
	if line <= 0 {
		return ""
	}
	return fmt.Sprintf(" (ligne %d)", line)
}
