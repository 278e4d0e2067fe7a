package budget

import (
	"fmt"
	"strings"

	"k8s.io/apimachinery/pkg/api/resource"
)

// Pod is what a pod asks for, as Kubernetes counts it: its containers and sidecars together, or the largest of
// its init containers if that is more.
type Pod struct {
	// CPU and Memory are the requests, EphemeralStorage too (zero asks for none).
	CPU, Memory, EphemeralStorage resource.Quantity
	// MemoryLimit is the limit; zero means that it is Memory, as for a Guaranteed pod.
	MemoryLimit resource.Quantity
}

// memoryLimit is the limit with its default.
func (p Pod) memoryLimit() resource.Quantity {
	if p.MemoryLimit.IsZero() {
		return p.Memory
	}
	return p.MemoryLimit
}

// Workload is a set of equal pods at its maximum: a Deployment, or a Job, which has neither surge nor draining pods.
type Workload struct {
	// Name is what messages call it: "api".
	Name string
	// Pool is the name of the node pool its pods run on.
	Pool string
	// Pod is what each pod asks for.
	Pod Pod
	// MaxReplicas is the most its autoscaler may ask for; of a Job, how many pods run at once.
	MaxReplicas int
	// MaxSurge is how many pods a rollout starts beyond MaxReplicas.
	MaxSurge int
	// Draining is how many old pods may still be stopping next to those; see DrainingAtOnce.
	Draining int
	// Connections is how many connections to the database each pod may hold: of an API its processes times pool
	// size and overflow, of a worker its processes times threads.
	Connections int
}

// started is how many pods want a node at once. Draining pods are not among them: they have theirs, and what
// starts in their place waits for it.
func (w Workload) started() int { return w.MaxReplicas + w.MaxSurge }

// present is how many pods there are at once.
func (w Workload) present() int { return w.started() + w.Draining }

// counted is present as a sum: "6", "(6 + 1 surge + 2 draining)".
func (w Workload) counted() string {
	terms := []string{fmt.Sprint(w.MaxReplicas)}
	if w.MaxSurge > 0 {
		terms = append(terms, fmt.Sprintf("%d surge", w.MaxSurge))
	}
	if w.Draining > 0 {
		terms = append(terms, fmt.Sprintf("%d draining", w.Draining))
	}
	if len(terms) == 1 {
		return terms[0]
	}
	return "(" + strings.Join(terms, " + ") + ")"
}

// DrainingAtOnce is how many of a Deployment's old pods can be stopping at the same time during a rollout. A
// Deployment waits for new pods to be ready and not for old ones to be gone
// (https://kubernetes.io/docs/concepts/workloads/controllers/deployment/#rolling-update-deployment): it replaces
// step pods (maxSurge + maxUnavailable) each startSeconds, the shortest time in which a pod is ready, while each
// old one takes up to drainSeconds. So a worker whose drain is as long as its longest task drains as a whole.
func DrainingAtOnce(maxReplicas, step, startSeconds, drainSeconds int) int {
	if startSeconds < 1 {
		return maxReplicas
	}
	steps := (drainSeconds + startSeconds - 1) / startSeconds
	return min(maxReplicas, step*steps)
}

// times is a quantity n times.
func times(q resource.Quantity, n int) resource.Quantity {
	product := q.DeepCopy()
	product.Mul(int64(n))
	return product
}
