package main

import (
	"net/url"
	"testing"
	"time"
)

// Cards that are stamped anew while a long list is being paged are not lost,
// whichever way the harvester chooses its next window.
func TestCardsChangedWhileAListIsPagedComeWithTheNext(t *testing.T) {
	t.Parallel()
	eachDatabase(t, func(t *testing.T, database string) {
		s := newSite(t, database)
		const pageSize, count = 10, 100
		s.OAIPage = pageSize
		s.library("mours")
		s.library("repond")
		s.library("suivant")
		h := s.boot()
		mours := newCaller(t, h.publicURL, "mours")
		mours.mustPost(t, documentOf("mours", manyCards("M", count)...))

		repond := &paging{looper: newLooper(newCaller(t, h.publicURL, "repond"), false)}
		suivant := &paging{looper: newLooper(newCaller(t, h.publicURL, "suivant"), true)}
		for _, p := range []*paging{repond, suivant} {
			p.begin(t)
			p.page(t)
			p.page(t)
		}
		first, second := s.changed(t, mours, 1), s.changed(t, mours, 2)
		for _, p := range []*paging{repond, suivant} {
			p.finish(t, count)
			for _, r := range p.afterChange {
				if first[r.Number] != "" || second[r.Number] != "" {
					t.Errorf("%s: card %s changed and still stands in the list that began before", p.code, r.Number)
				}
			}
			p.comeBack(t)
			for number, phone := range second {
				if got := p.held[number]; got != phone {
					t.Errorf("%s: card %s is %s, want %s", p.code, number, got, phone)
				}
			}
			if len(p.held) != count+1 {
				t.Errorf("%s holds %d cards, want %d", p.code, len(p.held), count+1)
			}
			for _, broken := range p.broken {
				t.Errorf("%s: %s", p.code, broken)
			}
		}
	})
}

// changed changes cards of pages that were fetched, of the page that comes
// next and of the last, and gives a new one.
func (s *site) changed(t *testing.T, by *caller, round int) map[string]string {
	t.Helper()
	var list []testCard
	change := map[string]string{}
	for _, number := range []string{"M000000", "M000019", "M000030", "M000031", "M000055", "M000099", "NOUVELLE"} {
		const each = 1000
		phone := phoneOf(round*each + len(list))
		list = append(list, testCard{number: number, phone: phone})
		change[number] = phone
	}
	by.mustPost(t, documentOf(by.code, list...))
	return change
}

// paging is a harvester that takes its time between two pages.
type paging struct {
	*looper
	args        url.Values
	until       time.Time
	date        string
	afterChange []oaiRecord
}

func (p *paging) begin(t *testing.T) {
	t.Helper()
	p.args, p.until = url.Values{}, time.Now().UTC()
	if p.untilPlusOne {
		p.args.Set("until", p.until.Format(oaiTime))
	}
	p.page(t)
}

func (p *paging) page(t *testing.T) []oaiRecord {
	t.Helper()
	page, err := p.list(t.Context(), p.args)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range page.Records {
		p.take(r, "", page.Date)
	}
	p.date = page.Date
	p.args = url.Values{"resumptionToken": {page.Token}}
	return page.Records
}

// finish fetches the rest of the list.
func (p *paging) finish(t *testing.T, count int) {
	t.Helper()
	for pages := 0; p.args.Get("resumptionToken") != ""; pages++ {
		if pages > count {
			t.Fatal("the list has no end")
		}
		p.afterChange = append(p.afterChange, p.page(t)...)
	}
	p.stated, p.from = p.date, p.date
	if p.untilPlusOne {
		p.from = p.until.Add(time.Second).Format(oaiTime)
	}
}

// comeBack harvests until what changed is no longer in the second that is
// still open.
func (p *paging) comeBack(t *testing.T) {
	t.Helper()
	eventually(t, 10*time.Second, p.code+" is handed what changed", func() bool {
		if err := p.harvest(t.Context()); err != nil {
			t.Fatal(err)
		}
		return p.held["NOUVELLE"] != ""
	})
}
