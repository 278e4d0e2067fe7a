// Package service is one more service of the product: an HTTP server of its own image that keeps nothing. What
// the API and the frontend are beyond that, they say in packages of their own.
package service

import (
	"fmt"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"coffee-platform/components/workload"
	"coffee-platform/internal/problem"
)

// What every service's image promises; docs/image-contract.md holds the promises with their reasons.
const (
	startupSeconds = 60
	DrainSeconds   = 30
	scratchSize    = "64Mi"
)

// Args describe a service. Plain values decide what is created, inputs come from other resources.
type Args struct {
	// ServiceName is the name of the Deployment, the Service and the service account, and the part it plays.
	ServiceName string
	// Image is its image, by digest.
	Image string
	// Port is the port it listens on. HealthPath tells whether it can do its work.
	Port       int
	HealthPath string
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
	if a.Port == 0 {
		problems.Add("port", "0 is not a port: use 1024 to 65535")
	}
	if a.HealthPath == "" {
		problems.Add("healthPath", "is empty: name the path that tells whether it can do its work")
	}
	if a.MinReplicas < 1 {
		problems.Add("minReplicas", "%d runs nothing: use at least 1", a.MinReplicas)
	}
	if a.MaxReplicas < 1 {
		problems.Add("maxReplicas", "%d runs nothing: use at least minReplicas", a.MaxReplicas)
	}
	for _, p := range a.workload().Validate() {
		switch {
		case p.Path == "health" && a.HealthPath != "":
			problems.Add("healthPath", "%s", p.Message)
		case p.Path == "health", p.Path == "liveness", p.Path == "replicas":
			// Said above, of what decides it.
		default:
			problems.Add(p.Path, "%s", p.Message)
		}
	}
	return problems
}

func (a *Args) workload() *workload.Args {
	return &workload.Args{
		AppName:      a.ServiceName,
		Component:    a.ServiceName,
		Replicas:     a.MinReplicas,
		MaxReplicas:  a.MaxReplicas,
		Class:        workload.Burstable,
		DrainSeconds: DrainSeconds,
		Container: workload.Container{
			Image:          a.Image,
			Port:           a.Port,
			Resources:      a.Resources,
			Health:         workload.Probe{Path: a.HealthPath},
			StartupSeconds: startupSeconds,
			WritablePaths:  map[string]string{"/tmp": scratchSize},
			Environment:    a.With(nil),
		},
		Place: a.Place,
	}
}

// Service is a service of the product.
type Service struct {
	pulumi.ResourceState

	// Workload is what it runs in.
	Workload *workload.Workload
}

// New creates a service. It fails before the first resource if args do not validate.
func New(ctx *pulumi.Context, name string, args *Args, opts ...pulumi.ResourceOption) (*Service, error) {
	if err := args.Validate().Err(); err != nil {
		return nil, fmt.Errorf("service %q: %w", name, err)
	}
	s := &Service{}
	if err := ctx.RegisterComponentResource("coffee:service:Service", name, s, opts...); err != nil {
		return nil, fmt.Errorf("registering service %q: %w", name, err)
	}
	w, err := workload.New(ctx, name, args.workload(), pulumi.Parent(s))
	if err != nil {
		return nil, err
	}
	s.Workload = w
	return s, ctx.RegisterResourceOutputs(s, pulumi.Map{"deploymentName": w.DeploymentName, "serviceName": w.ServiceName})
}
