package stacks

import (
	"fmt"
	"slices"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"coffee-platform/components/apps/api"
	"coffee-platform/components/apps/frontend"
	"coffee-platform/components/apps/migration"
	"coffee-platform/components/apps/render"
	"coffee-platform/components/apps/service"
	"coffee-platform/components/apps/worker"
	"coffee-platform/components/cluster"
	"coffee-platform/components/identity"
	"coffee-platform/components/priority"
	"coffee-platform/components/workload"
	"coffee-platform/stacks/callgraph"
)

// product is what runs of the product, by the name of its Deployment: what has no image yet is not there.
type product struct {
	running map[string]*workload.Workload
}

// deployProduct runs the product, in the order of a release: the schema first, then the API, then who works for it,
// then the pages. What fails stops what comes after it, and leaves it as it was.
func (e *Environment) deployProduct(ctx *pulumi.Context, s *surroundings, kubernetes *cluster.Cluster, rolesDone pulumi.Resource, inAccount, inCluster pulumi.ResourceOption) (*product, error) {
	p := &product{running: map[string]*workload.Workload{}}
	r := &release{environment: e, ctx: ctx, surroundings: s, kubernetes: kubernetes, inAccount: inAccount, inCluster: inCluster}
	var released []pulumi.Resource
	if e.Images.Backend != "" {
		schema, err := r.migrate(rolesDone)
		if err != nil {
			return nil, err
		}
		running, err := r.api(schema)
		if err != nil {
			return nil, err
		}
		p.running[api.Name] = running
		released = []pulumi.Resource{running.Ready}
		for _, args := range e.workers() {
			running, err := r.worker(args, released)
			if err != nil {
				return nil, err
			}
			p.running[worker.Name(args.Queue)] = running
		}
	}
	if e.Images.Render != "" {
		running, err := r.render(released)
		if err != nil {
			return nil, err
		}
		p.running[render.Name] = running
	}
	for _, name := range e.serviceNames() {
		running, err := r.service(name, released)
		if err != nil {
			return nil, err
		}
		p.running[name] = running
	}
	if e.Images.Frontend != "" {
		after := []pulumi.Resource{}
		for _, earlier := range p.running {
			after = append(after, earlier.Ready)
		}
		running, err := r.frontend(after)
		if err != nil {
			return nil, err
		}
		p.running[frontend.Name] = running
	}
	return p, e.tellMissingImages(ctx)
}

// tellMissingImages says what is not deployed for want of an image.
func (e *Environment) tellMissingImages(ctx *pulumi.Context) error {
	for _, image := range []struct{ setting, digest, repository, runs string }{
		{"images.backend", e.Images.Backend, backendRepository, "the API, workers and migrations"},
		{"images.render", e.Images.Render, renderRepository, "the render service"},
		{"images.frontend", e.Images.Frontend, frontendRepository, "the frontend"},
	} {
		if image.digest != "" {
			continue
		}
		if err := ctx.Log.Info(fmt.Sprintf("%s is not set: %s are not deployed, everything else is. Push %s to the registry of the "+
			"shared stack and set its digest.", image.setting, image.runs, image.repository), nil); err != nil {
			return fmt.Errorf("logging: %w", err)
		}
	}
	return nil
}

// release holds what every step of a release needs.
type release struct {
	environment          *Environment
	ctx                  *pulumi.Context
	surroundings         *surroundings
	kubernetes           *cluster.Cluster
	inAccount, inCluster pulumi.ResourceOption
}

// identity lets the pods of an app use the media bucket.
func (r *release) identity(app string) (pulumi.Resource, error) {
	e := r.environment
	args := e.identityArgs(app, r.kubernetes, r.surroundings.bucket.ReadWritePolicy())
	access, err := identity.New(r.ctx, app, args, r.inAccount)
	if err != nil {
		return nil, err
	}
	return access.Association, nil
}

func (r *release) migrate(rolesDone pulumi.Resource) (pulumi.Resource, error) {
	args := r.environment.migrationArgs()
	args.Place = r.surroundings.place(callgraph.Migration, priority.Working, rolesDone)
	m, err := migration.New(r.ctx, migration.Name, args, r.inCluster)
	if err != nil {
		return nil, err
	}
	return m.Done, nil
}

func (r *release) api(schema pulumi.Resource) (*workload.Workload, error) {
	access, err := r.identity(api.Name)
	if err != nil {
		return nil, err
	}
	args := r.environment.apiArgs()
	args.Place = r.surroundings.place(callgraph.API, priority.Serving, schema, access)
	a, err := api.New(r.ctx, api.Name, args, r.inCluster)
	if err != nil {
		return nil, err
	}
	return a.Workload, nil
}

func (r *release) worker(args *worker.Args, after []pulumi.Resource) (*workload.Workload, error) {
	name := worker.Name(args.Queue)
	access, err := r.identity(name)
	if err != nil {
		return nil, err
	}
	args.Place = r.surroundings.place(callgraph.Worker, priority.Working, slices.Concat(after, []pulumi.Resource{access})...)
	w, err := worker.New(r.ctx, name, args, r.inCluster)
	if err != nil {
		return nil, err
	}
	return w.Workload, nil
}

func (r *release) render(after []pulumi.Resource) (*workload.Workload, error) {
	access, err := r.identity(render.Name)
	if err != nil {
		return nil, err
	}
	args := r.environment.renderArgs()
	args.Place = r.surroundings.place(callgraph.Render, priority.Rendering, slices.Concat(after, []pulumi.Resource{access})...)
	rendering, err := render.New(r.ctx, render.Name, args, r.inCluster)
	if err != nil {
		return nil, err
	}
	return rendering.Workload, nil
}

func (r *release) service(name string, after []pulumi.Resource) (*workload.Workload, error) {
	for _, callee := range r.environment.callGraph().Callees(callgraph.Party(name)) {
		if callee == callgraph.Media {
			access, err := r.identity(name)
			if err != nil {
				return nil, err
			}
			after = slices.Concat(after, []pulumi.Resource{access})
		}
	}
	args := r.environment.serviceArgs(name)
	args.Place = r.surroundings.place(callgraph.Party(name), priority.Serving, after...)
	s, err := service.New(r.ctx, name, args, r.inCluster)
	if err != nil {
		return nil, err
	}
	return s.Workload, nil
}

func (r *release) frontend(after []pulumi.Resource) (*workload.Workload, error) {
	args := r.environment.frontendArgs()
	args.Place = r.surroundings.place(callgraph.Frontend, priority.Serving, after...)
	f, err := frontend.New(r.ctx, frontend.Name, args, r.inCluster)
	if err != nil {
		return nil, err
	}
	return f.Workload, nil
}
