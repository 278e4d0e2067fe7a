package stacks

import (
	"fmt"
	"hash/fnv"
	"slices"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"coffee-platform/components/apps/api"
	"coffee-platform/components/apps/frontend"
	"coffee-platform/components/apps/render"
	"coffee-platform/components/apps/service"
	"coffee-platform/components/cluster"
	"coffee-platform/components/edge"
	"coffee-platform/components/namespace"
	"coffee-platform/components/network"
)

// The order of the routes in the listener: "/" comes last, and services before it, longer paths first.
const (
	apiPriority      = 100
	servicePriority  = 1000
	frontendPriority = 49000

	// longestPath is what a service's path is at most, and priorities how many each length has.
	longestPath = 64
	priorities  = 700
)

// priorityOf is the place of a service's route. It is made of its name and path alone, so that it stays when others
// come and go: two rules with one priority cannot be there at once, not even while a deployment moves one of them.
func priorityOf(name, path string) int {
	hash := fnv.New32a()
	hash.Write([]byte(name)) // a hash takes everything
	return servicePriority + priorities*max(longestPath-len(path), 0) + int(hash.Sum32()%priorities)
}

// apiPath is where the API is on the internet. It serves its routes there itself.
const apiPath = "/api/"

// edgeArgs are of what the internet meets: the pages, the API, and services that name a path. Renders never.
func (e *Environment) edgeArgs() *edge.Args {
	args := &edge.Args{
		Domain: e.Edge.Domain,
		ZoneID: e.Edge.ZoneID,
		Routes: []edge.Route{
			{
				Name: api.Name, Priority: apiPriority, PathPrefix: apiPath, HiddenPaths: []string{apiPath + "metrics"},
				Service: api.Name, Port: api.Port, HealthPath: api.HealthPath, DrainSeconds: api.DrainSeconds,
			},
			{
				Name: "pages", Priority: frontendPriority, PathPrefix: "/",
				Service: frontend.Name, Port: frontend.Port, HealthPath: frontend.HealthPath, DrainSeconds: frontend.DrainSeconds,
			},
		},
		Internal:                 map[string]int{render.Name: render.Port},
		ClusterName:              e.nameInAWS(),
		RequestsPerAddress:       e.Edge.RequestsPerAddress,
		MaxBodyBytes:             e.Edge.MaxBodyKiB << 10,
		AccessLogRetentionDays:   e.Edge.AccessLogRetentionDays,
		FirewallLogRetentionDays: e.Edge.FirewallLogRetentionDays,
		DeletionProtection:       e.Edge.DeletionProtection,
		ForceDestroy:             e.Edge.ForceDestroy,
		Protect:                  e.protects("edge"),
		Region:                   e.Region,
		AccountID:                e.AccountID,
	}
	for _, name := range e.serviceNames() {
		s := e.Services[name]
		if s.Path == "" {
			continue
		}
		args.Routes = append(args.Routes, edge.Route{
			Name: name, Priority: priorityOf(name, s.Path), PathPrefix: s.Path,
			Service: name, Port: s.Port, HealthPath: s.HealthPath, DrainSeconds: service.DrainSeconds,
		})
	}
	return args
}

// deployEdge opens the door, where the settings name it. Without a domain there is none, and it says so.
func (e *Environment) deployEdge(ctx *pulumi.Context, vpc *network.Network, kubernetes *cluster.Cluster, product *namespace.Namespace,
	options ...pulumi.ResourceOption,
) (*edge.Edge, error) {
	if e.Edge.Domain == "" {
		if err := ctx.Log.Info("edge.domain is not set: the product runs, and nobody reaches it from the internet. "+
			"Set the domain and the id of its Route 53 zone.", nil); err != nil {
			return nil, fmt.Errorf("logging: %w", err)
		}
		return nil, nil // there may be none
	}
	args := e.edgeArgs()
	// What has no image yet has no Service to send requests to.
	args.Routes = slices.DeleteFunc(args.Routes, func(r edge.Route) bool {
		return r.Service == api.Name && e.Images.Backend == "" || r.Service == frontend.Name && e.Images.Frontend == ""
	})
	if len(args.Routes) == 0 {
		return nil, nil // there may be none; the missing images are told of
	}
	args.VPCID = vpc.VPCID
	args.PublicSubnetIDs = vpc.PublicSubnetIDs
	args.InternetGateway = vpc.InternetGateway
	args.ClusterSecurityGroupID = kubernetes.SecurityGroupID
	for i := range args.Routes {
		args.Routes[i].Namespace = product.Name
	}
	return edge.New(ctx, "edge", args, options...)
}

// bindings are what fills the load balancer's target groups: pods come after them.
func bindings(front *edge.Edge) []pulumi.Resource {
	if front == nil {
		return nil
	}
	return front.Bindings
}

// preStopSeconds is how long pods that the load balancer calls go on serving after they were told to stop; 0 leaves
// it to what pods of the cluster take.
func (e *Environment) preStopSeconds() int {
	if e.Edge.Domain == "" {
		return 0
	}
	return edge.PreStopSeconds
}
