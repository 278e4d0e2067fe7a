// Package priority says who gives way to whom when nodes are full: whoever answers a person comes first, tasks
// that can wait a moment come second, renders, which have nodes of their own, last.
package priority

import (
	"fmt"

	metav1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/meta/v1"
	schedulingv1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/scheduling/v1"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// The names of the PriorityClasses.
const (
	Serving   = "coffee-serving"
	Working   = "coffee-working"
	Rendering = "coffee-rendering"
)

// never keeps a class from preempting: pods wait in the order of their priority, and go in the opposite one when a node
// runs out of memory, but none is deleted to make room. A worker's pod that is has its whole grace period, up to an hour,
// and until its end Karpenter makes no node for the pod that waits in its place
// (https://github.com/aws/karpenter-provider-aws/pull/1051), where a new one is there in about a minute. The pools have
// room for everything at its maximum (stacks/budget).
const never = "Never"

// classes are the PriorityClasses. Pods of none have 0; those of the system are above a billion.
var classes = []struct {
	name        string
	value       int
	description string
}{
	{Serving, 1000, "Answers a person: API, frontend and services."},
	{Working, 500, "Tasks and Jobs, which can wait for a node."},
	{Rendering, 100, "Renders, which are bounded and queued."},
}

// Priorities are the PriorityClasses of a cluster.
type Priorities struct {
	pulumi.ResourceState

	// Ready are the resources after which pods may name a class.
	Ready []pulumi.Resource
}

// New creates the PriorityClasses.
func New(ctx *pulumi.Context, name string, opts ...pulumi.ResourceOption) (*Priorities, error) {
	p := &Priorities{}
	if err := ctx.RegisterComponentResource("coffee:priority:Priorities", name, p, opts...); err != nil {
		return nil, fmt.Errorf("registering priorities %q: %w", name, err)
	}
	for _, class := range classes {
		made, err := schedulingv1.NewPriorityClass(ctx, class.name, &schedulingv1.PriorityClassArgs{
			Metadata:         &metav1.ObjectMetaArgs{Name: pulumi.String(class.name)},
			Value:            pulumi.Int(class.value),
			Description:      pulumi.String(class.description),
			PreemptionPolicy: pulumi.String(never),
		}, pulumi.Parent(p))
		if err != nil {
			return nil, fmt.Errorf("creating priority class %q: %w", class.name, err)
		}
		p.Ready = append(p.Ready, made)
	}
	return p, ctx.RegisterResourceOutputs(p, pulumi.Map{})
}
