package web

import (
	"slices"

	"github.com/carte-reseau/hub/internal/cards"
)

// whose tells the record the name behind an account's number, which may mean nothing once it is removed.
func (p accountsPage) whose(v *visit) (subject, detail string) {
	if user, err := p.user(v); err == nil {
		detail = quoted(user.Name)
	}
	return v.subject("compte"), detail
}

// newAccount tells of an account that has no number yet.
func newAccount(v *visit) (subject, detail string) {
	return "", joined(quoted(cards.AccountName(v.FormValue("nom"))), saidRole(cards.Role(v.FormValue("role"))))
}

// whatChanges tells what the form says otherwise than the account is.
func (p accountsPage) whatChanges(v *visit) (subject, detail string) {
	user, err := p.user(v)
	if err != nil {
		return v.subject("compte"), ""
	}
	changed := *user
	readAccount(v, &changed)
	return v.subject("compte"), joined(quoted(user.Name), changesOf(user, &changed))
}

// ownChanges tells the same of one's own account.
func ownChanges(v *visit) (subject, detail string) {
	changed := *v.user()
	readOwn(v, &changed)
	return v.subject("compte"), changesOf(v.user(), &changed)
}

// changesOf says what changes of an account; of an address, the language and the alerts no more than that they do.
func changesOf(from, to *cards.User) string {
	var said []string
	for _, setting := range []struct {
		said    string
		changed bool
	}{
		{"adresse", from.Email != to.Email},
		{"langue", from.Language != to.Language},
		{"alertes", !sameAlerts(from.Alerts, to.Alerts)},
		{saidRole(to.Role), from.Role != to.Role},
		{"désactivé", !from.Disabled && to.Disabled},
		{"activé", from.Disabled && !to.Disabled},
	} {
		if setting.changed {
			said = append(said, setting.said)
		}
	}
	return joined(said...)
}

// sameAlerts compares what has no order.
func sameAlerts(a, b []cards.TroubleKind) bool {
	return slices.Equal(slices.Sorted(slices.Values(a)), slices.Sorted(slices.Values(b)))
}

// quoted is a name as the record holds it; none where no account has one so long.
func quoted(name string) string {
	const longest = 256 // bytes
	if len(name) > longest {
		return ""
	}
	return "« " + name + " »"
}

// saidRole is a role as the record holds it, where it is one.
func saidRole(role cards.Role) string {
	if !slices.Contains(roles, role) {
		return ""
	}
	return "rôle " + string(role)
}
