package store_test

import (
	"testing"
	"time"

	"github.com/carte-reseau/hub/internal/cards"
	"github.com/carte-reseau/hub/internal/store"
	"github.com/carte-reseau/hub/internal/store/storetest"
)

// A library drops a file with a change, then is handed the older value it had
// already been handed before: by a list it begins at the same place, one it
// cuts short, a card pushed again, or one handed again. No mark moves by it, yet its system puts
// the older value back: the hub hands it its own change, and does not take the
// older value for another change of its own.
func TestHandedOnceMoreWhileAFileIsOnItsWay(t *testing.T) {
	const older, newer = "04 75 00 00 01", "04 75 00 00 02"
	phone := func(v string) cards.Incoming { return storetest.Card("A1", func(c *cards.Card) { c.Phone = v }) }
	for how, once := range map[string]func(*testing.T, *store.Store, *cards.Library){
		"the same list once more": func(t *testing.T, s *store.Store, l *cards.Library) { fetch(t, s, l, 0) },
		"a list cut short": func(t *testing.T, s *store.Store, l *cards.Library) {
			seq, err := s.Seq(ctx)
			if err != nil {
				t.Fatal(err)
			}
			if err := s.BeginList(ctx, cards.List{LibraryID: l.ID, Until: time.Now().Unix(), UpperSeq: seq}); err != nil {
				t.Fatal(err)
			}
		},
		"a card pushed again": func(t *testing.T, s *store.Store, l *cards.Library) {
			items, err := s.PushFeed(ctx, cards.FeedRange{LibraryID: l.ID, Day: "2024-01-01", Limit: 9})
			if err != nil || len(items) != 1 {
				t.Fatal(items, err)
			}
			if err := s.SettlePush(ctx, l.ID, 0, items, nil); err != nil {
				t.Fatal(err)
			}
		},
		"a card asked for by itself": func(t *testing.T, s *store.Store, l *cards.Library) {
			items, _ := fetch(t, s, storetest.Library(t, s, "genissieux"), 0)
			if len(items) != 1 {
				t.Fatal(items)
			}
			if err := s.NoteAsked(ctx, l.ID, &items[0]); err != nil {
				t.Fatal(err)
			}
		},
		"a card handed again in a later list": func(t *testing.T, s *store.Store, l *cards.Library) {
			mark, err := s.Mark(ctx, l.ID, cards.DoorPull)
			if err != nil {
				t.Fatal(err)
			}
			if n, err := s.DeliverAgain(ctx, l.ID, "Claire"); err != nil || n != 1 {
				t.Fatal(n, err)
			}
			seq, err := s.Seq(ctx)
			if err != nil {
				t.Fatal(err)
			}
			if err := s.BeginList(ctx, cards.List{LibraryID: l.ID, From: mark.Stamp + 1, Until: time.Now().Unix(), UpperSeq: seq}); err != nil {
				t.Fatal(err)
			}
		},
	} {
		t.Run(how, func(t *testing.T) {
			storetest.Each(t, func(t *testing.T, s *store.Store) {
				mours, peyrins := storetest.Library(t, s, "mours"), storetest.Library(t, s, "peyrins")
				storetest.Send(t, s, mours, phone(older))
				settle(t, s)
				fetch(t, s, peyrins, 0)
				if err := s.Exec(ctx, "UPDATE mark_moves SET moved = moved - 3600000000"); err != nil { // an hour goes by
					t.Fatal(err)
				}
				made := time.Now()
				once(t, s, peyrins)
				apply := func(in cards.Incoming, made time.Time) cards.Outcome {
					outcomes, err := s.Apply(ctx, cards.Batch{
						Library: peyrins, Door: cards.DoorFTP, Moment: cards.Moment{Made: made, Arrived: time.Now()}, Items: []cards.Item{{Ordinal: 1, Incoming: in}},
					})
					if err != nil {
						t.Fatal(err)
					}
					return outcomes[0]
				}
				if o := apply(phone(newer), made); o.Result != cards.Modified {
					t.Fatalf("%+v", o)
				}
				settle(t, s)
				if items, _ := fetch(t, s, peyrins, 0); len(items) != 1 {
					t.Errorf("it is not handed its own change: %s", numbers(items))
				}
				if o := apply(phone(older), time.Now()); o.Result != cards.Unchanged {
					t.Errorf("the older value is taken for a change: %+v", o)
				}
			})
		})
	}
}

