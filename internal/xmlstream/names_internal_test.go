package xmlstream

import (
	"fmt"
	"strings"
	"testing"
)

// A document may invent a name and a value for each element: what is remembered of them has an end.
func TestWhatIsRememberedOfNamesHasAnEnd(t *testing.T) {
	t.Parallel()
	n := newNames()
	for i := range 3 * mostNames {
		n.get(fmt.Appendf(nil, "a%d", i))
		n.value(fmt.Appendf(nil, "v%d", i))
	}
	if len(n.known) != mostNames || len(n.values) != mostValues {
		t.Errorf("%d names and %d values are remembered", len(n.known), len(n.values))
	}
	few := newNames()
	if first, second := few.get([]byte("a:b")), few.get([]byte("a:b")); first == nil || first != second {
		t.Error("a name that comes again is made again")
	}
	for length, want := range map[int]int{0: 0, 1: 1, longestValue: 1, longestValue + 1: 0} {
		few.values = map[string]string{}
		if few.value([]byte(strings.Repeat("x", length))); len(few.values) != want {
			t.Errorf("of a value of %d bytes %d are remembered", length, len(few.values))
		}
	}
	few.get([]byte(":a"))
	if few.get([]byte("1")) != nil || len(few.known) != 1 {
		t.Errorf("what is no name is remembered: %d", len(few.known))
	}
}
