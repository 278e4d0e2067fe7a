package main

import (
	"context"
	"fmt"
	"text/tabwriter"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"

	"coffee-platform/internal/sandbox"
	"coffee-platform/internal/sandbox/chain"
)

// showTimeline shows how long a deployment at a scale took, and what it waited for.
func (c *command) showTimeline(ctx context.Context, s *sandbox.Sandbox) error {
	if c.options.TimeScale == 0 {
		return nil
	}
	t, err := s.Timeline(ctx)
	if err != nil {
		return err
	}
	c.show(t)
	return nil
}

// show shows a timeline.
func (c *command) show(t *sandbox.Timeline) {
	aws := func(d time.Duration) time.Duration {
		return time.Duration(float64(d) * t.Scale).Round(time.Second)
	}
	here := func(d time.Duration) time.Duration { return d.Round(10 * time.Millisecond) }
	sum := chain.Sum(t.Chain)

	c.say("%v of AWS's time, %g times faster: %v here; %d resources at once", aws(t.Total), t.Scale, here(t.Total), t.Parallel)
	c.say("the longest chain of resources that had to wait for each other, in AWS's time:")
	table := tabwriter.NewWriter(c.options.Out, 0, 0, 2, ' ', 0)
	assumed := false
	for _, hop := range t.Chain {
		mark := ""
		if t.Assumed[hop.Name] {
			mark, assumed = "*", true
		}
		urn := resource.URN(hop.Name)
		_, _ = fmt.Fprintf(table, "  %v%s\t%s %s\t%s\n", aws(hop.Takes), mark, urn.Type(), urn.Name(), waitedFor(hop)) // as with say
	}
	_ = table.Flush()
	if assumed {
		c.say("* is assumed: nobody was seen to wait for it (internal/sandbox/durations)")
	}
	overhead := t.Total - sum
	c.say("chain %v (%v here), overhead %v (%v here): the engine, its policies and this machine, which no scale makes faster",
		aws(sum), here(sum), aws(overhead), here(overhead))
}

// waitedFor says what a resource of a chain waited for, of the one before it.
func waitedFor(hop chain.Hop) string {
	if hop.Why == "" {
		return ""
	}
	return "after the one above: " + hop.Why
}
