package sigb

// Aloes is a system of the kind the two permanent libraries of the reference network use: it keeps what it is given,
// and a card from the network replaces whatever it holds.
func Aloes() Profile {
	return Profile{Maker: "Aloès", Overwrites: true, HidesEnded: true}
}

// Microbib is a system of the kind the six intermittent libraries of the reference network use: capitals without
// accents, the year of birth, narrow fields, and no field for a birth name.
func Microbib() Profile {
	return Profile{
		Maker:     "Microbib",
		Upper:     true,
		NoAccents: true,
		YearOnly:  true,
		Widths: map[Field]int{
			FieldName: 30, FieldFirstName: 20, FieldAddress: 38, FieldEmail: 60,
		},
		NotHeld: []Field{FieldBirthName},
	}
}

// Rustic is the worst-behaved system the network may meet: all that Microbib does, abbreviations, very narrow fields,
// few of the fields, and an OAI set that repeats what the network sent. It belongs to no reference library.
func Rustic() Profile {
	return Profile{
		Maker:     "Rustic",
		Upper:     true,
		NoAccents: true,
		YearOnly:  true,
		Widths:    map[Field]int{FieldName: 16, FieldFirstName: 12, FieldLines: 24, FieldTown: 14},
		Abbreviate: map[string]string{
			"avenue": "AV", "boulevard": "BD", "place": "PL", "chemin": "CH", "impasse": "IMP", "saint": "ST",
		},
		NotHeld: []Field{
			FieldTitle, FieldBirthName, FieldSex, FieldCountry, FieldMobile, FieldGuardians,
		},
		Echo:       true,
		Overwrites: true,
		HidesEnded: true,
	}
}
