package cards

import (
	"cmp"
	"slices"
)

const labelUnknown = "non renseigné"

// Label is how staff read one of the dimension's values; name is what is known
// of it beside: the library's name, the nicest spelling of the town.
func (d Dimension) Label(value, name string) string {
	switch {
	case d == ByNothing:
		return "Réseau"
	case value == UnknownValue:
		return labelUnknown
	case d == ByAge:
		return ageLabel(value)
	case d == ByEstablishment && name != "":
		return name + " (" + value + ")"
	}
	return cmp.Or(name, value)
}

// Sort puts rows in the order staff look for them: ages by age, all else by
// label, the unknown last.
func (d Dimension) Sort(rows []StatisticsRow) {
	folded := make(map[string]string, len(rows)) // once for each: folding takes its time
	for _, row := range rows {
		folded[row.Value] = FoldText(row.Label)
	}
	slices.SortFunc(rows, func(a, b StatisticsRow) int {
		return cmp.Or(
			cmp.Compare(unknownLast(a), unknownLast(b)),
			cmp.Compare(d.place(a.Value), d.place(b.Value)),
			cmp.Compare(folded[a.Value], folded[b.Value]),
			cmp.Compare(a.Value, b.Value),
		)
	})
}

func unknownLast(row StatisticsRow) int {
	if row.Value == UnknownValue {
		return 1
	}
	return 0
}

// place is an age band's place among the others; 0 in other dimensions.
func (d Dimension) place(value string) int {
	if d != ByAge {
		return 0
	}
	for i, band := range ageBands {
		if band.name == value {
			return i
		}
	}
	return len(ageBands)
}

func ageLabel(band string) string {
	if band == lastAgeBand {
		return "65 ans et plus"
	}
	for _, b := range ageBands {
		if b.name == band {
			return b.label
		}
	}
	return band
}
