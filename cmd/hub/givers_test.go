package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/carte-reseau/hub/internal/sigb"
)

// poster gives versions of cards that are all its own, and remembers what the
// hub's reports acknowledged.
type poster struct {
	*caller
	rng   *rand.Rand
	count int
	given map[string]string // number → phone of the last version given
	taken []testCard        // acknowledged as creee or modifiee
	known atomic.Int64      // how many they are, for whoever waits
	tries int
}

func (p *poster) live(ctx context.Context) {
	p.given = map[string]string{}
	const most, pause = 60, 30 * time.Millisecond
	for wait(ctx, around(p.rng, pause)) {
		var list []testCard
		seen := map[string]bool{}
		for range 1 + p.rng.IntN(5) {
			number := manyCardNumber("POSTE", p.rng.IntN(most))
			if p.rng.IntN(3) == 0 {
				number = manyCardNumber("POSTE", most+p.count)
			}
			if seen[number] {
				continue
			}
			seen[number] = true
			p.count++
			list = append(list, testCard{number: number, phone: phoneOf(p.count)})
		}
		p.give(ctx, list)
	}
}

// give posts until the hub has answered: a library does not change what it
// gave before it knows.
func (p *poster) give(ctx context.Context, list []testCard) {
	for _, c := range list {
		p.given[c.number] = c.phone
	}
	const pause = 50 * time.Millisecond
	for {
		p.tries++
		status, report, err := p.post(context.WithoutCancel(ctx), documentOf(p.code, list...))
		if err == nil && status == http.StatusOK {
			for i, c := range report.Cards {
				if c.Result == sigb.ResultCreated || c.Result == sigb.ResultModified {
					p.taken = append(p.taken, list[i])
					p.known.Add(1)
				}
			}
			return
		}
		time.Sleep(pause)
	}
}

// dropper drops files by FTP; some hold a card that cannot be taken.
type dropper struct {
	addr    string
	rng     *rand.Rand
	dropped map[string]droppedFile // by name, those whose arrival was acknowledged
	// good and bad count them, for whoever waits.
	good, bad atomic.Int64
	tries     int
}

type droppedFile struct {
	good string // the number of a card that can be taken
	bad  bool   // there is one that cannot
}

func (d *dropper) count(file droppedFile) {
	if file.bad {
		d.bad.Add(1)
	} else {
		d.good.Add(1)
	}
}

func (d *dropper) live(ctx context.Context) {
	const pause = 120 * time.Millisecond
	for wait(ctx, around(d.rng, pause)) {
		d.tries++
		file := droppedFile{good: manyCardNumber("DEPOSE", d.tries), bad: d.rng.IntN(4) == 0}
		list := []string{testCard{number: file.good, phone: phoneOf(d.tries)}.String()}
		if file.bad {
			list = append(list, "<carte><nom>Dupré</nom>"+validEnrolment+"</carte>")
		}
		name := fmt.Sprintf("depot-%d.xml", d.tries)
		if dropFile(ctx, d.addr, "depose", name, documentOf("depose", list...)) == nil {
			d.dropped[name] = file
			d.count(file)
		}
	}
}
