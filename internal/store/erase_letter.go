package store

import (
	"strings"

	"github.com/carte-reseau/hub/internal/cards"
	"gorm.io/gorm"
)

// askLibraries asks every library that may hold the card to erase it: those
// that sent it, those that were given it by itself, those to whom anything was
// handed in which it may have stood, even a list that they never finished, and
// those that are pushed to just now.
func (s *Store) askLibraries(tx *gorm.DB, erasure int64, row *cardRow, t *traces) error {
	var rows []libraryRow
	err := tx.Raw(`SELECT * FROM libraries l WHERE removed = 0 AND (
			EXISTS (SELECT 1 FROM sent s WHERE s.card_id = @card AND s.library_id = l.id)
			OR EXISTS (SELECT 1 FROM versions v WHERE v.card_id = @card AND (v.library_id = l.id OR v.origin = l.id))
			OR EXISTS (SELECT 1 FROM marks m WHERE m.library_id = l.id AND m.seq >= (SELECT min(seq) FROM versions v WHERE v.card_id = @card))
			OR EXISTS (SELECT 1 FROM given_again g WHERE g.card_id = @card AND g.library_id = l.id)
			OR EXISTS (SELECT 1 FROM runs r WHERE r.library_id = l.id AND r.job = @push AND r.finished = 0)
			OR EXISTS (SELECT 1 FROM handings h WHERE h.library_id = l.id AND h.upto_seq >= (SELECT min(seq) FROM versions v WHERE v.card_id = @card)))
		ORDER BY code`, map[string]any{"card": row.ID, "push": cards.JobPush}).Scan(&rows).Error
	if err != nil {
		return err
	}
	numbers := []string{row.Number}
	for _, key := range t.Numbers {
		if key != row.NumberKey {
			numbers = append(numbers, t.written[key])
		}
	}
	for _, l := range rows {
		err := tx.Exec("INSERT INTO erasure_letters (erasure_id, library_id, confirmed, confirmed_by) VALUES (?, ?, 0, '')", erasure, l.ID).Error
		if err != nil {
			return err
		}
		if err := s.queueMail(tx, erasureLetter(l, numbers, keyOfLetter(erasure, l.ID))); err != nil {
			return err
		}
	}
	return nil
}

func erasureLetter(l libraryRow, numbers []string, key string) cards.Message {
	var body strings.Builder
	body.WriteString("Bonjour,\n\n" +
		"Un lecteur du réseau a demandé l’effacement de ses données personnelles (article 17 du RGPD). Sa carte vient d’être effacée du\n" +
		"concentrateur. Votre bibliothèque la tient peut-être aussi : nous vous en informons, comme l’article 19 du RGPD nous y oblige, et\n" +
		"vous demandons de l’effacer à votre tour.\n\n" +
		"Numéro de la carte")
	if len(numbers) > 1 {
		body.WriteString(", suivi des numéros qu’elle a portés ou remplacés")
	}
	body.WriteString(" :\n\n")
	for _, number := range numbers {
		body.WriteString("  " + number + "\n")
	}
	body.WriteString("\nCe qu’il faut faire :\n" +
		"- dans votre logiciel, supprimez ce lecteur, sauf ce que la loi vous oblige à conserver (un prêt en cours, par exemple) ;\n" +
		"- dites ensuite à l’administrateur du réseau que c’est fait, ou que vous ne teniez pas cette carte ;\n" +
		"- supprimez enfin ce message.\n\n" +
		"Si votre logiciel envoie encore cette carte, le concentrateur la refusera (code numero-efface).\n\n" +
		"Le concentrateur du réseau\n")
	return cards.Message{To: l.Email, Subject: "Carte réseau : une carte à effacer à la demande d’un lecteur", Body: body.String(), Key: key}
}
