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

// What the backend image promises; docs/image-contract.md holds the promises with their reasons.
const (
	port       = 8000
	healthPath = "/health"

	// startupSeconds covers imports and the first connections, with a wide margin.
	startupSeconds = 60

	// drainSeconds is uvicorn's --timeout-graceful-shutdown.
	drainSeconds = 30

	// scratchSize bounds what the process writes to /tmp; uploads go straight to object storage.
	scratchSize = "64Mi"
)

// Args describe the API. Plain values decide what is created, inputs come from other resources.
type Args struct {
	// Image is the backend image, by digest.
	Image string
	// Replicas is how many pods run.
	Replicas int
	// Resources are what each pod gets.
	Resources workload.Resources

	// Namespace is where the API runs.
	Namespace pulumi.StringInput
	// After are the resources after which pods can run: nodes to run on, the identity they run with.
	After []pulumi.Resource
	// DatabaseHost, DatabasePort and DatabaseName are where its database is.
	DatabaseHost pulumi.StringInput
	DatabasePort int
	DatabaseName pulumi.StringInput
}

// Validate reports every problem of the plain arguments; paths are relative to them.
func (a *Args) Validate() problem.List {
	return a.workload().Validate()
}

// workload is what the API asks of the pod it runs in.
func (a *Args) workload() *workload.Args {
	return &workload.Args{
		AppName:        Name,
		Component:      "api",
		Image:          a.Image,
		Port:           port,
		Replicas:       a.Replicas,
		Resources:      a.Resources,
		HealthPath:     healthPath,
		StartupSeconds: startupSeconds,
		DrainSeconds:   drainSeconds,
		WritablePaths:  map[string]string{"/tmp": scratchSize},
		Namespace:      a.Namespace,
		After:          a.After,
		Environment: pulumi.StringMap{
			"DATABASE_HOST":    a.DatabaseHost,
			"DATABASE_PORT":    pulumi.String(strconv.Itoa(a.DatabasePort)),
			"DATABASE_NAME":    a.DatabaseName,
			"DATABASE_SSLMODE": pulumi.String("verify-full"),
		},
	}
}

// API is the product's API.
type API struct {
	pulumi.ResourceState

	// URL is where other pods reach the API.
	URL pulumi.StringOutput `pulumi:"url"`
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
	a.URL = w.URL
	return a, ctx.RegisterResourceOutputs(a, pulumi.Map{"url": a.URL})
}
