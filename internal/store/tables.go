package store

// The tables cards are written to by the batch.

var roomsForCards = table[cardRow]{name: "cards", columns: cardFields[1:], conflict: "(number_key) DO NOTHING"}

var newCards = table[cardRow]{name: "cards", columns: cardFields}

var changedCards = table[cardRow]{
	name: "cards", columns: cardFields,
	conflict: replacing("id", "number", "number_key", "content", "field_seqs", "xml", "provenance", "seq", "stamp", "origin", "ends", "listed_until"),
}

// cardFields begin with the identifier, which the database gives to a new card.
var cardFields = []column[cardRow]{
	integers("id", func(r *cardRow) int64 { return r.ID }),
	texts("oai_id", func(r *cardRow) string { return r.OAIID }),
	texts("number", func(r *cardRow) string { return r.Number }),
	texts("number_key", func(r *cardRow) string { return r.NumberKey }),
	texts("content", func(r *cardRow) string { return r.Content }),
	texts("field_seqs", func(r *cardRow) string { return r.FieldSeqs }),
	blobs("xml", func(r *cardRow) []byte { return r.XML }),
	texts("provenance", func(r *cardRow) string { return r.Provenance }),
	integers("seq", func(r *cardRow) int64 { return r.Seq }),
	integers("stamp", func(r *cardRow) int64 { return r.Stamp }),
	integers("origin", func(r *cardRow) int64 { return r.Origin }),
	texts("ends", func(r *cardRow) string { return r.Ends }),
	texts("listed_until", func(r *cardRow) string { return r.ListedUntil }),
	integers("created", func(r *cardRow) int64 { return r.Created }),
}

var versionTable = table[versionRow]{
	name: "versions",
	columns: []column[versionRow]{
		integers("card_id", func(r *versionRow) int64 { return r.CardID }),
		integers("seq", func(r *versionRow) int64 { return r.Seq }),
		integers("stamp", func(r *versionRow) int64 { return r.Stamp }),
		texts("content", func(r *versionRow) string { return r.Content }),
		integers("changed", func(r *versionRow) int64 { return r.Changed }),
		integers("origin", func(r *versionRow) int64 { return r.Origin }),
		integers("library_id", func(r *versionRow) int64 { return r.LibraryID }),
		texts("door", func(r *versionRow) string { return r.Door }),
		integers("deposit_id", func(r *versionRow) int64 { return r.DepositID }),
		texts("provenance", func(r *versionRow) string { return r.Provenance }),
		texts("reasons", func(r *versionRow) string { return r.Reasons }),
		texts("decided_by", func(r *versionRow) string { return r.DecidedBy }),
	},
}

var sentTable = table[sentRow]{
	name: "sent",
	columns: []column[sentRow]{
		integers("library_id", func(r *sentRow) int64 { return r.LibraryID }),
		integers("card_id", func(r *sentRow) int64 { return r.CardID }),
		texts("content", func(r *sentRow) string { return r.Content }),
	},
	conflict: replacing("library_id, card_id", "content"),
}

var saidTable = table[saidRow]{
	name: "said",
	columns: []column[saidRow]{
		integers("card_id", func(r *saidRow) int64 { return r.CardID }),
		integers("library_id", func(r *saidRow) int64 { return r.LibraryID }),
		blobs("fingerprint", func(r *saidRow) []byte { return r.Fingerprint }),
		integers("seq", func(r *saidRow) int64 { return r.Seq }),
		integers("made", func(r *saidRow) int64 { return r.Made }),
		integers("arrived", func(r *saidRow) int64 { return r.Arrived }),
	},
	conflict: replacing("card_id, library_id", "fingerprint", "seq", "made", "arrived"),
}

var nameTable = table[nameRow]{
	name: "card_names",
	columns: []column[nameRow]{
		integers("card_id", func(r *nameRow) int64 { return r.CardID }),
		flags("at_birth", func(r *nameRow) bool { return r.AtBirth }),
		texts("last_key", func(r *nameRow) string { return r.LastKey }),
		texts("first_key", func(r *nameRow) string { return r.FirstKey }),
		texts("birth", func(r *nameRow) string { return r.Birth }),
	},
	conflict: replacing("card_id, at_birth", "last_key", "first_key", "birth"),
}

var completeTable = table[completeRow]{
	name: "complete_cards",
	columns: []column[completeRow]{
		integers("deposit_id", func(r *completeRow) int64 { return r.DepositID }),
		texts("number_key", func(r *completeRow) string { return r.NumberKey }),
		flags("differs", func(r *completeRow) bool { return r.Differs }),
	},
	conflict: "DO NOTHING",
}
