package budget

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/api/resource"

	"coffee-platform/internal/problem"
)

// NodePool is a pool of nodes and what bounds it.
type NodePool struct {
	// Name is the pool's name, and the first part of the paths of its problems.
	Name string
	// Families and CPUs are the instance families and sizes, in vCPUs, the pool may launch.
	Families []string
	CPUs     []int
	// MaxCPU and MaxMemoryGiB bound all its nodes together, in vCPUs and GiB.
	MaxCPU, MaxMemoryGiB int
	// DiskGiB is a node's ephemeral storage.
	DiskGiB int
	// Daemons are the pods that run on every node, one of each: of DaemonSets. Auto Mode's own are no pods.
	Daemons []Pod
}

// shapes are the kinds of nodes the pool may launch; families that are not known are reported.
func (p NodePool) shapes(problems *problem.List) []shape {
	var shapes []shape
	for _, family := range p.Families {
		perCPU, ok := memoryPerCPU(family)
		if !ok {
			problems.Add(p.Name+".families", "how much memory %s has is not known here: use c, m or r families from the fifth generation on, or g4dn, g5, g6, g6e, gr6", family)
			continue
		}
		for _, cpus := range p.CPUs {
			if s := (shape{cpus: cpus, memoryGiB: perCPU * cpus}); !slices.Contains(shapes, s) {
				shapes = append(shapes, s)
			}
		}
	}
	return shapes
}

// allows is how many nodes of a shape the pool's limits allow.
func (p NodePool) allows(s shape) int {
	return min(p.MaxCPU/s.cpus, p.MaxMemoryGiB/s.memoryGiB)
}

// maxNodes is how many nodes the pool can have: of the smallest, and one that is being replaced.
func (p NodePool) maxNodes() int {
	return p.MaxCPU/slices.Min(p.CPUs) + 1
}

// placement is what it takes to place all pods of a pool on nodes of one shape.
type placement struct {
	shape shape
	nodes int
	// perNode is how many pods of each workload a node has room for, alone.
	perNode []int64
}

func (p placement) cpus() int      { return p.nodes * p.shape.cpus }
func (p placement) memoryGiB() int { return p.nodes * p.shape.memoryGiB }

// NodePools holds the pods of each pool, at their maxima and with a rollout's surge, to the pool's limits, placing
// whole pods on whole nodes. A pool fits if its limits have room for enough nodes of one of its kinds. Karpenter
// chooses a kind for each node as pods come, and may do worse for a while; the last pods then wait until it has
// consolidated. Paths are relative to the settings of all pools: "general.maxCpu".
func NodePools(pools []NodePool, workloads []Workload) ([]Use, problem.List) {
	var uses []Use
	var problems problem.List
	homeless := slices.Clone(workloads)
	for _, pool := range pools {
		runsHere := func(w Workload) bool { return w.Pool == pool.Name }
		homeless = slices.DeleteFunc(homeless, runsHere)
		here := slices.DeleteFunc(slices.Clone(workloads), func(w Workload) bool { return !runsHere(w) })
		if use, ok := pool.check(here, &problems); ok {
			uses = append(uses, use)
		}
	}
	for _, w := range homeless {
		problems.Add(w.Pool, "is the pool %s runs on, and there is none of that name", w.Name)
	}
	return uses, problems
}

// check places the pool's workloads; it answers false when they cannot be placed at all.
func (p NodePool) check(workloads []Workload, problems *problem.List) (Use, bool) {
	var unknown problem.List
	shapes := p.shapes(&unknown)
	if len(unknown) > 0 {
		*problems = append(*problems, unknown...)
		return Use{}, false
	}
	var best placement
	fits := false
	for _, s := range shapes {
		candidate, ok := p.place(workloads, s)
		if !ok {
			continue
		}
		candidateFits := candidate.nodes <= p.allows(s)
		if best.shape == (shape{}) || candidateFits && !fits || candidateFits == fits && smaller(candidate, best) {
			best, fits = candidate, candidateFits
		}
	}
	if best.shape == (shape{}) {
		p.reportTooLarge(workloads, shapes, problems)
		return Use{}, false
	}
	if !fits {
		p.reportTooMany(workloads, best, problems)
	}
	return Use{Name: p.Name + " nodes", Used: best.cpus(), Limit: p.MaxCPU, Unit: "vCPUs"}, true
}

