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
	stream, over := make(chan events.EngineEvent), make(chan struct{})
	told := make(chan []Change)
	go func() { told <- collect(stream, over) }()
	_, err := s.stack.Preview(ctx, optpreview.ProgressStreams(s.options.Out), optpreview.ErrorProgressStreams(s.options.Out),
		optpreview.PolicyPacks(s.packs()...), optpreview.SuppressProgress(), optpreview.Color("never"), optpreview.EventStreams(stream))
	// Who sends has ended, or never began, and then nobody closes the stream: a CLI that fails before it looks at the stack.
	close(over)
	return <-told, err
}

// collect takes the changes out of a stream of events until it is closed, or over.
func collect(stream <-chan events.EngineEvent, over <-chan struct{}) []Change {
	var changes []Change
	for {
		select {
		case event, ok := <-stream:
			if !ok {
				return changes
			}
			if change, ok := changeIn(event); ok {
				changes = append(changes, change)
			}
		case <-over:
			return changes
		}
	}
}

func changeIn(event events.EngineEvent) (Change, bool) {
	if event.ResourcePreEvent == nil || event.ResourcePreEvent.Metadata.Op == apitype.OpSame {
		return Change{}, false
	}
	step := event.ResourcePreEvent.Metadata
	change := Change{Op: step.Op, URN: step.URN, Type: step.Type}
	if step.Op == apitype.OpUpdate || step.Op == apitype.OpReplace {
		change.Properties = slices.Sorted(slices.Values(step.Diffs))
	}
	return change, true
}
