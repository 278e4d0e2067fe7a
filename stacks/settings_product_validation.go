package stacks

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"coffee-platform/components/apps/api"
	"coffee-platform/components/apps/frontend"
	"coffee-platform/components/apps/migration"
	"coffee-platform/components/apps/render"
	"coffee-platform/components/apps/worker"
	"coffee-platform/internal/problem"
	"coffee-platform/stacks/callgraph"
)

// anyImage stands for images that are not named yet, or not well, so that all else about what runs them is looked at;
// what is wrong with them validateImages says.
const anyImage = "registry/image@sha256:0000000000000000000000000000000000000000000000000000000000000000"

var logLevels = []string{"debug", "info", "warning", "error"}

// validateProduct reports everything that cannot be about what runs of the product.
func (e *Environment) validateProduct(problems *problem.List) {
	if !slices.Contains(logLevels, e.LogLevel) {
		problems.Add("logLevel", "%q is not a level: use one of %s", e.LogLevel, strings.Join(logLevels, ", "))
	}
	apiArgs := e.apiArgs()
	apiArgs.Image = anyImage
	problems.AddUnder("api", apiArgs.Validate())
	validatePercent(problems, "api.cpuPercent", e.API.CPUPercent)
	if e.API.RequestsPerSecond < 1 {
		problems.Add("api.requestsPerSecond", "%d is no work for a pod: use at least 1", e.API.RequestsPerSecond)
	}
	frontendArgs := e.frontendArgs()
	frontendArgs.Image = anyImage
	problems.AddUnder("frontend", frontendArgs.Validate())
	validatePercent(problems, "frontend.cpuPercent", e.Frontend.CPUPercent)

	e.validateWorkers(problems)
	e.validateRender(problems)
	e.validateServices(problems)
	e.validateGrace(problems)
	for path, quota := range map[string]int{"standardVcpus": e.AccountQuotas.StandardVCPUs, "gpuVcpus": e.AccountQuotas.GPUVCPUs} {
		if quota < 0 {
			problems.Add("accountQuotas."+path, "%d is negative: write what Service Quotas shows", quota)
		}
	}
}

func validatePercent(problems *problem.List, path string, percent int) {
	if percent < 1 || percent > 100 {
		problems.Add(path, "%d is outside 1 to 100", percent)
	}
}

func (e *Environment) validateWorkers(problems *problem.List) {
	for _, queue := range e.queues() {
		args := e.workerArgs(queue)
		args.Image = anyImage
		for _, p := range args.Validate() {
			if p.Path == "module" {
				continue // said once, below
			}
			problems.Add("workers.queues."+queue+"."+settingOfWorker(p.Path), "%s", p.Message)
		}
		if e.Workers.Queues[queue].MaxReplicas < 1 {
			problems.Add("workers.queues."+queue+".maxReplicas", "%d runs nothing: use at least minReplicas", e.Workers.Queues[queue].MaxReplicas)
		}
		if queue == e.Render.Queue {
			problems.Add("workers.queues."+queue, "is the queue of renders, whose consumers render.consumers sets: leave it out here")
		}
	}
	consumers := e.consumerArgs()
	consumers.Image = anyImage
	for _, p := range consumers.Validate() {
		if p.Path == "module" {
			problems.Add("workers.module", "%s", p.Message)
		}
	}
}

// settingOfWorker is the setting behind a path of worker.Args.
func settingOfWorker(path string) string {
	switch path {
	case "writablePaths[/tmp]", "resources.ephemeralStorage":
		return "scratch"
	}
	return path
}

func (e *Environment) validateRender(problems *problem.List) {
	args := e.renderArgs()
	args.Image = anyImage
	problems.AddUnder("render", args.Validate())
	if _, _, found := render.Balancer(productNamespace, 2*args.MaxReplicas, args.LongestRenderSeconds); args.MaxReplicas > 0 {
		for _, p := range found {
			if p.Path == "gates" {
				problems.Add("render.maxReplicas", "%d renders, and as many of the release before, are %s gates", args.MaxReplicas, p.Message)
			}
		}
	}
	consumers := e.consumerArgs()
	consumers.Image = anyImage
	for _, p := range consumers.Validate() {
		switch {
		case p.Path == "queue":
			problems.Add("render.queue", "%s", p.Message)
		case strings.HasPrefix(p.Path, "resources."):
			problems.Add("render.consumerResources."+strings.TrimPrefix(p.Path, "resources."), "%s", p.Message)
		}
	}
	switch {
	case e.Render.Consumers < 1:
		problems.Add("render.consumers", "%d asks for no render: use at least 1", e.Render.Consumers)
	case e.Render.MaxReplicas%e.Render.Consumers != 0:
		problems.Add("render.consumers", "%d do not share %d renders equally: use a divisor of maxReplicas", e.Render.Consumers, e.Render.MaxReplicas)
	}
}

