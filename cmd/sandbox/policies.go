package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"slices"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"

	"coffee-platform/policy/report"
)

// showPolicies sums up what the policy pack found. It says nothing when the run ended before the pack
// was asked.
func (c *command) showPolicies() error {
	text, err := os.ReadFile(c.options.PolicyReport)
	if c.options.PolicyReport == "" || errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("reading the policy report: %w", err)
	}
	var found report.Document
	if err := json.Unmarshal(text, &found); err != nil {
		return fmt.Errorf("reading the policy report: %w", err)
	}
	for _, line := range summary(found) {
		c.say("%s", line)
	}
	return nil
}

// summary is a report for a person: what was found by severity, each exemption, and a line for each rule
// that could not tell. The violations themselves the engine has shown.
func summary(found report.Document) []string {
	passed := 0
	for _, r := range found.Rules {
		passed += r.Passed
	}
	lines := []string{fmt.Sprintf("policy pack %s %s: %d rules, %d checks passed, %d violations, %d exempt, %d undetermined",
		found.Pack.Name, found.Pack.Version, len(found.Rules), passed, len(found.Violations), len(found.Exempted), len(found.Undetermined))}
	if !found.Complete {
		lines = append(lines, "  the run ended before the stack as a whole was judged")
	}
	for _, s := range found.Severities {
		if s.Violations+s.Exempted+s.Undetermined > 0 {
			lines = append(lines, fmt.Sprintf("  %-8s %d violations, %d exempt, %d undetermined", s.Severity, s.Violations, s.Exempted, s.Undetermined))
		}
	}
	for _, e := range found.Exempted {
		lines = append(lines, fmt.Sprintf("  exempt: %s %s for %d more days: %s (%s)", e.Rule, nameOf(e.URN), e.DaysLeft, e.Reason, e.Owner))
	}
	return append(lines, undetermined(found.Undetermined)...)
}

// manyRules is from how many rules on that cannot judge a resource it has a line of its own: of a Helm
// release that is some thirty, for one reason.
const manyRules = 5

// undetermined has a line for each resource that many rules cannot judge, and for the rest one for each
// rule. Where exactly and why stands in the report.
func undetermined(gaps []report.Gap) []string {
	byResource := fold(gaps, func(g report.Gap) (string, string) { return g.URN, g.Rule })
	left := slices.DeleteFunc(slices.Clone(gaps), func(g report.Gap) bool { return len(byResource[g.URN]) >= manyRules })
	byRule := fold(left, func(g report.Gap) (string, string) { return g.Rule, nameOf(g.URN) })

	var lines []string
	for _, urn := range slices.Sorted(maps.Keys(byResource)) {
		if rules := byResource[urn]; len(rules) >= manyRules {
			lines = append(lines, fmt.Sprintf("  undetermined: %d rules of %s: %s", len(rules), nameOf(urn), strings.Join(rules, ", ")))
		}
	}
	for _, rule := range slices.Sorted(maps.Keys(byRule)) {
		names := byRule[rule]
		lines = append(lines, fmt.Sprintf("  undetermined: %s ×%d: %s", rule, len(names), strings.Join(names, ", ")))
	}
	return lines
}

// fold collects the distinct second keys of gaps by their first.
func fold(gaps []report.Gap, keys func(report.Gap) (string, string)) map[string][]string {
	folded := map[string][]string{}
	for _, gap := range gaps {
		first, second := keys(gap)
		if !slices.Contains(folded[first], second) {
			folded[first] = append(folded[first], second)
		}
	}
	return folded
}

// nameOf is how a person calls a resource: its type's last part and its name.
func nameOf(text string) string {
	urn := resource.URN(text)
	if !urn.IsValid() {
		return "the stack"
	}
	return fmt.Sprintf("%s %s", urn.Type().Name(), urn.Name())
}
