package store_test

import (
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/carte-reseau/hub/internal/cards"
	"github.com/carte-reseau/hub/internal/store"
	"github.com/carte-reseau/hub/internal/store/storetest"
)

func TestDepositKeepsBytesResultsAndProgress(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		mours := storetest.Library(t, s, "mours")
		arrived := time.Now().UTC().Truncate(time.Microsecond)
		id, err := s.CreateDeposit(ctx, cards.Deposit{LibraryID: mours.ID, Door: cards.DoorFTP, Name: "a.xml", Arrived: arrived})
		if err != nil {
			t.Fatal(err)
		}
		for n, piece := range []string{"<cartes>", "…</cartes>"} {
			if err := s.AppendPiece(ctx, id, n, []byte(piece)); err != nil {
				t.Fatal(err)
			}
		}
		if ids, _ := s.UnfinishedDeposits(ctx, mours.ID, 0, 10); len(ids) != 0 {
			t.Errorf("an unsealed deposit is taken up: %v", ids)
		}
		if err := s.SealDeposit(ctx, id, 18); err != nil {
			t.Fatal(err)
		}
		if ids, _ := s.UnfinishedDeposits(ctx, mours.ID, 0, 10); len(ids) != 1 {
			t.Errorf("a sealed deposit is not taken up: %v", ids)
		}
		if _, err := s.ClaimDeposit(ctx, id, "one", time.Minute); err != nil {
			t.Fatal(err)
		}
		if _, err := s.ClaimDeposit(ctx, id, "two", time.Minute); cards.CodeOf(err) != cards.Conflict {
			t.Errorf("claimed twice: %v", err)
		}
		bad := cards.Item{Ordinal: 2, Line: 7, Faults: []cards.Fault{{Code: "obligatoire", Message: "Le nom manque."}}, Raw: []byte("<carte/>")}
		good := cards.Item{Ordinal: 1, Line: 3, Incoming: storetest.Card("A1")}
		b := cards.Batch{Library: mours, Door: cards.DoorFTP, Deposit: id, Moment: cards.Moment{Arrived: arrived}, Items: []cards.Item{good, bad}}
		if _, err := s.Apply(ctx, b); err != nil {
			t.Fatal(err)
		}
		if err := s.FinishDeposit(ctx, id, cards.Partial, nil); err != nil {
			t.Fatal(err)
		}
		checkDeposit(t, s, id, arrived)
		if files, err := s.PendingFiles(ctx, mours.ID); err != nil || len(files) != 1 || files[0].Name != "a.xml" {
			t.Errorf("pending files %+v, %v", files, err)
		}
		if awaiting, err := s.AwaitingFiles(ctx); err != nil || !slices.Equal(awaiting, []int64{mours.ID}) {
			t.Errorf("libraries of pending files %v, %v", awaiting, err)
		}
		if err := s.FileGone(ctx, id); err != nil {
			t.Fatal(err)
		}
		if files, _ := s.PendingFiles(ctx, mours.ID); len(files) != 0 {
			t.Errorf("a file that is gone is pending: %+v", files)
		}
		if awaiting, _ := s.AwaitingFiles(ctx); len(awaiting) != 0 {
			t.Errorf("a file that is gone is awaited: %v", awaiting)
		}
	})
}

func checkDeposit(t *testing.T, s *store.Store, id int64, arrived time.Time) {
	t.Helper()
	d, err := s.Deposit(ctx, id)
	if err != nil {
		t.Fatal(err)
	}
	want := cards.Counts{Received: 2, Created: 1, Rejected: 1}
	if d.Counts != want || d.Done != 2 || d.Status != cards.Partial || d.Library != "mours" || !d.Arrived.Equal(arrived) || d.Finished.IsZero() {
		t.Errorf("deposit %+v", d)
	}
	in, err := s.OpenDeposit(ctx, id)
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(in)
	if err = errors.Join(err, in.Close()); err != nil || string(text) != "<cartes>…</cartes>" {
		t.Errorf("bytes %q, %v", text, err)
	}
	for rejectedOnly, wanted := range map[bool]int{false: 2, true: 1} {
		lines := 0
		for part, err := range s.Results(ctx, id, rejectedOnly) {
			if err != nil {
				t.Fatal(err)
			}
			lines += strings.Count(string(part), "<carte ")
		}
		if lines != wanted {
			t.Errorf("rejected only %v: %d lines", rejectedOnly, lines)
		}
	}
	for part, err := range s.RejectedSources(ctx, id) {
		if err != nil || strings.TrimSpace(string(part)) != "<carte/>" {
			t.Errorf("source %q, %v", part, err)
		}
	}
	if list, err := s.Deposits(ctx, cards.DepositQuery{Library: "mours", Limit: 10}); err != nil || len(list) != 1 || list[0].ID != id {
		t.Errorf("deposits %+v, %v", list, err)
	}
}

