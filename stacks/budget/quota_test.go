package budget

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"k8s.io/apimachinery/pkg/api/resource"
)

func namespace() []Workload {
	worker := pod("1", "2Gi")
	worker.MemoryLimit = resource.MustParse("3Gi")
	worker.EphemeralStorage = resource.MustParse("4Gi")
	return []Workload{
		{Name: "api", Pod: pod("500m", "1Gi"), MaxReplicas: 3, MaxSurge: 1, Draining: 1},
		{Name: "worker", Pod: worker, MaxReplicas: 2, MaxSurge: 1, Draining: 2},
		{Name: "migration", Pod: pod("100m", "128Mi"), MaxReplicas: 1},
	}
}

func TestQuotaIsWhatWorkloadsCanAskFor(t *testing.T) {
	assert.Equal(t, map[string]string{
		"requests.cpu":               "7600m",
		"requests.memory":            "15488Mi",
		"limits.memory":              "20608Mi",
		"requests.ephemeral-storage": "20Gi",
		"pods":                       "11",
	}, QuotaFor(namespace()).Hard())
}

func TestWhatNobodyAsksForIsNotLimited(t *testing.T) {
	assert.NotContains(t, QuotaFor(namespace()[:1]).Hard(), "requests.ephemeral-storage")
}

// A quota that is derived fits exactly; a little less of anything does not.
func TestQuotaAtTheEdge(t *testing.T) {
	assert.Empty(t, CheckQuota(QuotaFor(namespace()), namespace()))
	for _, c := range []struct {
		name  string
		lower func(*Quota)
		want  string
	}{
		{"CPU", func(q *Quota) { q.RequestsCPU = resource.MustParse("7599m") },
			"requests.cpu: api (3 + 1 surge + 1 draining) × 500m + worker (2 + 1 surge + 2 draining) × 1 + migration 1 × 100m = 7600m, " +
				"but the quota is 7599m: raise it to that, or lower a maximum"},
		{"memory", func(q *Quota) { q.RequestsMemory = resource.MustParse("15487Mi") },
			"requests.memory: api (3 + 1 surge + 1 draining) × 1Gi + worker (2 + 1 surge + 2 draining) × 2Gi + migration 1 × 128Mi = 15488Mi, " +
				"but the quota is 15487Mi: raise it to that, or lower a maximum"},
		{"memory limits", func(q *Quota) { q.LimitsMemory = resource.MustParse("20607Mi") },
			"limits.memory: api (3 + 1 surge + 1 draining) × 1Gi + worker (2 + 1 surge + 2 draining) × 3Gi + migration 1 × 128Mi = 20608Mi, " +
				"but the quota is 20607Mi: raise it to that, or lower a maximum"},
		{"storage", func(q *Quota) { q.RequestsEphemeralStorage = resource.MustParse("20479Mi") },
			"requests.ephemeral-storage: worker (2 + 1 surge + 2 draining) × 4Gi = 20Gi, " +
				"but the quota is 20479Mi: raise it to that, or lower a maximum"},
		{"pods", func(q *Quota) { q.Pods = resource.MustParse("10") },
			"pods: api (3 + 1 surge + 1 draining) × 1 + worker (2 + 1 surge + 2 draining) × 1 + migration 1 × 1 = 11, " +
				"but the quota is 10: raise it to that, or lower a maximum"},
	} {
		t.Run(c.name, func(t *testing.T) {
			quota := QuotaFor(namespace())
			c.lower(&quota)
			assert.Equal(t, []string{c.want}, texts(CheckQuota(quota, namespace())))
		})
	}
}

func TestAQuotaLimitsOnlyWhatItNames(t *testing.T) {
	assert.Empty(t, CheckQuota(Quota{}, namespace()))
}
