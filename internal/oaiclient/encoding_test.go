package oaiclient

import (
	"strings"
	"testing"
)

func TestDeclaredCharset(t *testing.T) {
	for contentType, want := range map[string]string{
		"text/xml": "", "text/xml; charset=ISO-8859-15": "ISO-8859-15", "text/xml; charset=\"\xff\"": "",
		"text/xml; charset=\"a b\"": "", "text/xml; charset=" + strings.Repeat("u", 65): "", ";": "",
	} {
		if got := declaredCharset(contentType); got != want {
			t.Errorf("%q: %q, want %q", contentType, got, want)
		}
	}
}
