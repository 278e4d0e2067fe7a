package main

import (
	"context"
	"fmt"

	"coffee-platform/internal/sandbox"
)

// drift shows what was changed behind the engine's back, and fails if anything was.
func (c *command) drift(ctx context.Context, s *sandbox.Sandbox) error {
	changes, err := s.Drift(ctx)
	if err != nil {
		return failed("looking for drift", err)
	}
	c.say("with a cloud account, that is: pulumi refresh --preview-only --diff --expect-no-changes")
	changed := 0
	for _, count := range changes {
		changed += count
	}
	if changed > 0 {
		return fmt.Errorf("%d resources are not as the state has them: put them right with make sandbox-up STACK=%s REFRESH=1, "+
			"or accept them with make sandbox-refresh STACK=%s and change the program to match (docs/runbooks/drift.md)", changed, c.stack, c.stack)
	}
	c.say("everything is as the state has it")
	return nil
}
