package cards

import (
	"fmt"
	"strings"
	"time"
)

// StandingCause says why a library lacks a version of a card, or what makes its standing doubtful.
type StandingCause struct {
	Course StandingCourse
	// At is the moment the course is about; Detail what was noted of it, by people or by a job.
	At     time.Time
	Detail Sentence
	// Attempts and Reason are those of a refusal; a Reason without attempts says why the card is to be handed again.
	Attempts int
	Reason   Sentence
	Ends     string // the day an ended card was valid until
}

// StandingCourse is what goes on, or went on, between the hub and a library about a card.
type StandingCourse string

// The courses; empty where nothing is to be said.
const (
	CourseDoubted   StandingCourse = "sous-reserve"   // Detail: what staff are asked about the library
	CourseForgotten StandingCourse = "trop-ancienne"  // it was handed too long ago
	CourseEnded     StandingCourse = "terminee"       // At: when the library was told by mail; may be zero
	CoursePreparing StandingCourse = "en-preparation" // nothing is handed to it yet
	CourseFetches   StandingCourse = "moissonne"      // At: when it last ended a harvest; zero: never
	CourseListing   StandingCourse = "liste-en-cours" // At: when the list began
	CoursePaused    StandingCourse = "suspendue"      // Detail: why; may be empty
	CourseSending   StandingCourse = "envoi-en-cours"
	CourseFailing   StandingCourse = "envoi-echoue" // Detail: the last error; At: when it is tried again
	CoursePlanned   StandingCourse = "envoi-prevu"  // At: when; zero: with the next
)

// Sentence says the cause in a language: English, else French. What people and library systems wrote stands as it is.
func (c *StandingCause) Sentence(language string, place *time.Location) string {
	w := &causeInFrench
	if language == English {
		w = &causeInEnglish
	}
	return w.write(c, place)
}

// causeWords are the pieces of a sentence in one language.
type causeWords struct {
	language                    string
	day, moment                 string // forms of a time
	doubted, forgotten          string
	ended, told                 string
	refusedOnce, refused, again string
	preparing, never, fetched   string
	comes                       string // before the last harvest, of a refused card
	listing                     string
	paused, pausedFor           string
	sending, failing            string
	retry, planned, soon        string
}

var causeInFrench = causeWords{
	language: French, day: "02/01/2006", moment: "02/01/2006 à 15:04",
	doubted:   "Sous réserve : %s",
	forgotten: "La remise est trop ancienne pour qu’on sache encore si la carte était déjà périmée.",
	ended:     "L’inscription s’est terminée le %s : la carte n’est plus dans aucun ensemble.", told: " La bibliothèque en a été prévenue par courriel le %s.",
	refusedOnce: "Son logiciel l’a refusée une fois : « %s ». ", refused: "Son logiciel l’a refusée %d fois : « %s ». ", again: "À lui redonner : %s. ",
	preparing: "En préparation : rien ne lui est remis avant l’ouverture.",
	never:     "N’a encore jamais terminé de moissonnage du concentrateur.", fetched: "N’a pas terminé de moissonnage depuis le %s.",
	comes:   "Elle lui sera redonnée quand elle moissonnera. ",
	listing: "La liste qui la contient est en cours : commencée le %s, sa dernière page n’a pas été demandée.",
	paused:  "Les échanges avec elle sont suspendus.", pausedFor: "Les échanges avec elle sont suspendus : %s.",
	sending: "Un envoi est en cours.", failing: "Le dernier envoi a échoué (%s) ; prochain essai le %s.",
	retry: "Prochain essai le %s.", planned: "Part avec le prochain envoi, prévu le %s.", soon: "Part avec le prochain envoi.",
}

var causeInEnglish = causeWords{
	language: English, day: "2 January 2006", moment: "2 January 2006 at 15:04",
	doubted:   "With a reservation: %s",
	forgotten: "It was handed over too long ago to tell whether the card had ended by then.",
	ended:     "The enrolment ended on %s: the card is in no set any more.", told: " The library was told so by mail on %s.",
	refusedOnce: "Its system refused it once: “%s”. ", refused: "Its system refused it %d times: “%s”. ", again: "To be handed to it again: %s. ",
	preparing: "In preparation: nothing is handed to it before it is opened.",
	never:     "It has never ended a harvest of the hub yet.", fetched: "It has not ended a harvest since %s.",
	comes:   "It is handed to it again when it harvests. ",
	listing: "The list that holds it is under way: begun on %s, its last page was not asked for.",
	paused:  "The exchange with it is paused.", pausedFor: "The exchange with it is paused: %s.",
	sending: "A delivery is under way.", failing: "The last delivery failed (%s); it is tried again on %s.",
	retry: "Tried again on %s.", planned: "It goes with the next delivery, due on %s.", soon: "It goes with the next delivery.",
}

func (w *causeWords) write(c *StandingCause, place *time.Location) string {
	at := c.At.In(place).Format(w.moment)
	return w.before(c) + w.course(c, at)
}

func (w *causeWords) say(s Sentence) string {
	text, _ := s.In(w.language)
	return text
}

// before says what a refusal, or what else made it be handed again, comes before the course itself.
func (w *causeWords) before(c *StandingCause) string {
	reason, text := strings.TrimSpace(w.say(c.Reason)), ""
	switch {
	case c.Attempts == 1:
		text = fmt.Sprintf(w.refusedOnce, reason)
	case c.Attempts > 1:
		text = fmt.Sprintf(w.refused, c.Attempts, reason)
	case reason != "":
		text = fmt.Sprintf(w.again, reason)
	}
	if c.Attempts > 0 && c.Course == CourseFetches {
		text += w.comes
	}
	return text
}

func (w *causeWords) course(c *StandingCause, at string) string {
	switch c.Course {
	case CourseDoubted:
		return fmt.Sprintf(w.doubted, w.say(c.Detail))
	case CourseForgotten:
		return w.forgotten
	case CourseEnded:
		return w.endedText(c, at)
	case CoursePreparing:
		return w.preparing
	case CourseFetches:
		return either(c.At.IsZero(), w.never, w.fetched, at)
	case CourseListing:
		return fmt.Sprintf(w.listing, at)
	case CoursePaused:
		return either(c.Detail.IsZero(), w.paused, w.pausedFor, withoutStop(w.say(c.Detail)))
	case CourseSending:
		return w.sending
	case CourseFailing:
		return fmt.Sprintf(w.failing, withoutStop(w.say(c.Detail)), at)
	case CoursePlanned:
		planned := w.planned
		if c.Attempts > 0 {
			planned = w.retry
		}
		return either(c.At.IsZero(), w.soon, planned, at)
	}
	return ""
}

func (w *causeWords) endedText(c *StandingCause, told string) string {
	day := c.Ends
	if t, err := time.Parse(time.DateOnly, c.Ends); err == nil {
		day = t.Format(w.day)
	}
	text := fmt.Sprintf(w.ended, day)
	if !c.At.IsZero() {
		text += fmt.Sprintf(w.told, told)
	}
	return text
}

// either chooses between a bare sentence and one that something is put into.
func either(bare bool, plain, form, put string) string {
	if bare {
		return plain
	}
	return fmt.Sprintf(form, put)
}

func withoutStop(text string) string { return strings.TrimRight(text, ". ") }