// A page of a list was taken in, and its card changed back at the desk before
// the last page was fetched: the library is handed what stands.
func TestWhatIsTypedBackWhileAListIsUnderWayIsAnswered(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		mours, peyrins := storetest.Library(t, s, "mours"), storetest.Library(t, s, "peyrins")
		storetest.Send(t, s, mours, storetest.Card("A1"))
		settle(t, s)
		_, closed := fetch(t, s, peyrins, 0)
		storetest.Send(t, s, peyrins, storetest.Card("A1"))
		storetest.Send(t, s, mours, withPhone(storetest.Card("A1"), "06 11 11 11 11"))
		settle(t, s)
		until, err := s.CloseSecond(ctx)
		if err != nil {
			t.Fatal(err)
		}
		l := cards.List{LibraryID: peyrins.ID, From: closed + 1, Until: until}
		if l.UpperSeq, _, err = s.ListBounds(ctx, cards.FeedRange{LibraryID: peyrins.ID, From: l.From, Until: until, Day: "2026-01-01"}); err != nil {
			t.Fatal(err)
		}
		if err := s.BeginList(ctx, l); err != nil {
			t.Fatal(err)
		}
		storetest.Send(t, s, peyrins, storetest.Card("A1"))
		if err := s.FinishList(ctx, l); err != nil {
			t.Fatal(err)
		}
		settle(t, s)
		if items, _ := fetch(t, s, peyrins, until+1); numbers(items) != "[A1]" {
			t.Errorf("it holds what it typed, and is handed %s", numbers(items))
		}
	})
}

// A library drops a file with a change and one that puts the old value back,
// and is handed the old value once more before either arrives: that it was
// typed back is not lost without a word. The change itself is a conflict, for
// the same reason.
func TestTypedBackInAFileThatIsOvertakenIsADoubt(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		mours, peyrins := storetest.Library(t, s, "mours"), storetest.Library(t, s, "peyrins")
		storetest.Send(t, s, mours, withPhone(storetest.Card("A1"), "04 75 00 00 01"))
		settle(t, s)
		fetch(t, s, peyrins, 0)
		if err := s.Exec(ctx, "UPDATE mark_moves SET moved = moved - 3600000000"); err != nil { // an hour goes by
			t.Fatal(err)
		}
		if err := s.Exec(ctx, "UPDATE handings SET handed = handed - 3600000000"); err != nil {
			t.Fatal(err)
		}
		made := time.Now()
		fetch(t, s, peyrins, 0)
		for i, v := range []string{"04 75 00 00 02", "04 75 00 00 01"} {
			_, err := s.Apply(ctx, cards.Batch{
				Library: peyrins, Door: cards.DoorFTP, Moment: cards.Moment{Made: made.Add(time.Duration(i) * time.Second), Arrived: time.Now()},
				Items: []cards.Item{{Ordinal: 1, Incoming: withPhone(storetest.Card("A1"), v)}},
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		list, err := s.Disputes(ctx, cards.DisputeQuery{Limit: 10})
		if err != nil || len(list) != 2 || list[0].Kind != cards.NoteDoubt || list[0].Lost.Value.Phone != "04 75 00 00 01" {
			t.Errorf("open disputes %+v, %v", list, err)
		}
	})
}

// A library that fetches cannot hear of an early end: when it types the same end itself after the reader has enrolled
// anew, it does not give back what it was handed.
func TestAnEarlyEndALibraryTypesIsNoneItWasHanded(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		mours, peyrins := storetest.Library(t, s, "mours"), storetest.Library(t, s, "peyrins")
		until := func(end string) cards.Incoming {
			in := storetest.Card("A1")
			in.Enrolment.End = end
			return in
		}
		ended := "2026-01-15"
		for _, end := range []string{"2099-01-01", ended, "2099-06-30"} {
			storetest.Send(t, s, mours, until(end))
			settle(t, s)
			if end != "2099-06-30" {
				fetch(t, s, peyrins, 0)
			}
		}
		storetest.Send(t, s, peyrins, until(ended))
		list, err := s.Disputes(ctx, cards.DisputeQuery{Limit: 10})
		if err != nil || len(list) != 1 || list[0].Kind != cards.NoteDoubt || list[0].Lost.Value.Enrolment.End != ended {
			t.Errorf("open disputes %+v, %v", list, err)
		}
	})
}

