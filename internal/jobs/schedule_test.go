package jobs_test

import (
	"strings"
	"testing"
	"time"

	"github.com/carte-reseau/hub/internal/cards"
	"github.com/carte-reseau/hub/internal/jobs"
)

func TestParseScheduleNext(t *testing.T) {
	paris, err := time.LoadLocation("Europe/Paris")
	if err != nil {
		t.Skip("no time zone database on this machine")
	}
	// Half an hour before French clocks go from 02:00 to 03:00.
	from := time.Date(2026, 3, 29, 1, 30, 0, 0, paris)
	tests := map[string]string{
		"0 3 * * *":   "2026-03-29T03:00:00Z",
		"*/5 * * * *": "2026-03-29T00:35:00Z",
		"@every 30s":  "2026-03-29T00:30:30Z",
		"@daily":      "2026-03-30T00:00:00Z",
		"  @hourly ":  "2026-03-29T01:00:00Z",
		"0 0 29 2 *":  "2028-02-29T00:00:00Z",
	}
	for expression, want := range tests {
		schedule, err := jobs.ParseSchedule(expression)
		if err != nil {
			t.Errorf("%q: %v", expression, err)
			continue
		}
		if got := schedule.Next(from).Format(time.RFC3339); got != want {
			t.Errorf("%q: next %s, want %s", expression, got, want)
		}
	}
}

func TestParseScheduleRefuses(t *testing.T) {
	for _, expression := range []string{
		"", " ", "CRON_TZ=UTC", "TZ=Europe/Paris 0 3 * * *", "CRON_TZ=UTC 0 3 * * *", "0 3 * *", "0 0 3 * * *",
		"@every", "@every 0s", "@every -1m", "@every 10ms", "@every soon", "@often", "61 * * * *", "0 0 30 2 *",
		strings.Repeat("1,", 500) + "1 * * * *",
	} {
		_, err := jobs.ParseSchedule(expression)
		if cards.CodeOf(err) != cards.Invalid {
			t.Errorf("%q: error %v, want an invalid one", expression, err)
			continue
		}
		if !strings.HasPrefix(cards.MessageOf(err), "planification « ") {
			t.Errorf("%q: message %q", expression, cards.MessageOf(err))
		}
	}
}

func FuzzParseSchedule(f *testing.F) {
	for _, seed := range []string{
		"0 3 * * *", "*/5 1-3,7 * JAN MON-FRI", "@every 1h30m", "@daily", "CRON_TZ=UTC", "TZ=", "@every -1s", "0 0 30 2 *", "?/0 * * * *",
	} {
		f.Add(seed)
	}
	from := time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC)
	f.Fuzz(func(t *testing.T, expression string) {
		schedule, err := jobs.ParseSchedule(expression)
		if err != nil {
			return
		}
		if next := schedule.Next(from); !next.After(from) || next.Location() != time.UTC {
			t.Fatalf("%q: next %s after %s", expression, next, from)
		}
	})
}
