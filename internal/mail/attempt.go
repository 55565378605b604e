package mail

import (
	"context"
	"errors"

	gomail "github.com/wneessen/go-mail"

	"github.com/carte-reseau/hub/internal/cards"
)

// attempt is a letter on its way, over a connection that is its own meanwhile.
type attempt struct {
	m        *cards.Message
	msg      *gomail.Msg
	line     *line // nil where none was to be had
	answered int   // how many letters of the round had come to an end when it began
	err      error
	broke    any // what the program broke with over it
}

// run sends the letter. A server that has closed the connection since the last
// letter is called again.
func (a *attempt) run(ctx context.Context, s *Sender) {
	a.err = a.line.client.Send(a.msg)
	if noticedClosed(a.err) {
		a.again(ctx, s)
	}
	if !tooLarge(a.err) || len(a.m.Attachments) == 0 {
		return
	}
	a.m = tooHeavy.withoutAttachments(a.m)
	msg, err := compose(s.opt.From, s.domain, *a.m, s.opt.Now())
	if err != nil {
		a.err = err
		return
	}
	a.msg = msg
	a.again(ctx, s) // whatever state the conversation is in
}

// again sends the letter over another connection.
func (a *attempt) again(ctx context.Context, s *Sender) {
	a.line.hangUp()
	if a.line, a.err = dial(ctx, s.opt); a.err == nil {
		a.err = a.line.client.Send(a.msg)
	}
}

func noticedClosed(err error) bool {
	var send *gomail.SendError
	return errors.As(err, &send) && send.Reason == gomail.ErrConnCheck
}

// verdict is what the failure means.
func (a *attempt) verdict() verdict {
	if a.line == nil {
		return judge(a.err)
	}
	return overAttachments(judge(a.line.why(a.err)), a.m, a.err)
}
