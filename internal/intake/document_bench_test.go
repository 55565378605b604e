package intake_test

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/carte-reseau/hub/internal/cards"
	"github.com/carte-reseau/hub/internal/intake"
	"github.com/carte-reseau/hub/internal/store"
	"github.com/carte-reseau/hub/internal/store/storetest"
	"github.com/jackc/pgx/v5"
)

// The whole way of a document of new cards, from its bytes to its end, and of the same document once more. Beside it, in
// the same run, the rows it made copied into empty staging tables and from there into the emptied tables: what the
// database can do.
//
//	go test -run '^$' -bench Document -benchtime 1x ./internal/intake
func BenchmarkDocument(b *testing.B) {
	const size = 20_000
	b.Run("postgres", func(b *testing.B) {
		for b.Loop() {
			database := storetest.PostgresDatabase(b)
			first := measureDocuments(b, storetest.Open(b, database), size)
			copied := copyRows(b, database)
			b.ReportMetric(copied.Seconds()/first.Seconds(), "of-COPY")
		}
	})
	b.Run("sqlite", func(b *testing.B) {
		for b.Loop() {
			measureDocuments(b, storetest.SQLite(b), size)
		}
	})
}

// measureDocuments takes a document in twice, and tells how long it took the first time.
func measureDocuments(b *testing.B, db *store.Store, size int) time.Duration {
	b.Helper()
	lib := storetest.Library(b, db, "mours")
	in := intake.New(db, intake.Options{MaxDocument: 1 << 30, Owner: "bench"})
	document := bigDocument(size, "rue des Lilas")
	first := takeIn(b, in, lib, document)
	again := takeIn(b, in, lib, document)
	b.ReportMetric(float64(size)/first.Seconds(), "new/s")
	b.ReportMetric(again.Seconds()/first.Seconds(), "again-of-new")
	return first
}

func takeIn(b *testing.B, in *intake.Inbox, lib *cards.Library, document string) time.Duration {
	b.Helper()
	began := time.Now()
	id, err := in.Receive(b.Context(), cards.Deposit{LibraryID: lib.ID, Door: cards.DoorPost}, strings.NewReader(document))
	if err != nil {
		b.Fatal(err)
	}
	d, err := in.Integrate(b.Context(), id, lib)
	if err != nil || d.Status != cards.Integrated {
		b.Fatal(d, err)
	}
	return time.Since(began)
}

// bigDocument has cards of about 1 KB.
func bigDocument(size int, street string) string {
	list := make([]string, size)
	for i := range list {
		list[i] = fmt.Sprintf(`  <carte>
    <numero>26%011d</numero>
    <modifie-le>2026-09-10T10:00:00+02:00</modifie-le>
    <civilite>MME</civilite>
    <nom>Dupré-Lagrange %[1]d</nom>
    <nom-naissance>Lefèbvre</nom-naissance>
    <prenom>Hélène Marie</prenom>
    <date-naissance>2012-02-29</date-naissance>
    <sexe>F</sexe>
    <adresse>
      <ligne>Résidence Les Tilleuls, bâtiment C</ligne>
      <ligne>%d %s</ligne>
      <code-postal>26100</code-postal>
      <commune>Romans-sur-Isère</commune>
      <pays>FR</pays>
    </adresse>
    <telephone>04 75 00 00 00</telephone>
    <portable>06 12 34 56 78</portable>
    <courriel>lecteur.%[1]d@example.org</courriel>
    <responsable-legal>
      <nom>Dupré</nom>
      <prenom>Jean-Baptiste</prenom>
      <lien>pere</lien>
      <telephone>04 75 00 00 01</telephone>
    </responsable-legal>
    <inscription>
      <etablissement>mours</etablissement>
      <premiere>2024-09-03</premiere>
      <reinscription>2026-09-10</reinscription>
      <fin>2099-09-09</fin>
    </inscription>
  </carte>
`, i, i%200, street)
	}
	return documentOf("mours", list...)
}

// copyRows empties the tables the cards lie in and fills them again with the same rows.
func copyRows(b *testing.B, database string) time.Duration {
	b.Helper()
	ctx := b.Context()
	conn, err := pgx.Connect(ctx, database)
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = conn.Close(ctx) }()
	tables := []string{"cards", "versions", "sent", "said", "card_names"}
	kept := make([]bytes.Buffer, len(tables))
	for i, table := range tables {
		if _, err := conn.PgConn().CopyTo(ctx, &kept[i], "COPY "+table+" TO STDOUT (FORMAT binary)"); err != nil {
			b.Fatal(err)
		}
	}
	run := func(statement string) {
		if _, err := conn.Exec(ctx, statement); err != nil {
			b.Fatal(statement, err)
		}
	}
	run("TRUNCATE cards CASCADE")
	began := time.Now()
	run("BEGIN")
	for i, table := range tables {
		staging := "staging_" + strconv.Itoa(i)
		run("CREATE TEMPORARY TABLE " + staging + " (LIKE " + table + ")")
		if _, err := conn.PgConn().CopyFrom(ctx, &kept[i], "COPY "+staging+" FROM STDIN (FORMAT binary)"); err != nil {
			b.Fatal(err)
		}
		run("INSERT INTO " + table + " SELECT * FROM " + staging)
	}
	run("COMMIT")
	return time.Since(began)
}
