package budget

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestDrainingAtOnce(t *testing.T) {
	for _, c := range []struct {
		name                   string
		replicas, step         int
		startSeconds, drainFor int
		want                   int
	}{
		{"gone before the next is ready", 6, 1, 20, 20, 1},
		{"a second longer", 6, 1, 20, 21, 2},
		{"two replaced at a time", 6, 2, 20, 21, 4},
		{"longer than the whole rollout", 6, 1, 20, 3600, 6},
		{"nothing to drain", 6, 1, 20, 0, 0},
		{"ready at once", 6, 1, 0, 1, 6},
	} {
		t.Run(c.name, func(t *testing.T) {
			assert.Equal(t, c.want, DrainingAtOnce(c.replicas, c.step, c.startSeconds, c.drainFor))
		})
	}
}

func TestPodsAreCountedWhereTheyMatter(t *testing.T) {
	w := Workload{MaxReplicas: 6, MaxSurge: 1, Draining: 2}
	assert.Equal(t, 7, w.started(), "draining pods have their nodes")
	assert.Equal(t, 9, w.present())
	assert.Equal(t, "(6 + 1 surge + 2 draining)", w.counted())
	assert.Equal(t, "6", Workload{MaxReplicas: 6}.counted())
}
