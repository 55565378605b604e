package rest_test

import (
	"encoding/json"
	"html"
	"net/http"
	"strings"
	"testing"
)

// The documentation needs nothing from elsewhere, and leaves no operation out.
func TestTheDocumentationTellsEveryOperation(t *testing.T) {
	h := newHub(t)
	a := h.do(http.MethodGet, "/api/v1/docs", "")
	if a.status != http.StatusOK || !strings.HasPrefix(a.header.Get("Content-Type"), "text/html") {
		t.Fatalf("%d %v", a.status, a.header)
	}
	policy := a.header.Get("Content-Security-Policy")
	if !strings.Contains(policy, "default-src 'none'") || strings.Contains(policy, "unsafe") {
		t.Errorf("%q", policy)
	}
	for _, foreign := range []string{"<script", "http://", "src=", "@import", "url(", "ZgotmplZ"} {
		if strings.Contains(a.body, foreign) {
			t.Errorf("the page holds %q", foreign)
		}
	}
	text := html.UnescapeString(a.body)
	for path, methods := range h.operations() {
		for method, op := range methods {
			if !strings.Contains(text, `id="`+op.OperationID+`"`) || !strings.Contains(text, op.Description) {
				t.Errorf("%s %s is not told", method, path)
			}
		}
	}
	for _, want := range []string{"last_name", "Bibliothèques", `curl -X POST -H "Authorization: Bearer $CLE"`, "https://HUB/api/v1/libraries/mours/settings", "Voici (text/csv)", "objet ou null", `If-Match: "ETAG"`} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is not told", want)
		}
	}
}

// Whoever reads the description follows its references.
func TestEveryReferenceOfTheDescriptionLeadsSomewhere(t *testing.T) {
	h := newHub(t)
	var document map[string]any
	if err := json.Unmarshal([]byte(h.do(http.MethodGet, "/api/v1/openapi.json", "").body), &document); err != nil {
		t.Fatal(err)
	}
	if version, _ := document["openapi"].(string); !strings.HasPrefix(version, "3.1") {
		t.Errorf("OpenAPI %q", version)
	}
	seen, ids := 0, map[string]bool{}
	var follow func(node any)
	follow = func(node any) {
		switch node := node.(type) {
		case map[string]any:
			if ref, ok := node["$ref"].(string); ok {
				seen++
				if !leads(document, ref) {
					t.Errorf("%s leads nowhere", ref)
				}
			}
			if id, ok := node["operationId"].(string); ok {
				if ids[id] {
					t.Errorf("two operations are %q", id)
				}
				ids[id] = true
			}
			for _, inner := range node {
				follow(inner)
			}
		case []any:
			for _, inner := range node {
				follow(inner)
			}
		}
	}
	follow(document)
	if seen < 20 || len(ids) < 20 {
		t.Errorf("%d references, %d operations", seen, len(ids))
	}
}

func leads(document map[string]any, ref string) bool {
	path, local := strings.CutPrefix(ref, "#/")
	var node any = document
	for part := range strings.SplitSeq(path, "/") {
		object, ok := node.(map[string]any)
		if !ok {
			return false
		}
		node = object[strings.NewReplacer("~1", "/", "~0", "~").Replace(part)]
	}
	return local && node != nil
}
