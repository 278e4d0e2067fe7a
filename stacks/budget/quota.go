package budget

import "k8s.io/apimachinery/pkg/api/resource"

// Quota is what a namespace's pods may ask for together: the hard limits of a ResourceQuota. It has no limit of
// CPU: Burstable pods have none, and a quota would refuse pods without one.
type Quota struct {
	RequestsCPU, RequestsMemory, LimitsMemory, RequestsEphemeralStorage resource.Quantity
	Pods                                                                resource.Quantity
}

// quotaResource is one of a quota's limits: its name in Kubernetes, and what a pod takes of it.
type quotaResource struct {
	name  string
	of    func(*Quota) *resource.Quantity
	asked func(Pod) resource.Quantity
}

var quotaResources = []quotaResource{
	{"requests.cpu", func(q *Quota) *resource.Quantity { return &q.RequestsCPU }, func(p Pod) resource.Quantity { return p.CPU }},
	{"requests.memory", func(q *Quota) *resource.Quantity { return &q.RequestsMemory }, func(p Pod) resource.Quantity { return p.Memory }},
	{"limits.memory", func(q *Quota) *resource.Quantity { return &q.LimitsMemory }, Pod.memoryLimit},
	{"requests.ephemeral-storage", func(q *Quota) *resource.Quantity { return &q.RequestsEphemeralStorage },
		func(p Pod) resource.Quantity { return p.EphemeralStorage }},
	{"pods", func(q *Quota) *resource.Quantity { return &q.Pods }, func(Pod) resource.Quantity { return resource.MustParse("1") }},
}

// QuotaFor is exactly what a namespace's workloads can ask for at once: at their maxima, all in a rollout, with
// old pods still draining, and its Jobs running. A pod counts until it is gone.
func QuotaFor(workloads []Workload) Quota {
	var quota Quota
	for _, r := range quotaResources {
		sum := r.of(&quota)
		for _, w := range workloads {
			sum.Add(times(r.asked(w.Pod), w.present()))
		}
	}
	return quota
}

// Hard is the quota as a ResourceQuota has it: spec.hard. What is zero is left out, and not limited. Where it has
// requests.ephemeral-storage, Kubernetes refuses pods that do not ask for any: give them a default by LimitRange.
func (q Quota) Hard() map[string]string {
	hard := map[string]string{}
	for _, r := range quotaResources {
		if limit := r.of(&q); !limit.IsZero() {
			hard[r.name] = limit.String()
		}
	}
	return hard
}
