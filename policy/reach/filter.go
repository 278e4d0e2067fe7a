package reach

import "coffee-platform/policy/rule"

// filter is one thing on the way that lets some addresses through, by pieces: a route table by its
// routes, a security group by its rules.
type filter []piece

// piece is what lets addresses through, and how a path tells of it. One without words lets everything
// through that has no other reason to, and is not told.
type piece struct {
	span
	words string
}

func (f filter) all() span {
	var all span
	for _, p := range f {
		all = all.or(p.span)
	}
	return all
}

// comesThrough tells whether any address on the internet passes all the filters, and by what pieces: one of
// each filter, all of them for the same addresses.
func comesThrough(filters ...filter) (rule.Truth, []string) {
	passing := exactly(internet)
	for _, f := range filters {
		passing = passing.and(f.all())
	}
	left, passes := passing.sure, passing.some()
	if passes != rule.Yes {
		left = passing.possible
	}
	words := make([]string, len(filters))
	if passes == rule.No {
		return rule.No, words
	}
	for i, f := range filters {
		chosen, rest := f.pick(left)
		words[i], left = chosen.words, rest
	}
	return passes, words
}

// pick chooses the piece that some of the addresses take, one that is known before one that is not.
func (f filter) pick(left set) (piece, set) {
	for _, p := range f {
		if rest := left.and(p.sure); len(rest) > 0 {
			return p, rest
		}
	}
	for _, p := range f {
		if rest := left.and(p.possible); len(rest) > 0 {
			return p, rest
		}
	}
	return piece{}, left
}
