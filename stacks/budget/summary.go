package budget

import (
	"fmt"
	"strings"
	"text/tabwriter"
)

// Use is how much of a budget may be used.
type Use struct {
	// Name says of what: "database connections".
	Name string
	// Used is the most that can be asked for, Limit what there is, in Unit ("" when the name says it).
	Used, Limit int
	Unit        string
}

// String is the use as one line: "database connections 74 of 181 (41 %)".
func (u Use) String() string {
	return strings.Join([]string{u.Name, u.amount(), u.share()}, " ")
}

func (u Use) amount() string {
	return strings.TrimRight(fmt.Sprintf("%d of %d %s", u.Used, u.Limit, u.Unit), " ")
}

func (u Use) share() string {
	if u.Limit == 0 {
		return "(none)"
	}
	return fmt.Sprintf("(%d %%)", u.Used*100/u.Limit)
}

// Summary shows uses one below the other.
func Summary(uses ...Use) string {
	var text strings.Builder
	table := tabwriter.NewWriter(&text, 0, 0, 2, ' ', 0)
	for _, u := range uses {
		_, _ = fmt.Fprintf(table, "%s\t%s\t%s\n", u.Name, u.amount(), u.share()) // a strings.Builder takes it all
	}
	_ = table.Flush() // likewise
	return strings.TrimRight(text.String(), "\n")
}

// count is a number of things: "1 node", "2 nodes".
func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
