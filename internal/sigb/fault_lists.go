package sigb

import "time"

// The faults of this file alter what the services say.

// RepeatToken makes a further page give the token that asked for it again: whoever follows it never ends.
func RepeatToken() Fault {
	return Fault{name: "repeat-token", door: OAI, when: resumes, list: func(l *listing) {
		l.token = &oaiToken{Value: l.asked}
	}}
}

// DeadToken answers badResumptionToken to a token this server gave.
func DeadToken() Fault {
	return Fault{name: "dead-token", door: OAI, when: resumes, list: func(l *listing) {
		l.records, l.token = nil, nil
		l.err = &oaiError{Code: oaiBadToken, Text: "Jeton de reprise inconnu ou périmé."}
	}}
}

// NoRecords answers noRecordsMatch, whatever there is.
func NoRecords() Fault {
	return Fault{name: "no-records", door: OAI, list: func(l *listing) {
		l.records, l.token = nil, nil
		l.err = &oaiError{Code: oaiNoRecordsMatch, Text: "Aucune carte ne correspond."}
	}}
}

// DayGranularity writes days instead of times, and reads of from and until only the day.
func DayGranularity() Fault {
	return Fault{name: "days", door: OAI, before: func(l *listing) { l.days = true }}
}

// StrictDays is DayGranularity with badArgument for a from or until that contains a time.
func StrictDays() Fault {
	return Fault{name: "strict-days", door: OAI, before: func(l *listing) { l.days, l.strict = true, true }}
}

// Midnights keeps of the moment a card changed the day only, and writes it as its first second: the times of from and until
// mean what they say.
func Midnights() Fault {
	return Fault{name: "midnights", door: OAI, before: func(l *listing) { l.midnights = true }}
}

// Offsets counts the pages off the list as it is when each is asked for: where a card leaves a page that was given, because
// it changed meanwhile, the one behind that page is passed over.
func Offsets() Fault {
	return Fault{name: "offsets", door: OAI, before: func(l *listing) { l.offsets = true }}
}

// DeletedHeaders shows every record of the page as deleted, which this network does not know.
func DeletedHeaders() Fault {
	return Fault{name: "deleted", door: OAI, list: func(l *listing) {
		for i := range l.records {
			l.records[i].Header.Status = "deleted"
			l.records[i].Metadata = nil
		}
	}}
}

// ClockOff shifts the responseDate, as a server does whose web and database clocks differ.
func ClockOff(by time.Duration) Fault {
	return Fault{name: "clock-off", door: OAI, list: func(l *listing) { l.date = l.date.Add(by) }}
}

// Miscount takes the batch and reports another number of received cards than were sent.
func Miscount(by int) Fault {
	return Fault{name: "miscount", door: REST, report: func(r *Report) { r.Received += by }}
}

// OnlyRejected lists in the report the rejected cards alone, which is all the network asks for.
func OnlyRejected() Fault {
	return Fault{name: "only-rejected", door: REST, report: func(r *Report) {
		var kept []ReportCard
		for _, c := range r.Cards {
			if c.Result == ResultRefused {
				kept = append(kept, c)
			}
		}
		r.Cards = kept
	}}
}

func resumes(c *call) bool { return c.form.Get("resumptionToken") != "" }
