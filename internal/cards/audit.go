package cards

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// The doors by which staff see and act.
const (
	AuditPages   = "pages"
	AuditAPI     = "api"
	AuditCommand = "commande"
	// AuditHub is no door: the hub did by itself what its settings say.
	AuditHub = "concentrateur"
)

// AuditEntry says who saw or did what. It is written before anything is shown
// or done, and holds nothing of a reader's: no number, no name, no address.
type AuditEntry struct {
	ID      int64
	At      time.Time // of the database's clock; zero when given: now
	Actor   string    // the account's name, the operating system's on a command line, or AuditHub
	Role    Role      // empty on a command line
	Door    string    // AuditPages, AuditAPI, AuditCommand or AuditHub
	Action  string
	Subject string // opaque: see the functions below; empty where there is no one subject
	Detail  string
}

// AuditQuery selects entries, newest first. What is empty selects all.
type AuditQuery struct {
	Actor, Action, Subject string
	From, To               time.Time // from inclusive, to exclusive
	Before                 int64     // entries with a lower ID
	Limit                  int
}

// SubjectCard names a card by the opaque end of its OAI identifier.
func SubjectCard(oaiID string) string { return "carte " + oaiID }

// SubjectLibrary names a library by its code.
func SubjectLibrary(code string) string { return "bibliotheque " + code }

// SubjectDeposit names a deposit.
func SubjectDeposit(id int64) string { return fmt.Sprintf("depot %d", id) }

// SubjectConflict names a conflict or a doubt.
func SubjectConflict(id int64) string { return fmt.Sprintf("conflit %d", id) }

// SubjectErasure names an erasure.
func SubjectErasure(id int64) string { return fmt.Sprintf("effacement %d", id) }

// SubjectMail names a mail of the outbox.
func SubjectMail(id int64) string { return fmt.Sprintf("courriel %d", id) }

// SubjectAccount names a member of staff's account.
func SubjectAccount(id int64) string { return fmt.Sprintf("compte %d", id) }

// AuditFailure is the detail of an entry that says how something ended that was
// recorded before it was tried.
func AuditFailure(err error) string { return "échec : " + string(CodeOf(err)) }

// auditedCards is how many cards an entry names.
const auditedCards = 100

// AuditShown is the detail of an entry that says whose cards are shown.
func AuditShown(oaiIDs []string) string {
	ids := slices.Clone(oaiIDs)
	slices.Sort(ids)
	ids = slices.Compact(ids)
	switch {
	case len(ids) == 0:
		return "aucune carte"
	case len(ids) > auditedCards:
		return fmt.Sprintf("%d cartes, dont %s", len(ids), strings.Join(ids[:auditedCards], " "))
	}
	return "cartes " + strings.Join(ids, " ")
}

// AuditSubject is the one card shown; empty where there are several, or none.
func AuditSubject(oaiIDs []string) string {
	if len(oaiIDs) == 0 || slices.ContainsFunc(oaiIDs, func(id string) bool { return id != oaiIDs[0] }) {
		return ""
	}
	return SubjectCard(oaiIDs[0])
}
