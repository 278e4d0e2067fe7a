package e2e

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// stillPending is how long a pod for which there is no room is looked at, to see that it stays so: longer than
// Karpenter takes to bring a node here.
const stillPending = 10 * time.Second

// placement looks at which pods are on which nodes, with renders, and with more of them than their pool has room for.
func placement(ctx context.Context, c *cluster, s *section) error {
	render, err := c.deployment(ctx, renderComponent)
	if err != nil {
		return err
	}
	b, err := c.bounds(render)
	if err != nil {
		return err
	}
	if err := c.pauseAutoscaling(ctx, true); err != nil {
		return err
	}
	if err := c.scale(ctx, render, max(b.max/2, 1)); err != nil {
		return err
	}
	if _, err := c.awaitSettled(ctx); err != nil {
		return err
	}
	if err := c.onTheirNodes(ctx, s); err != nil {
		return err
	}
	if err := c.spread(ctx, s, apiComponent); err != nil {
		return err
	}
	if err := c.spread(ctx, s, renderComponent); err != nil {
		return err
	}
	if err := c.onlyOneNodeHasRoom(ctx, s); err != nil {
		return err
	}
	if err := c.poolAtItsLimit(ctx, s, render); err != nil {
		return err
	}
	if err := c.scale(ctx, render, b.min); err != nil {
		return err
	}
	if err := c.pauseAutoscaling(ctx, false); err != nil {
		return err
	}
	_, err = c.awaitSettled(ctx)
	return err
}

// renderPool is the node pool that only renders tolerate the taint of.
func (c *cluster) renderPool() (*manifest, error) {
	for _, m := range c.objects("NodePool") {
		if taints, _ := field(m.object.Object, "spec", "template", "spec", "taints").([]any); len(taints) > 0 {
			return m, nil
		}
	}
	return nil, fmt.Errorf("a NodePool with a taint %w", errNotThere)
}

// onTheirNodes checks that render nodes have render pods and no others, and that no other node has any.
func (c *cluster) onTheirNodes(ctx context.Context, s *section) error {
	pool, err := c.renderPool()
	if err != nil {
		return err
	}
	nodes, err := c.nodes(ctx)
	if err != nil {
		return err
	}
	isRender := map[string]bool{}
	for _, node := range nodes {
		isRender[node.Name] = node.Labels[poolLabel] == pool.object.GetName()
	}
	onRender, elsewhere := map[string]int{}, map[string]int{}
	for _, pod := range c.pods.where(func(pod *corev1.Pod) bool { return !waits(pod) }) {
		if isRender[pod.Spec.NodeName] {
			onRender[componentOf(pod)]++
		} else {
			elsewhere[componentOf(pod)]++
		}
	}
	s.check(onRender[renderComponent] > 0 && len(onRender) == 1, "nothing but renders is on render nodes", "%s", counts(onRender))
	s.check(elsewhere[renderComponent] == 0 && len(elsewhere) > 0, "no render is on another node", "%s", counts(elsewhere))
	return nil
}

// spread reports how a component's pods are spread, and checks that no node has all of several.
func (c *cluster) spread(ctx context.Context, s *section, component string) error {
	nodes, err := c.nodes(ctx)
	if err != nil {
		return err
	}
	zone := map[string]string{}
	for _, node := range nodes {
		zone[node.Name] = node.Labels[zoneLabel]
	}
	zones, hosts, pods := map[string]int{}, c.hosts(component), 0
	for _, name := range c.env.zones {
		zones[name] = 0
	}
	for host, n := range hosts {
		zones[zone[host]] += n
		pods += n
	}
	s.figure(component+" pods", "%d, by zone %s, by node %v", pods, counts(zones), slices.Sorted(maps.Values(hosts)))
	if pods > 1 {
		s.check(len(hosts) > 1, "no node has all "+component+" pods", "%d nodes", len(hosts))
		maps.DeleteFunc(zones, func(_ string, n int) bool { return n == 0 })
		s.check(len(zones) > 1, "more than one zone has "+component+" pods", "%s", counts(zones))
	}
	return nil
}

// hosts are how many pods of a component each node has.
func (c *cluster) hosts(component string) map[string]int {
	hosts := map[string]int{}
	for _, pod := range c.pods.of(component) {
		if !waits(pod) {
			hosts[pod.Spec.NodeName]++
		}
	}
	return hosts
}

