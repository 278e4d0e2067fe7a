package stacks

import (
	"cmp"
	"slices"

	"k8s.io/apimachinery/pkg/api/resource"

	"coffee-platform/components/apps/api"
	"coffee-platform/components/apps/frontend"
	"coffee-platform/components/apps/migration"
	"coffee-platform/components/apps/render"
	"coffee-platform/components/apps/service"
	"coffee-platform/components/apps/worker"
	"coffee-platform/components/autoscaling"
	"coffee-platform/components/cluster"
	"coffee-platform/components/databaseroles"
	"coffee-platform/components/externalsecrets"
	"coffee-platform/components/namespace"
	"coffee-platform/components/network"
	"coffee-platform/components/workload"
	"coffee-platform/internal/problem"
	"coffee-platform/stacks/budget"
)

// servingStartSeconds is the shortest time in which a pod that serves is ready, in seconds: until its second probe.
// A rollout replaces one pod in each.
const servingStartSeconds = 4

// jobConnections are what a Job opens: one to work, one to look.
const jobConnections = 2

// pod is what containers ask for together.
func pod(containers ...workload.Resources) budget.Pod {
	var p budget.Pod
	for _, c := range containers {
		p.CPU.Add(resource.MustParse(c.CPU))
		p.Memory.Add(resource.MustParse(c.Memory))
		limit := c.MemoryLimit
		if limit == "" {
			limit = c.Memory
		}
		p.MemoryLimit.Add(resource.MustParse(limit))
		if c.EphemeralStorage != "" {
			p.EphemeralStorage.Add(resource.MustParse(c.EphemeralStorage))
		}
	}
	return p
}

// productWorkloads are all pods of the product there can be at once, whether their images are there yet or not.
func (e *Environment) productWorkloads() []budget.Workload {
	general := e.generalPoolArgs().PoolName
	serving := func(name string, p budget.Pod, maximum, preStop, drain, connections int) budget.Workload {
		return budget.Workload{
			Name: name, Pool: general, Pod: p, MaxReplicas: maximum, MaxSurge: 1, Connections: connections,
			Draining: budget.DrainingAtOnce(maximum, 1, servingStartSeconds, preStop+drain),
		}
	}
	preStop := cmp.Or(e.preStopSeconds(), workload.PreStopSeconds)
	apiArgs, frontendArgs, renderArgs := e.apiArgs(), e.frontendArgs(), e.renderArgs()
	all := []budget.Workload{
		serving(api.Name, pod(apiArgs.Resources), apiArgs.MaxReplicas, preStop, api.DrainSeconds, apiArgs.Connections()),
		serving(frontend.Name, pod(frontendArgs.Resources), frontendArgs.MaxReplicas, preStop, frontend.DrainSeconds, 0),
		// What renders and works on tasks may take as long to stop as its longest task: a release finds all of it
		// stopping beside its successors.
		{
			Name: render.Name, Pool: e.renderPoolArgs().PoolName, Pod: pod(renderArgs.Resources()...),
			MaxReplicas: renderArgs.MaxReplicas, Draining: renderArgs.MaxReplicas,
		},
		{Name: migration.Name, Pool: general, Pod: pod(migration.Resources()), MaxReplicas: 1, Connections: jobConnections},
		{Name: "database-roles", Pool: general, Pod: pod(databaseroles.Resources), MaxReplicas: 1, Connections: jobConnections},
	}
	for _, args := range e.workers() {
		maximum := max(args.MinReplicas, args.MaxReplicas)
		all = append(all, budget.Workload{
			Name: worker.Name(args.Queue), Pool: general, Pod: pod(args.AllResources()...),
			MaxReplicas: maximum, MaxSurge: 1, Draining: maximum, Connections: args.Connections(),
		})
	}
	for _, name := range e.serviceNames() {
		args := e.serviceArgs(name)
		all = append(all, serving(name, pod(args.Resources), args.MaxReplicas, preStop, service.DrainSeconds, e.Services[name].Connections))
	}
	return all
}

