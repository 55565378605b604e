package store

import (
	"context"
	"strings"
	"time"

	"github.com/carte-reseau/hub/internal/cards"
	"gorm.io/gorm"
)

// A search reads one index in its order, and stops at the end of the page: by
// number, by name, or by birth date where no name is given. What else is asked
// for is looked up card by card.

// searchRow is a card that was found, with its place among the others.
type searchRow struct {
	NumberKey string
	LastKey   string
	FirstKey  string
	Birth     string
	CardID    int64
	OAIID     string `gorm:"column:oai_id"`
	Content   string
	Stamp     int64
}

// SearchCards finds cards for staff. All that the query gives must fit. Invalid
// where it says too little.
func (s *Store) SearchCards(ctx context.Context, q cards.CardQuery) (cards.CardPage, error) {
	search, err := q.Prepare()
	if err != nil {
		return cards.CardPage{}, err
	}
	place, err := s.openCursor(q.Cursor, search)
	if err != nil {
		return cards.CardPage{}, err
	}
	var page cards.CardPage
	err = s.snapshot(ctx, func(tx *gorm.DB) (err error) {
		page, err = s.searchPage(tx, search, place)
		return err
	})
	if err != nil {
		return cards.CardPage{}, err
	}
	page.Filling, err = s.namesMissing(ctx)
	return page, err
}

func (s *Store) searchPage(tx *gorm.DB, search *cards.CardSearch, place *searchPlace) (cards.CardPage, error) {
	if place == nil {
		order, err := chooseOrder(tx, search)
		if err != nil {
			return cards.CardPage{}, err
		}
		place = &searchPlace{Order: order, first: true}
	}
	var rows []searchRow
	query, args := searchStatement(search, place)
	if err := tx.Raw(query, args).Scan(&rows).Error; err != nil {
		return cards.CardPage{}, err
	}
	var page cards.CardPage
	if len(rows) > search.Limit {
		rows = rows[:search.Limit]
		page.Next = s.sealCursor(place.behind(rows[len(rows)-1]), search)
	}
	for _, row := range rows {
		found, err := row.found(place.Order)
		if err != nil {
			return cards.CardPage{}, err
		}
		page.Cards = append(page.Cards, found)
	}
	return page, nil
}

func (r *searchRow) found(order searchOrder) (cards.FoundCard, error) {
	var card cards.Card
	if err := fromJSON(r.Content, &card, "card"); err != nil {
		return cards.FoundCard{}, err
	}
	found := cards.FoundCard{
		OAIID: r.OAIID, Number: card.Number, LastName: card.LastName, BirthName: card.BirthName, FirstName: card.FirstName,
		BirthDate: card.BirthDate, Town: card.Address.Town, EnrolledAt: card.EnrolledAt, End: card.Enrolment.End, Updated: time.Unix(r.Stamp, 0).UTC(),
	}
	if order == byNumber && r.NumberKey != cards.NumberKey(card.Number) {
		found.Former = r.NumberKey
		for _, former := range card.Former {
			if cards.NumberKey(former) == r.NumberKey {
				found.Former = former
			}
		}
	}
	return found, nil
}

// chooseOrder says which index is read. A number that fits few cards comes
// first; one whose beginning a whole network shares does not.
func chooseOrder(tx *gorm.DB, search *cards.CardSearch) (searchOrder, error) {
	const few = 1000
	named := len(search.Names) > 0 && search.Names[0].Last != ""
	switch {
	case search.Number == "" && named:
		return byName, nil
	case search.Number == "":
		return byBirth, nil
	case !named && search.Birth == "":
		return byNumber, nil
	}
	var n int64
	err := tx.Raw("SELECT count(*) FROM (SELECT 1 AS one FROM cards WHERE "+numberFits("number_key")+" LIMIT @few) c", numberArgs(search, map[string]any{"few": few})).Scan(&n).Error
	switch {
	case err != nil || n < few:
		return byNumber, err
	case named:
		return byName, nil
	}
	return byBirth, nil
}

// highest follows every character a name or a number may go on with.
const highest = "\U0010FFFF"

func numberFits(column string) string {
	return "(" + column + " >= @number AND " + column + " <= @number_end)"
}

func numberArgs(search *cards.CardSearch, args map[string]any) map[string]any {
	number := plain(search.Number)
	args["number"], args["number_end"] = number, number
	if search.Prefix {
		args["number_end"] = number + highest
	}
	return args
}

// searchStatement writes the question for one page and a card more.
func searchStatement(search *cards.CardSearch, place *searchPlace) (string, map[string]any) {
	w := &searchWriter{search: search, args: numberArgs(search, place.args())}
	w.args["limit"] = search.Limit + 1
	if place.Order == byNumber {
		w.numbers(place)
	} else {
		w.names(place)
	}
	arms := make([]string, len(w.arms))
	for i, arm := range w.arms {
		arms[i] = "SELECT * FROM (" + arm + ") arm" + string(rune('a'+i))
	}
	order := place.Order.columns()
	return "SELECT h.*, c.oai_id, c.content, c.stamp FROM (" + strings.Join(arms, " UNION ") + " ORDER BY " + order + " LIMIT @limit) h" +
		" JOIN cards c ON c.id = h.card_id ORDER BY " + order, w.args
}

