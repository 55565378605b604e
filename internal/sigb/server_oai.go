package sigb

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"
)

// A selection is what a list shows and how far it got. It travels in the resumption token, so that the server keeps
// nothing between two pages. Its upper bound is the second the list began: a card changed meanwhile leaves the list and
// comes with the next harvest.
type selection struct {
	From   int64 `json:"f"`
	Until  int64 `json:"u"`
	Stamp  int64 `json:"s"` // of the last record shown
	ID     int64 `json:"i"`
	Cursor int   `json:"c"`
	Size   int   `json:"n"`
	Days   bool  `json:"d,omitempty"`
	// Midnights has stamps be whole days written as times, Offsets the pages counted off the list as it is by then.
	Midnights bool `json:"m,omitempty"`
	Offsets   bool `json:"o,omitempty"`
}

func (s selection) token() string {
	b, _ := json.Marshal(s) //nolint:errchkjson // integers and a boolean
	return base64.RawURLEncoding.EncodeToString(b)
}

func selectionOf(token string) (selection, bool) {
	var s selection
	b, err := base64.RawURLEncoding.DecodeString(token)
	return s, err == nil && json.Unmarshal(b, &s) == nil
}

// A listing is one page before it is written, so that a fault can still alter it.
type listing struct {
	date    time.Time
	records []oaiRecord
	token   *oaiToken
	asked   string // the token that asked for this page
	err     *oaiError
	days    bool // this server knows only days
	strict  bool // and refuses an argument with a time
	// midnights and offsets are those of the selection that begins.
	midnights, offsets bool
}

func (s *Server) serveOAI(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, 1<<16)
	if err := r.ParseForm(); err != nil {
		http.Error(w, "arguments illisibles", http.StatusBadRequest)
		return
	}
	c := &call{door: OAI, form: r.Form}
	fault := s.begin(c)
	if fault.instead != nil {
		fault.instead(s, w, r)
		return
	}
	l := &listing{date: s.system.now().UTC(), asked: c.form.Get("resumptionToken")}
	if fault.before != nil {
		fault.before(l)
	}
	shown := s.list(l, c.form)
	if fault.list != nil {
		fault.list(l)
	}
	doc, err := writeXML(s.oaiDocument(r, c.form, l))
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	if fault.deliver(s, w, r, answer{status: http.StatusOK, contentType: xmlType, body: doc}) == nil {
		s.system.handedOver(shown)
	}
}

// handed are the edits a page contains: once it is out, they were given.
type handed struct {
	ids  []int64
	edit uint64
}

func (s *System) handedOver(h handed) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, id := range h.ids {
		if p := s.patrons[id]; p != nil {
			p.given(h.edit)
		}
	}
}

// list fills the page the arguments ask for.
func (s *Server) list(l *listing, form url.Values) handed {
	sel, err := s.selection(l, form)
	if err != nil {
		l.err = err
		return handed{}
	}
	page, size, edit := s.system.listed(sel, s.opts.PageSize)
	if len(page) == 0 { // also when every card left the list between two pages: the schema allows no empty list
		l.err = &oaiError{Code: oaiNoRecordsMatch, Text: "Aucune carte ne correspond."}
		return handed{}
	}
	if sel.Cursor == 0 {
		sel.Size = size
	}
	out := handed{edit: edit}
	for _, row := range page {
		out.ids = append(out.ids, row.id)
		l.records = append(l.records, s.record(row, sel))
	}
	l.token = sel.next(page, size)
	return out
}

// next is the token of the following page, empty on the last of several, none on the only one.
func (s selection) next(page []row, left int) *oaiToken {
	cursor, size := s.Cursor, s.Size
	if left <= len(page) {
		if cursor == 0 {
			return nil
		}
		return &oaiToken{Size: &size, Cursor: &cursor}
	}
	last := page[len(page)-1]
	s.Stamp, s.ID, s.Cursor = last.stamp.Unix(), last.id, cursor+len(page)
	return &oaiToken{Size: &size, Cursor: &cursor, Value: s.token()}
}

func (s *Server) selection(l *listing, form url.Values) (selection, *oaiError) {
	if form.Get("verb") != listRecords || len(form["verb"]) != 1 {
		return selection{}, &oaiError{Code: oaiBadVerb, Text: "Ce SIGB ne connaît que ListRecords."}
	}
	if l.asked != "" {
		return resumed(l, form)
	}
	if err := s.checkArguments(form); err != nil {
		return selection{}, err
	}
	sel := selection{Until: l.date.Unix(), Days: l.days, Midnights: l.midnights, Offsets: l.offsets}
	err := sel.bound(l, form)
	return sel, err
}

func resumed(l *listing, form url.Values) (selection, *oaiError) {
	sel, ok := selectionOf(l.asked)
	if !ok {
		return sel, &oaiError{Code: oaiBadToken, Text: "Jeton de reprise inconnu ou périmé."}
	}
	if len(form) != 2 {
		return sel, &oaiError{Code: oaiBadArgument, Text: "Le jeton de reprise exclut tout autre argument."}
	}
	return sel, nil
}

