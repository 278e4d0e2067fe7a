package e2e

import (
	"sync"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"
)

// extremes are the fewest serving and the most pods seen of some pods, at any moment.
type extremes struct {
	mu           sync.Mutex
	serving, all map[types.UID]bool
	fewest, most int
}

// watchExtremes follows the pods for which a condition holds, until the returned function is called.
func (w *podWatch) watchExtremes(belongs func(*corev1.Pod) bool) (*extremes, func()) {
	e := &extremes{serving: map[types.UID]bool{}, all: map[types.UID]bool{}}
	stop := w.observe(func(was, is *corev1.Pod) {
		e.mu.Lock()
		defer e.mu.Unlock()
		pod := is
		if is == nil {
			pod = was
		}
		delete(e.serving, pod.UID)
		delete(e.all, pod.UID)
		if is != nil && belongs(pod) && pod.DeletionTimestamp == nil && !ended(pod) {
			e.all[pod.UID] = true
			if serves(pod) {
				e.serving[pod.UID] = true
			}
		}
		e.fewest, e.most = min(e.fewest, len(e.serving)), max(e.most, len(e.all))
	})
	e.mu.Lock()
	defer e.mu.Unlock()
	e.fewest, e.most = len(e.serving), len(e.all) // not as they were while the first pods were counted
	return e, stop
}

// seen are the fewest serving and the most pods so far.
func (e *extremes) seen() (fewest, most int) {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.fewest, e.most
}
