// Package report writes down what the pack decided, for people and programs that come
// after the run: which rules were asked, what they refused and what they could not know.
package report

import (
	"cmp"
	"slices"
)

// Document is the report. Its lists are sorted, so that two runs with the same outcome
// write the same bytes.
type Document struct {
	Pack         Pack   `json:"pack"`
	Organization string `json:"organization"`
	Project      string `json:"project"`
	Stack        string `json:"stack"`
	// DryRun is true for a preview, where much is undetermined by nature.
	DryRun bool `json:"dryRun"`
	// Complete is false when the run ended before the stack as a whole was analyzed.
	Complete bool `json:"complete"`
	// Severities counts what was found by the severity of the rule, the highest first.
	Severities   []Count     `json:"severities"`
	Rules        []Summary   `json:"rules"`
	Violations   []Violation `json:"violations"`
	Exempted     []Exempted  `json:"exempted"`
	Undetermined []Gap       `json:"undetermined"`
}

// Pack identifies the policy pack.
type Pack struct {
	Name    string `json:"name"`
	Version string `json:"version"`
}

// Count is how much was found of one severity.
type Count struct {
	Severity     string `json:"severity"`
	Violations   int    `json:"violations"`
	Exempted     int    `json:"exempted"`
	Undetermined int    `json:"undetermined"`
}

// Summary counts the evaluations of one rule: one per resource, and one for the stack.
type Summary struct {
	ID            string `json:"id"`
	Policy        string `json:"policy"`
	Title         string `json:"title"`
	Severity      string `json:"severity"`
	Level         string `json:"level"`
	Passed        int    `json:"passed"`
	Failed        int    `json:"failed"`
	Undetermined  int    `json:"undetermined"`
	NotApplicable int    `json:"notApplicable"`
}

// Violation is one place where a rule was broken.
type Violation struct {
	Rule     string `json:"rule"`
	Severity string `json:"severity"`
	Level    string `json:"level"`
	URN      string `json:"urn"`
	Path     string `json:"path"`
	Message  string `json:"message"`
}

// Exempted is one place where a rule was broken and an exemption lets it pass.
type Exempted struct {
	Rule     string `json:"rule"`
	Severity string `json:"severity"`
	URN      string `json:"urn"`
	Path     string `json:"path"`
	Message  string `json:"message"`
	// Reason and Owner are the exemption's.
	Reason string `json:"reason"`
	Owner  string `json:"owner"`
	// Expires is the last day it holds, such as 2026-03-31, and DaysLeft how far off that is.
	Expires  string `json:"expires"`
	DaysLeft int    `json:"daysLeft"`
}

// Gap is one place where a rule could not tell.
type Gap struct {
	Rule     string `json:"rule"`
	Severity string `json:"severity"`
	URN      string `json:"urn"`
	Path     string `json:"path"`
	Reason   string `json:"reason"`
}

func (d *Document) sort() {
	slices.SortFunc(d.Rules, func(a, b Summary) int { return cmp.Compare(a.ID, b.ID) })
	slices.SortFunc(d.Violations, func(a, b Violation) int {
		return cmp.Or(cmp.Compare(a.Rule, b.Rule), cmp.Compare(a.URN, b.URN),
			cmp.Compare(a.Path, b.Path), cmp.Compare(a.Message, b.Message))
	})
	slices.SortFunc(d.Exempted, func(a, b Exempted) int {
		return cmp.Or(cmp.Compare(a.Rule, b.Rule), cmp.Compare(a.URN, b.URN),
			cmp.Compare(a.Path, b.Path), cmp.Compare(a.Message, b.Message))
	})
	slices.SortFunc(d.Undetermined, func(a, b Gap) int {
		return cmp.Or(cmp.Compare(a.Rule, b.Rule), cmp.Compare(a.URN, b.URN),
			cmp.Compare(a.Path, b.Path), cmp.Compare(a.Reason, b.Reason))
	})
}
