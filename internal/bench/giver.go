package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"strconv"
	"time"
)

// giver is a library that POSTs its cards.
type giver struct {
	code   string
	hub    string
	client *http.Client
}

func newGiver(h *hub, code string) *giver {
	return &giver{code: code, hub: h.url, client: &http.Client{Transport: &http.Transport{WriteBufferSize: 64 << 10}}}
}

// report is what the hub answered, in short.
type report struct {
	created, modified, unchanged, rejected int
	took                                   time.Duration
}

// give POSTs a document and reads its report to the end; what is rejected is an error.
func (g *giver) give(ctx context.Context, body io.Reader, cards int) (report, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, g.hub+"/cartes", body)
	if err != nil {
		return report{}, err
	}
	request.SetBasicAuth(g.code, keyOf(g.code))
	request.Header.Set("Content-Type", "application/xml")
	begun := time.Now()
	response, err := g.client.Do(request)
	if err != nil {
		return report{}, err
	}
	defer func() { _ = response.Body.Close() }() // only read
	head := make([]byte, 2048)
	n, err := io.ReadFull(response.Body, head)
	if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) {
		return report{}, err
	}
	_, err = io.Copy(io.Discard, response.Body)
	r := report{took: time.Since(begun)}
	if err != nil {
		return r, err
	}
	head = head[:n]
	if response.StatusCode != http.StatusOK {
		return r, fmt.Errorf("the hub answered %s to a document of %d cards: %.500s", response.Status, cards, head)
	}
	r.created, r.modified, r.unchanged, r.rejected = count(head, "creees"), count(head, "modifiees"), count(head, "inchangees"), count(head, "rejetees")
	if r.rejected > 0 || r.created+r.modified+r.unchanged != cards {
		return r, fmt.Errorf("of %d cards: %.1500s", cards, head)
	}
	return r, nil
}

var counts = regexp.MustCompile(`(\w+)="(\d+)"`)

// count is an attribute of the report; -1 where it is missing.
func count(report []byte, name string) int {
	root := between(report, "<rapport", ">")
	for _, found := range counts.FindAllStringSubmatch(root, -1) {
		if found[1] == name {
			n, err := strconv.Atoi(found[2])
			if err == nil {
				return n
			}
		}
	}
	return -1
}
