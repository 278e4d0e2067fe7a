package e2e

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	corev1 "k8s.io/api/core/v1"
	policyv1 "k8s.io/api/policy/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// lossTasks keep all renders busy for longer than the controllers take to notice that nodes are gone.
const lossTasks = 250

// nodeLoss takes away, at once and without notice, the render node with the most renders and the node with
// the most API pods, while all renders are busy.
func nodeLoss(ctx context.Context, c *cluster, s *section) error {
	render, b, hash, err := c.renders(ctx)
	if err != nil {
		return err
	}
	if err := c.awaitNone(ctx, render, b); err != nil {
		return err
	}
	w, stop, err := c.startWork(ctx, renderComponent, hash, lossTasks)
	if err != nil {
		return err
	}
	defer stop()
	full := func(context.Context) (bool, string, error) { //nolint:unparam // waitFor asks for it
		n := c.servingOf(renderComponent)
		return n >= int(b.max), fmt.Sprintf("%d render pods of %d serve", n, b.max), nil
	}
	if _, err := c.waitFor(ctx, burstLimit, "all render pods", full); err != nil {
		return err
	}
	apiBefore := c.servingOf(apiComponent)
	var lost []string
	gone := map[types.UID]bool{}
	for _, component := range []string{renderComponent, apiComponent} {
		node := c.busiestNode(component)
		lost = append(lost, node)
		for _, pod := range c.pods.where(func(pod *corev1.Pod) bool { return pod.Spec.NodeName == node && !ended(pod) }) {
			gone[pod.UID] = true
		}
	}
	onThem := map[string]int{}
	for _, pod := range c.pods.where(func(pod *corev1.Pod) bool { return gone[pod.UID] }) {
		onThem[componentOf(pod)]++
	}
	// Pods of a lost node are listed as ready until somebody notices. They do not count.
	budgets, stopBudgets, err := c.watchBudgets(ctx, gone)
	if err != nil {
		return err
	}
	defer stopBudgets()
	start := time.Now()
	for _, node := range lost {
		if err := c.loseNode(ctx, node); err != nil {
			return err
		}
	}
	s.figure("lost at once", "%d nodes with %s", len(lost), counts(onThem))
	if _, err := c.waitFor(ctx, burstLimit, "the lost pods to be replaced", func(ctx context.Context) (bool, string, error) {
		left := c.pods.where(func(pod *corev1.Pod) bool { return gone[pod.UID] })
		api := len(c.pods.where(func(pod *corev1.Pod) bool { return componentOf(pod) == apiComponent && serves(pod) && !gone[pod.UID] }))
		return len(left) == 0 && api >= apiBefore, fmt.Sprintf("%d lost pods are still listed, %d API pods of %d serve", len(left), api, apiBefore), nil
	}); err != nil {
		return err
	}
	s.figure("API pods all serve again", "%.1f s after the loss (the pod garbage collector waits 40 s for a node to come back)", time.Since(start).Seconds())
	if _, err := c.waitFor(ctx, burstLimit, "the renders to return", func(ctx context.Context) (bool, string, error) {
		waiting, doing, done, _, _ := w.count()
		holds, seen, err := full(ctx)
		return holds || waiting == 0, fmt.Sprintf("%s; %d tasks waiting, %d being done, %d done", seen, waiting, doing, done), err
	}); err != nil {
		return err
	}
	s.figure("renders back at full scale", "%.1f s after the loss", time.Since(start).Seconds())
	for _, name := range slices.Sorted(maps.Keys(budgets)) {
		budget := budgets[name]
		fewest, _ := budget.extremes.seen()
		seen := fmt.Sprintf("at least %d served of the %d it asks for", fewest, budget.least)
		if budget.component == apiComponent {
			s.check(fewest >= budget.least, "budget "+name+" held", "%s", seen)
		} else {
			s.figure("budget "+name, "%s", seen) // a budget is about what is taken away on purpose
		}
	}
	if _, err := c.waitFor(ctx, burstLimit, "the queue to be empty", func(context.Context) (bool, string, error) {
		waiting, doing, done, _, _ := w.count()
		return done == lossTasks, fmt.Sprintf("%d waiting, %d being done, %d done", waiting, doing, done), nil
	}); err != nil {
		return err
	}
	_, _, done, _, redone := w.count()
	s.check(done == lossTasks, "every task was done", "%d done, %d of them a second time, after the loss of their pod", done, redone)
	return c.awaitNone(ctx, render, b)
}

