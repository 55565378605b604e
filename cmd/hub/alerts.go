package main

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/carte-reseau/hub/internal/cards"
)

// alertSchedule is how often trouble is looked for.
const alertSchedule = "@every 1m"

// alerts looks for trouble and tells those who want to know.
func (h *hub) alerts(ctx context.Context) error {
	view, err := h.store.View(ctx)
	if err != nil {
		return err
	}
	view.Machine = machine{h}.state()
	to, err := h.recipients(ctx)
	if err != nil {
		return err
	}
	return h.store.SettleTroubles(ctx, view.Findings(), func(t cards.Trouble, mail cards.TroubleMail) []cards.Message {
		return h.troubleLetters(to.of(t.Kind), &t, mail)
	})
}

// recipient is somebody who is written to about trouble; account 0 is the
// administrator of the settings.
type recipient struct {
	account  int64
	email    string
	language string
}

// recipients are those who chose to be told, and who is told where nobody did.
type recipients struct {
	users []cards.User
	admin string
}

func (f *foundation) recipients(ctx context.Context) (*recipients, error) {
	users, err := f.store.Users(ctx)
	return &recipients{users: users, admin: f.settings.AdminEmail}, err
}

func (r *recipients) of(kind cards.TroubleKind) []recipient {
	var list []recipient
	for _, u := range r.users {
		if !u.Disabled && u.Email != "" && slices.Contains(u.Alerts, kind) {
			list = append(list, recipient{u.ID, u.Email, u.Language})
		}
	}
	if len(list) == 0 && r.admin != "" {
		list = []recipient{{email: r.admin}}
	}
	return list
}

func (h *hub) troubleLetters(to []recipient, t *cards.Trouble, mail cards.TroubleMail) []cards.Message {
	letters := make([]cards.Message, len(to))
	for i, who := range to {
		letters[i] = h.troubleLetter(who, t, mail)
	}
	return letters
}

// troubleLetter says that trouble began or is over. The trouble's number and
// the account's make it the only one.
func (h *hub) troubleLetter(who recipient, t *cards.Trouble, mail cards.TroubleMail) cards.Message {
	words, phase := troubleWords[who.language == cards.English], "debut"
	subject, opening := words.began, words.hello+t.Sentence(who.language, h.place)+"\n\n"+t.Kind.Advice(who.language)
	if mail == cards.TellEnded {
		phase = "fin"
		subject, opening = words.ended, words.hello+words.over+t.Sentence(who.language, h.place)+"\n\n"+
			fmt.Sprintf(words.lasted, t.Began.In(h.place).Format(words.moment), t.Ended.In(h.place).Format(words.moment))
	}
	title := t.Kind.Title(who.language)
	if t.Library != "" {
		title += " (" + t.Library + ")"
	}
	return cards.Message{
		To: who.email, Subject: fmt.Sprintf(subject, title), Key: fmt.Sprintf(cards.TroubleLetter+"-%d-%s-%d", t.ID, phase, who.account),
		Body: opening + "\n\n" + words.where + strings.TrimSuffix(h.publicURL, "/") + "/\n",
	}
}

type letterWords struct{ began, ended, hello, over, lasted, moment, where string }

var troubleWords = map[bool]letterWords{
	false: {
		began: "Carte réseau : %s", ended: "Carte réseau : terminé, %s", hello: "Bonjour,\n\n",
		over: "Ce problème n’est plus constaté : ", lasted: "Il a commencé le %s et pris fin le %s.", moment: "02/01/2006 à 15:04",
		where: "Le détail : hub status, ou ",
	},
	true: {
		began: "Network card: %s", ended: "Network card: over, %s", hello: "Hello,\n\n",
		over: "This problem is no longer found: ", lasted: "It began on %s and ended on %s.", moment: "2 January 2006 15:04",
		where: "Details: hub status, or ",
	},
}
