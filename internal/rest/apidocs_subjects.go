package rest

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"
)

// docsSubject is the operations whose paths begin alike.
type docsSubject struct {
	ID, Title  string
	Operations []docsOperation
}

type docsOperation struct {
	ID, Method, Path, Summary, Description, Example string
	Parameters                                      []docsMember
	Body, Answer                                    []docsMember
	Answers                                         []docsAnswer
}

type docsMember struct {
	Name, In, Kind, Doc string
	Required            bool
}

type docsAnswer struct{ Status, Words string }

// subjectTitles are the titles of the subjects, by how their paths begin; others go by that.
var subjectTitles = map[string]string{
	"libraries": "Bibliothèques", "runs": "Travaux", "deposits": "Dépôts", "conflicts": "Conflits et doutes", "duplicates": "Doublons",
	"cards": "Cartes", "erasures": "Effacements", "outbox": "Courriels", "events": "Événements en direct", "users": "Comptes", "account": "Mon compte",
	"audit": "Journal d’audit", "statistics": "Statistiques", "jobs": "Travaux planifiés",
}

func describeSubjects(api *huma.OpenAPI) []*docsSubject {
	byID := map[string]*docsSubject{}
	for _, path := range slices.Sorted(maps.Keys(api.Paths)) {
		id, _, _ := strings.Cut(strings.TrimPrefix(path, apiRoot+"/"), "/")
		subject := byID[id]
		if subject == nil {
			subject = &docsSubject{ID: id, Title: cmp.Or(subjectTitles[id], id)}
			byID[id] = subject
		}
		item := api.Paths[path]
		for _, op := range []*huma.Operation{item.Get, item.Post, item.Put, item.Patch, item.Delete} {
			if op != nil {
				subject.Operations = append(subject.Operations, describeOperation(api, op))
			}
		}
	}
	list := slices.Collect(maps.Values(byID))
	slices.SortFunc(list, func(a, b *docsSubject) int { return strings.Compare(a.Title, b.Title) })
	return list
}

func describeOperation(api *huma.OpenAPI, op *huma.Operation) docsOperation {
	d := docsOperation{ID: op.OperationID, Method: op.Method, Path: op.Path, Summary: op.Summary, Description: op.Description}
	for _, p := range op.Parameters {
		schema := resolve(api, p.Schema)
		d.Parameters = append(d.Parameters, docsMember{
			Name: p.Name, In: placeNames[p.In], Kind: kindOf(api, schema), Doc: cmp.Or(p.Description, schema.Description), Required: p.Required,
		})
	}
	if op.RequestBody != nil {
		d.Body = members(api, contentOf(op.RequestBody.Content), "", 0)
	}
	for _, status := range slices.Sorted(maps.Keys(op.Responses)) {
		answer := op.Responses[status]
		code, _ := strconv.Atoi(status) // "default" has no number, and no words
		d.Answers = append(d.Answers, docsAnswer{Status: status, Words: cmp.Or(titles[code], successes[code]) + otherKind(answer.Content)})
		if code >= http.StatusOK && code < http.StatusMultipleChoices {
			d.Answer = members(api, contentOf(answer.Content), "", 0)
		}
	}
	d.Example = example(api, op)
	return d
}

var placeNames = map[string]string{"path": "chemin", "query": "adresse", "header": "en-tête"}

var successes = map[int]string{
	http.StatusOK: "Voici", http.StatusCreated: "Créé", http.StatusAccepted: "Accepté", http.StatusNoContent: "Fait, rien à dire",
	http.StatusNotModified: "Rien n’a changé",
}

// otherKind names the type of an answer that is neither JSON nor a problem.
func otherKind(content map[string]*huma.MediaType) string {
	for kind := range content {
		if !strings.HasSuffix(kind, "json") {
			return " (" + kind + ")"
		}
	}
	return ""
}

// contentOf is the schema of a body: JSON, or nothing that has members.
func contentOf(content map[string]*huma.MediaType) *huma.Schema {
	if media := content["application/json"]; media != nil {
		return media.Schema
	}
	return nil
}

