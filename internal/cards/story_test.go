package cards

import (
	"slices"
	"testing"
)

func TestAVersionIsToldByWhatStoodBefore(t *testing.T) {
	version := func(c Card, changed ...Field) CardVersion {
		v := CardVersion{Card: c}
		for _, field := range changed {
			v.Changed = v.Changed.With(field)
		}
		return v
	}
	file := CardFile{Versions: []CardVersion{
		version(Card{Number: "B2", Former: []string{"A1"}, Email: "zoe@example.org"}, Phone),
		version(Card{Number: "B2", Former: []string{"A1"}, Phone: "2", Email: "zoe@example.org"}, Phone),
		version(Card{Number: "A1", Phone: "1", Email: "zoe@example.org"}, Phone, Email),
	}}
	want := []VersionStory{
		{Changes: []FieldChange{{"telephone", "2", ""}}},
		{Changes: []FieldChange{{NumberField, "A1", "B2"}, {"telephone", "1", "2"}}},
		{First: true, Changes: []FieldChange{{"telephone", "", "1"}, {"courriel", "", "zoe@example.org"}}},
	}
	for _, file.Older = range []bool{false, true} {
		want[2].First, want[2].Unknown = !file.Older, file.Older
		for i := range want {
			got := file.Story(i, Field.Shown)
			if got.First != want[i].First || got.Unknown != want[i].Unknown || !slices.Equal(got.Changes, want[i].Changes) {
				t.Errorf("version %d, older ones: %v: %+v, want %+v", i, file.Older, got, want[i])
			}
		}
	}
}
