// Package api is the product's API: FastAPI on uvicorn, stateless, from the backend image.
package api

import (
	"fmt"
	"strconv"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"coffee-platform/components/workload"
	"coffee-platform/internal/problem"
)

// Name is the name of the API's Deployment, Service and service account.
const Name = "api"

// Port is the port it listens on.
const Port = 8000

// HealthPath tells whether it can do its work, database and broker included.
const HealthPath = "/health"

// What the backend image promises; docs/image-contract.md holds the promises with their reasons.
const (
	// startupSeconds covers imports and the first connections, with a wide margin.
	startupSeconds = 60

	// DrainSeconds is uvicorn's --timeout-graceful-shutdown.
	DrainSeconds = 30

	// scratchSize bounds what the process writes to /tmp; uploads go straight to object storage.
	scratchSize = "64Mi"
)

// Args describe the API. Plain values decide what is created, inputs come from other resources.
type Args struct {
	// Image is the backend image, by digest.
	Image string
	// MinReplicas is how many pods run at least, MaxReplicas how many at most.
	MinReplicas int
	MaxReplicas int
	// Class is the pods' quality of service, Resources what each gets.
	Class     workload.Class
	Resources workload.Resources
	// PoolSize is how many database connections each pod keeps, MaxOverflow how many more it may open for a while.
	PoolSize    int
	MaxOverflow int
	// Place is where it runs, and what is around it.
	workload.Place
}

// Validate reports every problem of the plain arguments; paths are relative to them.
func (a *Args) Validate() problem.List {
	var problems problem.List
	if a.PoolSize < 1 {
		problems.Add("poolSize", "%d leaves no connection to the database: use at least 1", a.PoolSize)
	}
	if a.MaxOverflow < 0 {
		problems.Add("maxOverflow", "%d is negative: use 0 or more", a.MaxOverflow)
	}
	if a.MinReplicas < 1 {
		problems.Add("minReplicas", "%d runs nothing: use at least 1", a.MinReplicas)
	}
	if a.MaxReplicas < 1 {
		problems.Add("maxReplicas", "%d runs nothing: use at least minReplicas", a.MaxReplicas)
	}
	problems.AddUnder("", a.workload().Validate())
	return problems
}

// Connections is how many database connections a pod may have open.
func (a *Args) Connections() int { return a.PoolSize + a.MaxOverflow }

// workload is what the API asks of the pod it runs in.
func (a *Args) workload() *workload.Args {
	return &workload.Args{
		AppName:      Name,
		Component:    "api",
		Replicas:     a.MinReplicas,
		MaxReplicas:  a.MaxReplicas,
		Class:        a.Class,
		DrainSeconds: DrainSeconds,
		Container: workload.Container{
			Image:          a.Image,
			Port:           Port,
			Resources:      a.Resources,
			Health:         workload.Probe{Path: HealthPath},
			StartupSeconds: startupSeconds,
			WritablePaths:  map[string]string{"/tmp": scratchSize},
			Environment: a.With(pulumi.StringMap{
				"DATABASE_POOL_SIZE":    pulumi.String(strconv.Itoa(a.PoolSize)),
				"DATABASE_MAX_OVERFLOW": pulumi.String(strconv.Itoa(a.MaxOverflow)),
				// Longer than the minute a load balancer keeps an idle connection: a server that closes first loses
				// requests that were sent just then (in seconds; https://uvicorn.dev/settings/).
				"UVICORN_TIMEOUT_KEEP_ALIVE": pulumi.String("75"),
			}),
		},
		Place: a.Place,
	}
}

// API is the product's API.
type API struct {
	pulumi.ResourceState

	// Workload is what it runs in.
	Workload *workload.Workload
}

// New creates the API. It fails before the first resource if args do not validate.
func New(ctx *pulumi.Context, name string, args *Args, opts ...pulumi.ResourceOption) (*API, error) {
	a := &API{}
	if err := args.Validate().Err(); err != nil {
		return nil, fmt.Errorf("api %q: %w", name, err)
	}
	if err := ctx.RegisterComponentResource("coffee:api:API", name, a, opts...); err != nil {
		return nil, fmt.Errorf("registering api %q: %w", name, err)
	}
	w, err := workload.New(ctx, name, args.workload(), pulumi.Parent(a))
	if err != nil {
		return nil, err
	}
	a.Workload = w
	return a, ctx.RegisterResourceOutputs(a, pulumi.Map{"deploymentName": w.DeploymentName, "serviceName": w.ServiceName})
}
