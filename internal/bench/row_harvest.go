package main

import (
	"context"
	"fmt"
	"time"
)

// measureHarvest has a fresh hub harvest one that holds the cards, as it would any library.
func measureHarvest(ctx context.Context, s *site) (f finding, err error) {
	n, err := s.holding(ctx, s.sizes.Usual)
	if err != nil {
		return f, err
	}
	err = s.with(ctx, "harvest-source", n, func(source *hub) (err error) {
		f.rounds, err = alternate(ctx, longRounds, s.harvesting(source, n.cards), s.postingAtOnce(1))
		return err
	})
	return f, err
}

func (s *site) harvesting(source *hub, cards int) side {
	return func(ctx context.Context) (float64, error) {
		d, err := s.fresh(ctx)
		if err != nil {
			return 0, err
		}
		var took time.Duration
		err = s.enter(ctx, d, []string{"amont"}, func(int) string {
			return fmt.Sprintf(", oai-url: %q, oai-set: %s, oai-prefix: carte, harvest: \"@every 1s\", ils-user: %s, ils-password-file: %s",
				source.url+"/oai", upstream, upstream, upstream)
		})
		if err != nil {
			return 0, dropping(ctx, d, err)
		}
		err = s.with(ctx, "harvest", d, func(*hub) (err error) {
			took, err = runsOf(ctx, d, "amont", cards)
			return err
		}, "HUB_CODE=aval")
		return float64(cards) / took.Seconds(), dropping(ctx, d, err)
	}
}

// runsOf waits until a library's runs have moved so many cards, and tells how long they took by the hub's own record.
func runsOf(ctx context.Context, d database, code string, cards int) (time.Duration, error) {
	const patience, pause = 30 * time.Minute, 100 * time.Millisecond
	of := " FROM runs r JOIN libraries l ON l.id = r.library_id WHERE l.code = '" + code + "' AND r.finished > 0 AND r.received > 0"
	for deadline := time.Now().Add(patience); ; {
		moved, err := d.number(ctx, "SELECT CAST(coalesce(sum(r.received), 0) AS bigint)"+of)
		if err != nil {
			return 0, err
		}
		if moved >= int64(cards) {
			break
		}
		if time.Now().After(deadline) {
			return 0, fmt.Errorf("%s has %d of %d cards after %s", code, moved, cards, patience)
		}
		time.Sleep(pause)
	}
	refused, err := d.number(ctx, "SELECT CAST(coalesce(sum(r.rejected), 0) AS bigint)"+of)
	if err != nil {
		return 0, err
	}
	if refused > 0 {
		return 0, fmt.Errorf("%d cards were refused", refused)
	}
	took, err := d.number(ctx, "SELECT max(r.finished) - min(r.started)"+of)
	return time.Duration(took) * time.Microsecond, err
}
