package oaiclient

import (
	"slices"
	"strings"
	"testing"
	"testing/iotest"
)

// piecesOf cuts a text that comes one byte at a time, and counts the bytes that are looked at.
func piecesOf(text string) (pieces []string, looked int) {
	var c cutter
	all := []byte(text)
	for begin, end := 0, 1; begin < len(all); end++ {
		data := all[begin:min(end, len(all))]
		looked += len(data) - c.from
		if n, piece, _ := c.cut(data, end > len(all)); n > 0 {
			pieces = append(pieces, string(piece))
			begin += n
		}
	}
	return pieces, looked
}

// However little of it comes at a time, a record is cut where it ends, and looked through once.
func TestALongRecordIsLookedThroughOnce(t *testing.T) {
	t.Parallel()
	run := strings.Repeat("é", 10_000)
	want := []string{
		"<list><record>" + run + "</record>", "<o:record><nom>" + run + "</nom></o:record >", "</records></recor></o-é:record\n>", "<record/></list>",
	}
	text := strings.Join(want, "")
	got, looked := piecesOf(text)
	if !slices.Equal(got, want) {
		t.Errorf("cut into %.200q", got)
	}
	if looked > 2*len(text) {
		t.Errorf("%d bytes looked at in a text of %d", looked, len(text))
	}
}

func TestATextOfSmallPiecesIsReadAGlanceAtATime(t *testing.T) {
	t.Parallel()
	text := strings.Repeat("x", 2*glance+1)
	r := filling{iotest.OneByteReader(strings.NewReader(text))}
	room := make([]byte, len(text))
	for _, want := range []int{glance, glance, 1} {
		if n, _ := r.Read(room); n != want {
			t.Errorf("%d bytes read, want %d", n, want)
		}
	}
}