// A document that waited for a person longer than movements are kept is merged
// by what its library was handed meanwhile all the same.
func TestWhatADocumentThatWaitsMustKnowIsKept(t *testing.T) {
	later(t, func(t *testing.T, s *store.Store, wait func(time.Duration)) {
		mours, peyrins := storetest.Library(t, s, "mours"), storetest.Library(t, s, "peyrins")
		storetest.Send(t, s, mours, withPhone(storetest.Card("A1"), "04 00 00 00 01"))
		settle(t, s)
		_, stamp := fetch(t, s, peyrins, 0)
		made, err := s.Now(ctx)
		must(t, err)
		id, err := s.CreateDeposit(ctx, cards.Deposit{LibraryID: peyrins.ID, Door: cards.DoorPost, Arrived: made})
		must(t, err)
		must(t, s.SealDeposit(ctx, id, 1))
		storetest.Send(t, s, mours, withPhone(storetest.Card("A1"), "04 00 00 00 02"))
		settle(t, s)
		if items, _ := fetch(t, s, peyrins, stamp+1); len(items) != 1 {
			t.Fatal(numbers(items))
		}
		wait(31 * 24 * time.Hour)
		must(t, s.Purge(ctx, 30*24*time.Hour))
		out, err := s.Apply(ctx, cards.Batch{
			Library: peyrins, Door: cards.DoorPost, Moment: cards.Moment{Arrived: made}, Items: itemsOf(withPhone(storetest.Card("A1"), "04 00 00 00 03")),
		})
		if err != nil || out[0].Result != cards.Modified {
			t.Fatal(out, err)
		}
		settle(t, s)
		if items, _ := fetch(t, s, peyrins, 0); len(items) != 1 {
			t.Errorf("it holds the value it was handed since, and is handed %s", numbers(items))
		}
		if notes, err := s.Disputes(ctx, cards.DisputeQuery{Limit: 9}); err != nil || len(notes) != 1 {
			t.Errorf("%d conflicts over a change that was replaced, %v", len(notes), err)
		}
	})
}

// A system that has no field for the country says of an address what it was
// handed: that is no change of it, and a change of its own no conflict.
func TestAnAddressWithoutACountry(t *testing.T) {
	noCountry := func(c *cards.Card) { c.Address.Country = "" }
	moved := func(c *cards.Card) { c.Address.Lines = []string{"1 place Jacquemart"} }
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		mours, peyrins := storetest.Library(t, s, "mours"), storetest.Library(t, s, "peyrins")
		storetest.Send(t, s, mours, storetest.Card("A1"), storetest.Card("A2"))
		settle(t, s)
		fetch(t, s, peyrins, 0)
		storetest.Send(t, s, mours, storetest.Card("A1", moved))
		out := storetest.Send(t, s, peyrins, withPhone(storetest.Card("A1", noCountry), "06 11 11 11 11"), storetest.Card("A2", noCountry))
		if out[0].Changed != cards.FieldsOf(cards.Phone) || out[1].Result != cards.Unchanged {
			t.Errorf("the old address is taken for a change: %+v", out)
		}
		if out := storetest.Send(t, s, peyrins, storetest.Card("A2", noCountry, moved))[0]; out.Changed != cards.FieldsOf(cards.PostalAddress) {
			t.Errorf("its own change is none: %+v", out)
		}
		if out := storetest.Send(t, s, peyrins, storetest.Card("A2", noCountry))[0]; out.Changed != cards.FieldsOf(cards.PostalAddress) {
			t.Errorf("changed back by itself: %+v", out)
		}
		if notes, err := s.Disputes(ctx, cards.DisputeQuery{Limit: 9}); err != nil || len(notes) != 0 {
			t.Errorf("%d conflicts, %v", len(notes), err)
		}
	})
}

// A system that does not hold when a registration was renewed last takes that
// date from nobody.
func TestASystemWithoutTheDateOfRenewal(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		mours, peyrins := storetest.Library(t, s, "mours"), storetest.Library(t, s, "peyrins")
		storetest.Send(t, s, mours, storetest.Card("A1"))
		settle(t, s)
		fetch(t, s, peyrins, 0)
		out := storetest.Send(t, s, peyrins, withPhone(storetest.Card("A1", func(c *cards.Card) { c.Enrolment.Renewed = "" }), "06 11 11 11 11"))[0]
		if out.Changed != cards.FieldsOf(cards.Phone) {
			t.Errorf("the renewal is lost: %+v", out)
		}
	})
}