// reserved are the names that a service of the settings cannot have: those of the product's own parts.
func (e *Environment) reserved() []string {
	names := []string{
		api.Name, frontend.Name, render.Name, migration.Name, "database-roles", "worker", "autoscaling-redis",
		string(callgraph.LoadBalancer), string(callgraph.Autoscaler), string(callgraph.Postgres), string(callgraph.Redis),
		string(callgraph.Media), string(callgraph.SecretsManager), string(callgraph.PublicHTTPS),
	}
	for _, args := range e.workers() {
		names = append(names, worker.Name(args.Queue))
	}
	return names
}

var repositoryName = regexp.MustCompile(`^[a-z0-9]+([._/-][a-z0-9]+)*$`)

func (e *Environment) validateServices(problems *problem.List) {
	callable := []string{
		string(callgraph.API), string(callgraph.Render), string(callgraph.Postgres), string(callgraph.Redis), string(callgraph.Media),
		string(callgraph.PublicHTTPS),
	}
	calling := []string{string(callgraph.API), string(callgraph.Worker), string(callgraph.Frontend)}
	names := e.serviceNames()
	for _, name := range names {
		s, path := e.Services[name], "services."+name
		args := e.serviceArgs(name)
		args.Image = anyImage
		problems.AddUnder(path, args.Validate())
		if slices.Contains(e.reserved(), name) {
			problems.Add(path, "is a part of the product already: use another name")
		}
		if !repositoryName.MatchString(s.Repository) {
			problems.Add(path+".repository", "%q is not the name of a repository: write one like cpv3-thumbnails", s.Repository)
		}
		if !imageDigest.MatchString(s.Digest) {
			problems.Add(path+".digest", "%q is not a digest: write sha256:<64 hexadecimal digits>, as the registry shows it", s.Digest)
		}
		for list, allowed := range map[string][]string{"calls": slices.Concat(callable, names), "calledBy": slices.Concat(calling, names)} {
			parties := s.Calls
			if list == "calledBy" {
				parties = s.CalledBy
			}
			for i, party := range parties {
				if !slices.Contains(allowed, party) || party == name {
					problems.Add(fmt.Sprintf("%s.%s[%d]", path, list, i), "%q is nobody it could be: use some of %s", party, strings.Join(allowed, ", "))
				}
			}
		}
		switch {
		case s.Connections < 0:
			problems.Add(path+".connections", "%d is negative: use 0 or more", s.Connections)
		case (s.Connections > 0) != slices.Contains(s.Calls, string(callgraph.Postgres)):
			problems.Add(path+".connections", "%d: what calls postgres says how many connections a pod may open, and what does not says 0", s.Connections)
		}
		validatePercent(problems, path+".cpuPercent", s.CPUPercent)
	}
}

// validateGrace holds what pods may take to stop to what their nodes give them: a pod whose time is longer than its
// node's is not given either, it is deleted when the node begins to drain
// (https://karpenter.sh/docs/concepts/disruption/#terminationgraceperiod).
func (e *Environment) validateGrace(problems *problem.List) {
	general, rendering := e.NodePools.General.DrainMinutes*60, e.NodePools.Render.DrainMinutes*60
	hold := func(path string, grace, drain int, pool string) {
		if grace >= drain {
			problems.Add(path, "a pod may take %d seconds to stop, and a node of nodePools.%s is drained for %d: lower it, or raise nodePools.%s.drainMinutes",
				grace, pool, drain, pool)
		}
	}
	for _, queue := range e.queues() {
		hold("workers.queues."+queue+".longestTaskMinutes", e.workerArgs(queue).GraceSeconds(), general, "general")
	}
	hold("render.longestRenderMinutes", e.consumerArgs().GraceSeconds(), general, "general")
	hold("render.longestRenderMinutes", e.renderArgs().GraceSeconds(), rendering, "render")
}

// validateEdge reports everything that cannot be about what the internet meets. Without a domain there is none, and
// the rest is looked at all the same.
func (e *Environment) validateEdge(problems *problem.List) {
	args := e.edgeArgs()
	if args.Domain == "" && args.ZoneID == "" {
		args.Domain, args.ZoneID = "coffee.example", "Z0"
	}
	for _, p := range args.Validate() {
		switch {
		case p.Path == "region", p.Path == "accountId", strings.HasSuffix(p.Path, ".healthPath"), strings.HasSuffix(p.Path, ".port"):
			// Said already, of what decides it.
		case p.Path == "maxBodyBytes":
			problems.Add("edge.maxBodyKiB", "%s", p.Message)
		case strings.HasPrefix(p.Path, "routes["):
			var i int
			if _, err := fmt.Sscanf(p.Path, "routes[%d]", &i); err == nil {
				problems.Add("services."+args.Routes[i].Name+".path", "%s: %s", p.Path[strings.LastIndex(p.Path, ".")+1:], p.Message)
			}
		default:
			problems.Add("edge."+p.Path, "%s", p.Message)
		}
	}
}