// smaller tells whether one placement costs less than another.
func smaller(a, b placement) bool {
	return cmp.Or(cmp.Compare(a.cpus(), b.cpus()), cmp.Compare(a.memoryGiB(), b.memoryGiB()), cmp.Compare(a.nodes, b.nodes)) < 0
}

// place places workloads on nodes of a shape; it answers false when a pod of them is larger than the node.
func (p NodePool) place(workloads []Workload, s shape) (placement, bool) {
	left := s.room(p.DiskGiB, p.Daemons)
	result := placement{shape: s}
	var groups []group
	for _, w := range workloads {
		perNode := left.holds(w.Pod)
		if perNode == 0 {
			return placement{}, false
		}
		result.perNode = append(result.perNode, perNode)
		groups = append(groups, group{count: int64(w.started()), perNode: perNode})
	}
	result.nodes = int(nodesFor(groups))
	return result, true
}

func (p NodePool) reportTooMany(workloads []Workload, best placement, problems *problem.List) {
	terms := make([]string, len(workloads))
	for i, w := range workloads {
		running := w
		running.Draining = 0 // these have their nodes
		terms[i] = fmt.Sprintf("%s %s at %d to a node", w.Name, running.counted(), best.perNode[i])
	}
	path, remedy := p.Name+".maxCpu", fmt.Sprintf("set maxCpu to %d", best.cpus())
	switch cpuShort, memoryShort := best.cpus() > p.MaxCPU, best.memoryGiB() > p.MaxMemoryGiB; {
	case cpuShort && memoryShort:
		remedy += fmt.Sprintf(" and maxMemoryGiB to %d", best.memoryGiB())
	case memoryShort:
		path, remedy = p.Name+".maxMemoryGiB", fmt.Sprintf("set maxMemoryGiB to %d", best.memoryGiB())
	}
	problems.Add(path, "%s take %s of %s, %d vCPUs and %d GiB in all, but maxCpu %d and maxMemoryGiB %d allow %d: lower a maximum, or %s",
		strings.Join(terms, ", "), count(best.nodes, "node"), best.shape, best.cpus(), best.memoryGiB(), p.MaxCPU, p.MaxMemoryGiB, p.allows(best.shape), remedy)
}

// reportTooLarge says of the roomiest node what there is room for, and which pods it has no room for.
func (p NodePool) reportTooLarge(workloads []Workload, shapes []shape, problems *problem.List) {
	largest := slices.MaxFunc(shapes, func(a, b shape) int {
		return cmp.Or(cmp.Compare(a.cpus, b.cpus), cmp.Compare(a.memoryGiB, b.memoryGiB))
	})
	left := largest.room(p.DiskGiB, p.Daemons)
	for _, w := range workloads {
		if left.holds(w.Pod) > 0 {
			continue
		}
		asked := fmt.Sprintf("%s CPU and %s memory", w.Pod.CPU.String(), w.Pod.Memory.String())
		if !w.Pod.EphemeralStorage.IsZero() {
			asked += fmt.Sprintf(" and %s ephemeral storage", w.Pod.EphemeralStorage.String())
		}
		problems.Add(p.Name, "a pod of %s asks for %s, but the largest node, of %s with %d GiB of disk, has room for %dm, %s and %s: ask for less, or allow larger nodes",
			w.Name, asked, largest, p.DiskGiB, left.milliCPU, inMiB(left.memoryBytes), inMiB(left.storageBytes))
	}
}

// inMiB is a number of bytes as a quantity, rounded down.
func inMiB(bytes int64) string {
	return resource.NewQuantity(bytes/mib*mib, resource.BinarySI).String()
}
