package e2e

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/watch"
)

func renderPod(uid string, ready, deleted bool) *corev1.Pod {
	pod := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{UID: types.UID(uid), Name: uid, Labels: map[string]string{componentLabel: renderComponent}}}
	pod.Status.Conditions = []corev1.PodCondition{{Type: corev1.PodReady, Status: map[bool]corev1.ConditionStatus{true: corev1.ConditionTrue, false: corev1.ConditionFalse}[ready]}}
	if deleted {
		pod.DeletionTimestamp = &metav1.Time{Time: time.Unix(1, 0)}
	}
	return pod
}

func newPodWatch(pods ...*corev1.Pod) *podWatch {
	w := &podWatch{pods: map[types.UID]*corev1.Pod{}, observers: map[int]func(was, is *corev1.Pod){}}
	for _, pod := range pods {
		w.pods[pod.UID] = pod
	}
	return w
}

// What lasts only a moment counts: a second pod too many, a moment without one that serves.
func TestExtremes(t *testing.T) {
	w := newPodWatch(renderPod("a", true, false))
	e, stop := w.watchExtremes(func(*corev1.Pod) bool { return true })
	defer stop()
	fewest, most := e.seen()
	assert.Equal(t, []int{1, 1}, []int{fewest, most})

	w.see(watch.Added, renderPod("b", false, false))
	w.see(watch.Modified, renderPod("a", true, true)) // being taken away: it serves no more
	w.see(watch.Modified, renderPod("b", true, false))
	w.see(watch.Deleted, renderPod("a", true, true))
	fewest, most = e.seen()
	assert.Equal(t, []int{0, 2}, []int{fewest, most})
}

// A busy pod that is told to go is counted as chosen and keeps its task; one that is gone before its task is done
// leaves the task to another.
func TestWorkCountsBusyPodsThatAreTakenAway(t *testing.T) {
	pods := newPodWatch()
	w := &work{doing: map[types.UID]*task{"busy": {number: 7}, "lost": {number: 8}}}
	pods.observe(w.see)
	for _, uid := range []string{"busy", "lost", "idle"} {
		pods.see(watch.Added, renderPod(uid, true, false))
	}
	pods.see(watch.Modified, renderPod("busy", true, true))
	pods.see(watch.Modified, renderPod("busy", true, true)) // told once, seen twice
	pods.see(watch.Modified, renderPod("idle", true, true))
	pods.see(watch.Deleted, renderPod("lost", true, false))
	waiting, doing, _, chosen, lost := w.count()
	assert.Equal(t, []int{1, 1, 1, 1}, []int{waiting, doing, chosen, lost})
}
