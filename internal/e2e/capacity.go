package e2e

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	"k8s.io/apimachinery/pkg/util/intstr"
)

// capacity scales every Deployment to the most its autoscaler may ask for, all at once, and one rollout further.
func capacity(ctx context.Context, c *cluster, s *section) error {
	if err := c.pauseAutoscaling(ctx, true); err != nil {
		return err
	}
	all, err := c.deployments(ctx)
	if err != nil {
		return err
	}
	before := map[string]int32{}
	asked := map[string]int{}
	for _, d := range all {
		b, err := c.bounds(d)
		if err != nil {
			return err
		}
		before[d.Name], asked[d.Name] = max(*d.Spec.Replicas, b.min), int(b.max)
		if err := c.scale(ctx, d, b.max); err != nil {
			return err
		}
	}
	took, err := c.awaitSettled(ctx)
	if err != nil {
		s.check(false, "every Deployment reaches its maximum", "%v", err)
	} else {
		s.check(true, "every Deployment reaches its maximum", "%s in %.1f s", counts(asked), took.Seconds())
	}
	if err := c.packing(ctx, s); err != nil {
		return err
	}
	if err := c.quotaAtRollout(ctx, s, all); err != nil {
		return err
	}
	for _, d := range all {
		if err := c.scale(ctx, d, before[d.Name]); err != nil {
			return err
		}
	}
	if err := c.pauseAutoscaling(ctx, false); err != nil {
		return err
	}
	_, err = c.awaitSettled(ctx)
	return err
}

// packing reports, for each node pool, its nodes, their price, and how much of them is asked for.
func (c *cluster) packing(ctx context.Context, s *section) error {
	pools, err := c.usage(ctx)
	if err != nil {
		return err
	}
	for _, name := range slices.Sorted(maps.Keys(pools)) {
		s.figure("pool "+name, "%s", pools[name])
	}
	return nil
}

// poolUsage is what a node pool has and gives.
type poolUsage struct {
	types                                  map[string]int
	nodes, pods                            int
	dollarsPerHour                         float64
	cpuRequested, cpu, memRequested, bytes resource.Quantity
	// capacity is the CPU of the instances, which the pool's limit counts.
	capacity resource.Quantity
}

// String says all of it in one line.
func (u *poolUsage) String() string {
	return fmt.Sprintf("%d nodes (%s), $%.2f/h, %d pods, packing (requested ÷ allocatable) CPU %.0f %%, memory %.0f %%",
		u.nodes, counts(u.types), u.dollarsPerHour, u.pods, percent(u.cpuRequested, u.cpu), percent(u.memRequested, u.bytes))
}

func percent(part, whole resource.Quantity) float64 {
	if whole.IsZero() {
		return 0
	}
	return 100 * part.AsApproximateFloat64() / whole.AsApproximateFloat64()
}

// priceLabel is what Karpenter's KWOK cloud writes an instance's price into.
const priceLabel = "eks-node-viewer/instance-price"

// usage is the usage of each node pool.
func (c *cluster) usage(ctx context.Context) (map[string]*poolUsage, error) {
	nodes, err := c.nodes(ctx)
	if err != nil {
		return nil, err
	}
	pools := map[string]*poolUsage{}
	poolOf := map[string]*poolUsage{}
	for _, node := range nodes {
		name := node.Labels[poolLabel]
		u := pools[name]
		if u == nil {
			u = &poolUsage{types: map[string]int{}}
			pools[name] = u
		}
		poolOf[node.Name] = u
		u.nodes++
		u.types[node.Labels[corev1.LabelInstanceTypeStable]]++
		price, err := strconv.ParseFloat(node.Labels[priceLabel], 64)
		if err != nil {
			return nil, fmt.Errorf("reading the price of node %s: %w", node.Name, err)
		}
		u.dollarsPerHour += price
		u.capacity.Add(*node.Status.Capacity.Cpu())
		u.cpu.Add(*node.Status.Allocatable.Cpu())
		u.bytes.Add(*node.Status.Allocatable.Memory())
	}
	for _, pod := range c.pods.where(func(pod *corev1.Pod) bool { return !ended(pod) && !waits(pod) }) {
		if u := poolOf[pod.Spec.NodeName]; u != nil {
			requests := podRequests(&pod.Spec)
			u.pods++
			u.cpuRequested.Add(*requests.Cpu())
			u.memRequested.Add(*requests.Memory())
		}
	}
	return pools, nil
}

