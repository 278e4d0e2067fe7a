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