// hourly has a library give a card by a door, an hour after what was before.
func hourly(t *testing.T, s *store.Store, door cards.Door, wait func(time.Duration)) func(l *cards.Library, phone string) {
	t.Helper()
	return func(l *cards.Library, phone string) {
		t.Helper()
		wait(time.Hour)
		_, err := s.Apply(ctx, cards.Batch{
			Library: l, Door: door, Moment: cards.Moment{Arrived: timeOf(t, s)}, Items: itemsOf(withPhone(storetest.Card("A1"), phone)),
		})
		must(t, err)
	}
}

// A page of a list was taken in, on which somebody else had changed a value of the
// library's own, and its desk put that back before the list was at its end, or where
// it never came to one: to the hub that is what it said last. What it may have
// typed is not lost without a word.
func TestWhatIsPutBackOverAnUnfinishedListIsADoubt(t *testing.T) {
	for how, list := range map[string]func(*testing.T, *store.Store, *cards.Library){
		"it began a list": beginList,
		"it began one behind the card, which was handed again in it":   beginBehind,
		"it began one behind the card, and was about to begin another": beginBehindTwice,
		"it began none": nil,
	} {
		t.Run(how, func(t *testing.T) {
			later(t, func(t *testing.T, s *store.Store, wait func(time.Duration)) {
				mours, peyrins := storetest.Library(t, s, "mours"), storetest.Library(t, s, "peyrins")
				post := hourly(t, s, cards.DoorPost, wait)
				post(peyrins, "04 75 00 00 01")
				settle(t, s)
				fetch(t, s, mours, 0)
				post(mours, "04 75 00 00 02")
				settle(t, s)
				wait(time.Hour)
				if list != nil {
					list(t, s, peyrins)
				}
				post(peyrins, "04 75 00 00 01")
				notes, err := s.Disputes(ctx, cards.DisputeQuery{Limit: 9})
				doubt := len(notes) == 1 && notes[0].Kind == cards.NoteDoubt && notes[0].Lost.Value.Phone == "04 75 00 00 01"
				if err != nil || doubt != (list != nil) || list == nil && len(notes) > 0 {
					t.Errorf("%+v, %v", notes, err)
				}
			})
		})
	}
}

// A change that had been replaced when a list began was in no list, though the mark passes it: what its library sends just
// then was not overtaken by it, and its next change is one of what it holds.
func TestWhatHadBeenReplacedWhenAListBeganCrossedNothing(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		mours, peyrins := storetest.Library(t, s, "mours"), storetest.Library(t, s, "peyrins")
		send := func(l *cards.Library, door cards.Door, phone string) {
			_, err := s.Apply(ctx, cards.Batch{
				Library: l, Door: door, Moment: cards.Moment{Made: timeOf(t, s), Arrived: timeOf(t, s)}, Items: itemsOf(withPhone(storetest.Card("A1"), phone)),
			})
			must(t, err)
			settle(t, s)
		}
		send(mours, cards.DoorPost, "04 75 00 00 01")
		fetch(t, s, peyrins, 0)
		send(peyrins, cards.DoorPost, "04 75 00 00 02")
		send(mours, cards.DoorPost, "04 75 00 00 03")
		before, err := s.Disputes(ctx, cards.DisputeQuery{Limit: 9})
		must(t, err)
		storetest.Send(t, s, peyrins, storetest.Card("B1"))
		settle(t, s)
		fetch(t, s, mours, 0)
		send(mours, cards.DoorFTP, "04 75 00 00 04")
		send(mours, cards.DoorFTP, "04 75 00 00 03")
		file, err := s.CardFile(ctx, "A1")
		must(t, err)
		if notes, err := s.Disputes(ctx, cards.DisputeQuery{Limit: 9}); err != nil || file.Card.Phone != "04 75 00 00 03" || len(notes) != len(before) {
			t.Errorf("%s stands, %+v, %v", file.Card.Phone, notes, err)
		}
	})
}

