package main

import (
	"context"
	"slices"
)

// median is the middle of the figures, or between the two in the middle; 0 of none.
func median(figures []float64) float64 {
	if len(figures) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(figures))
	middle := len(sorted) / 2
	if len(sorted)%2 == 1 {
		return sorted[middle]
	}
	return (sorted[middle-1] + sorted[middle]) / 2
}

// rounds are the figures of two sides that took turns.
type rounds struct {
	Measured []float64 `json:"measured"`
	Against  []float64 `json:"against"`
}

// side measures one side once.
type side func(ctx context.Context) (float64, error)

// alternate lets both sides take turns, so that what else the machine does falls on both.
func alternate(ctx context.Context, n int, measured, against side) (rounds, error) {
	var r rounds
	for range n {
		m, err := measured(ctx)
		if err != nil {
			return r, err
		}
		a, err := against(ctx)
		if err != nil {
			return r, err
		}
		r.add(m, a)
	}
	return r, nil
}

func (r *rounds) add(measured, against float64) {
	r.Measured, r.Against = append(r.Measured, measured), append(r.Against, against)
}

// ratios are those of each round: its two sides met the same noise.
func (r rounds) ratios() []float64 {
	ratios := make([]float64, len(r.Measured))
	for i := range ratios {
		ratios[i] = r.Measured[i] / r.Against[i]
	}
	return ratios
}

// ratio is the median of the rounds' ratios.
func (r rounds) ratio() float64 { return median(r.ratios()) }

// spread is between which ratios the rounds lay.
func (r rounds) spread() (least, most float64) {
	ratios := r.ratios()
	if len(ratios) == 0 {
		return 0, 0
	}
	return slices.Min(ratios), slices.Max(ratios)
}
