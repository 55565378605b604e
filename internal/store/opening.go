package store

import (
	"errors"
	"io/fs"
	"os"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/carte-reseau/hub/internal/cards"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/ncruces/go-sqlite3"
)

// Why a database cannot be opened, and what to do: to try again helps only where
// it does not answer.

// whyShut puts into words why the database itself does not let the hub in; where
// it says nothing of the kind, other stays.
func whyShut(database string, other error) error {
	err := other
	if known, is := errors.AsType[*cards.Error](other); is && known.Err != nil {
		err = known.Err
	}
	why := whyShutPostgres
	if strings.HasPrefix(database, "sqlite:") {
		why = whyShutSQLite
	}
	if said := why(database, err); said != nil {
		return said
	}
	return other
}

func whyShutSQLite(database string, err error) error {
	path := strings.TrimPrefix(database, "sqlite:")
	switch {
	case errors.Is(err, sqlite3.NOTADB), errors.Is(err, sqlite3.CORRUPT):
		return cards.WrapError(cards.Conflict, err, "le fichier %s est abîmé, ou n’est pas une base de données : remettez la sauvegarde (deploy/README.md, « Restaurer »), ou corrigez HUB_DATABASE", whole(path))
	case errors.Is(err, sqlite3.FULL):
		return cards.WrapError(cards.Conflict, err, "le disque de %s est plein : faites-y de la place", whole(path))
	case noRoom(err):
		return cards.WrapError(cards.Conflict, err, "le disque de %s est plein, ou ne s’écrit plus : faites-y de la place ; s’il y en a, il est à vérifier", whole(path))
	case isFolder(path):
		return cards.WrapError(cards.Invalid, err, "%s est un dossier : HUB_DATABASE nomme le fichier de la base de données", whole(path))
	case errors.Is(err, sqlite3.READONLY), errors.Is(err, sqlite3.CANTOPEN), errors.Is(err, sqlite3.PERM), errors.Is(err, sqlite3.IOERR_ACCESS):
		return notWritable(path, err)
	}
	return nil
}

// notWritable names who would have to be allowed what.
func notWritable(path string, err error) error {
	return cards.WrapError(cards.Invalid, err, "impossible d’écrire la base de données %s : le compte « %s » doit pouvoir écrire ce fichier et son dossier (HUB_DATA, HUB_DATABASE)",
		whole(path), account())
}

// makeFolder makes the folder of an embedded database.
func makeFolder(path string) error {
	err := os.MkdirAll(filepath.Dir(path), 0o700)
	switch {
	case err == nil:
		return nil
	case errors.Is(err, fs.ErrPermission):
		return notWritable(path, err)
	}
	return cards.WrapError(cards.Invalid, err, "impossible de créer le dossier de la base de données %s", whole(path))
}

func isFolder(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}

func whole(path string) string {
	if found, err := filepath.Abs(path); err == nil {
		return found
	}
	return path
}

// account is whom the system knows this process as.
func account() string {
	if u, err := user.Current(); err == nil {
		return u.Username
	}
	return strconv.Itoa(os.Geteuid()) // in a container an account may have no name
}

// PostgreSQL error codes of who is not let in.
const (
	noSuchDatabase  = "3D000"
	wrongPassword   = "28P01"
	notAuthorized   = "28000"
	noPrivilege     = "42501"
	postgresAccount = "sudo -u postgres "
)

func whyShutPostgres(database string, err error) error {
	pg, is := errors.AsType[*pgconn.PgError](err)
	if !is {
		return nil
	}
	config, bad := pgx.ParseConfig(database)
	if bad != nil {
		return err // it would not have come this far
	}
	name, role, host := config.Database, config.User, config.Host
	if name == "" {
		name = role // as PostgreSQL has it
	}
	switch pg.Code {
	case noSuchDatabase:
		return cards.WrapError(cards.Invalid, err, "la base de données « %s » n’existe pas sur %s : créez-la (%screatedb --owner=%s --encoding=UTF8 --template=template0 %s), ou corrigez HUB_DATABASE",
			name, host, postgresAccount, role, name)
	case wrongPassword, notAuthorized:
		return cards.WrapError(cards.Invalid, err, "PostgreSQL sur %s refuse le compte « %s » : créez-le s’il n’existe pas (%screateuser %s), sinon corrigez son mot de passe (passfile dans HUB_DATABASE) ou pg_hba.conf",
			host, role, postgresAccount, role)
	case noPrivilege:
		return cards.WrapError(cards.Invalid, err, "le compte « %s » n’a pas tous les droits dans la base de données « %s » : elle doit lui appartenir (%spsql -c 'ALTER DATABASE \"%s\" OWNER TO \"%s\"')",
			role, name, postgresAccount, name, role)
	}
	return nil
}

// failure is the code of an error of which nothing better can be said.
func failure(err error) cards.Code {
	if _, is := unwritable(err); is || transient(err) || unreachable(err) {
		return cards.Unavailable
	}
	return cards.Internal
}
