package main

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"

	"coffee-platform/policy/report"
)

const (
	wall = "urn:pulumi:dev::coffee::house:House$house:index/wall:Wall::front"
	door = "urn:pulumi:dev::coffee::house:House$house:index/door:Door::front"
	roof = "urn:pulumi:dev::coffee::house:House$house:index/roof:Roof::flat"
)

func TestSummaryOfAReport(t *testing.T) {
	found := report.Document{
		Pack: report.Pack{Name: "pack", Version: "1.2.3"}, Complete: true,
		Rules: []report.Summary{{ID: "c1", Passed: 3}, {ID: "f1", Passed: 2}},
		Severities: []report.Count{
			{Severity: "critical", Violations: 1}, {Severity: "high", Exempted: 1, Undetermined: 9}, {Severity: "low"},
		},
		Violations: []report.Violation{{Rule: "c1"}},
		Exempted:   []report.Exempted{{Rule: "c1", URN: wall, Reason: "it is being painted", Owner: "painters", DaysLeft: 12}},
		// Two places in one resource are one resource.
		Undetermined: []report.Gap{
			{Rule: "f1", URN: wall, Path: "a"}, {Rule: "f1", URN: wall, Path: "b"}, {Rule: "f1", URN: door}, {Rule: "f2"},
		},
	}
	for i := range manyRules {
		found.Undetermined = append(found.Undetermined, report.Gap{Rule: fmt.Sprintf("a%d", i), URN: roof})
	}
	assert.Equal(t, []string{
		"policy pack pack 1.2.3: 2 rules, 5 checks passed, 1 violations, 1 exempt, 9 undetermined",
		"  critical 1 violations, 0 exempt, 0 undetermined",
		"  high     0 violations, 1 exempt, 9 undetermined",
		"  exempt: c1 Wall front for 12 more days: it is being painted (painters)",
		"  undetermined: 5 rules of Roof flat: a0, a1, a2, a3, a4",
		"  undetermined: f1 ×2: Wall front, Door front",
		"  undetermined: f2 ×1: the stack",
	}, summary(found))

	found.Complete = false
	assert.Contains(t, summary(found), "  the run ended before the stack as a whole was judged")
}