// busiestNode is the node with the most pods of a component.
func (c *cluster) busiestNode(component string) string {
	busiest, most := "", 0
	for node, pods := range c.hosts(component) {
		if pods > most {
			busiest, most = node, pods
		}
	}
	return busiest
}

// loseNode plays the loss of an instance: the cloud's controllers take its Node and NodeClaim away, and nothing is
// drained. (In AWS the Node goes once it has been unready for about a minute.)
func (c *cluster) loseNode(ctx context.Context, name string) error {
	node := &corev1.Node{ObjectMeta: metav1.ObjectMeta{Name: name}}
	claim, err := c.claimOf(ctx, name)
	if err != nil {
		return err
	}
	for _, object := range []client.Object{node, claim} {
		if err := c.mergePatch(ctx, object, `{"metadata":{"finalizers":null}}`); err != nil {
			return err
		}
		if err := c.Client.Delete(ctx, object); client.IgnoreNotFound(err) != nil {
			return fmt.Errorf("losing node %s: %w", name, err)
		}
	}
	return nil
}

// claimOf is the NodeClaim of a node.
func (c *cluster) claimOf(ctx context.Context, node string) (client.Object, error) {
	claims := &unstructured.UnstructuredList{}
	claims.SetAPIVersion("karpenter.sh/v1")
	claims.SetKind("NodeClaimList")
	if err := c.Client.List(ctx, claims); err != nil {
		return nil, fmt.Errorf("listing NodeClaims: %w", err)
	}
	for i := range claims.Items {
		if field(claims.Items[i].Object, "status", "nodeName") == node {
			return &claims.Items[i], nil
		}
	}
	return nil, fmt.Errorf("the NodeClaim of node %s %w", node, errNotThere)
}

// budget is a PodDisruptionBudget and the pods it is about.
type budget struct {
	component string // of its pods
	least     int
	extremes  *extremes
}

// watchBudgets follows the pods of every PodDisruptionBudget, but for some, until the returned function is called.
func (c *cluster) watchBudgets(ctx context.Context, but map[types.UID]bool) (map[string]budget, func(), error) {
	list := &policyv1.PodDisruptionBudgetList{}
	if err := c.Client.List(ctx, list); err != nil {
		return nil, nil, fmt.Errorf("listing budgets: %w", err)
	}
	budgets := map[string]budget{}
	var stops []func()
	stopAll := func() {
		for _, stop := range stops {
			stop()
		}
	}
	for _, pdb := range list.Items {
		selector, err := metav1.LabelSelectorAsSelector(pdb.Spec.Selector)
		if err != nil {
			stopAll()
			return nil, nil, fmt.Errorf("reading budget %s: %w", pdb.Name, err)
		}
		e, stop := c.pods.watchExtremes(func(pod *corev1.Pod) bool {
			return !but[pod.UID] && pod.Namespace == pdb.Namespace && selector.Matches(labels.Set(pod.Labels))
		})
		stops = append(stops, stop)
		component := ""
		for _, pod := range c.pods.where(func(pod *corev1.Pod) bool {
			return pod.Namespace == pdb.Namespace && selector.Matches(labels.Set(pod.Labels))
		}) {
			component = componentOf(pod)
		}
		budgets[pdb.Name] = budget{component, int(pdb.Status.DesiredHealthy), e}
	}
	return budgets, stopAll, nil
}
