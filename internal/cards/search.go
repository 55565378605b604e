package cards

import (
	"strings"
	"time"
	"unicode"
)

// SearchLimit is how many cards one page of a search holds at most.
const SearchLimit = 50

// Bounds of what is searched for, beyond any real name or number.
const (
	longestName   = 200
	longestNumber = 32
	// mostWords are tried as first or last name.
	mostWords = 8
)

// CardQuery says which cards staff look for; all that is given must fit.
type CardQuery struct {
	// Number is a card's number or one it had; four characters and more also
	// find what begins with them.
	Number string
	// Name is the beginning of a name in use or at birth, as typed; with a first
	// name behind or before it where FirstName is empty.
	Name      string
	FirstName string
	// BirthDate is YYYY-MM-DD, YYYY-MM or YYYY, or the same as written by hand:
	// DD/MM/YYYY, MM/YYYY.
	BirthDate string
	// Cursor is the last page's Next; empty for the first page.
	Cursor string
	// Limit is how many cards at most; 0 or too many: SearchLimit.
	Limit int
}

// CardPage is one page of a search.
type CardPage struct {
	Cards []FoundCard
	// Next leads to the page behind; empty on the last one. It betrays nothing.
	Next string
	// Filling is set while the cards from before there was a search are still
	// being entered: some are not found yet.
	Filling bool
}

// FoundCard is what staff see of a card that was found.
type FoundCard struct {
	OAIID  string
	Number string
	// Former is set to the number searched for where that is one the card had.
	Former    string
	LastName  string
	BirthName string
	FirstName string
	BirthDate string
	Town      string
	// EnrolledAt is the establishment where the reader enrolled.
	EnrolledAt string
	End        string
	Updated    time.Time
}

// NameGuess is one way to read what was typed: beginnings of a folded name and
// first name.
type NameGuess struct{ Last, First string }

// CardSearch is a query ready to be answered.
type CardSearch struct {
	// Number is folded; Prefix says that it may go on.
	Number string
	Prefix bool
	Names  []NameGuess
	Birth  string // YYYY-MM-DD, YYYY-MM, YYYY or empty
	Limit  int
}

// Prepare folds what was typed. Invalid where it says too little or nonsense.
func (q CardQuery) Prepare() (*CardSearch, error) {
	s := &CardSearch{Limit: q.Limit}
	if s.Limit <= 0 || s.Limit > SearchLimit {
		s.Limit = SearchLimit
	}
	var err error
	if s.Number, err = searchedNumber(q.Number); err != nil {
		return nil, err
	}
	const shortestPrefix = 4
	s.Prefix = len(s.Number) >= shortestPrefix
	if s.Birth, err = searchedDate(q.BirthDate); err != nil {
		return nil, err
	}
	if s.Names, err = guessNames(q.Name, q.FirstName); err != nil {
		return nil, err
	}
	if err := s.check(); err != nil {
		return nil, err
	}
	return s, nil
}

func (s *CardSearch) check() error {
	if s.Number != "" || s.Birth != "" {
		return nil
	}
	for _, guess := range s.Names {
		if guess.Last != "" {
			return nil
		}
	}
	return Breaks("cherche-trop-peu", Invalid, "Indiquez un numéro de carte, un nom ou une date de naissance ; un prénom seul ne suffit pas.")
}

func searchedNumber(typed string) (string, error) {
	number := strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) {
			return -1
		}
		return r
	}, typed)
	if len(number) > longestNumber || strings.ContainsFunc(number, func(r rune) bool { return !inNumber(r) }) {
		return "", Breaks("cherche-numero", Invalid, "Un numéro de carte a %d caractères au plus : lettres sans accent, chiffres, point, tiret et trait bas.", longestNumber)
	}
	return NumberKey(number), nil
}

func inNumber(r rune) bool {
	return r >= '0' && r <= '9' || r|0x20 >= 'a' && r|0x20 <= 'z' || strings.ContainsRune("._-", r)
}

func searchedDate(typed string) (string, error) {
	typed = strings.TrimSpace(typed)
	if typed == "" {
		return "", nil
	}
	for _, form := range []struct{ typed, kept string }{
		{time.DateOnly, time.DateOnly}, {"2006-01", "2006-01"}, {"2006", "2006"}, {"02/01/2006", time.DateOnly}, {"01/2006", "2006-01"},
	} {
		if day, err := time.Parse(form.typed, typed); err == nil {
			return day.Format(form.kept), nil
		}
	}
	return "", Breaks("cherche-date", Invalid, "La date de naissance se cherche par jour (AAAA-MM-JJ ou JJ/MM/AAAA), par mois (AAAA-MM ou MM/AAAA) ou par année (AAAA).")
}

// guessNames tries every place where the name may end and the first name
// begin, in both orders: spaces do not tell, names hold some.
func guessNames(name, first string) ([]NameGuess, error) {
	if len(name) > longestName || len(first) > longestName {
		return nil, Breaks("cherche-nom", Invalid, "Le nom cherché est trop long : %d octets au plus.", longestName)
	}
	if folded := FoldName(first); folded != "" {
		return []NameGuess{{Last: FoldName(name), First: folded}}, nil
	}
	words := foldedWords(name)
	if len(words) == 0 {
		return nil, nil
	}
	guesses := []NameGuess{{Last: strings.Join(words, "")}}
	for i := 1; i < min(len(words), mostWords); i++ {
		before, behind := strings.Join(words[:i], ""), strings.Join(words[i:], "")
		guesses = append(guesses, NameGuess{Last: before, First: behind}, NameGuess{Last: behind, First: before})
	}
	return guesses, nil
}

func foldedWords(name string) []string {
	var words []string
	for _, word := range strings.FieldsFunc(name, func(r rune) bool { return unicode.IsSpace(r) || r == ',' }) {
		if folded := FoldName(word); folded != "" {
			words = append(words, folded)
		}
	}
	return words
}
