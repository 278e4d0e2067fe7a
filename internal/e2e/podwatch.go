package e2e

import (
	"context"
	"errors"
	"fmt"
	"sync"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/watch"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// podWatch follows all pods, event by event, so that nothing that lasts only a moment is missed.
type podWatch struct {
	mu        sync.Mutex
	pods      map[types.UID]*corev1.Pod
	observers map[int]func(was, is *corev1.Pod)
	next      int
}

// watchPods follows the pods until the context ends. When that is no longer possible, fail is called.
func watchPods(ctx context.Context, c client.WithWatch, fail context.CancelCauseFunc) (*podWatch, error) {
	list := &corev1.PodList{}
	if err := c.List(ctx, list); err != nil {
		return nil, fmt.Errorf("listing pods: %w", err)
	}
	w := &podWatch{pods: map[types.UID]*corev1.Pod{}, observers: map[int]func(was, is *corev1.Pod){}}
	for i := range list.Items {
		w.pods[list.Items[i].UID] = &list.Items[i]
	}
	events, err := c.Watch(ctx, &corev1.PodList{}, &client.ListOptions{Raw: &metav1.ListOptions{ResourceVersion: list.ResourceVersion}})
	if err != nil {
		return nil, fmt.Errorf("watching pods: %w", err)
	}
	go func() {
		defer events.Stop()
		for event := range events.ResultChan() {
			if pod, ok := event.Object.(*corev1.Pod); ok {
				w.see(event.Type, pod)
			}
		}
		if ctx.Err() == nil {
			fail(errors.New("the watch of pods ended"))
		}
	}()
	return w, nil
}

func (w *podWatch) see(event watch.EventType, pod *corev1.Pod) {
	w.mu.Lock()
	defer w.mu.Unlock()
	was, is := w.pods[pod.UID], pod
	if event == watch.Deleted {
		is = nil
		delete(w.pods, pod.UID)
	} else {
		w.pods[pod.UID] = pod
	}
	for _, observe := range w.observers {
		observe(was, is)
	}
}

// observe has a function called for each pod there is, and then at each event, with the pod as it was (nil: there
// was none) and as it is (nil: it is gone), until the returned function is called. The function must not ask the
// podWatch anything: it waits for it.
func (w *podWatch) observe(f func(was, is *corev1.Pod)) (stop func()) {
	w.mu.Lock()
	defer w.mu.Unlock()
	id := w.next
	w.next++
	w.observers[id] = f
	for _, pod := range w.pods {
		f(nil, pod)
	}
	return func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		delete(w.observers, id)
	}
}

// where are the pods for which a condition holds.
func (w *podWatch) where(condition func(*corev1.Pod) bool) []*corev1.Pod {
	w.mu.Lock()
	defer w.mu.Unlock()
	var found []*corev1.Pod
	for _, pod := range w.pods {
		if condition(pod) {
			found = append(found, pod)
		}
	}
	return found
}

// of are the pods of a component that have not ended.
func (w *podWatch) of(component string) []*corev1.Pod {
	return w.where(func(pod *corev1.Pod) bool { return componentOf(pod) == component && !ended(pod) })
}

// ended is whether a pod's containers have all ended.
func ended(pod *corev1.Pod) bool {
	return pod.Status.Phase == corev1.PodSucceeded || pod.Status.Phase == corev1.PodFailed
}

// serves is whether a pod is ready and is not being taken away.
func serves(pod *corev1.Pod) bool {
	if pod.DeletionTimestamp != nil {
		return false
	}
	for _, condition := range pod.Status.Conditions {
		if condition.Type == corev1.PodReady {
			return condition.Status == corev1.ConditionTrue
		}
	}
	return false
}

// waits is whether the scheduler has found no node for a pod.
func waits(pod *corev1.Pod) bool { return pod.Spec.NodeName == "" }
