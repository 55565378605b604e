package main

import (
	"context"
	"time"
)

// pageOfRows is how many rows a listing reads at a time.
const pageOfRows = 200

// listing is a list of readers' cards that grows at its top: each page of it is written once it is recorded whose they are.
type listing[T any] struct {
	action   string // as it is recorded
	read     func(before int64) ([]T, error)
	id       func(T) int64
	whose    func(T) []string // the cards' opaque identifiers
	table    func([]T) error
	document func(T) any
	none     string // what people are told of an empty list
}

func (l listing[T]) write(ctx context.Context, f *foundation, c console, asJSON bool) error {
	n, err := eachPage(l.read, l.id, func(page []T) error {
		return l.recorded(ctx, f, page, func() error {
			if asJSON {
				return eachAsJSON(c, page, l.document)
			}
			return l.table(page)
		})
	})
	if err != nil || n > 0 {
		return err
	}
	return l.recorded(ctx, f, nil, func() error {
		if !asJSON {
			c.printf("%s\n", l.none)
		}
		return nil
	})
}

func (l listing[T]) recorded(ctx context.Context, f *foundation, page []T, write func() error) error {
	var ids []string
	for _, row := range page {
		ids = append(ids, l.whose(row)...)
	}
	return f.showing(ctx, l.action, "", ids, write)
}

// eachPage reads a list that grows at its top to its end, page by page; read gets the lowest number met, 0 at first.
func eachPage[T any](read func(before int64) ([]T, error), id func(T) int64, show func([]T) error) (n int, err error) {
	for before := int64(0); ; {
		page, err := read(before)
		if err != nil {
			return n, err
		}
		if len(page) == 0 {
			return n, nil
		}
		if err := show(page); err != nil {
			return n, err
		}
		n += len(page)
		if len(page) < pageOfRows {
			return n, nil
		}
		before = id(page[len(page)-1])
	}
}

// newest reads as much of such a list as is wanted; 0: all.
func newest[T any](wanted int, read func(before int64) ([]T, error), id func(T) int64) ([]T, error) {
	var all []T
	enough := func() bool { return wanted > 0 && len(all) >= wanted }
	unlessEnough := func(before int64) ([]T, error) {
		if enough() {
			return nil, nil
		}
		return read(before)
	}
	_, err := eachPage(unlessEnough, id, func(page []T) error {
		all = append(all, page...)
		return nil
	})
	if enough() {
		all = all[:wanted]
	}
	return all, err
}

// wholeList is how a list that was read whole is written.
type wholeList[T any] struct {
	document func(T) any
	table    func(c console, rows []T, place *time.Location) error
	none     string // what people are told of an empty list
}

func (l wholeList[T]) write(c console, f *foundation, rows []T, asJSON bool) error {
	switch {
	case asJSON:
		return eachAsJSON(c, rows, l.document)
	case len(rows) == 0:
		c.printf("%s\n", l.none)
		return nil
	}
	return l.table(c, rows, f.place)
}
