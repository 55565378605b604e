package cards

import (
	"slices"
	"strings"
	"testing"
	"unicode"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/unicode/norm"
	"pgregory.net/rapid"
)

// Everything in letters that makes two names one for a person and two for a
// program, or the other way round.
var (
	edgeLetters = []rune("aAbBeéÉèÈëÊiIİıïÎoOøØǿǾœŒæÆǽßẞſłŁđðþŸÿçÇŞşŉĳﬁﬂﬅñÅÅKkµςσΣИиあが가각𝔸𐐷ắ1290½")
	edgeMarks   = []rune("\u0301\u0300\u0308\u0307\u0323\u0327\u0345")
	edgeBetween = []rune(" '’ʼ‘´`′ʹ＇-‐‑‒–—_.,/\u00a0\u202f\u2009\t\u200b\u200c\u200d\u2060\ufeff\u00ad\u034f\ufe0f")
)

// edgeText draws a text as the reader of documents leaves one: in form C,
// single spaces within and none around; marks stand on letters.
func edgeText(t *rapid.T, label string, least int) string {
	one := rapid.Custom(func(t *rapid.T) string {
		if rapid.IntRange(0, 4).Draw(t, "kind") == 4 {
			return string(rapid.SampledFrom(edgeBetween).Draw(t, "between"))
		}
		marks := rapid.SliceOfN(rapid.SampledFrom(edgeMarks), 0, rapid.SampledFrom([]int{0, 0, 1, 2}).Draw(t, "marks")).Draw(t, "on it")
		return string(rapid.SampledFrom(edgeLetters).Draw(t, "letter")) + string(marks)
	})
	return kept(strings.Join(rapid.SliceOfN(one, least, 8).Draw(t, label), ""))
}

func kept(s string) string { return strings.Join(strings.Fields(norm.NFC.String(s)), " ") }

// rewriters are the systems that keep every letter in some form.
var rewriters = map[string]func(string) string{
	"upper case":              upper,
	"upper case of ASCII":     upperASCII,
	"no accents":              withoutAccents,
	"upper case, no accents":  func(s string) string { return upper(withoutAccents(s)) },
	"ligatures opened":        func(s string) string { return norm.NFC.String(ligatures.Replace(s)) },
	"ISO-8859-1":              func(s string) string { return fitting(s, charmap.ISO8859_1) },
	"Windows-1252":            func(s string) string { return fitting(s, charmap.Windows1252) },
	"ISO-8859-1, upper case":  func(s string) string { return upper(fitting(s, charmap.ISO8859_1)) },
	"a form of its own":       norm.NFD.String,
	"no apostrophe, no space": loose,
	"typewriter apostrophes":  strings.NewReplacer("’", "'", "ʼ", "'", "\u00a0", " ", "\u202f", " ", "–", "-").Replace,
}

func rewriter() *rapid.Generator[string] {
	var names []string
	for name := range rewriters {
		names = append(names, name)
	}
	// a map's order is no generator's
	slices.Sort(names)
	return rapid.SampledFrom(names)
}

// What any such system makes of a name is the same or poorer, by one of them
// or by one after the other, and folds to the same name.
func TestRewritingIsNeverAnEdit(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		x := edgeText(t, "name", 1)
		first, second := rewriter().Draw(t, "by"), rewriter().Draw(t, "then by")
		once := kept(rewriters[first](x))
		twice := kept(rewriters[second](once))
		for _, in := range []string{once, twice} {
			if got := judge(LastName, nameCard(in), nameCard(x), 0); got == differ && loose(in) != "" {
				t.Fatalf("%+q for %+q (%s, %s) is taken for an edit", in, x, first, second)
			}
			if FoldName(in) != FoldName(x) {
				t.Fatalf("%+q folds to %+q, %+q to %+q", in, FoldName(in), x, FoldName(x))
			}
		}
	})
}

