package store_test

import (
	"fmt"
	"maps"
	"slices"
	"testing"

	"github.com/carte-reseau/hub/internal/cards"
	"pgregory.net/rapid"
)

// The rules alone, on histories of any kind: what cards.CountCard adds is what a
// direct count over the same versions comes to.
func TestACardCountsAsADirectCountSays(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		var versions []cards.EnrolmentVersion
		var naive []naiveVersion
		for range rapid.IntRange(1, 6).Draw(t, "versions") {
			v := anyVersion(t)
			versions, naive = append(versions, v), append(naive, naiveOf(v))
		}
		erased := rapid.SampledFrom([]string{"", "", "2024-01-02"}).Draw(t, "erased")
		tally := cards.Tally{}
		tally.Add(cards.CountCard(versions, erased), 1)
		got, want := naiveFigures{}, naiveFigures{}
		for key, n := range tally {
			got.spread(string(key.Dimension), key.Value, key.Month, n)
		}
		want.count(naive, erased)
		for _, key := range slices.Sorted(maps.Keys(got)) {
			if got[key] != want[key] {
				t.Errorf("%s: %+v, a direct count says %+v", key, got[key], want[key])
			}
		}
		for key, g := range want {
			if _, is := got[key]; !is && g != (cards.Figures{}) {
				t.Errorf("%s: nothing, a direct count says %+v", key, g)
			}
		}
		if t.Failed() {
			for _, v := range versions {
				t.Logf("%+v", v)
			}
			t.Logf("%+v", cards.Periods(versions))
		}
	})
}

// anyVersion draws its dates from few days, so that they meet.
func anyVersion(t *rapid.T) cards.EnrolmentVersion {
	days := []int{0, 0, 0}
	for i := range days {
		days[i] = rapid.IntRange(0, 12).Draw(t, "day")
	}
	slices.Sort(days)
	date := func(n int) string { return theDay("2023-12-27", n) }
	r := cards.Registration{First: date(days[0]), Renewed: date(days[1]), End: date(days[2])}
	if rapid.IntRange(0, 2).Draw(t, "renewed") == 0 {
		r.Renewed = ""
	}
	return cards.EnrolmentVersion{
		Number: rapid.SampledFrom([]string{"A", "a", "A", "B", "C"}).Draw(t, "number"), Enrolment: r,
		EnrolledAt: fmt.Sprint(rapid.IntRange(1, 3).Draw(t, "place")), Town: "Mours", BirthDate: "1980-02-28",
	}
}