// resolve follows a reference.
func resolve(api *huma.OpenAPI, schema *huma.Schema) *huma.Schema {
	if schema == nil {
		return &huma.Schema{}
	}
	if len(schema.AnyOf) > 0 { // an object, or null
		object := *resolve(api, schema.AnyOf[0])
		object.Nullable = true
		return &object
	}
	if schema.Ref == "" {
		return schema
	}
	if found := api.Components.Schemas.SchemaFromRef(schema.Ref); found != nil {
		return found
	}
	return schema
}

// deepest bounds how far members are followed into one another.
const deepest = 4

// members lists what a body holds; those of an inner object behind its name.
func members(api *huma.OpenAPI, schema *huma.Schema, within string, depth int) []docsMember {
	schema = resolve(api, schema)
	var list []docsMember
	for _, name := range slices.Sorted(maps.Keys(schema.Properties)) {
		property := schema.Properties[name]
		inner := resolve(api, property)
		member := docsMember{
			Name: within + name, Kind: kindOf(api, inner), Doc: cmp.Or(property.Description, inner.Description), Required: slices.Contains(schema.Required, name),
		}
		list = append(list, member)
		suffix := "."
		if inner.Items != nil {
			inner, suffix = resolve(api, inner.Items), "[]."
		}
		if depth < deepest && len(inner.Properties) > 0 {
			list = append(list, members(api, inner, member.Name+suffix, depth+1)...)
		}
	}
	return list
}

var kindNames = map[string]string{
	"string": "texte", "integer": "entier", "number": "nombre", "boolean": "vrai ou faux", "object": "objet", "array": "liste",
}

// kindOf says in words what values a schema takes.
func kindOf(api *huma.OpenAPI, schema *huma.Schema) string {
	kind := cmp.Or(kindNames[schema.Type], schema.Type)
	switch {
	case schema.Items != nil:
		kind = "liste de : " + kindOf(api, resolve(api, schema.Items))
	case schema.Format == "date-time":
		kind = "date et heure"
	}
	if len(schema.Enum) > 0 {
		words := make([]string, len(schema.Enum))
		for i, value := range schema.Enum {
			words[i] = fmt.Sprint(value)
		}
		kind += " : " + strings.Join(words, ", ")
	}
	if schema.Default != nil {
		kind += fmt.Sprintf(" (sinon %v)", schema.Default)
	}
	if schema.Nullable {
		kind += " ou null"
	}
	return kind
}

// example is a command that asks for the operation.
func example(api *huma.OpenAPI, op *huma.Operation) string {
	path := strings.NewReplacer("/cards/{id}", "/cards/pxdekcdkau4o3tsf4eemi572", "{id}", "12", "{code}", "mours").Replace(op.Path)
	var b strings.Builder
	b.WriteString("curl")
	if op.Method != http.MethodGet {
		b.WriteString(" -X " + op.Method)
	}
	b.WriteString(` -H "Authorization: Bearer $CLE"`)
	for _, p := range op.Parameters {
		if p.Name == "If-Match" {
			b.WriteString(` -H 'If-Match: "ETAG"'`)
		}
	}
	if op.RequestBody != nil {
		body, err := json.Marshal(sample(api, contentOf(op.RequestBody.Content)))
		if err == nil { // what is made of a schema can be written
			b.WriteString(" \\\n  -H 'Content-Type: application/json' -d '" + string(body) + "'")
		}
	}
	b.WriteString(" \\\n  https://HUB" + path)
	return b.String()
}

// sample is a body with what it must have, or with one member where nothing is a must.
func sample(api *huma.OpenAPI, schema *huma.Schema) any {
	schema = resolve(api, schema)
	if len(schema.Examples) > 0 {
		return schema.Examples[0]
	}
	switch {
	case len(schema.Enum) > 0:
		return schema.Enum[0]
	case len(schema.Properties) > 0:
		wanted := schema.Required
		if len(wanted) == 0 {
			wanted = slices.Sorted(maps.Keys(schema.Properties))[:1]
		}
		object := map[string]any{}
		for _, name := range wanted {
			object[name] = sample(api, schema.Properties[name])
		}
		return object
	case schema.Items != nil:
		return []any{sample(api, schema.Items)}
	}
	switch schema.Type {
	case huma.TypeInteger, huma.TypeNumber:
		return 1
	case huma.TypeBoolean:
		return true
	case huma.TypeObject:
		return map[string]any{}
	}
	return "…"
}