// The same, cut to the width the library declared, before or after.
func TestCuttingIsNeverAnEdit(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		x := edgeText(t, "name", 1)
		width := rapid.IntRange(1, 8).Draw(t, "width")
		cut := func(s string) string {
			if runes := []rune(s); len(runes) > width {
				return string(runes[:width])
			}
			return s
		}
		by := rewriter().Draw(t, "by")
		rewrite := rewriters[by]
		in := cut(rewrite(x))
		if rapid.Bool().Draw(t, "cut first") {
			in = rewrite(cut(x))
		}
		in = kept(in)
		if got := judge(LastName, nameCard(in), nameCard(x), width); got == differ && loose(in) != "" {
			t.Fatalf("%+q for %+q (%s, width %d) is taken for an edit", in, x, by, width)
		}
	})
}

// formOf draws one of all that systems make of a text.
func formOf(t *rapid.T, x string, width int) string {
	never := func(string) bool { return false }
	forms, _ := recast([]string{x}, never)
	if width > 0 {
		pieces, _ := recast(cut(forms, width), never)
		forms = append(forms, pieces...)
	}
	return kept(rapid.SampledFrom(forms).Draw(t, "form"))
}

// A value that is poorer is not the same, and the richer one is not poorer
// than it: else two libraries would each keep the other's out, or put theirs
// back for ever.
func TestPoorerHasOneDirection(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a := edgeText(t, "a", 0)
		b := edgeText(t, "b", 0)
		width := rapid.IntRange(0, 6).Draw(t, "width")
		if rapid.Bool().Draw(t, "rewritten") {
			b = formOf(t, a, width)
		}
		for _, f := range []Field{LastName, Phone, Email} {
			ab, ba := f.poorerText(a, b, width), f.poorerText(b, a, width)
			if same := f.sameText(a, b); same != f.sameText(b, a) || !same && ab && ba {
				t.Fatalf("%s: %+q and %+q (width %d): same %v, poorer %v and %v", f, a, b, width, same, ab, ba)
			}
			x, y := textCard(f, a), textCard(f, b)
			if f.same(&x, &y) && (f.poorer(&x, &y, width) || f.poorer(&y, &x, width)) {
				t.Fatalf("%s: %+q and %+q are both the same and poorer", f, a, b)
			}
		}
	})
}

func textCard(f Field, s string) Card {
	switch f {
	case LastName:
		return Card{LastName: s}
	case Phone:
		return Card{Phone: s}
	}
	return Card{Email: s}
}

// Where one library makes y of x, and another z of y, z is no edit either.
func TestPoorerOfPoorerIsPoorer(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		x := edgeText(t, "x", 1)
		y := formOf(t, x, 0)
		z := formOf(t, y, 0)
		if judge(LastName, nameCard(z), nameCard(x), 0) == differ && loose(z) != "" {
			t.Fatalf("%+q is poorer than %+q, which is poorer than %+q; but it is no poorer form of that", z, y, x)
		}
	})
}

// What a person would not see changes nothing; what one would is a change.
func TestOnlyWhatIsSeenIsAChange(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		x := []rune(edgeText(t, "name", 1))
		at := rapid.IntRange(0, len(x)).Draw(t, "at")
		insert := func(r rune) string { return kept(string(x[:at]) + string(r) + string(x[at:])) }
		if in := insert(rapid.SampledFrom(edgeBetween).Draw(t, "unseen")); loose(norm.NFD.String(in)) != loose(string(x)) {
			t.Fatalf("%+q and %+q are two values", in, string(x))
		}
		letter := rapid.SampledFrom(edgeLetters).Draw(t, "letter")
		if in := insert(letter); loose(in) == loose(string(x)) {
			t.Fatalf("%+q and %+q are one value", in, string(x))
		}
		if loose(loose(string(x))) != loose(string(x)) || FoldName(FoldName(string(x))) != FoldName(string(x)) {
			t.Fatalf("%+q: %+q, %+q", string(x), loose(string(x)), FoldName(string(x)))
		}
		if strings.IndexFunc(FoldName(string(x)), unicode.IsLower) >= 0 {
			t.Fatalf("%+q folds to %+q", string(x), FoldName(string(x)))
		}
	})
}
