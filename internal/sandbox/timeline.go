package sandbox

import (
	"context"
	"fmt"
	"maps"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"

	"coffee-platform/internal/sandbox/chain"
	"coffee-platform/internal/sandbox/mutation"
)

// Timeline is how long a deployment took, and why not less. All its durations are of this machine's clock;
// times Scale, they are AWS's.
type Timeline struct {
	// Scale is how many times faster than AWS the stand-ins were.
	Scale float64
	// Parallel is how many resources the engine worked on at once.
	Parallel int
	// Total is how long the engine ran.
	Total time.Duration
	// Chain is the longest chain of resources, named by URN, that had to wait for each other.
	Chain []chain.Hop
	// Assumed are the resources of which nobody has observed how long AWS takes for them.
	Assumed map[string]bool
}

// Timeline is that of the last Up.
func (s *Sandbox) Timeline(ctx context.Context) (*Timeline, error) {
	t := &Timeline{
		Scale: s.options.TimeScale, Parallel: s.options.Parallel, Total: s.upEnd.Sub(s.upStart), Assumed: map[string]bool{},
	}
	if t.Parallel == 0 {
		// The engine's default: defaultParallel in pkg/cmd/pulumi/operations/up.go of Pulumi 3.259.
		t.Parallel = 4 * runtime.GOMAXPROCS(0)
	}
	took := map[resource.URN]time.Duration{}
	for _, op := range s.recorder.Operations() {
		if op.Kind == mutation.Delete || op.Start.Before(s.upStart) {
			continue
		}
		took[op.URN] += op.End.Sub(op.Start)
		t.Assumed[string(op.URN)] = op.Assumed
	}
	resources, err := s.Resources(ctx)
	if err != nil {
		return nil, err
	}
	if t.Chain, err = chain.Longest(waits(resources, took)); err != nil {
		return nil, fmt.Errorf("finding what the deployment waited for: %w", err)
	}
	return t, nil
}

// waits are what a state's resources waited for: what their inputs are made from, what they depend on, their
// provider and their parent, without which none is registered.
func waits(resources []apitype.ResourceV3, took map[resource.URN]time.Duration) []chain.Node {
	var nodes []chain.Node
	for _, r := range resources {
		if r.Delete {
			continue // the old one of two
		}
		n := chain.Node{Name: string(r.URN), Takes: took[r.URN]}
		inputs := map[resource.URN][]string{}
		for _, name := range slices.Sorted(maps.Keys(r.PropertyDependencies)) {
			for _, urn := range r.PropertyDependencies[name] {
				inputs[urn] = append(inputs[urn], string(name))
			}
		}
		for _, urn := range slices.Sorted(maps.Keys(inputs)) {
			n.Waits = append(n.Waits, chain.Wait{For: string(urn), Why: "input " + strings.Join(inputs[urn], ", ")})
		}
		for _, urn := range r.Dependencies {
			if inputs[urn] == nil {
				n.Waits = append(n.Waits, chain.Wait{For: string(urn), Why: "dependsOn"})
			}
		}
		if i := strings.LastIndex(r.Provider, "::"); i > 0 {
			n.Waits = append(n.Waits, chain.Wait{For: r.Provider[:i], Why: "provider"})
		}
		if r.Parent != "" {
			n.Waits = append(n.Waits, chain.Wait{For: string(r.Parent), Why: "parent"})
		}
		nodes = append(nodes, n)
	}
	return nodes
}
