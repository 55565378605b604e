package exchange

import (
	"crypto/sha256"

	"github.com/carte-reseau/hub/internal/cards"
)

// MostNumbers is the default bound of Numbers: more cards than a document of 1 GiB can well hold, in some 200 MB.
const MostNumbers = 4 << 20

// Numbers finds card numbers given twice in one document. It keeps 128 bits of hash for each, not the number.
type Numbers struct {
	most  int
	lines map[[16]byte]uint32
}

// NewNumbers returns an empty set for at most so many numbers; 0 is MostNumbers.
func NewNumbers(most int) *Numbers {
	if most <= 0 {
		most = MostNumbers
	}
	return &Numbers{most: most, lines: make(map[[16]byte]uint32)}
}

// Add notes the number and reports whether it was there already, with the line of the first. Letter case does not
// distinguish numbers. An empty number is never noted.
func (n *Numbers) Add(number string, line int) (first int, double bool) {
	if number == "" {
		return 0, false
	}
	sum := sha256.Sum256([]byte(cards.NumberKey(number)))
	key := [16]byte(sum[:16])
	if known, ok := n.lines[key]; ok {
		return int(known), true
	}
	if !n.Full() {
		n.lines[key] = uint32(max(0, min(line, 1<<31)))
	}
	return 0, false
}

// Full reports whether the bound was reached: from then on only numbers noted before are found again.
func (n *Numbers) Full() bool { return len(n.lines) >= n.most }

// DuplicateFault is the fault of a card whose number was given before, at the line first.
func DuplicateFault(first, line int) cards.Fault {
	return cards.Fault{
		Code: CodeDuplicate, Field: "numero", Line: line,
		Message: "Ce numéro est déjà celui d’une carte précédente du même document" + atLine(first) + ".",
	}
}
