package sheet

import (
	"bufio"
	"encoding/csv"
	"io"
	"iter"
)

// StreamCSV writes lines as they come, like WriteCSV, for tables that are too
// long to be held. A line that fails leaves a table that is cut off somewhere
// before it.
func StreamCSV(w io.Writer, records iter.Seq2[[]string, error]) error {
	held := bufio.NewWriter(w)
	_, _ = held.WriteString(byteOrderMark) // its error comes back at Flush
	out := csv.NewWriter(held)
	out.Comma, out.UseCRLF = ';', true
	for record, err := range records {
		if err != nil {
			return err
		}
		safe := make([]string, len(record))
		for i, text := range record {
			safe[i] = harmless(text)
		}
		if err := out.Write(safe); err != nil {
			return err
		}
	}
	out.Flush()
	if err := out.Error(); err != nil {
		return err
	}
	return held.Flush()
}