// searchWriter gathers the arms of a search, each of which reads one stretch of
// an index in its order.
type searchWriter struct {
	search *cards.CardSearch
	args   map[string]any
	arms   []string
}

func (w *searchWriter) arm(query string, conditions []string, order searchOrder) {
	w.arms = append(w.arms, query+" WHERE "+strings.Join(conditions, " AND ")+" ORDER BY "+order.columns()+" LIMIT @limit")
}

// numbers reads the cards' numbers, and those they had. A card is found once,
// by its own number where that fits.
func (w *searchWriter) numbers(place *searchPlace) {
	current := append([]string{numberFits("n.number_key"), "n.seq > 0"}, place.after("n.id")...)
	former := append([]string{
		numberFits("n.number_key"),
		"NOT EXISTS (SELECT 1 FROM cards own WHERE own.id = n.card_id AND " + numberFits("own.number_key") + ")",
		"NOT EXISTS (SELECT 1 FROM former_numbers f WHERE f.card_id = n.card_id AND " + numberFits("f.number_key") + " AND f.number_key < n.number_key)",
	}, place.after("n.card_id")...)
	if named := w.named("o"); named != "" {
		current = append(current, "EXISTS (SELECT 1 FROM card_names o WHERE o.card_id = n.id AND "+named+")")
		former = append(former, "EXISTS (SELECT 1 FROM card_names o WHERE o.card_id = n.card_id AND "+named+")")
	}
	w.arm("SELECT n.number_key, '' AS last_key, '' AS first_key, '' AS birth, n.id AS card_id FROM cards n", current, byNumber)
	w.arm("SELECT n.number_key, '' AS last_key, '' AS first_key, '' AS birth, n.card_id FROM former_numbers n", former, byNumber)
}

// names reads the names, or the birth dates.
func (w *searchWriter) names(place *searchPlace) {
	const columns = "SELECT '' AS number_key, n.last_key, n.first_key, n.birth, n.card_id FROM card_names n"
	rest := place.after("n.card_id")
	if w.search.Number != "" {
		// Questions about one card each: a database must not gather all numbers first.
		rest = append(rest, "((SELECT "+numberFits("c.number_key")+" FROM cards c WHERE c.id = n.card_id) OR "+
			"(SELECT count(*) FROM former_numbers f WHERE f.card_id = n.card_id AND "+numberFits("f.number_key")+") > 0)")
	}
	if place.Order == byBirth {
		w.arm(columns, append(rest, w.named("n")), byBirth)
		return
	}
	once := "(NOT n.at_birth OR NOT EXISTS (SELECT 1 FROM card_names o WHERE o.card_id = n.card_id AND NOT o.at_birth AND " + w.named("o") + "))"
	for i := range w.search.Names {
		conditions := append([]string{w.guess("n", i)}, rest...)
		if w.search.Birth != "" {
			conditions = append(conditions, w.born("n", true))
		}
		w.arm(columns, append(conditions, once), byName)
	}
}

// named is what a name must fit, whatever it is read as; empty where nothing is
// asked of it.
func (w *searchWriter) named(table string) string {
	var conditions []string
	hasLast := false
	var guesses []string
	for i, guess := range w.search.Names {
		guesses = append(guesses, w.guess(table, i))
		hasLast = hasLast || guess.Last != ""
	}
	if len(guesses) > 0 {
		conditions = append(conditions, "("+strings.Join(guesses, " OR ")+")")
	}
	if w.search.Birth != "" {
		conditions = append(conditions, w.born(table, len(guesses) > 0 || w.search.Number != ""))
	}
	if !hasLast && len(conditions) > 0 {
		conditions = append(conditions, "NOT "+table+".at_birth") // the same person once
	}
	return strings.Join(conditions, " AND ")
}

// guess is one reading of the names.
func (w *searchWriter) guess(table string, i int) string {
	var conditions []string
	begins := func(column, name, key string) {
		if key == "" {
			return
		}
		w.args[name], w.args[name+"_end"] = key, key+highest
		conditions = append(conditions, table+"."+column+" >= @"+name+" AND "+table+"."+column+" < @"+name+"_end")
	}
	suffix := string(rune('a' + i))
	begins("last_key", "last_"+suffix, plain(w.search.Names[i].Last))
	begins("first_key", "first_"+suffix, plain(w.search.Names[i].First))
	return "(" + strings.Join(conditions, " AND ") + ")"
}

// born is what a birth date must fit. Beside something else that says who is
// meant, it may be one that says less, as some systems hold it.
func (w *searchWriter) born(table string, less bool) string {
	born := w.search.Birth
	w.args["birth"], w.args["birth_end"] = born, born+highest
	condition := table + ".birth >= @birth AND " + table + ".birth < @birth_end"
	const year, month = 4, 7
	var shorter []string
	for _, length := range []int{year, month} {
		if less && len(born) > length {
			shorter = append(shorter, born[:length])
		}
	}
	if len(shorter) == 0 {
		return "(" + condition + ")"
	}
	w.args["birth_less"] = shorter
	return "(" + condition + " OR " + table + ".birth IN @birth_less)"
}