// podRequests is what the scheduler reserves for a pod: its containers and sidecars together, or an init
// container with the sidecars before it if that is more, or what the pod itself asks for
// (https://kubernetes.io/docs/concepts/workloads/pods/sidecar-containers/#resource-sharing-within-containers).
func podRequests(spec *corev1.PodSpec) corev1.ResourceList {
	sum := func(into, of corev1.ResourceList) {
		for name, quantity := range of {
			total := into[name]
			total.Add(quantity)
			into[name] = total
		}
	}
	running, greatest := corev1.ResourceList{}, corev1.ResourceList{}
	for _, container := range spec.InitContainers {
		if container.RestartPolicy != nil && *container.RestartPolicy == corev1.ContainerRestartPolicyAlways {
			sum(running, container.Resources.Requests)
			continue
		}
		during := running.DeepCopy()
		sum(during, container.Resources.Requests)
		raise(greatest, during)
	}
	for _, container := range spec.Containers {
		sum(running, container.Resources.Requests)
	}
	raise(greatest, running)
	if spec.Resources != nil {
		maps.Copy(greatest, spec.Resources.Requests)
	}
	return greatest
}

// raise makes quantities at least others.
func raise(quantities, to corev1.ResourceList) {
	for name, quantity := range to {
		if has, ok := quantities[name]; !ok || has.Cmp(quantity) < 0 {
			quantities[name] = quantity
		}
	}
}

// quotaAtRollout checks that quotas have room for the pods that rollouts of all Deployments add at their maximum.
func (c *cluster) quotaAtRollout(ctx context.Context, s *section, all []*appsv1.Deployment) error {
	list := &corev1.ResourceQuotaList{}
	if err := c.Client.List(ctx, list); err != nil {
		return fmt.Errorf("listing quotas: %w", err)
	}
	for _, quota := range list.Items {
		more := map[corev1.ResourceName]resource.Quantity{}
		for _, d := range all {
			if d.Namespace != quota.Namespace {
				continue
			}
			b, err := c.bounds(d)
			if err != nil {
				return err
			}
			surge := surgeOf(d, b.max)
			for name, quantity := range quotaUse(&d.Spec.Template.Spec) {
				quantity.Mul(int64(surge))
				total := more[name]
				total.Add(quantity)
				more[name] = total
			}
		}
		if len(more) == 0 {
			continue // the pods of a chart, which is not installed here
		}
		var rows, short []string
		for _, name := range slices.Sorted(maps.Keys(quota.Status.Hard)) {
			hard, used := quota.Status.Hard[name], quota.Status.Used[name]
			surge := more[name]
			needed := used.DeepCopy()
			needed.Add(surge)
			row := fmt.Sprintf("%s %s + %s of %s", name, used.String(), surge.String(), hard.String())
			rows = append(rows, row)
			if needed.Cmp(hard) > 0 {
				short = append(short, row)
			}
		}
		s.check(len(short) == 0, "quota "+quota.Name+" admits the maximum and a rollout of everything at once", "%s", strings.Join(rows, ", "))
	}
	return nil
}

// surgeOf is how many pods more a rollout of a Deployment may make.
func surgeOf(d *appsv1.Deployment, replicas int32) int {
	if d.Spec.Strategy.RollingUpdate == nil || d.Spec.Strategy.RollingUpdate.MaxSurge == nil {
		return 0
	}
	surge, err := intstr.GetScaledValueFromIntOrPercent(d.Spec.Strategy.RollingUpdate.MaxSurge, int(replicas), true)
	if err != nil {
		return 0 // the API server has validated it
	}
	return surge
}

// quotaUse is what a pod takes from a quota.
func quotaUse(spec *corev1.PodSpec) map[corev1.ResourceName]resource.Quantity {
	requests := podRequests(spec)
	limits := corev1.ResourceList{}
	for _, containers := range [][]corev1.Container{spec.Containers, spec.InitContainers} {
		for _, container := range containers {
			for name, quantity := range container.Resources.Limits {
				total := limits[name]
				total.Add(quantity)
				limits[name] = total
			}
		}
	}
	use := map[corev1.ResourceName]resource.Quantity{corev1.ResourcePods: resource.MustParse("1"), "count/pods": resource.MustParse("1")}
	for name, quantity := range requests {
		use["requests."+name] = quantity
		use[name] = quantity
	}
	for name, quantity := range limits {
		use["limits."+name] = quantity
	}
	return use
}