// systemWorkloads are the pods of what the product needs in the cluster, by namespace.
func (e *Environment) systemWorkloads() map[string][]budget.Workload {
	controller := func(name string, resources workload.Resources) budget.Workload {
		return budget.Workload{
			Name: name, Pool: e.generalPoolArgs().PoolName, Pod: pod(resources), MaxReplicas: e.systemReplicas(), MaxSurge: 1,
			Draining: e.systemReplicas(),
		}
	}
	return map[string][]budget.Workload{
		externalsecrets.NamespaceName: {controller("external-secrets", externalsecrets.Resources)},
		autoscaling.NamespaceName: {
			controller("keda-operator", autoscaling.Resources),
			controller("keda-operator-metrics-apiserver", autoscaling.Resources),
		},
	}
}

// quota is what all pods of a namespace may ask for together: what they can come to, and no more.
func quota(workloads []budget.Workload) map[string]string {
	bounded := slices.Clone(workloads)
	for i := range bounded {
		// With disk in the quota, a pod that asks for none would be refused.
		bounded[i].Pod.EphemeralStorage = resource.Quantity{}
	}
	return budget.QuotaFor(bounded).Hard()
}

func (e *Environment) namespaceArgs() *namespace.Args {
	return &namespace.Args{
		NamespaceName:      productNamespace,
		PodSecurityVersion: e.Cluster.Version,
		DNSAddress:         cluster.DNSAddress,
		Quota:              quota(e.productWorkloads()),
		GateOnLoadBalancer: e.Edge.Domain != "",
	}
}

// budgets hold what settings ask for to what there is. The settings are valid one by one; a budget says whether
// they are together. It returns how much of everything is used, too.
func (e *Environment) budgets() ([]budget.Use, problem.List) {
	var problems problem.List
	workloads := e.productWorkloads()
	for _, system := range e.systemWorkloads() {
		workloads = append(workloads, system...)
	}
	connections, found := budget.Connections(budget.Database{
		InstanceClass:  e.Postgres.InstanceClass,
		MaxConnections: e.Postgres.MaxConnections,
		Operations:     operationsConnections,
	}, workloads)
	problems.AddUnder("postgres", found)
	uses := []budget.Use{connections}

	var pools []budget.NodePool
	for _, p := range e.poolArgs() {
		pools = append(pools, budget.NodePool{
			Name: p.PoolName, Families: p.Families, CPUs: p.CPUs, MaxCPU: p.MaxCPU, MaxMemoryGiB: p.MaxMemoryGiB, DiskGiB: p.DiskGiB,
		})
	}
	nodes, found := budget.NodePools(pools, workloads)
	problems.AddUnder("nodePools", found)
	vcpus, found := budget.VCPUs(budget.AccountQuotas{
		StandardVCPUs: e.AccountQuotas.StandardVCPUs, GPUVCPUs: e.AccountQuotas.GPUVCPUs,
	}, pools)
	problems.AddUnder("accountQuotas", found)
	addresses, found := budget.Addresses(e.subnetsOfAZone(), pools, workloads)
	problems.AddUnder("network.cidr", found)
	return slices.Concat(uses, nodes, vcpus, addresses), problems
}

// operationsConnections are kept free of the product: RDS's own sessions, and people who look into a problem.
const operationsConnections = 5

// subnetsOfAZone are the subnets that nodes, pods and the load balancer share in one zone.
func (e *Environment) subnetsOfAZone() budget.Subnets {
	args := e.networkArgs()
	subnets := budget.Subnets{
		PrivateBits: args.PrivateBits(), PublicBits: args.PublicBits(),
		Endpoints: len(e.Network.InterfaceEndpoints), LoadBalancers: 1,
	}
	if args.NAT != network.NATNone {
		subnets.NATGateways = 1
	}
	return subnets
}
