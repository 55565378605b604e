package store

import (
	"fmt"
	"strings"
	"time"

	"github.com/carte-reseau/hub/internal/cards"
)

// The sentences staff read beside a standing.

const whyUnknown = "La remise est trop ancienne pour qu’on sache encore si la carte était déjà périmée."

// whyPreparing comes before all else: a pause, too, keeps back only what is open.
const whyPreparing = "En préparation : rien ne lui est remis avant l’ouverture."

// doubt says what may be wrong with what is known of a library.
func (l *libraryView) doubt() string {
	if l.attention == "" {
		return ""
	}
	return "Sous réserve : " + l.attention
}

func (k *look) whyEnded(l *libraryView) string {
	why := "L’inscription s’est terminée le " + frenchDay(k.card.Ends) + " : la carte n’est plus dans aucun ensemble."
	if told := k.told[l.ID]; !told.IsZero() {
		why += " La bibliothèque en a été prévenue par courriel le " + k.moment(told) + "."
	}
	return why
}

func (k *look) whyRefused(l *libraryView, waits *handAgainRow) string {
	times := "une fois"
	if waits.Attempts > 1 {
		times = fmt.Sprintf("%d fois", waits.Attempts)
	}
	why := fmt.Sprintf("Son logiciel l’a refusée %s : « %s ». ", times, strings.TrimSpace(waits.Reason))
	if l.Preparing {
		return why + whyPreparing
	}
	if !l.Pushed() {
		return why + "Elle lui sera redonnée quand elle moissonnera ; " + k.lastFetch(l) + "."
	}
	if l.Paused {
		return why + paused(l)
	}
	return why + "Prochain essai le " + k.moment(fromMicros(waits.Due)) + "."
}

func (k *look) whyOwed(l *libraryView) string {
	if l.Preparing {
		return whyPreparing
	}
	why := ""
	if waits := k.waiting(l); waits != nil && waits.Attempts == 0 {
		why = "À lui redonner : " + strings.TrimSpace(waits.Reason) + ". "
	}
	if !l.Pushed() {
		if begun := k.listed[l.ID]; begun.After(k.mark(l, cards.DoorPull).Moved) {
			return why + "La liste qui la contient est en cours : commencée le " + k.moment(begun) + ", sa dernière page n’a pas été demandée."
		}
		last := k.lastFetch(l)
		return why + strings.ToUpper(last[:1]) + last[1:] + "."
	}
	return why + k.nextPush(l)
}

// lastFetch begins with a small letter and ends without a full stop.
func (k *look) lastFetch(l *libraryView) string {
	mark := k.mark(l, cards.DoorPull)
	if mark.Moved.IsZero() {
		return "n’a encore jamais terminé de moissonnage du concentrateur"
	}
	return "n’a pas terminé de moissonnage depuis le " + k.moment(mark.Moved)
}

func (k *look) nextPush(l *libraryView) string {
	job, planned := k.jobs[l.ID]
	switch {
	case l.Paused:
		return paused(l)
	case job.Running:
		return "Un envoi est en cours."
	case job.Failures > 0:
		return fmt.Sprintf("Le dernier envoi a échoué (%s) ; prochain essai le %s.", strings.TrimRight(job.LastError, ". "), k.moment(job.NextRun))
	case planned && !job.NextRun.IsZero():
		return "Part avec le prochain envoi, prévu le " + k.moment(job.NextRun) + "."
	}
	return "Part avec le prochain envoi."
}

func paused(l *libraryView) string {
	if l.PauseReason == "" {
		return "Les échanges avec elle sont suspendus."
	}
	return "Les échanges avec elle sont suspendus : " + strings.TrimRight(l.PauseReason, ". ") + "."
}

func (k *look) moment(t time.Time) string {
	return t.In(k.store.place).Format("02/01/2006 à 15:04")
}

// endedAt is the beginning of the first day on which the card is no longer
// valid.
func (k *look) endedAt() time.Time {
	day, err := time.ParseInLocation(time.DateOnly, k.card.Ends, k.store.place)
	if err != nil {
		return time.Time{}
	}
	return day.AddDate(0, 0, 1).UTC()
}

func frenchDay(day string) string {
	t, err := time.Parse(time.DateOnly, day)
	if err != nil {
		return day
	}
	return t.Format("02/01/2006")
}
