package e2e

import (
	"context"
	"fmt"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
)

const (
	// burstTasks is what appears in the queue at once.
	burstTasks = 200
	// burstLimit is how long a burst may take to be scaled out to, and to be done.
	burstLimit = 5 * time.Minute
)

// burst puts tasks into an empty queue, and follows the renders to their maximum and back to none.
func burst(ctx context.Context, c *cluster, s *section) error {
	render, b, hash, err := c.renders(ctx)
	if err != nil {
		return err
	}
	if err := c.awaitNone(ctx, render, b); err != nil {
		return err
	}
	if err := c.externalMetricsReady(ctx); err != nil {
		return err
	}
	start := time.Now()
	w, stop, err := c.startWork(ctx, renderComponent, hash, burstTasks)
	if err != nil {
		return err
	}
	defer stop()
	serving := func(least int) func(context.Context) (bool, string, error) {
		return func(context.Context) (bool, string, error) {
			n := c.servingOf(renderComponent)
			return n >= least, fmt.Sprintf("%d render pods of %d serve", n, least), nil
		}
	}
	if _, err := c.waitFor(ctx, settleLimit, "the first render pod to serve", serving(int(b.min)+1)); err != nil {
		return err
	}
	s.figure("tasks", "%d in %s, each of %s to %s here (renders take 5 to 15 minutes)", burstTasks, hash, shortestTask, longestTask)
	s.figure("first render pod serves", "%.1f s after the tasks appeared", time.Since(start).Seconds())
	if _, err := c.waitFor(ctx, settleLimit, "all render pods to serve", serving(int(b.max))); err != nil {
		return err
	}
	s.figure("full scale", "%d pods serve after %.1f s (the node's boot and the image's pull come on top: nothing boots here)", b.max, time.Since(start).Seconds())
	pool, err := c.renderPool()
	if err != nil {
		return err
	}
	atPeak, err := c.usage(ctx)
	if err != nil {
		return err
	}
	s.figure("at its peak, pool "+pool.object.GetName(), "%s", atPeak[pool.object.GetName()])
	if _, err := c.waitFor(ctx, burstLimit, "the queue to be empty", func(context.Context) (bool, string, error) {
		waiting, doing, done, _, _ := w.count()
		return done == burstTasks, fmt.Sprintf("%d waiting, %d being done, %d done", waiting, doing, done), nil
	}); err != nil {
		return err
	}
	empty := time.Now()
	s.figure("queue is empty", "after %.1f s", empty.Sub(start).Seconds())
	if _, err := c.waitFor(ctx, burstLimit, "no render pod", func(context.Context) (bool, string, error) {
		n := len(c.pods.of(renderComponent))
		return n <= int(b.min), fmt.Sprintf("%d render pods", n), nil
	}); err != nil {
		return err
	}
	s.figure("render pods back at their minimum", "%.1f s after the queue was empty; scaling down is %d times faster here", time.Since(empty).Seconds(), timeScale)
	if _, err := c.waitFor(ctx, burstLimit, "no render node", func(ctx context.Context) (bool, string, error) {
		pools, err := c.usage(ctx)
		if err != nil {
			return false, "", err
		}
		u := pools[pool.object.GetName()]
		return u == nil, fmt.Sprint(u), nil
	}); err != nil {
		return err
	}
	s.figure("render nodes back to none", "%.1f s after the queue was empty", time.Since(empty).Seconds())
	_, _, done, chosen, lost := w.count()
	s.check(done == burstTasks && lost == 0, "every task was done, none twice", "%d done, %d lost", done, lost)
	s.figure("busy pods the controllers chose to take away", "%d of %d; each was left to end its task, as the gate leaves it", chosen, b.max)
	return nil
}

// renders are the Deployment of the renders, its bounds and its queue.
func (c *cluster) renders(ctx context.Context) (*appsv1.Deployment, bounds, string, error) {
	render, err := c.deployment(ctx, renderComponent)
	if err != nil {
		return nil, bounds{}, "", err
	}
	b, err := c.bounds(render)
	if err != nil {
		return nil, bounds{}, "", err
	}
	hash, err := c.queueOf(render.Name)
	return render, b, hash, err
}

// awaitNone waits until a Deployment is at its minimum, as after a long quiet time.
func (c *cluster) awaitNone(ctx context.Context, d *appsv1.Deployment, b bounds) error {
	component := componentOf(&d.Spec.Template)
	_, err := c.waitFor(ctx, settleLimit, "Deployment "+d.Name+" at its minimum", func(context.Context) (bool, string, error) {
		n := len(c.pods.of(component))
		return n == int(b.min), fmt.Sprintf("%d pods", n), nil
	})
	return err
}

// servingOf is how many pods of a component serve.
func (c *cluster) servingOf(component string) int {
	return len(c.pods.where(func(pod *corev1.Pod) bool { return componentOf(pod) == component && serves(pod) }))
}
