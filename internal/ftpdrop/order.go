package ftpdrop

import (
	"cmp"
	"slices"
	"strings"
)

// inOrder puts the oldest first, and those of one moment by their names: see
// numbered.
func inOrder(files []file) {
	slices.SortFunc(files, func(a, b file) int {
		return cmp.Or(a.time.Compare(b.time), byNumbers(a.raw, b.raw), strings.Compare(a.raw, b.raw))
	})
}

// byNumbers compares names as people count: 2 before 10.
func byNumbers(a, b string) int {
	for a != "" && b != "" {
		numberA, numberB := leadingNumber(a), leadingNumber(b)
		if numberA == "" || numberB == "" {
			if order := cmp.Compare(a[0], b[0]); order != 0 {
				return order
			}
			a, b = a[1:], b[1:]
			continue
		}
		a, b = a[len(numberA):], b[len(numberB):]
		numberA, numberB = strings.TrimLeft(numberA, "0"), strings.TrimLeft(numberB, "0")
		if order := cmp.Or(cmp.Compare(len(numberA), len(numberB)), strings.Compare(numberA, numberB)); order != 0 {
			return order
		}
	}
	return cmp.Compare(len(a), len(b))
}

func leadingNumber(s string) string {
	return s[:len(s)-len(strings.TrimLeft(s, "0123456789"))]
}
