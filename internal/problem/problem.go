// Package problem collects everything that is wrong with a value, so that a person can mend it all
// in one pass instead of meeting one error per run.
package problem

import (
	"fmt"
	"sort"
	"strings"
)

// Problem is one thing that is wrong and what would be right instead.
type Problem struct {
	// Path names the value, dotted from the root of what was checked: "network.zones[1]".
	Path string
	// Message says what is wrong with the value and what would be right.
	Message string
}

// String is the problem as one line.
func (p Problem) String() string {
	if p.Path == "" {
		return p.Message
	}
	return p.Path + ": " + p.Message
}

// List is every problem found, in the order it was found.
type List []Problem

// Add appends a problem at path; format and args make its message.
func (l *List) Add(path, format string, args ...any) {
	*l = append(*l, Problem{Path: path, Message: fmt.Sprintf(format, args...)})
}

// AddUnder appends the problems of a part, each path prefixed with the part's own.
func (l *List) AddUnder(prefix string, part List) {
	for _, p := range part {
		*l = append(*l, Problem{Path: join(prefix, p.Path), Message: p.Message})
	}
}

// Err is nil when the list is empty, and otherwise an error that shows all problems, sorted by path.
func (l List) Err() error {
	if len(l) == 0 {
		return nil
	}
	return Error{Problems: l}
}

// Error is a List as an error.
type Error struct {
	Problems List
}

// Error shows each problem on a line of its own, sorted by path.
func (e Error) Error() string {
	lines := make([]string, len(e.Problems))
	for i, p := range e.Problems {
		lines[i] = "  - " + p.String()
	}
	sort.Strings(lines)
	noun := "problems"
	if len(lines) == 1 {
		noun = "problem"
	}
	return fmt.Sprintf("%d %s:\n%s", len(lines), noun, strings.Join(lines, "\n"))
}

func join(prefix, path string) string {
	switch {
	case prefix == "":
		return path
	case path == "" || strings.HasPrefix(path, "["):
		return prefix + path
	default:
		return prefix + "." + path
	}
}
