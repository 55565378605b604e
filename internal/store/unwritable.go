package store

import (
	"errors"
	"strings"

	"github.com/carte-reseau/hub/internal/cards"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/ncruces/go-sqlite3"
)

// PostgreSQL error codes of a server that answers and takes nothing.
const (
	diskFull    = "53100"
	readOnly    = "25006"
	systemError = "58" // a class
)

// unwritable says of a database that answers, and takes nothing any more, what it is: to wait helps only once somebody
// mended it. Libraries read it too. Nothing is lost meanwhile: what was not stored stays with who gave it, what was is
// taken up again.
func unwritable(err error) (why cards.Sentence, is bool) {
	var code string
	if pg, its := errors.AsType[*pgconn.PgError](err); its {
		code = pg.Code
	}
	switch {
	case code == diskFull, errors.Is(err, sqlite3.FULL):
		return cards.Say("Le disque de la base de données du concentrateur est plein : il reprend de lui-même dès qu’il y a de la place."), true
	case noRoom(err):
		return cards.Say("Le disque de la base de données du concentrateur est plein, ou ne s’écrit plus : faites-y de la place ; s’il y en a, il est à vérifier."), true
	case code == readOnly, errors.Is(err, sqlite3.READONLY):
		return cards.Say("La base de données du concentrateur ne peut plus être écrite : son fichier et son dossier doivent lui appartenir, ou son serveur PostgreSQL être le principal."), true
	case strings.HasPrefix(code, systemError), errors.Is(err, sqlite3.IOERR):
		return cards.Say("Le disque de la base de données du concentrateur ne se lit ou ne s’écrit plus (erreur d’entrée-sortie) : il est à vérifier, ou à remplacer."), true
	}
	return cards.Sentence{}, false
}

// noRoom is whether SQLite could not write, or lay out, one of its files. Of a disk without room, or a quota that is used up,
// its driver tells nothing better than of one that broke.
func noRoom(err error) bool {
	for _, one := range []sqlite3.ExtendedErrorCode{sqlite3.IOERR_WRITE, sqlite3.IOERR_TRUNCATE, sqlite3.IOERR_FSYNC, sqlite3.IOERR_SHMSIZE} {
		if errors.Is(err, one) {
			return true
		}
	}
	return false
}
