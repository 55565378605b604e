package cards

// Names of a European network are nearly all written in the letters below
// firstMark: no combining mark is among them, so that each stands for itself,
// whatever its neighbours, and is in normal form C. What is made of a text of
// them is made letter by letter, by a table.

const firstMark = 0x300

func isLatin(s string) bool {
	for _, r := range s {
		if r >= firstMark {
			return false
		}
	}
	return true
}

// latinTable is what a function makes of each such letter.
type latinTable [firstMark]string

var (
	plainLatin  = newLatinTable(plainly)
	foldedLatin = newLatinTable(fold)
)

func newLatinTable(function func(string) string) *latinTable {
	t := new(latinTable)
	for r := range rune(firstMark) {
		t[r] = function(string(r))
	}
	return t
}

// of is what the function makes of s; not ok where s has other letters.
func (t *latinTable) of(s string) (made string, ok bool) {
	var room [64]byte
	text := room[:0]
	for _, r := range s {
		if r >= firstMark {
			return "", false
		}
		text = append(text, t[r]...)
	}
	return string(text), true
}
