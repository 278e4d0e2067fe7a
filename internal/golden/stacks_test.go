package golden_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"sigs.k8s.io/yaml"

	"coffee-platform/internal/sandbox/aws"
	"coffee-platform/internal/stateful"
)

// deployed is a resource of a golden file.
type deployed struct {
	Resource string
	Protect  bool
	Inputs   map[string]any
}

// typ is the resource's type.
func (d deployed) typ() string { return strings.SplitN(d.Resource, " ", 2)[0] }

// eachDeployed looks at every resource of every stack, as the golden files have them.
func eachDeployed(t *testing.T, look func(stack string, d deployed)) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join("testdata", "*", "resources.yaml"))
	require.NoError(t, err)
	require.Len(t, files, 4)
	for _, file := range files {
		text, err := os.ReadFile(file)
		require.NoError(t, err)
		var resources []deployed
		require.NoError(t, yaml.Unmarshal(text, &resources))
		require.NotEmpty(t, resources)
		for _, d := range resources {
			look(filepath.Base(filepath.Dir(file)), d)
		}
	}
}

// Everything that can carry tags carries the project's and the stack's.
func TestEverythingIsTagged(t *testing.T) {
	tagged := 0
	eachDeployed(t, func(stack string, d deployed) {
		if !aws.Taggable(d.typ()) {
			return
		}
		tags, _ := d.Inputs["tags"].(map[string]any)
		assert.Equal(t, "coffee-platform", tags["coffee:project"], "%s: %s", stack, d.Resource)
		assert.Equal(t, stack, tags["coffee:stack"], "%s: %s", stack, d.Resource)
		tagged++
	})
	assert.Greater(t, tagged, 150)
}

// What cannot be made again is protected, in every stack.
func TestWhatKeepsDataIsProtected(t *testing.T) {
	protected := map[string]int{}
	eachDeployed(t, func(stack string, d deployed) {
		if stateful.Is(d.typ()) {
			assert.True(t, d.Protect, "%s: %s can be replaced by a change of a setting", stack, d.Resource)
			protected[stack]++
		}
	})
	for _, stack := range []string{"dev", "staging", "prod", "shared"} {
		assert.Positive(t, protected[stack], stack)
	}
}
