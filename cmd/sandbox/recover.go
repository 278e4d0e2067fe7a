package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"text/tabwriter"

	"coffee-platform/internal/sandbox"
)

// explain adds to a failure of a deployment what to do about creations that are pending, and passes on any other.
func (c *command) explain(ctx context.Context, s *sandbox.Sandbox, err error) error {
	if err == nil {
		return nil
	}
	advice := fmt.Sprintf("\nRecover first: make sandbox-recover STACK=%s (with a cloud account: docs/runbooks/stuck-update.md)", c.stack)
	if errors.Is(err, sandbox.ErrPendingCreates) {
		return fmt.Errorf("%w%s", err, advice)
	}
	// What was interrupted is told of too.
	pending, pendingErr := s.PendingCreates(context.WithoutCancel(ctx))
	if pendingErr == nil && len(pending) > 0 {
		c.say("the engine was killed while it made %d resources; what became of them it does not know.%s", len(pending), advice)
	}
	return errors.Join(err, pendingErr)
}

// faultsMissed is an error when calls were to fail and never came.
func (c *command) faultsMissed(s *sandbox.Sandbox) error {
	var missed error
	for _, f := range s.Unmet() {
		missed = errors.Join(missed, fmt.Errorf("the fault %q never happened: there was no such call", f))
	}
	return missed
}

// recover shows what became of pending creations, and what a person would do about them, and does it.
func (c *command) recover(ctx context.Context, s *sandbox.Sandbox) error {
	pending, err := s.PendingCreates(ctx)
	if err != nil {
		return err
	}
	if len(pending) > 0 {
		c.showPending(pending)
		if err := s.Recover(ctx); err != nil {
			if errors.Is(err, sandbox.ErrAmbiguous) {
				return err
			}
			return failed("the recovery", err)
		}
	}
	left, err := s.Orphans(ctx)
	if err != nil {
		return err
	}
	for _, key := range left {
		c.say("in the cloud, and in no state: %s %s", key.Type, key.ID)
	}
	switch {
	case len(left) > 0:
		return fmt.Errorf("%d objects belong to nothing this stack was making. In an account, import them (pulumi import) or delete them; "+
			"here, start anew (make clean), or add {\"delete\":{\"type\":…,\"id\":…}} for each to %s", len(left), filepath.Join(c.options.Dir, c.stack, "cloud.jsonl"))
	case len(pending) == 0:
		c.say("nothing is pending, and all that is in the cloud is in the state")
	default:
		c.say("the state knows again what there is. Finish the deployment: make sandbox-up STACK=%s", c.stack)
	}
	return nil
}

// showPending shows pending creations and the commands that settle them in a real account.
func (c *command) showPending(pending []sandbox.PendingCreate) {
	c.say("the engine was killed while it made these. In the cloud, by their types, names and tags, are:")
	table := tabwriter.NewWriter(c.options.Out, 0, 0, 2, ' ', 0)
	var adopted []string
	for _, p := range pending {
		there := strings.Join(p.Found, " or ")
		switch len(p.Found) {
		case 0:
			there = "not there"
		case 1:
			adopted = append(adopted, fmt.Sprintf(" \\\n      '%s=%s'", p.URN, p.Found[0]))
		}
		_, _ = fmt.Fprintf(table, "  %s\t%s\t%s\n", p.Type, p.URN.Name(), there) // as with say
	}
	_ = table.Flush()
	commands := "  pulumi refresh --clear-pending-creates"
	if len(adopted) > 0 {
		commands = "  pulumi stack export | .bin/sandbox adopt" + strings.Join(adopted, "") + " \\\n    | pulumi stack import\n" + commands
	}
	c.say("what follows is, with a cloud account:\n%s", commands)
}
