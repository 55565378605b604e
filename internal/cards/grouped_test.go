package cards

import (
	"strings"
	"testing"
	"time"
)

func TestNumbersAreGroupedAsPeopleReadThem(t *testing.T) {
	t.Parallel()
	for n, want := range map[int64]string{0: "0", 999: "999", 1000: "1 000", -100: "-100", -1000: "-1 000", 12345: "12 345", 1234567: "1 234 567"} {
		if got := Grouped(n, French); got != strings.ReplaceAll(want, " ", "\u202f") {
			t.Errorf("%d is written %q in French", n, got)
		}
		if got := Grouped(n, English); got != strings.ReplaceAll(want, " ", ",") {
			t.Errorf("%d is written %q in English", n, got)
		}
	}
}

// The pages group their figures; so do the state of a library and what is said of trouble, in letters and at the command line.
func TestWhatIsSaidOfManyCardsIsGrouped(t *testing.T) {
	t.Parallel()
	state := Condition{State: StateLate, Reason: ReasonLate, Count: 12345, Since: time.Unix(0, 0)}
	for _, trouble := range []Trouble{
		{TroubleKey: TroubleKey{Kind: TroubleSuspended, Subject: "12345"}, Library: "mours", Detail: TroubleDetail{Count: 12345}},
		{TroubleKey: TroubleKey{Kind: TroubleRefused, Subject: RefusedByHub}, Library: "mours", Detail: TroubleDetail{Count: 12345}},
		{TroubleKey: TroubleKey{Kind: TroubleOutbox}, Detail: TroubleDetail{Lost: 12345}},
	} {
		for language, want := range map[string]string{French: "12\u202f345 ", English: "12,345 "} {
			if said := state.Sentence(language, time.UTC); !strings.HasPrefix(said, want) {
				t.Errorf("of the state is said %q", said)
			}
			said := trouble.Sentence(language, time.UTC)
			if !strings.Contains(said, want) {
				t.Errorf("of trouble is said %q", said)
			}
			if trouble.Subject == "12345" && !strings.Contains(said, " 12345 ") {
				t.Errorf("the deposit's number is grouped: %q", said)
			}
		}
	}
}
