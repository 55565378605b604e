package oai_test

import (
	"testing"
	"time"

	"github.com/carte-reseau/hub/internal/oai"
)

func TestParseDatestamp(t *testing.T) {
	for s, want := range map[string]struct {
		unix int64
		g    oai.Granularity
	}{
		"1970-01-01":           {0, oai.Day},
		"2024-02-29":           {1709164800, oai.Day},
		"1970-01-01T00:00:00Z": {0, oai.Second},
		"2026-11-21T08:30:02Z": {1795249802, oai.Second},
	} {
		unix, g, err := oai.ParseDatestamp(s)
		if err != nil || unix != want.unix || g != want.g {
			t.Errorf("%s: %d %v %v", s, unix, g, err)
		}
		if back := g.Format(unix); back != s {
			t.Errorf("%s written back as %s", s, back)
		}
	}
	for _, s := range []string{
		"", "2026", "2026-11", "2026-13-01", "2025-02-29", "0000-01-01", "26-11-2021", "2026-11-21T08:30:02", "2026-11-21T08:30:02+01:00",
		"2026-11-21T08:30:02.5Z", "2026-11-21T08:30:02,5Z", "2026-11-21T24:00:00Z", "2026-11-21T08:30:60Z", "2026-11-21t08:30:02z",
		" 2026-11-21", "2026-11-21T08:30Z", "12026-11-21", "-026-11-21",
	} {
		if unix, _, err := oai.ParseDatestamp(s); err == nil {
			t.Errorf("%q was read as %d", s, unix)
		}
	}
}

func TestAppendTimeIsTheSecondsForm(t *testing.T) {
	if got := string(oai.AppendTime([]byte("x"), 1795249802)); got != "x2026-11-21T08:30:02Z" {
		t.Error(got)
	}
}

func TestParseTimeForgives(t *testing.T) {
	want := time.Date(2026, 11, 21, 8, 30, 2, 0, time.UTC)
	for _, s := range []string{"2026-11-21T08:30:02Z", "2026-11-21T09:30:02+01:00", " 2026-11-21T08:30:02Z\n", "2026-11-21T08:30:02", "2026-11-21 08:30:02"} {
		if got, err := oai.ParseTime(s); err != nil || !got.Equal(want) {
			t.Errorf("%q: %v, %v", s, got, err)
		}
	}
	if got, err := oai.ParseTime("2026-11-21T08:30:02.25Z"); err != nil || got.Truncate(time.Second) != want {
		t.Errorf("a fraction: %v, %v", got, err)
	}
	if got, err := oai.ParseTime("2026-11-21"); err != nil || got != want.Truncate(24*time.Hour) {
		t.Errorf("a day: %v, %v", got, err)
	}
	if got, err := oai.ParseTime("21/11/2026"); err == nil {
		t.Errorf("read as %v", got)
	}
}