func TestSimulationChangesNothing(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		mours := storetest.Library(t, s, "mours")
		b := cards.Batch{Library: mours, Simulate: true, Moment: cards.Moment{Arrived: time.Now()}, Items: []cards.Item{{Ordinal: 1, Incoming: storetest.Card("A1")}}}
		out, err := s.Apply(ctx, b)
		if err != nil || out[0].Result != cards.Created {
			t.Fatalf("%+v, %v", out, err)
		}
		if seq, _ := s.Seq(ctx); seq != 0 {
			t.Errorf("seq %d", seq)
		}
		for card, err := range s.Cards(ctx, "2000-01-01") {
			t.Errorf("a card was made: %s, %v", card, err)
		}
	})
}

func TestJobsLeasesAndWakes(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		past := time.Now().Add(-time.Minute)
		plan := []cards.Job{{Kind: cards.JobMail, Schedule: "@every 30s", NextRun: past}}
		if err := s.SyncJobs(ctx, plan); err != nil {
			t.Fatal(err)
		}
		due, err := s.DueJobs(ctx, 10)
		if err != nil || len(due) != 1 || due[0].Kind != cards.JobMail {
			t.Fatalf("due %+v, %v", due, err)
		}
		lease, ours, err := storetest.AcquireLease(ctx, s, cards.JobMail, cards.HubID, "one", time.Minute)
		if err != nil || !ours {
			t.Fatal(ours, err)
		}
		if _, again, _ := storetest.AcquireLease(ctx, s, cards.JobMail, cards.HubID, "two", time.Minute); again {
			t.Error("one job in two hands")
		}
		if err := s.Wake(ctx, cards.JobMail, cards.HubID); err != nil {
			t.Fatal(err)
		}
		if kept, err := s.RenewLease(ctx, lease, time.Minute); !kept || err != nil {
			t.Errorf("renewed %v, %v", kept, err)
		}
		if err := s.ReleaseLease(ctx, lease, time.Now().Add(time.Hour), nil); err != nil {
			t.Fatal(err)
		}
		if due, _ = s.DueJobs(ctx, 10); len(due) != 1 || due[0].LastSuccess.IsZero() {
			t.Errorf("a wake during the run is lost: %+v", due)
		}
		stale := *lease
		lease, _, _ = storetest.AcquireLease(ctx, s, cards.JobMail, cards.HubID, "two", time.Minute)
		if kept, _ := s.RenewLease(ctx, &stale, time.Minute); kept {
			t.Error("a late owner renewed another's lease")
		}
		failure := cards.Errorf(cards.Unavailable, "le serveur ne répond pas")
		if err := s.ReleaseLease(ctx, lease, time.Now().Add(time.Hour), failure); err != nil {
			t.Fatal(err)
		}
		job, err := s.Job(ctx, cards.JobMail, cards.HubID)
		if err != nil || job.Failures != 1 || job.LastError.String() != "le serveur ne répond pas" || job.Running {
			t.Errorf("job %+v, %v", job, err)
		}
	})
}

// What a hub does not want may be another's to do: it goes once nobody has done
// it for a while. A library's jobs are the same to all.
func TestJobsOfAnotherHubStay(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		l := storetest.Library(t, s, "mours")
		planned(t, s, cards.Job{Kind: cards.JobFTP, Schedule: "@daily", NextRun: time.Now().Add(-9 * time.Minute)},
			cards.Job{Kind: cards.JobMail, Schedule: "@daily", NextRun: time.Now().Add(-11 * time.Minute)},
			cards.Job{Kind: cards.JobPurge, Schedule: "@daily", NextRun: time.Now().Add(-11 * time.Minute)},
			cards.Job{Kind: cards.JobPush, LibraryID: l.ID, Schedule: "@daily", NextRun: time.Now().Add(time.Hour)})
		_, err := s.AcquireLeases(ctx, []cards.Job{{Kind: cards.JobPurge}}, "another", time.Minute)
		must(t, err)
		must(t, s.SyncJobs(ctx, nil))
		left := map[cards.JobKind]bool{}
		jobs, err := s.HubJobs(ctx)
		must(t, err)
		for _, job := range jobs {
			left[job.Kind] = true
		}
		if _, err := s.Job(ctx, cards.JobPush, l.ID); len(left) != 2 || !left[cards.JobFTP] || !left[cards.JobPurge] || cards.CodeOf(err) != cards.NotFound {
			t.Errorf("what is left: %v, %v", left, err)
		}
	})
}

func TestOutboxKeepsUntilSent(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		m := cards.Message{To: "mours@example.org", Subject: "Dépôt", Body: "…", Key: "ftp-1", Attachments: []cards.Attachment{{Name: "a.xml", Data: []byte("<a/>")}}}
		for range 2 {
			if err := s.QueueMail(ctx, m); err != nil {
				t.Fatal(err)
			}
		}
		due, err := s.DueMail(ctx, 10)
		if err != nil || len(due) != 1 || string(due[0].Attachments[0].Data) != "<a/>" {
			t.Fatalf("due %+v, %v", due, err)
		}
		if err := s.MailFailed(ctx, due[0].ID, cards.Quote("450"), time.Now().Add(time.Hour), false); err != nil {
			t.Fatal(err)
		}
		if later, _ := s.DueMail(ctx, 10); len(later) != 0 {
			t.Error("tried again at once")
		}
		if waiting, failed, oldest, err := s.Outbox(ctx); err != nil || waiting != 1 || failed != 0 || oldest.IsZero() {
			t.Errorf("outbox %d %d %v %v", waiting, failed, oldest, err)
		}
		if err := s.MailSent(ctx, &due[0]); err != nil {
			t.Fatal(err)
		}
		if waiting, _, _, _ := s.Outbox(ctx); waiting != 0 {
			t.Errorf("%d waiting", waiting)
		}
	})
}

