package cards

import (
	"slices"
	"time"
)

// Dispute is a note as staff see it: two values of one field, of which one
// stands and somebody may miss the other.
type Dispute struct {
	ID     int64
	Kind   NoteKind
	Number string // the card's number now
	OAIID  string // the opaque identifier of the card
	// Field is the field's path, or NumberField.
	Field string
	Rule  Rule  // that chose; 0 where no rule of the merge did
	Kept  Claim // what stood after the decision
	Lost  Claim // what did not
	Noted time.Time
	// Sender is the library whose document made the hub choose.
	Sender string
	// Current holds the field as it stands now, and Version is the seq of the
	// version that last changed it: who decides says which one was seen.
	Current Card
	Version int64

	Verdict   Verdict
	Decided   time.Time
	DecidedBy string
}

// Claim is one of the two values of a dispute.
type Claim struct {
	Value   Card      // holds the disputed field alone
	Library string    // code of who sent it; empty for the hub
	At      time.Time // when the hub learnt of it; zero if unknown
}

// NumberField is the path of a card's number, which is no field of the merge:
// it stands where two libraries replaced one card by two numbers at once, and
// where a number is refused.
const NumberField = "numero"

// Verdict is what a person decided.
type Verdict string

// The verdicts on disputes and likenesses; empty while a person is waited for.
const (
	VerdictKept  Verdict = "garde" // the value that stands stays
	VerdictOther Verdict = "autre" // the other value was chosen
	VerdictTwo   Verdict = "deux"  // two persons
)

// Overtaken reports whether what stands now is no longer what was kept: the
// field has changed since, and the other value may be older than that change.
func (d *Dispute) Overtaken() bool {
	if d.Field == NumberField {
		return !isNumber(d.Current.Number, d.Kept.Value.Number)
	}
	f, err := ParseField(d.Field)
	return err != nil || !f.same(&d.Current, &d.Kept.Value)
}

// Why says in a sentence for staff which rule chose, and why it may be wrong.
func (d *Dispute) Why() string {
	if d.Field == NumberField {
		return "Deux bibliothèques ont remplacé cette carte chacune par un autre numéro : le dernier arrivé est resté. " +
			"Gardez celui de la carte que le lecteur a en main."
	}
	taken := d.Kept.Library == d.Sender
	switch {
	case d.Rule == RuleBehind || d.Kind == NoteDoubt:
		return "La bibliothèque a renvoyé une valeur que la fiche avait auparavant, alors que la nouvelle lui avait été remise : " +
			"son envoi a été tenu pour un retard. Si elle voulait revenir à l’ancienne valeur, choisissez l’autre."
	case d.Rule == RuleMeeting && taken:
		return "La bibliothèque a envoyé pour la première fois une carte que le réseau connaissait déjà, avec une autre valeur : " +
			"la sienne est restée, parce que le lecteur y est inscrit ou que sa fiche est la plus récente."
	case d.Rule == RuleMeeting:
		return "La bibliothèque a envoyé pour la première fois une carte que le réseau connaissait déjà, avec une autre valeur : " +
			"celle du réseau est restée, rien ne disant que l’autre soit plus récente."
	case d.Rule == RuleHolder:
		return "La bibliothèque a envoyé deux valeurs, et rien ne dit sûrement laquelle est la plus récente : l’un des deux documents est arrivé " +
			"tard ou par une autre voie, son horloge a été réglée entre-temps, ou sa fiche vient d’une ancienne sauvegarde. La dernière arrivée est restée."
	case d.Rule == RuleRoom:
		return "Une fiche n’a de place que pour deux responsables légaux : celui que la bibliothèque a nommé a pris la place d’un autre, " +
			"et rien ne dit qu’elle ait voulu le remplacer. La dernière liste arrivée est restée."
	case d.Rule == RuleJoined:
		return "Deux fiches du même lecteur ont été réunies, et ne disaient pas la même chose : " +
			"la valeur la plus récente est restée ; pour l’inscription, celle de la carte que le lecteur a en main."
	}
	return "Deux bibliothèques ont modifié ce champ sans que la seconde ait reçu la modification de la première : " +
		"la dernière arrivée est restée."
}

// Choose puts a claim's value of f in place of the card's.
func (f Field) Choose(c *Card, claim Claim) FieldSet {
	if f.same(c, &claim.Value) {
		return 0
	}
	if f == FormerNumbers { // a number that was replaced is never taken back
		joined := joinNumbers(c.Number, c.Former, claim.Value.Former)
		if slices.Equal(joined, c.Former) {
			return 0
		}
		c.Former = joined
		return FieldsOf(f)
	}
	f.take(c, &claim.Value)
	return FieldsOf(f)
}

// DisputeQuery selects disputes, newest first.
type DisputeQuery struct {
	Library string // code of a library that has a part in it; empty for all
	Kind    NoteKind
	Number  string // a number of the card, former ones included; empty for all
	Decided bool   // those decided already too
	Before  int64  // disputes with a lower ID; 0 from the newest
	Limit   int
}
