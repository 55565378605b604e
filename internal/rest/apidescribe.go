package rest

import (
	"net/http"
	"reflect"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"
)

// What huma cannot tell by the types of questions and answers is said here, so that a client made from the description
// understands every answer.

// answersOf are the answers of an operation that are no JSON, or have no body.
func answersOf[I any](op operation) map[string]*huma.Response {
	answers := map[string]*huma.Response{}
	if op.content != "" {
		text := map[string]*huma.MediaType{op.content: {Schema: &huma.Schema{Type: huma.TypeString}}}
		answers[strconv.Itoa(http.StatusOK)] = &huma.Response{Content: text}
	}
	if _, tags := any((*I)(nil)).(tagging); tags {
		answers[strconv.Itoa(http.StatusNotModified)] = &huma.Response{Description: http.StatusText(http.StatusNotModified)}
	}
	return answers
}

// tellNulls says of members that hold an object or null that they do, which huma knows of plain values only, and of lists
// that there always is one: it takes every list for one that may be null.
func tellNulls(schemas huma.Registry) {
	const prefix = "#/components/schemas/"
	for name, schema := range schemas.Map() {
		for _, member := range schema.Properties {
			if member.Type == huma.TypeArray {
				member.Nullable = false
			}
		}
		for _, field := range reflect.VisibleFields(schemas.TypeFromRef(prefix + name)) {
			member, options, _ := strings.Cut(field.Tag.Get("json"), ",")
			given := schema.Properties[member]
			if given == nil || given.Ref == "" || field.Type.Kind() != reflect.Pointer || strings.HasPrefix(options, "omit") {
				continue
			}
			schema.Properties[member] = &huma.Schema{Description: given.Description, AnyOf: []*huma.Schema{{Ref: given.Ref}, {Type: "null"}}}
		}
	}
}
