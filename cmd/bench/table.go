package main

import (
	"fmt"
	"os"
	"text/tabwriter"
)

// table is printed once its columns are known.
type table struct{ writer *tabwriter.Writer }

func newTable(headings ...any) table {
	t := table{tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', tabwriter.AlignRight)}
	t.line(headings...)
	return t
}

func (t table) line(cells ...any) {
	for _, cell := range cells {
		_, _ = fmt.Fprintf(t.writer, "%v\t", cell) // standard output: nobody is left to tell
	}
	_, _ = fmt.Fprintln(t.writer)
}

func (t table) print() { _ = t.writer.Flush() }
