package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"

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
	passed := 0
	for _, r := range found.Rules {
		passed += r.Passed
	}
	c.say("policy pack %s %s: %d rules, %d checks passed, %d violations, %d undetermined",
		found.Pack.Name, found.Pack.Version, len(found.Rules), passed, len(found.Violations), len(found.Undetermined))
	for _, gap := range found.Undetermined {
		c.say("  undetermined: %s %s %s: %s", gap.Rule, gap.URN, gap.Path, gap.Reason)
	}
	return nil
}
