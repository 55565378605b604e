package rest_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"
)

// schema is a JSON Schema, or any other object, as it was read.
type schema = map[string]any

// silentKeywords refuse no value.
var silentKeywords = []string{"description", "examples", "default", "properties", "items"}

// faults says where a value is not what a schema has it be. It knows the keywords that answers are described with; another one
// is a fault too, or the description would say what nobody holds it to.
func (d *description) faults(s schema, value any, at string) []string {
	if ref, ok := s["$ref"].(string); ok {
		target, found := d.Components.Schemas[strings.TrimPrefix(ref, "#/components/schemas/")]
		if !found {
			return []string{at + ": nothing is " + ref}
		}
		return d.faults(target, value, at)
	}
	var list []string
	for _, keyword := range slices.Sorted(maps.Keys(s)) {
		if keyword == "anyOf" {
			list = append(list, d.fitsNone(s[keyword].([]any), value, at)...)
			continue
		}
		if fault := refuses(keyword, s, value); fault != "" {
			list = append(list, at+": "+fault)
		}
	}
	return append(list, d.inside(s, value, at)...)
}

// faultsOf reads a text of JSON first.
func (d *description) faultsOf(s schema, text string) []string {
	decoder := json.NewDecoder(strings.NewReader(text))
	decoder.UseNumber()
	var value any
	if err := decoder.Decode(&value); err != nil {
		return []string{err.Error()}
	}
	return d.faults(s, value, "answer")
}

// fitsNone are the faults of a value that none of some schemas lets pass.
func (d *description) fitsNone(choices []any, value any, at string) []string {
	var list []string
	for _, choice := range choices {
		faults := d.faults(choice.(schema), value, at)
		if len(faults) == 0 {
			return nil
		}
		list = append(list, faults...)
	}
	return list
}

// inside goes on with the members of an object, those of a map among them, or with the items of a list.
func (d *description) inside(s schema, value any, at string) []string {
	var list []string
	switch value := value.(type) {
	case schema:
		properties, _ := s["properties"].(schema)
		others, _ := s["additionalProperties"].(schema)
		for _, name := range slices.Sorted(maps.Keys(value)) {
			inner, named := properties[name].(schema)
			if !named {
				inner = others
			}
			list = append(list, d.faults(inner, value[name], at+"."+name)...)
		}
	case []any:
		items, _ := s["items"].(schema)
		for i, item := range value {
			list = append(list, d.faults(items, item, fmt.Sprintf("%s[%d]", at, i))...)
		}
	}
	return list
}

// refuses says why a keyword does not let a value pass; empty: it does, as any does a value of another kind than its own.
func refuses(keyword string, s schema, value any) string {
	rule := s[keyword]
	object, _ := value.(schema)
	list, isList := value.([]any)
	text, isText := value.(string)
	fine := true
	switch keyword {
	case "type":
		kinds, several := rule.([]any)
		if !several {
			kinds = []any{rule}
		}
		fine = slices.Contains(kinds, any(kindOf(value))) || kindOf(value) == "integer" && slices.Contains(kinds, any("number"))
	case "enum":
		fine = slices.Contains(rule.([]any), value)
	case "required":
		fine = object == nil || !slices.ContainsFunc(rule.([]any), func(name any) bool { _, there := object[name.(string)]; return !there })
	case "additionalProperties":
		properties, _ := s["properties"].(schema)
		for name := range object {
			fine = fine && (rule != false || properties[name] != nil)
		}
	case "minItems":
		fine = !isList || float64(len(list)) >= rule.(float64)
	case "maxItems":
		fine = !isList || float64(len(list)) <= rule.(float64)
	case "format":
		fine = !isText || written(rule, text)
	default:
		if !slices.Contains(silentKeywords, keyword) {
			return "nobody here knows the keyword " + keyword
		}
	}
	if !fine {
		return fmt.Sprintf("%s %v refuses %.80v", keyword, rule, value)
	}
	return ""
}

func kindOf(value any) string {
	switch value := value.(type) {
	case nil:
		return "null"
	case bool:
		return "boolean"
	case string:
		return "string"
	case []any:
		return "array"
	case json.Number:
		if _, err := value.Int64(); err == nil {
			return "integer"
		}
		return "number"
	}
	return "object"
}

// written reports whether a text has the format its schema names.
func written(format any, text string) bool {
	var err error
	switch format {
	case "date-time":
		_, err = time.Parse(time.RFC3339, text)
	case "date":
		_, err = time.Parse(time.DateOnly, text)
	case "uri":
		_, err = url.Parse(text)
	default:
		return false
	}
	return err == nil
}

// What holds answers against the description notices where they differ.
func TestTheDescriptionIsHeldAgainst(t *testing.T) {
	var d description
	err := json.Unmarshal([]byte(`{"components":{"schemas":{"Mark":{"type":"object","additionalProperties":false,"required":["at"],"properties":{
		"at":{"type":"string","format":"date-time"},"kind":{"type":"string","enum":["a","b"]},"counts":{"type":["array","null"],"items":{"type":"integer"}},
		"inner":{"anyOf":[{"$ref":"#/components/schemas/Mark"},{"type":"null"}]}}}}}}`), &d)
	if err != nil {
		t.Fatal(err)
	}
	for text, refused := range map[string]bool{
		`{"at":"2026-11-21T08:30:02Z","kind":"b","counts":[1,2],"inner":null}`: false, `{"at":"2026-11-21T08:30:02Z","counts":null}`: false,
		`{"at":"2026-11-21T08:30:02Z","inner":{"at":"2026-11-21T08:30:02Z"}}`: false, `{}`: true, `null`: true, `{"at":null}`: true, `{"at":"today"}`: true,
		`{"at":"2026-11-21T08:30:02Z","kind":"c"}`: true, `{"at":"2026-11-21T08:30:02Z","counts":[1.5]}`: true, `{"at":"2026-11-21T08:30:02Z","more":1}`: true,
		`{"at":"2026-11-21T08:30:02Z","inner":{}}`: true, `{"at":"2026-11-21T08:30:02Z","inner":3}`: true,
	} {
		if faults := d.faultsOf(schema{"$ref": "#/components/schemas/Mark"}, text); len(faults) > 0 != refused {
			t.Errorf("%s: %q", text, faults)
		}
	}
	if faults := d.faultsOf(schema{"oneOf": []any{}}, "1"); len(faults) == 0 {
		t.Error("a keyword nobody knows goes unnoticed")
	}
}