func (s *Server) checkArguments(form url.Values) *oaiError {
	for name, values := range form {
		if !slices.Contains([]string{"verb", "metadataPrefix", "set", "from", "until"}, name) || len(values) != 1 {
			return &oaiError{Code: oaiBadArgument, Text: "Argument inconnu ou répété."}
		}
	}
	switch form.Get("metadataPrefix") {
	case s.opts.Prefix:
	case "":
		return &oaiError{Code: oaiBadArgument, Text: "L’argument metadataPrefix manque."}
	default:
		return &oaiError{Code: oaiUnknownPrefix, Text: "Format inconnu."}
	}
	if set := form.Get("set"); set != "" && set != s.opts.Set {
		return &oaiError{Code: oaiNoRecordsMatch, Text: "Ensemble inconnu."}
	}
	return nil
}

// bound applies from and until; a day given as until lasts to its end.
func (s *selection) bound(l *listing, form url.Values) *oaiError {
	from, _, errFrom := l.moment(form.Get("from"))
	until, day, errUntil := l.moment(form.Get("until"))
	if errFrom != nil || errUntil != nil {
		return &oaiError{Code: oaiBadArgument, Text: "Date illisible ou plus précise que la granularité."}
	}
	if !from.IsZero() {
		s.From = from.Unix()
	}
	if !until.IsZero() {
		if day {
			until = until.AddDate(0, 0, 1).Add(-time.Second)
		}
		s.Until = min(s.Until, until.Unix())
		if until.Before(from) {
			return &oaiError{Code: oaiBadArgument, Text: "L’argument from est postérieur à until."}
		}
	}
	return nil
}

// moment reads a date argument and says whether it names a whole day.
func (l *listing) moment(v string) (t time.Time, day bool, err error) {
	if v == "" {
		return time.Time{}, false, nil
	}
	if l.days && !l.strict && len(v) > len(time.DateOnly) {
		v = v[:len(time.DateOnly)]
	}
	if t, err = time.Parse(time.DateOnly, v); err == nil || l.days {
		return t, true, err
	}
	t, err = time.Parse(oaiTime, v)
	return t, false, err
}

// A row is a copy of what a page shows of a patron.
type row struct {
	id       int64
	card     Card
	stamp    time.Time
	modified time.Time
}

// listed reads one page: the cards last changed here that have not expired, in the order of their stamps. It also says
// how many are left from there, and the last edit the page can contain.
func (s *System) listed(sel selection, limit int) (page []row, left int, edit uint64) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	found := s.ordered(func(p *patron) bool { return s.inSet(p) && sel.covers(p) })
	slices.SortStableFunc(found, func(a, b *patron) int { return a.stamp.Compare(b.stamp) })
	if sel.Offsets {
		found = found[min(sel.Cursor, len(found)):]
	}
	for _, p := range found[:min(limit, len(found))] {
		page = append(page, row{id: p.id, card: p.card.Clone(), stamp: p.stamp.UTC(), modified: p.modified})
	}
	return page, len(found), s.edit
}

func (s *System) inSet(p *patron) bool {
	return (!p.foreign || s.profile.Echo) && !p.card.ExpiredOn(s.today())
}

func (s selection) covers(p *patron) bool {
	stamp := p.stamp.Unix()
	if shown := s.shown(p.stamp).Unix(); shown < s.From || shown > s.Until {
		return false
	}
	return s.Cursor == 0 || s.Offsets || stamp > s.Stamp || stamp == s.Stamp && p.id > s.ID
}

// shown is what a server knows of the moment a card changed.
func (s selection) shown(stamp time.Time) time.Time {
	if s.Midnights {
		return stamp.UTC().Truncate(24 * time.Hour)
	}
	return stamp
}

func (s *Server) record(r row, sel selection) oaiRecord {
	w := s.system.Profile().wire(r.card, r.modified)
	stamp := sel.shown(r.stamp).Format(oaiTime)
	if sel.Days {
		stamp = r.stamp.Format(time.DateOnly)
	}
	return oaiRecord{
		Header: oaiHeader{
			Identifier: "oai:" + s.opts.Domain + ":" + strconv.FormatInt(r.id, 10),
			Datestamp:  stamp,
			Set:        s.opts.Set,
		},
		Metadata: &oaiMetadata{Card: w},
	}
}

func (s *Server) oaiDocument(r *http.Request, form url.Values, l *listing) oaiDocument {
	doc := oaiDocument{
		Instance: schemaInstance,
		Schema:   oaiSchema,
		Date:     l.date.Format(oaiTime),
		Request:  oaiRequest{URL: "http://" + r.Host + string(OAI)},
	}
	if l.err != nil {
		doc.Errors = []oaiError{*l.err}
	} else {
		doc.List = &oaiList{Records: l.records, Token: l.token}
	}
	// The protocol leaves the arguments out of an answer to a request that was not understood.
	if l.err == nil || l.err.Code != oaiBadVerb && l.err.Code != oaiBadArgument {
		doc.Request.Verb = form.Get("verb")
		doc.Request.Prefix = form.Get("metadataPrefix")
		doc.Request.Set = form.Get("set")
		doc.Request.From = form.Get("from")
		doc.Request.Until = form.Get("until")
		doc.Request.Token = l.asked
	}
	return doc
}
