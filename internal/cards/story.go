package cards

// VersionStory is what one version of a card changed.
type VersionStory struct {
	// First is set where the card began with it, Unknown where what stood before is not told any more.
	First, Unknown bool
	Changes        []FieldChange
}

// FieldChange is one field that went from one value to another, as they are shown.
type FieldChange struct {
	Field    string // as ParseField reads it, or NumberField
	From, To string // From is empty where the version is the first, or unknown
}

// Story tells what the version at i changed; shown writes a field's value.
func (f *CardFile) Story(i int, shown func(Field, *Card) string) VersionStory {
	version, before := &f.Versions[i], f.versionBefore(i)
	story := VersionStory{First: before == nil && !f.Older, Unknown: before == nil && f.Older}
	if before == nil {
		before = &CardVersion{}
	}
	if was := before.Card.Number; was != "" && was != version.Card.Number {
		story.Changes = append(story.Changes, FieldChange{NumberField, was, version.Card.Number})
	}
	for _, field := range version.Changed.Fields() {
		story.Changes = append(story.Changes, FieldChange{field.String(), shown(field, &before.Card), shown(field, &version.Card)})
	}
	return story
}

// versionBefore finds what a version changed: where one card took another over, the versions of both stand in the list.
func (f *CardFile) versionBefore(i int) *CardVersion {
	version, older := &f.Versions[i], f.Versions[i+1:]
	had := map[string]bool{NumberKey(version.Card.Number): true}
	if before := newestOf(older, had); before != nil {
		return before
	}
	for _, former := range version.Card.Former {
		had[NumberKey(former)] = true
	}
	return newestOf(older, had)
}

func newestOf(versions []CardVersion, numbers map[string]bool) *CardVersion {
	for i := range versions {
		if numbers[NumberKey(versions[i].Card.Number)] {
			return &versions[i]
		}
	}
	return nil
}
