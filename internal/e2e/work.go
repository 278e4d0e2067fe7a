package e2e

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// busyAnnotation is on a pod that has a task, and keeps it until the task ends (stages.yaml).
const busyAnnotation = "e2e.coffee.dev/busy"

// A render takes 5 to 15 minutes (docs/decisions/0003-render-node-pool.md).
const (
	shortestTask = 5 * time.Minute / timeScale
	longestTask  = 15 * time.Minute / timeScale
)

// work plays who works a queue off: every pod of a component takes one task at a time, for as long as a task
// takes, and the task leaves the queue's hash when it is done. A pod that goes away in the middle of a task
// leaves it to another.
type work struct {
	c         *cluster
	component string
	hash      string // the hash of waiting and unacknowledged messages

	mu      sync.Mutex
	waiting []int
	doing   map[types.UID]*task
	// chosen are the busy pods that a controller deleted, lost those that were gone before their task was done.
	chosen, lost, done int
}

type task struct {
	number int
	pod    types.NamespacedName
	until  time.Time
}

// duration is how long a task takes: always the same for the same number, spread over what renders take.
func duration(number int) time.Duration {
	return shortestTask + time.Duration(number*7919%1000)*(longestTask-shortestTask)/1000
}

// startWork puts tasks into the queue and has them worked off until the returned function is called.
func (c *cluster) startWork(ctx context.Context, component, hash string, tasks int) (*work, func(), error) {
	w := &work{c: c, component: component, hash: hash, doing: map[types.UID]*task{}}
	var fill strings.Builder
	for number := range tasks {
		w.waiting = append(w.waiting, number)
		fmt.Fprintf(&fill, "HSET %s %d message\n", hash, number)
	}
	if _, err := c.redis(ctx, fill.String()); err != nil {
		return nil, nil, err
	}
	length, err := c.redis(ctx, "", "HLEN", hash)
	if err != nil {
		return nil, nil, err
	}
	if length != strconv.Itoa(tasks) {
		return nil, nil, fmt.Errorf("%s holds %s tasks of %d", hash, length, tasks)
	}
	stopWatching := c.pods.observe(w.see)
	ctx, cancel := context.WithCancel(ctx)
	finished := make(chan error, 1)
	go func() { finished <- w.run(ctx) }()
	return w, func() {
		cancel()
		stopWatching()
		if err := <-finished; err != nil {
			c.supervisor.fail(fmt.Errorf("playing the workers: %w", err))
		}
	}, nil
}

// see counts the busy pods that are taken away.
func (w *work) see(was, is *corev1.Pod) {
	if was == nil {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	t := w.doing[was.UID]
	if t == nil {
		return
	}
	switch {
	case is == nil:
		w.lost++
		w.waiting = append(w.waiting, t.number)
		delete(w.doing, was.UID)
	case is.DeletionTimestamp != nil && was.DeletionTimestamp == nil:
		w.chosen++
	}
}

// run hands out tasks and takes back what is done.
func (w *work) run(ctx context.Context) error {
	ticker := time.NewTicker(pollInterval)
	defer ticker.Stop()
	for {
		if err := w.step(ctx, time.Now()); err != nil && ctx.Err() == nil {
			return err
		}
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C:
		}
	}
}

func (w *work) step(ctx context.Context, now time.Time) error {
	pods := w.c.pods.of(w.component)
	w.mu.Lock()
	var finished []string
	var free, taken []types.NamespacedName
	for uid, t := range w.doing {
		if now.After(t.until) {
			finished = append(finished, strconv.Itoa(t.number))
			free = append(free, t.pod)
			delete(w.doing, uid)
			w.done++
		}
	}
	for _, pod := range pods {
		name := client.ObjectKeyFromObject(pod)
		if len(w.waiting) == 0 || w.doing[pod.UID] != nil || !serves(pod) || slices.Contains(free, name) {
			continue
		}
		w.doing[pod.UID] = &task{number: w.waiting[0], pod: name, until: now.Add(duration(w.waiting[0]))}
		w.waiting = w.waiting[1:]
		taken = append(taken, name)
	}
	w.mu.Unlock()
	for _, name := range taken {
		if err := w.mark(ctx, name, `"true"`); err != nil {
			return err
		}
	}
	if len(finished) > 0 {
		if _, err := w.c.redis(ctx, "", append([]string{"HDEL", w.hash}, finished...)...); err != nil {
			return err
		}
	}
	for _, name := range free {
		if err := w.mark(ctx, name, "null"); err != nil {
			return err
		}
	}
	return nil
}

// mark says whether a pod is busy. A pod that is gone needs no mark.
func (w *work) mark(ctx context.Context, pod types.NamespacedName, value string) error {
	object := &corev1.Pod{}
	object.Namespace, object.Name = pod.Namespace, pod.Name
	return client.IgnoreNotFound(w.c.mergePatch(ctx, object, fmt.Sprintf(`{"metadata":{"annotations":{%q:%s}}}`, busyAnnotation, value)))
}

// count is how many tasks wait, are being done and are done, and how many busy pods were chosen and lost.
func (w *work) count() (waiting, doing, done, chosen, lost int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return len(w.waiting), len(w.doing), w.done, w.chosen, w.lost
}

// queueOf is the hash that the ScaledObject of a Deployment looks at.
func (c *cluster) queueOf(deployment string) (string, error) {
	for _, m := range c.objects("ScaledObject") {
		if field(m.object.Object, "spec", "scaleTargetRef", "name") != deployment {
			continue
		}
		triggers, _ := field(m.object.Object, "spec", "triggers").([]any)
		for _, trigger := range triggers {
			list, _ := field(trigger, "metadata", "listName").(string)
			if strings.HasSuffix(list, ".msgs") && !strings.HasSuffix(list, ".DQ.msgs") {
				return list, nil
			}
		}
	}
	return "", fmt.Errorf("a ScaledObject of Deployment %s on a queue's hash %w", deployment, errNotThere)
}
