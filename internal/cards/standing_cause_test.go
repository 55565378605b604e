package cards_test

import (
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/carte-reseau/hub/internal/cards"
)

// Every course is said in both languages, with what is known put in, and a language never strays into the other.
func TestAStandingsCauseIsSaidInBothLanguages(t *testing.T) {
	at := time.Date(2026, 11, 21, 9, 30, 0, 0, time.UTC)
	courses := []cards.StandingCourse{
		cards.CourseDoubted, cards.CourseForgotten, cards.CourseEnded, cards.CoursePreparing, cards.CourseFetches, cards.CourseListing,
		cards.CoursePaused, cards.CourseSending, cards.CourseFailing, cards.CoursePlanned,
	}
	french := regexp.MustCompile(`[éèàê]|\b(?:la|le|elle|est)\b`)
	english := regexp.MustCompile(`\b(?:the|it|is|to)\b`)
	for _, course := range courses {
		for _, c := range []cards.StandingCause{
			{Course: course, At: at, Detail: cards.Quote("XYZ."), Ends: "2026-08-31"},
			{Course: course, Ends: "2026-08-31"},
			{Course: course, At: at, Reason: cards.Quote("ABC"), Attempts: 1},
			{Course: course, At: at, Reason: cards.Quote("ABC"), Attempts: 3},
			{Course: course, At: at, Reason: cards.Quote("ABC")},
		} {
			fr, en := c.Sentence(cards.French, time.UTC), c.Sentence(cards.English, time.UTC)
			for language, said := range map[string]string{fr: "French", en: "English"} {
				if language == "" || strings.Contains(language, "%!") || strings.Contains(language, "..") {
					t.Errorf("%+v in %s: %q", c, said, language)
				}
			}
			if english.MatchString(fr) || french.MatchString(en) {
				t.Errorf("%+v: %q, %q", c, fr, en)
			}
			if !c.Reason.IsZero() && (!strings.Contains(fr, "ABC") || !strings.Contains(en, "ABC")) {
				t.Errorf("the reason is not told: %q, %q", fr, en)
			}
		}
	}
	if c := (cards.StandingCause{}); c.Sentence(cards.French, time.UTC)+c.Sentence(cards.English, time.UTC) != "" {
		t.Error("where nothing is to be said something is")
	}
	refused := cards.StandingCause{Course: cards.CoursePlanned, At: at, Reason: cards.Quote("Commune inconnue"), Attempts: 2}
	if got := refused.Sentence(cards.English, time.UTC); got != "Its system refused it 2 times: “Commune inconnue”. Tried again on 21 November 2026 at 09:30." {
		t.Error(got)
	}
	never := cards.StandingCause{Course: cards.CourseFetches}
	if got := never.Sentence(cards.French, time.UTC); got != "N’a encore jamais terminé de moissonnage du concentrateur." {
		t.Error(got)
	}
}
