package cards

import (
	"fmt"
	"time"
)

// Sentence says the trouble in a language: English, else French. It holds no
// personal data.
func (t *Trouble) Sentence(language string, place *time.Location) string {
	if language == English {
		return t.english(place)
	}
	return t.french(place)
}

func (t *Trouble) french(place *time.Location) string {
	switch t.Kind {
	case TroubleSilence:
		return fmt.Sprintf("La bibliothèque %s ne donne plus signe de vie depuis le %s, bien plus longtemps que d’habitude.",
			t.Library, t.Detail.Since.Format("02/01/2006"))
	case TroubleFailing:
		return t.failingInFrench(place)
	case TroubleStopped:
		return fmt.Sprintf("Les échanges avec la bibliothèque %s sont arrêtés : son logiciel refuse l’accès au concentrateur.", t.Library)
	case TroubleRefused:
		if t.Subject == RefusedByHub {
			return t.refused(French, "1 carte envoyée par la bibliothèque %s a été rejetée par le concentrateur depuis hier.",
				"%[2]s cartes envoyées par la bibliothèque %[1]s ont été rejetées par le concentrateur depuis hier.")
		}
		return t.refused(French, "Le logiciel de la bibliothèque %s refuse 1 carte.", "Le logiciel de la bibliothèque %[1]s refuse %[2]s cartes.")
	case TroubleSuspended:
		return fmt.Sprintf("Le dépôt n° %s de la bibliothèque %s, qui modifierait %s cartes, attend une décision.", t.Subject, t.Library, Grouped(t.Detail.Count, French))
	case TroubleOutbox:
		if t.Detail.Lost > 0 {
			return plural(French, t.Detail.Lost, "1 courriel n’a pas pu être envoyé et a été abandonné.", "%s courriels n’ont pas pu être envoyés et ont été abandonnés.")
		}
		return plural(French, t.Detail.Count, "1 courriel attend d’être envoyé depuis plus d’une heure.", "%s courriels attendent d’être envoyés, certains depuis plus d’une heure.")
	case TroubleClock:
		return plural(French, t.Detail.Count, "L’horloge de la base de données a reculé d’une seconde.", "L’horloge de la base de données a reculé de %s secondes.")
	case TroubleDisk:
		return fmt.Sprintf("Le disque des données du concentrateur est presque plein : il reste %s Mio.", Grouped(t.Detail.Count, French))
	case TroubleEnding:
		return "Le certificat du serveur FTP du concentrateur expire le " + t.Detail.Since.In(place).Format("02/01/2006") + "."
	}
	return string(t.Kind)
}

// refused counts cards beside the library's name, which may hold anything: it is never part of what is filled in.
func (t *Trouble) refused(language, one, many string) string {
	if t.Detail.Count < 2 { //nolint:mnd // two are many
		return fmt.Sprintf(one, t.Library)
	}
	return fmt.Sprintf(many, t.Library, Grouped(t.Detail.Count, language))
}

func (t *Trouble) failingInFrench(place *time.Location) string {
	whose := "du concentrateur"
	if t.Library != "" {
		whose = "pour la bibliothèque " + t.Library
	}
	text := fmt.Sprintf("Le travail « %s » %s échoue (%d de suite)", JobKind(t.Subject).French(), whose, t.Detail.Count)
	if t.Detail.Since.IsZero() {
		return text + " ; il n’a jamais réussi."
	}
	return text + " ; il a réussi pour la dernière fois le " + t.Detail.Since.In(place).Format("02/01/2006 à 15:04") + "."
}

func (t *Trouble) english(place *time.Location) string {
	switch t.Kind {
	case TroubleSilence:
		return fmt.Sprintf("The library %s has given no sign of life since %s, much longer than usual.", t.Library, t.Detail.Since.Format("2 January 2006"))
	case TroubleFailing:
		return t.failingInEnglish(place)
	case TroubleStopped:
		return fmt.Sprintf("Exchange with the library %s has stopped: its system turns the hub away.", t.Library)
	case TroubleRefused:
		if t.Subject == RefusedByHub {
			return t.refused(English, "1 card sent by the library %s was rejected by the hub since yesterday.",
				"%[2]s cards sent by the library %[1]s were rejected by the hub since yesterday.")
		}
		return t.refused(English, "The system of the library %s refuses 1 card.", "The system of the library %[1]s refuses %[2]s cards.")
	case TroubleSuspended:
		return fmt.Sprintf("Deposit no. %s of the library %s, which would modify %s cards, waits for a decision.", t.Subject, t.Library, Grouped(t.Detail.Count, English))
	case TroubleOutbox:
		if t.Detail.Lost > 0 {
			return plural(English, t.Detail.Lost, "1 mail could not be sent and was given up.", "%s mails could not be sent and were given up.")
		}
		return plural(English, t.Detail.Count, "1 mail has been waiting to be sent for more than an hour.", "%s mails are waiting to be sent, some for more than an hour.")
	case TroubleClock:
		return plural(English, t.Detail.Count, "The database’s clock stepped back by one second.", "The database’s clock stepped back by %s seconds.")
	case TroubleDisk:
		return fmt.Sprintf("The disk that holds the hub’s data is almost full: %s MiB are left.", Grouped(t.Detail.Count, English))
	case TroubleEnding:
		return "The certificate of the hub’s FTP server ends on " + t.Detail.Since.In(place).Format("2 January 2006") + "."
	}
	return string(t.Kind)
}

