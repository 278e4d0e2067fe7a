package charts_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"coffee-platform/internal/charts"
)

func TestValues(t *testing.T) {
	for _, c := range []struct {
		name   string
		values map[string]any
		want   string
	}{
		{"known", map[string]any{"replicaCount": 2, "crds": map[string]any{"createPushSecret": false}, "resources": map[string]any{"anything": 1}}, ""},
		{"unknown", map[string]any{"replicas": 2}, "replicas: chart external-secrets " + charts.ExternalSecrets.Version + " is not known to take this value"},
		{"unknown below", map[string]any{"crds": map[string]any{"annotation": nil}}, "crds.annotation: chart external-secrets"},
		{"text for a number", map[string]any{"replicaCount": "2"}, "replicaCount: is not a number"},
		{"number for a flag", map[string]any{"leaderElect": 1}, "leaderElect: is not a flag"},
		{"flag for a text", map[string]any{"scopedNamespace": true}, "scopedNamespace: is not a text"},
		{"map for a list", map[string]any{"topologySpreadConstraints": map[string]any{}}, "topologySpreadConstraints: is not a list"},
		{"list for a map", map[string]any{"resources": []any{}}, "resources: is not a map"},
		{"value for a map of values", map[string]any{"crds": true}, "crds: is not a map"},
	} {
		t.Run(c.name, func(t *testing.T) {
			err := charts.ExternalSecrets.Validate(c.values).Err()
			if c.want == "" {
				assert.NoError(t, err)
				return
			}
			assert.ErrorContains(t, err, c.want)
		})
	}
}

func TestEveryChartHasItsValues(t *testing.T) {
	for _, chart := range charts.All {
		values, err := chart.Values()
		require.NoError(t, err, chart.Name)
		assert.NotEmpty(t, values, chart.Name)
		assert.Equal(t, &chart, charts.Find(chart.Name))
		for _, group := range chart.Groups {
			assert.Equal(t, &chart, charts.Bringing(group))
		}
	}
	assert.Nil(t, charts.Find("nginx"))
	assert.Nil(t, charts.Bringing("apps"))
}

// A kind that is misspelled would refuse every value, and one without values nothing.
func TestKindsOfValues(t *testing.T) {
	var kinds func(at string, tree map[string]any)
	kinds = func(at string, tree map[string]any) {
		for name, value := range tree {
			switch value := value.(type) {
			case map[string]any:
				kinds(at+"."+name, value)
			default:
				assert.Contains(t, []any{"text", "flag", "number", "list", "map"}, value, at+"."+name)
			}
		}
	}
	for _, chart := range charts.All {
		values, err := chart.Values()
		require.NoError(t, err)
		kinds(chart.Name, values)
	}
}
