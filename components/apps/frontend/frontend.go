// Package frontend is the product's pages: a Next.js standalone server.
package frontend

import (
	"fmt"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"coffee-platform/components/workload"
	"coffee-platform/internal/problem"
)

// Name is the name of the frontend's Deployment, Service and service account.
const Name = "frontend"

// Port is the port it listens on.
const Port = 3000

// HealthPath tells whether its process answers; it has no dependency to ask.
const HealthPath = "/livez"

// What the frontend image promises; docs/image-contract.md holds the promises with their reasons.
const (
	startupSeconds = 60
	// DrainSeconds is how long open requests may take.
	DrainSeconds = 30
	// scratchSize bounds the cache of pages in /tmp.
	scratchSize = "256Mi"
)

// Args describe the frontend. Plain values decide what is created, inputs come from other resources.
type Args struct {
	// Image is the frontend image, by digest.
	Image string
	// MinReplicas is how many pods run at least, MaxReplicas how many at most.
	MinReplicas int
	MaxReplicas int
	// Resources are what each pod gets.
	Resources workload.Resources
	// Place is where it runs, and what is around it.
	workload.Place
}

// Validate reports every problem of the plain arguments; paths are relative to them.
func (a *Args) Validate() problem.List {
	var problems problem.List
	if a.MinReplicas < 1 {
		problems.Add("minReplicas", "%d runs nothing: use at least 1", a.MinReplicas)
	}
	if a.MaxReplicas < 1 {
		problems.Add("maxReplicas", "%d runs nothing: use at least minReplicas", a.MaxReplicas)
	}
	problems.AddUnder("", a.workload().Validate())
	return problems
}

func (a *Args) workload() *workload.Args {
	return &workload.Args{
		AppName:      Name,
		Component:    "frontend",
		Replicas:     a.MinReplicas,
		MaxReplicas:  a.MaxReplicas,
		Class:        workload.Burstable,
		DrainSeconds: DrainSeconds,
		Container: workload.Container{
			Image:          a.Image,
			Port:           Port,
			Resources:      a.Resources,
			Health:         workload.Probe{Path: HealthPath},
			Liveness:       workload.Probe{Path: HealthPath},
			StartupSeconds: startupSeconds,
			WritablePaths:  map[string]string{"/tmp": scratchSize},
			Environment: a.With(pulumi.StringMap{
				"HOSTNAME": pulumi.String("0.0.0.0"),
				// Longer than the minute a load balancer keeps an idle connection: a server that closes first loses
				// requests that were sent just then (in milliseconds;
				// https://nextjs.org/docs/app/api-reference/cli/next#next-start-options).
				"KEEP_ALIVE_TIMEOUT": pulumi.String("75000"),
			}),
		},
		Place: a.Place,
	}
}

// Frontend is the product's pages.
type Frontend struct {
	pulumi.ResourceState

	// Workload is what it runs in.
	Workload *workload.Workload
}

// New creates the frontend. It fails before the first resource if args do not validate.
func New(ctx *pulumi.Context, name string, args *Args, opts ...pulumi.ResourceOption) (*Frontend, error) {
	if err := args.Validate().Err(); err != nil {
		return nil, fmt.Errorf("frontend %q: %w", name, err)
	}
	f := &Frontend{}
	if err := ctx.RegisterComponentResource("coffee:frontend:Frontend", name, f, opts...); err != nil {
		return nil, fmt.Errorf("registering frontend %q: %w", name, err)
	}
	w, err := workload.New(ctx, name, args.workload(), pulumi.Parent(f))
	if err != nil {
		return nil, err
	}
	f.Workload = w
	return f, ctx.RegisterResourceOutputs(f, pulumi.Map{"deploymentName": w.DeploymentName, "serviceName": w.ServiceName})
}
