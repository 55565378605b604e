package xmlstream_test

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// tree draws an element that is well-formed but for its prefixes, which something around it may declare.
func tree(t *rapid.T, depth int) string {
	name := rapid.SampledFrom([]string{"a", "b", "p:a", "q:a"}).Draw(t, "name")
	attrs := rapid.SliceOfNDistinct(rapid.SampledFrom([]string{
		" xmlns='u'", " xmlns=''", " xmlns:p='v'", " xmlns:q='v'", " xmlns:q=\"&lt;'&#9;\"", " p:c='1'", "\nq:c='2'", " c='\t>&amp;'", " xml:c=''",
	}), 0, 4, func(s string) string { name, _, _ := strings.Cut(s, "="); return name }).Draw(t, "attributes")
	var inside strings.Builder
	for range rapid.IntRange(0, 3).Draw(t, "children") {
		if depth > 0 && rapid.Bool().Draw(t, "nested") {
			inside.WriteString(tree(t, depth-1))
		} else {
			inside.WriteString(rapid.SampledFrom([]string{"x", "\r\n ", "é&#65;", "<![CDATA[ <]]>", "<!-- - -->", "<?p ?>", "]"}).Draw(t, "text"))
		}
	}
	if inside.Len() == 0 {
		return "<" + name + strings.Join(attrs, "") + "/>"
	}
	return "<" + name + strings.Join(attrs, "") + ">" + inside.String() + "</" + name + "\n>"
}

// TestDifferentialOfTrees is FuzzDecoder over documents of which half are accepted.
func TestDifferentialOfTrees(t *testing.T) {
	t.Parallel()
	accepted, refused := 0, 0
	rapid.Check(t, func(t *rapid.T) {
		for range 10 {
			root := rapid.SampledFrom([]string{"<r xmlns:p='u' xmlns:q='w'>", "<r xmlns:p='u'>"}).Draw(t, "root")
			source := []byte(root + tree(t, 3) + "</r>")
			compare(t, source)
			if _, err := normalised(source); err == nil {
				accepted++
			} else {
				refused++
			}
		}
	})
	if accepted < 100 || refused < 100 {
		t.Errorf("%d documents accepted and %d refused prove nothing", accepted, refused)
	}
}
