// Package migration changes the database's schema for a release: one Job, run to success before anything of the
// release starts. If it fails, what runs goes on running.
package migration

import (
	"fmt"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"coffee-platform/components/workload"
	"coffee-platform/internal/problem"
)

// Name is the name of the migration's service account, and the beginning of its Jobs'.
const Name = "migration"

const (
	// deadlineSeconds covers a node that has to be started first, the image, and every attempt. A migration that
	// takes longer than some minutes locks out the product and belongs into two phases (docs/image-contract.md).
	deadlineSeconds = 1800

	// attempts beyond the first: a database that is failing over is back within two minutes.
	attempts = 3

	// digestLength is as much of the image's digest as tells releases apart.
	digestLength = 10

	scratchSize = "64Mi"
)

// Args describe a migration. Plain values decide what is created, inputs come from other resources.
type Args struct {
	// Image is the backend image whose migrations run, by digest. Its digest names the release.
	Image string
	// Place is where it runs, and what is around it.
	workload.Place
}

// Validate reports every problem of the plain arguments; paths are relative to them.
func (a *Args) Validate() problem.List { return a.job().Validate() }

// JobName is the name of the Job of a release, made of its image's digest.
func (a *Args) JobName() string {
	_, digest, _ := strings.Cut(a.Image, "@sha256:")
	return Name + "-" + digest[:min(digestLength, len(digest))]
}

func (a *Args) job() *workload.JobArgs {
	return &workload.JobArgs{
		AppName:         Name,
		Component:       "migration",
		JobName:         a.JobName(),
		DeadlineSeconds: deadlineSeconds,
		Attempts:        attempts,
		Container: workload.Container{
			Image:         a.Image,
			Command:       []string{"alembic", "upgrade", "head"},
			Resources:     workload.Resources{CPU: "250m", Memory: "256Mi", MemoryLimit: "512Mi"},
			WritablePaths: map[string]string{"/tmp": scratchSize},
			Environment:   a.With(nil),
		},
		Place: a.Place,
	}
}

// Resources are what the Job's pod gets, for whoever budgets.
func Resources() workload.Resources { return (&Args{}).job().Container.Resources }

// Migration is the schema of a release.
type Migration struct {
	pulumi.ResourceState

	// Done is the resource after which the schema is the release's.
	Done pulumi.Resource
}

// New creates a migration and waits until it has succeeded. It fails before the first resource if args do not
// validate.
func New(ctx *pulumi.Context, name string, args *Args, opts ...pulumi.ResourceOption) (*Migration, error) {
	if err := args.Validate().Err(); err != nil {
		return nil, fmt.Errorf("migration %q: %w", name, err)
	}
	m := &Migration{}
	if err := ctx.RegisterComponentResource("coffee:migration:Migration", name, m, opts...); err != nil {
		return nil, fmt.Errorf("registering migration %q: %w", name, err)
	}
	job, err := workload.NewJob(ctx, name, args.job(), pulumi.Parent(m))
	if err != nil {
		return nil, err
	}
	m.Done = job.Done
	return m, ctx.RegisterResourceOutputs(m, pulumi.Map{})
}
