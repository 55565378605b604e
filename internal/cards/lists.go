package cards

import "slices"

// withListsJoined returns the incoming card with its lists laid over the ones
// that stand: former numbers are never taken back, and a guardian the document
// does not name stays, unless it says that its list is complete. sent is S.
func withListsJoined(l *Library, in *Incoming, current *Current, sent *Sent) Card {
	card, x := in.Card, &current.Card
	if in.Given.Has(FormerNumbers) {
		card.Former = joinNumbers(x.Number, x.Former, in.Former)
	}
	if in.Given.Has(Guardians) {
		card.Guardians = l.joinGuardians(in, current, sent)
	}
	if in.Given.Has(PostalAddress) && !card.Address.IsZero() && card.Address.Country == "" {
		card.Address.Country = x.Address.Country
		if card.Address.Country == "" {
			card.Address.Country = "FR"
		}
	}
	return card
}

// joinNumbers adds numbers to those have; the card's own is none of them.
func joinNumbers(own string, have, more []string) []string {
	joined := slices.Clone(have)
	for _, number := range more {
		if !isNumber(number, own) && !hasNumber(joined, number) {
			joined = append(joined, number)
		}
	}
	return joined
}

func isNumber(a, b string) bool { return NumberKey(a) == NumberKey(b) }

func hasNumber(numbers []string, number string) bool {
	return slices.ContainsFunc(numbers, func(n string) bool { return isNumber(n, number) })
}

// said is card as it is compared with c in f: a system that says no country
// means the one that stands.
func (f Field) said(card, c *Card) *Card {
	if f != PostalAddress || card.Address.IsZero() || card.Address.Country != "" {
		return card
	}
	said := &Card{Address: card.Address}
	said.Address.Country = c.Address.Country
	return said
}

// knownIn reports whether whoever had c may have sent in's value of f without
// having changed anything: it is the same, or poorer. Of guardians a document
// may name some only.
func (f Field) knownIn(in *Incoming, c *Card, width int) bool {
	if f != Guardians || in.GuardiansComplete || len(in.Guardians) == 0 {
		said := f.said(&in.Card, c)
		return f.same(said, c) || f.poorer(said, c, width)
	}
	for _, g := range in.Guardians {
		i := slices.IndexFunc(c.Guardians, func(x Guardian) bool { return g.leftOf(x, width) })
		if i < 0 || !sameGuardian(g, c.Guardians[i]) && !poorerGuardian(g, c.Guardians[i], width) {
			return false
		}
	}
	return true
}
