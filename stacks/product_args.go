package stacks

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"coffee-platform/components/apps/api"
	"coffee-platform/components/apps/frontend"
	"coffee-platform/components/apps/migration"
	"coffee-platform/components/apps/render"
	"coffee-platform/components/apps/service"
	"coffee-platform/components/apps/worker"
	"coffee-platform/components/nodepool"
	"coffee-platform/components/workload"
)

// The functions below are the plain half of the product's arguments: what validation and the budgets look at before
// anything exists, and what deployProduct then completes.

// image is an image by its repository and digest.
func (e *Environment) image(repository, digest string) string {
	return fmt.Sprintf("%s/%s@%s", e.Images.Registry, repository, digest)
}

func (r Resources) resources() workload.Resources {
	return workload.Resources{CPU: r.CPU, Memory: r.Memory, MemoryLimit: r.MemoryLimit}
}

func (e *Environment) migrationArgs() *migration.Args {
	digest := e.Images.Migrations
	if digest == "" {
		digest = e.Images.Backend
	}
	return &migration.Args{Image: e.image(backendRepository, digest)}
}

func (e *Environment) apiArgs() *api.Args {
	return &api.Args{
		Image:       e.image(backendRepository, e.Images.Backend),
		MinReplicas: e.API.MinReplicas,
		MaxReplicas: e.API.MaxReplicas,
		Class:       workload.Class(e.API.Class),
		Resources:   e.API.Resources.resources(),
		PoolSize:    e.API.PoolSize,
		MaxOverflow: e.API.MaxOverflow,
	}
}

// workerArgs are of the consumers of a queue of the settings.
func (e *Environment) workerArgs(queue string) *worker.Args {
	q := e.Workers.Queues[queue]
	resources := q.Resources.resources()
	resources.EphemeralStorage = q.Scratch
	return &worker.Args{
		Queue:              queue,
		Image:              e.image(backendRepository, e.Images.Backend),
		Module:             e.Workers.Module,
		Processes:          q.Processes,
		Threads:            q.Threads,
		LongestTaskSeconds: q.LongestTaskMinutes * 60,
		MinReplicas:        q.MinReplicas,
		MaxReplicas:        q.MaxReplicas,
		Resources:          resources,
		ScratchSize:        q.Scratch,
	}
}

// queues are the names of the queues of the settings.
func (e *Environment) queues() []string { return slices.Sorted(maps.Keys(e.Workers.Queues)) }

const (
	// consumerScratch bounds what consumers of renders write to /tmp: a heartbeat and figures.
	consumerScratch = "64Mi"

	// consumerMargin is what a task that asks for a render may take beyond the render, in seconds: waiting for a
	// node and the image, and for a free slot.
	consumerMargin = 600
)

// consumerArgs are of the consumers of the queue of renders. They wait rather than work: altogether they have one
// thread for each render there can be, so that there are never more callers than slots.
func (e *Environment) consumerArgs() *worker.Args {
	rendering := e.renderArgs()
	// A release finds all gates there can be stopping beside their successors.
	balancer, aliases, _ := render.Balancer(productNamespace, 2*rendering.MaxReplicas, rendering.LongestRenderSeconds)
	return &worker.Args{
		Sidecar:            balancer,
		HostAliases:        aliases,
		Queue:              e.Render.Queue,
		Image:              e.image(backendRepository, e.Images.Backend),
		Module:             e.Workers.Module,
		Processes:          1,
		Threads:            e.Render.MaxReplicas / max(e.Render.Consumers, 1),
		LongestTaskSeconds: rendering.LongestRenderSeconds + consumerMargin,
		MinReplicas:        e.Render.Consumers,
		Resources:          e.Render.ConsumerResources.resources(),
		ScratchSize:        consumerScratch,
	}
}

// workers are the consumers of all queues.
func (e *Environment) workers() []*worker.Args {
	var all []*worker.Args
	for _, queue := range e.queues() {
		all = append(all, e.workerArgs(queue))
	}
	return append(all, e.consumerArgs())
}

func (e *Environment) renderArgs() *render.Args {
	pool := e.renderPoolArgs().PoolName
	return &render.Args{
		Image:                e.image(renderRepository, e.Images.Render),
		Profile:              e.Render.Profile,
		MaxReplicas:          e.Render.MaxReplicas,
		LongestRenderSeconds: e.Render.LongestRenderMinutes * 60,
		NodePool:             workload.Pool{Name: pool, Label: nodepool.Label, TaintKey: nodepool.TaintKey(pool)},
	}
}

func (e *Environment) frontendArgs() *frontend.Args {
	return &frontend.Args{
		Image:       e.image(frontendRepository, e.Images.Frontend),
		MinReplicas: e.Frontend.MinReplicas,
		MaxReplicas: e.Frontend.MaxReplicas,
		Resources:   e.Frontend.Resources.resources(),
	}
}

// serviceNames are the names of the services of the settings.
func (e *Environment) serviceNames() []string { return slices.Sorted(maps.Keys(e.Services)) }

func (e *Environment) serviceArgs(name string) *service.Args {
	s := e.Services[name]
	return &service.Args{
		ServiceName: name,
		Image:       e.image(s.Repository, s.Digest),
		Port:        s.Port,
		HealthPath:  s.HealthPath,
		MinReplicas: s.MinReplicas,
		MaxReplicas: s.MaxReplicas,
		Resources:   s.Resources.resources(),
	}
}

// urlVariable is the environment variable that holds a service's URL: "THUMBNAILS_URL".
func urlVariable(service string) string {
	return strings.ToUpper(strings.ReplaceAll(service, "-", "_")) + "_URL"
}