// onlyOneNodeHasRoom starts the API anew while a single node has room, for all of its pods: what a preference to
// spread does not withstand.
func (c *cluster) onlyOneNodeHasRoom(ctx context.Context, s *section) error {
	api, err := c.deployment(ctx, apiComponent)
	if err != nil {
		return err
	}
	replicas := *api.Spec.Replicas
	room := podRequests(&api.Spec.Template.Spec)[corev1.ResourceCPU]
	room.Mul(int64(replicas + 1))
	// A pod that asks for the room brings the node, which has it once the pod is gone.
	filler := &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{Namespace: metav1.NamespaceDefault, Name: "filler"},
		Spec: corev1.PodSpec{
			NodeSelector: api.Spec.Template.Spec.NodeSelector,
			Containers: []corev1.Container{{Name: "filler", Image: "filler", Resources: corev1.ResourceRequirements{
				Requests: corev1.ResourceList{corev1.ResourceCPU: room, corev1.ResourceMemory: resource.MustParse(fmt.Sprintf("%dGi", replicas+1))},
			}}},
		},
	}
	setCordons := func(cordon bool) error {
		nodes, err := c.nodes(ctx)
		if err != nil {
			return err
		}
		for _, node := range nodes {
			if node.Spec.Unschedulable == cordon {
				continue
			}
			if err := c.mergePatch(ctx, &node, fmt.Sprintf(`{"spec":{"unschedulable":%t}}`, cordon)); client.IgnoreNotFound(err) != nil {
				return err
			}
		}
		return nil
	}
	if err := setCordons(true); err != nil {
		return err
	}
	if err := c.Client.Create(ctx, filler); err != nil {
		return fmt.Errorf("making room: %w", err)
	}
	isFiller := func(pod *corev1.Pod) bool { return pod.Name == filler.Name }
	if _, err := c.waitFor(ctx, settleLimit, "a node with room", func(context.Context) (bool, string, error) {
		return len(c.pods.where(func(pod *corev1.Pod) bool { return isFiller(pod) && serves(pod) })) == 1, "none", nil
	}); err != nil {
		return c.explained(ctx, err)
	}
	if err := c.scale(ctx, api, 0); err != nil {
		return err
	}
	if _, err := c.waitFor(ctx, settleLimit, "no API pods", func(context.Context) (bool, string, error) {
		n := len(c.pods.of(apiComponent))
		return n == 0, fmt.Sprintf("%d", n), nil
	}); err != nil {
		return err
	}
	if err := c.Client.Delete(ctx, filler); err != nil {
		return fmt.Errorf("making room: %w", err)
	}
	if err := c.scale(ctx, api, replicas); err != nil {
		return err
	}
	if _, err := c.awaitSettled(ctx); err != nil {
		return err
	}
	hosts := c.hosts(apiComponent)
	s.check(len(hosts) > 1 || replicas < 2, "API pods do not share one node although it alone has room for all", "%d pods, by node %v", replicas, slices.Sorted(maps.Values(hosts)))
	return setCordons(false)
}

// poolAtItsLimit lets the render pool grow no further, asks for more renders than fit, and for one API pod more.
func (c *cluster) poolAtItsLimit(ctx context.Context, s *section, render *appsv1.Deployment) error {
	pool, err := c.renderPool()
	if err != nil {
		return err
	}
	before, err := c.usage(ctx)
	if err != nil {
		return err
	}
	usage := before[pool.object.GetName()]
	live := &unstructured.Unstructured{}
	live.SetGroupVersionKind(pool.object.GroupVersionKind())
	live.SetName(pool.object.GetName())
	if err := c.mergePatch(ctx, live, fmt.Sprintf(`{"spec":{"limits":{"cpu":%q}}}`, usage.capacity.String())); err != nil {
		return err
	}
	requests := podRequests(&render.Spec.Template.Spec)
	fit := int32(usage.cpu.MilliValue()/requests.Cpu().MilliValue()) + 1
	if err := c.scale(ctx, render, fit); err != nil {
		return err
	}
	_, err = c.waitFor(ctx, settleLimit, "a render pod without a node", func(context.Context) (bool, string, error) {
		pending := c.pods.where(func(pod *corev1.Pod) bool { return componentOf(pod) == renderComponent && waits(pod) })
		return len(pending) > 0, fmt.Sprintf("%d of %d render pods", len(c.pods.of(renderComponent)), fit), nil
	})
	if err != nil {
		return c.explained(ctx, err)
	}
	api, err := c.deployment(ctx, apiComponent)
	if err != nil {
		return err
	}
	replicas := *api.Spec.Replicas
	if err := c.scale(ctx, api, replicas+1); err != nil {
		return err
	}
	took, err := c.waitFor(ctx, settleLimit, "one API pod more", func(context.Context) (bool, string, error) {
		serving := 0
		for _, pod := range c.pods.of(apiComponent) {
			if serves(pod) {
				serving++
			}
		}
		return serving > int(replicas), fmt.Sprintf("%d serve", serving), nil
	})
	s.check(err == nil, "with the render pool at its limit another API pod still starts", "after %.1f s", took.Seconds())
	// That the pod stays pending is seen only by looking for a while.
	_, err = c.waitFor(ctx, stillPending, "a node for the render pod", func(context.Context) (bool, string, error) {
		pending := c.pods.where(func(pod *corev1.Pod) bool { return componentOf(pod) == renderComponent && waits(pod) })
		return len(pending) == 0, "none yet, as it should be", nil
	})
	after, usageErr := c.usage(ctx)
	if usageErr != nil {
		return usageErr
	}
	s.check(err != nil && after[pool.object.GetName()].nodes == usage.nodes, "and the next render pod stays pending", "for %s, at %d nodes, CPU limit %s",
		stillPending, after[pool.object.GetName()].nodes, usage.capacity.String())
	if err := c.scale(ctx, api, replicas); err != nil {
		return err
	}
	// The limit is Pulumi's to set: it is given back the way it was taken.
	cpu, _ := field(pool.object.Object, "spec", "limits", "cpu").(string)
	return c.mergePatch(ctx, live, fmt.Sprintf(`{"spec":{"limits":{"cpu":%q}}}`, cpu))
}