// A library that never sent a card was shown it by a list it has not finished, or by itself: what its desk clears there may
// be no empty field of who never had it.
func TestWhatIsClearedOverAnUnfinishedListIsADoubt(t *testing.T) {
	for how, list := range map[string]func(*testing.T, *store.Store, *cards.Library){
		"it began a list": beginList, "it asked for the card by itself": askFor, "it began none": nil,
	} {
		t.Run(how, func(t *testing.T) {
			later(t, func(t *testing.T, s *store.Store, wait func(time.Duration)) {
				mours, peyrins := storetest.Library(t, s, "mours"), storetest.Library(t, s, "peyrins")
				post := hourly(t, s, cards.DoorFTP, wait)
				post(peyrins, "")
				post(peyrins, "04 75 00 00 01")
				settle(t, s)
				wait(time.Hour)
				if list != nil {
					list(t, s, mours)
				}
				post(mours, "")
				notes, err := s.Disputes(ctx, cards.DisputeQuery{Limit: 9})
				doubt := len(notes) == 1 && notes[0].Kind == cards.NoteDoubt && notes[0].Kept.Value.Phone == "04 75 00 00 01"
				if err != nil || doubt != (list != nil) || list == nil && len(notes) > 0 {
					t.Errorf("%+v, %v", notes, err)
				}
			})
		})
	}
}

// What it had typed before such a list began comes only after it has asked for another: its system may have put the network's
// value over it, which is no edit then.
func TestWhatAListShowedIsKnownWhereItIsHandedAgainOnceMore(t *testing.T) {
	for how, list := range map[string]func(*testing.T, *store.Store, *cards.Library){"once": beginBehind, "twice": beginBehindTwice} {
		t.Run(how, func(t *testing.T) {
			later(t, func(t *testing.T, s *store.Store, wait func(time.Duration)) {
				mours, peyrins := storetest.Library(t, s, "mours"), storetest.Library(t, s, "peyrins")
				post := func(l *cards.Library, phone string, arrived time.Time) {
					_, err := s.Apply(ctx, cards.Batch{
						Library: l, Door: cards.DoorPost, Moment: cards.Moment{Arrived: arrived}, Items: itemsOf(withPhone(storetest.Card("A1"), phone)),
					})
					must(t, err)
				}
				post(peyrins, "04 75 00 00 01", timeOf(t, s))
				settle(t, s)
				wait(time.Hour)
				post(mours, "04 75 00 00 01", timeOf(t, s))
				wait(time.Hour)
				post(mours, "04 75 00 00 03", timeOf(t, s))
				settle(t, s)
				wait(time.Hour)
				typed := timeOf(t, s)
				wait(time.Hour)
				list(t, s, peyrins)
				post(peyrins, "04 75 00 00 02", typed)
				post(peyrins, "04 75 00 00 03", timeOf(t, s)) // its nightly export, of what was put over it
				file, err := s.CardFile(ctx, "A1")
				if err != nil || file.Card.Phone != "04 75 00 00 02" {
					t.Errorf("what it had typed is gone: %v, %v", file.Card.Phone, err)
				}
			})
		})
	}
}

// A hub sleeps past its lease with a batch in its hands, which reaches the library after a newer version that another hub sent:
// its system holds the older one, and it is handed what stands. What nobody has sent yet comes by itself.
func TestAnOlderPushThatComesLastIsMadeGood(t *testing.T) {
	for name, c := range map[string]struct {
		sent   bool // by the other hub
		handed string
	}{"the newer one was sent": {true, "[A1]"}, "the newer one is still to be sent": {false, "[]"}} {
		t.Run(name, func(t *testing.T) {
			storetest.Each(t, func(t *testing.T, s *store.Store) {
				mours, monnaie := storetest.Library(t, s, "mours"), storetest.Library(t, s, "monnaie", withPush)
				take := func() []cards.FeedItem {
					items, err := s.PushFeed(ctx, cards.FeedRange{LibraryID: monnaie.ID, Day: "2024-01-01", Limit: 9})
					must(t, err)
					return items
				}
				report := func(items, delivered []cards.FeedItem, refused ...cards.Refusal) {
					must(t, s.SettlePush(ctx, monnaie.ID, items[len(items)-1].Seq, delivered, refused))
				}
				storetest.Send(t, s, mours, storetest.Card("A1"), storetest.Card("B1"))
				slept := take()
				storetest.Send(t, s, mours, withPhone(storetest.Card("A1"), "04 75 00 00 02"))
				if c.sent {
					newer := take()
					report(newer, newer)
				}
				report(slept, slept[:1], cards.Refusal{CardID: slept[1].CardID, Reason: cards.Quote("nom trop long")}) // not due at once
				if got := numbers(dueAgain(t, s, monnaie)); got != c.handed {
					t.Errorf("handed again: %s, want %s", got, c.handed)
				}
			})
		})
	}
}
