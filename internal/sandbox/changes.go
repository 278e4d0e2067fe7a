package sandbox

import (
	"context"
	"slices"

	"github.com/pulumi/pulumi/sdk/v3/go/auto/events"
	"github.com/pulumi/pulumi/sdk/v3/go/auto/optpreview"
	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
)

// Change is what a deployment would do to a resource.
type Change struct {
	Op   apitype.OpType
	URN  string
	Type string
	// Properties are the inputs that change, sorted; none for what is created or deleted.
	Properties []string
}

// Changes are what Up would do, resource by resource, in the engine's order; what stays as it is is left
// out. With an error they are what the engine told before it stopped.
func (s *Sandbox) Changes(ctx context.Context) ([]Change, error) {
	stream := make(chan events.EngineEvent)
	done := make(chan []Change)
	go func() {
		var changes []Change
		for event := range stream {
			if event.ResourcePreEvent == nil {
				continue
			}
			step := event.ResourcePreEvent.Metadata
			if step.Op == apitype.OpSame {
				continue
			}
			change := Change{Op: step.Op, URN: step.URN, Type: step.Type}
			if step.Op == apitype.OpUpdate || step.Op == apitype.OpReplace {
				change.Properties = slices.Sorted(slices.Values(step.Diffs))
			}
			changes = append(changes, change)
		}
		done <- changes
	}()
	_, err := s.stack.Preview(ctx, optpreview.ProgressStreams(s.options.Out), optpreview.ErrorProgressStreams(s.options.Out),
		optpreview.PolicyPacks(s.packs()...), optpreview.SuppressProgress(), optpreview.Color("never"), optpreview.EventStreams(stream))
	return <-done, err
}
