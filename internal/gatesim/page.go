package gatesim

import (
	"fmt"
	"strings"
)

// Page is the file the report is in, from the root of the project.
const Page = "docs/decisions/0004-render-gate.md"

// What is around the report in its page.
const (
	reportBegin = "<!-- written by make gate-simulation -->\n"
	reportEnd   = "<!-- end of what make gate-simulation writes -->\n"
)

// Insert is a page with the report where the one before was.
func Insert(page, report string) (string, error) {
	before, rest, begun := strings.Cut(page, reportBegin)
	_, after, ended := strings.Cut(rest, reportEnd)
	if !begun || !ended {
		return "", fmt.Errorf("the page has no place for the report: put %q and %q on lines of their own", reportBegin, reportEnd)
	}
	return before + reportBegin + "\n" + report + "\n" + reportEnd + after, nil
}
