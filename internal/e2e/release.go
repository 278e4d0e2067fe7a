package e2e

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/util/intstr"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// drainLimit is how long one node may take to be drained and replaced.
const drainLimit = 3 * time.Minute

// release rolls a new template through every Deployment, one after another as a deployment does, and then drains
// every node in turn. There are no renders meanwhile: their nodes are not drained but left when they are empty.
func release(ctx context.Context, c *cluster, s *section) error {
	if render, b, _, err := c.renders(ctx); err == nil {
		if err := c.awaitNone(ctx, render, b); err != nil {
			return err
		}
	} else if !errors.Is(err, errNotThere) {
		return err
	}
	for _, m := range c.objects("Deployment") {
		d := &appsv1.Deployment{}
		if err := c.Client.Get(ctx, client.ObjectKeyFromObject(m.object), d); err != nil {
			return fmt.Errorf("reading a Deployment: %w", err)
		}
		if *d.Spec.Replicas == 0 {
			s.figure("Deployment "+d.Name, "has no pods to roll")
			continue
		}
		if err := c.roll(ctx, s, m, d); err != nil {
			return err
		}
	}
	return c.drainAll(ctx, s)
}

// roll releases a Deployment anew and follows its pods.
func (c *cluster) roll(ctx context.Context, s *section, m *manifest, d *appsv1.Deployment) error {
	least, most, err := promised(d)
	if err != nil {
		return err
	}
	before := map[string]bool{}
	mine := ofDeployment(d)
	for _, pod := range c.pods.where(mine) {
		before[pod.Name] = true
	}
	e, stop := c.pods.watchExtremes(mine)
	defer stop()
	start := time.Now()
	next := m.object.DeepCopy()
	if err := newRelease(next, start); err != nil {
		return err
	}
	if _, err := c.place(ctx, next); err != nil {
		return err
	}
	if err := c.awaitReady(ctx, next); err != nil {
		return err
	}
	left := c.pods.where(func(pod *corev1.Pod) bool { return mine(pod) && before[pod.Name] && pod.DeletionTimestamp == nil })
	fewest, greatest := e.seen()
	s.check(fewest >= least && greatest <= most && len(left) == 0, "release of "+d.Name, "%d replicas in %.1f s, never fewer than %d ready (promised %d) nor more than %d pods (%d)",
		*d.Spec.Replicas, time.Since(start).Seconds(), fewest, least, greatest, most)
	return nil
}

// newRelease makes a manifest that of another release, in the one way that every release has: its pods differ.
func newRelease(object *unstructured.Unstructured, at time.Time) error {
	return unstructured.SetNestedField(object.Object, at.Format(time.RFC3339Nano), "spec", "template", "metadata", "annotations", "e2e.coffee.dev/release")
}

// promised are the fewest ready and the most pods that a Deployment's strategy allows.
func promised(d *appsv1.Deployment) (least, most int, err error) {
	replicas := int(*d.Spec.Replicas)
	if d.Spec.Strategy.RollingUpdate == nil {
		return 0, replicas, nil
	}
	unavailable, err := intstr.GetScaledValueFromIntOrPercent(d.Spec.Strategy.RollingUpdate.MaxUnavailable, replicas, false)
	if err != nil {
		return 0, 0, fmt.Errorf("reading maxUnavailable of %s: %w", d.Name, err)
	}
	return replicas - unavailable, replicas + surgeOf(d, int32(replicas)), nil
}

// ofDeployment is whether pods are a Deployment's, by its own labels.
func ofDeployment(d *appsv1.Deployment) func(*corev1.Pod) bool {
	return func(pod *corev1.Pod) bool {
		for key, value := range d.Spec.Selector.MatchLabels {
			if pod.Labels[key] != value {
				return false
			}
		}
		return pod.Namespace == d.Namespace
	}
}

// drainAll has Karpenter drain and replace every node there is now, one after another.
func (c *cluster) drainAll(ctx context.Context, s *section) error {
	nodes, err := c.nodes(ctx)
	if err != nil {
		return err
	}
	budgets, stop, err := c.watchBudgets(ctx, nil)
	if err != nil {
		return err
	}
	defer stop()
	var took []string
	together := "" // a node that had all API pods, after the drain of another
	for _, node := range nodes {
		claim, err := c.claimOf(ctx, node.Name)
		if errors.Is(err, errNotThere) {
			continue // it has been consolidated away meanwhile
		}
		if err != nil {
			return err
		}
		start := time.Now()
		if err := c.Client.Delete(ctx, claim); client.IgnoreNotFound(err) != nil {
			return fmt.Errorf("draining node %s: %w", node.Name, err)
		}
		if _, err := c.waitFor(ctx, drainLimit, "node "+node.Name+" to be drained", func(ctx context.Context) (bool, string, error) {
			err := c.Client.Get(ctx, client.ObjectKeyFromObject(&node), &corev1.Node{})
			left := c.pods.where(func(pod *corev1.Pod) bool { return pod.Spec.NodeName == node.Name && !ended(pod) })
			var names []string
			for _, pod := range left {
				names = append(names, pod.Name)
			}
			return client.IgnoreNotFound(err) == nil && err != nil, "pods left: " + strings.Join(names, ", "), client.IgnoreNotFound(err)
		}); err != nil {
			return err
		}
		if _, err := c.awaitSettled(ctx); err != nil {
			return err
		}
		if hosts := c.hosts(apiComponent); len(hosts) == 1 {
			together = slices.Collect(maps.Keys(hosts))[0]
		}
		took = append(took, fmt.Sprintf("%.1f s", time.Since(start).Seconds()))
	}
	s.figure("nodes drained one after another", "%d: %s", len(took), strings.Join(took, ", "))
	s.check(together == "" || c.servingOf(apiComponent) < 2, "after no drain did one node have all API pods", "%s", together)
	for _, name := range slices.Sorted(maps.Keys(budgets)) {
		fewest, _ := budgets[name].extremes.seen()
		s.check(fewest >= budgets[name].least, "budget "+name+" held during the drains", "at least %d served of the %d it asks for", fewest, budgets[name].least)
	}
	return nil
}