func TestRunsAndHarvestState(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		mours := storetest.Library(t, s, "mours")
		run := cards.Run{LibraryID: mours.ID, Job: cards.JobHarvest, Started: time.Now()}
		id, err := s.BeginRun(ctx, run)
		if err != nil {
			t.Fatal(err)
		}
		run.ID, run.OK, run.Counts.Created, run.Finished = id, true, 3, time.Now()
		if err := s.FinishRun(ctx, run); err != nil {
			t.Fatal(err)
		}
		list, err := s.Runs(ctx, cards.RunQuery{Library: "mours", Job: cards.JobHarvest, Limit: 5})
		if err != nil || len(list) != 1 || list[0].Counts.Created != 3 || !list[0].OK || list[0].Library != "mours" {
			t.Errorf("runs %+v, %v", list, err)
		}
		want := cards.Harvest{LibraryID: mours.ID, From: "2026-11-21T09:00:00Z", Token: "abc", Pages: 2}
		if err := s.SaveHarvest(ctx, want); err != nil {
			t.Fatal(err)
		}
		if got, err := s.Harvest(ctx, mours.ID); err != nil || got != want {
			t.Errorf("harvest %+v, %v", got, err)
		}
	})
}

func TestLibrarySettingsComeBack(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		l := storetest.Library(t, s, "monnaie", func(l *cards.Library) {
			l.Serves, l.ILSPassword = []string{"monnaie-jeunesse"}, "secret du SIGB"
			l.Widths, l.NotHeld = map[cards.Field]int{cards.LastName: 30}, cards.FieldsOf(cards.Mobile)
		})
		got, err := s.Library(ctx, "monnaie")
		if err != nil || got.ILSPassword != "secret du SIGB" || got.Widths[cards.LastName] != 30 || !got.NotHeld.Has(cards.Mobile) || !got.Speaks("monnaie-jeunesse") {
			t.Errorf("library %+v, %v", got, err)
		}
		if _, err := s.AddLibrary(ctx, cards.Library{Code: "monnaie-jeunesse", Name: "x", Email: "x@example.org"}, "une-autre-cle-assez-longue"); cards.CodeOf(err) != cards.Conflict {
			t.Errorf("an establishment in two libraries: %v", err)
		}
		if _, err := s.Authenticate(ctx, "monnaie", storetest.Key); err != nil {
			t.Error(err)
		}
		if _, err := s.Authenticate(ctx, "monnaie", "une-cle-de-test-assez-longuE"); cards.CodeOf(err) != cards.Unauthorized {
			t.Errorf("a wrong key: %v", err)
		}
		if err := s.RemoveLibrary(ctx, l.ID); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Authenticate(ctx, "monnaie", storetest.Key); cards.CodeOf(err) != cards.Unauthorized {
			t.Errorf("the key of a removed library: %v", err)
		}
		if _, err := s.Authenticate(ctx, "personne", ""); cards.CodeOf(err) != cards.Unauthorized {
			t.Errorf("no library, no key: %v", err)
		}
	})
}

func TestAnotherSourceIsHarvestedFromItsBeginning(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		l := storetest.Library(t, s, "beauvoir", func(l *cards.Library) { l.OAIURL, l.OAIPrefix = "http://ils.example.org/oai", "carte" })
		if err := s.SaveHarvest(ctx, cards.Harvest{LibraryID: l.ID, From: "2026-11-21T09:00:00Z"}); err != nil {
			t.Fatal(err)
		}
		l.Name = "Médiathèque Beauvoir"
		storetest.Change(t, s, *l)
		if h, err := s.Harvest(ctx, l.ID); err != nil || h.From == "" {
			t.Errorf("another name, and the harvest is forgotten: %+v, %v", h, err)
		}
		l.OAISet = "reseau"
		storetest.Change(t, s, *l)
		if h, err := s.Harvest(ctx, l.ID); err != nil || h.From != "" {
			t.Errorf("another set, and the harvest goes on: %+v, %v", h, err)
		}
		if err := s.SaveHarvest(ctx, cards.Harvest{LibraryID: l.ID, Source: "http://ils.example.org/oai reseau carte", Deposit: 1}); err != nil {
			t.Fatal(err)
		}
		l.OAISet = "cartes"
		storetest.Change(t, s, *l)
		if h, err := s.Harvest(ctx, l.ID); err != nil || h.Deposit == 0 {
			t.Errorf("the harvest cannot end what it began at the source it names: %+v, %v", h, err)
		}
	})
}
