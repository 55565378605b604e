package exchange_test

import (
	"strconv"
	"strings"
	"testing"

	"github.com/carte-reseau/hub/internal/exchange"
)

func TestNumbers(t *testing.T) {
	t.Parallel()
	n := exchange.NewNumbers(0)
	for i := range 1000 {
		if _, double := n.Add("A"+strconv.Itoa(i), i+1); double {
			t.Fatalf("A%d is new", i)
		}
	}
	if first, double := n.Add("a7", 2000); !double || first != 8 {
		t.Errorf("a7: %v, first %d", double, first)
	}
	for range 2 {
		if _, double := n.Add("", 1); double {
			t.Error("cards without a number are not doubles of one another")
		}
	}
	full := exchange.NewNumbers(1)
	full.Add("1", 1)
	full.Add("2", 2)
	if _, double := full.Add("2", 3); double || !full.Full() {
		t.Error("the bound does not hold")
	}
	if _, double := full.Add("1", 3); !double {
		t.Error("what was noted before the bound is forgotten")
	}
	if f := exchange.DuplicateFault(8, 2000); f.Code != exchange.CodeDuplicate || !strings.Contains(f.Message, "(ligne 8).") || f.Line != 2000 {
		t.Errorf("%+v", f)
	}
}