func (t *Trouble) failingInEnglish(place *time.Location) string {
	whose := "of the hub"
	if t.Library != "" {
		whose = "for the library " + t.Library
	}
	text := fmt.Sprintf("The job “%s” %s fails (%d times in a row)", JobKind(t.Subject).English(), whose, t.Detail.Count)
	if t.Detail.Since.IsZero() {
		return text + "; it has never succeeded."
	}
	return text + "; it last succeeded on " + t.Detail.Since.In(place).Format("2 January 2006 at 15:04") + "."
}

// Advice says what to do about a kind of trouble.
func (k TroubleKind) Advice(language string) string {
	advice, known := troubleAdvice[k]
	switch {
	case !known:
		return ""
	case language == English:
		return advice.en
	}
	return advice.fr
}

// Title names a kind of trouble.
func (k TroubleKind) Title(language string) string {
	title, known := troubleTitles[k]
	switch {
	case !known:
		return string(k)
	case language == English:
		return title.en
	}
	return title.fr
}

type bilingual struct{ fr, en string }

var troubleTitles = map[TroubleKind]bilingual{
	TroubleSilence:   {"bibliothèque silencieuse", "silent library"},
	TroubleFailing:   {"travail en échec", "failing job"},
	TroubleStopped:   {"bibliothèque à l’arrêt", "stopped library"},
	TroubleRefused:   {"cartes refusées", "refused cards"},
	TroubleSuspended: {"dépôt suspendu", "suspended deposit"},
	TroubleOutbox:    {"courriels bloqués", "mail that does not leave"},
	TroubleClock:     {"horloge qui a reculé", "clock that stepped back"},
	TroubleDisk:      {"disque presque plein", "disk almost full"},
	TroubleEnding:    {"certificat qui expire", "certificate that ends"},
}

var troubleAdvice = map[TroubleKind]bilingual{
	TroubleSilence: {
		"Demandez à la bibliothèque si elle est fermée ; sinon, si son logiciel envoie encore ses cartes (et si son serveur OAI les montre encore).",
		"Ask the library whether it is closed; if not, whether its system still sends its cards (and its OAI server still shows them).",
	},
	TroubleFailing: {
		"Le dernier échec est dit en clair sur la page de la bibliothèque et par « hub status ». Le concentrateur essaie à nouveau de lui-même.",
		"The last failure is told in plain words on the library’s page and by “hub status”. The hub tries again by itself.",
	},
	TroubleStopped: {
		"Vérifiez avec l’éditeur ou le service informatique le compte et le mot de passe du concentrateur dans ce logiciel, corrigez-les dans les réglages de la bibliothèque, puis reprenez les échanges.",
		"Check the hub’s account and password in that system with its vendor or the IT office, put them right in the library’s settings, then resume the exchange.",
	},
	TroubleRefused: {
		"Les motifs sont dans le rapport de chaque dépôt, et sur la page de la bibliothèque pour les cartes que son logiciel refuse ; celles-ci lui sont redonnées d’elles-mêmes.",
		"The reasons are in the report of each deposit, and on the library’s page for cards its system refuses; those are handed to it again by themselves.",
	},
	TroubleSuspended: {
		"Examinez ce qu’il ferait, puis acceptez-le ou écartez-le.",
		"Look at what it would do, then accept it or set it aside.",
	},
	TroubleOutbox: {
		"Vérifiez HUB_SMTP et que le serveur de courriel accepte les messages ; ceux qui attendent partiront d’eux-mêmes.",
		"Check HUB_SMTP and that the mail server takes messages; those that wait will leave by themselves.",
	},
	TroubleClock: {
		"Vérifiez la synchronisation de l’heure du serveur de la base de données. Aucune carte n’est perdue : les changements sont datés en avance jusqu’à ce qu’elle ait rattrapé son retard.",
		"Check the time synchronisation of the database server. No card is lost: changes are stamped ahead until it has caught up.",
	},
	TroubleDisk: {
		"Libérez de la place ou agrandissez le disque : une base de données qui ne peut plus écrire n’accepte plus de cartes.",
		"Make room or enlarge the disk: a database that cannot write takes no more cards.",
	},
	TroubleEnding: {
		"Renouvelez-le et mettez-le à la place indiquée par HUB_FTP_CERTIFICATE, puis redémarrez le concentrateur.",
		"Renew it and put it where HUB_FTP_CERTIFICATE says, then restart the hub.",
	},
}
