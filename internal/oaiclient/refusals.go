package oaiclient

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"iter"

	"github.com/carte-reseau/hub/internal/xmlstream"
)

// refusal is one refused card of the deposit: its line of the report and the XML that came.
type refusal struct {
	line   []byte
	source []byte
	told   reportLine
}

// reportLine is what the mail quotes of a line of the report.
type reportLine struct {
	Number string `xml:"numero,attr"`
	Faults []struct {
		Code    string `xml:"code,attr"`
		Message string `xml:",chardata"`
	} `xml:"erreur"`
}

// hash tells one fault from another over time: the same card with the same faults and the same content.
func (f *refusal) hash() [16]byte {
	sum := sha256.New()
	write := func(part []byte) {
		_, _ = fmt.Fprintf(sum, "%d:", len(part)) // a hash never fails
		_, _ = sum.Write(part)
	}
	write([]byte(f.told.Number))
	for _, fault := range f.told.Faults {
		write([]byte(fault.Code))
	}
	write(f.source)
	return [16]byte(sum.Sum(nil)[:16])
}

// size is about what the refusal takes in a mail.
func (f *refusal) size() int { return len(f.line) + len(f.source) }

// refusals goes through the refused cards of a deposit in order. They are read back from the store, not remembered: the
// harvest may have taken several runs.
func (r *run) refusals(ctx context.Context, deposit int64) iter.Seq2[*refusal, error] {
	return func(yield func(*refusal, error) bool) {
		next, stop := iter.Pull2(r.h.store.RejectedSources(ctx, deposit))
		defer stop()
		for lines, err := range r.h.store.Results(ctx, deposit, true) {
			if err != nil {
				yield(nil, err)
				return
			}
			sources, err, _ := next()
			if err == nil && !pairs(lines, sources, yield) {
				return
			}
			if err != nil {
				yield(nil, err)
				return
			}
		}
	}
}

// noSource stands for a source that cannot be read again: its card is told of without it, and keeps nobody waiting.
const noSource = "<carte><!-- élément illisible, non rendu --></carte>"

// pairs puts the lines and sources of one batch together; false where the caller has enough. Behind a source that cannot be
// read none can.
func pairs(lines, sources []byte, yield func(*refusal, error) bool) bool {
	next, stop := iter.Pull2(elements(sources))
	defer stop()
	for line, err := range elements(lines) {
		source, unreadable, ok := next()
		if unreadable != nil || !ok {
			source = []byte(noSource)
		}
		f := &refusal{line: line, source: source}
		if err == nil {
			err = xml.Unmarshal(line, &f.told)
		}
		if !yield(f, err) || err != nil {
			return false
		}
	}
	return true
}

// elements splits XML elements that stand one after another.
func elements(all []byte) iter.Seq2[[]byte, error] {
	return func(yield func([]byte, error) bool) {
		list := io.MultiReader(bytes.NewReader([]byte("<l>")), bytes.NewReader(all), bytes.NewReader([]byte("</l>")))
		decoder := xmlstream.NewDecoder(list, keptLimits)
		for {
			token, err := decoder.Next()
			if errors.Is(err, io.EOF) {
				return
			}
			var source []byte
			if err == nil {
				if token.Kind != xmlstream.StartElement || decoder.Depth() != 2 {
					continue
				}
				decoder.StartRaw(len(all))
				err = decoder.Skip()
				source = bytes.Clone(decoder.StopRaw().Source)
			}
			if !yield(source, err) || err != nil {
				return
			}
		}
	}
}
