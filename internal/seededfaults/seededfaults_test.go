package seededfaults_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"coffee-platform/internal/seededfaults"
)

// Every fault of the list can still be made, and its test is there.
func TestEveryFaultCanBeMade(t *testing.T) {
	faults, err := seededfaults.All()
	require.NoError(t, err)
	assert.GreaterOrEqual(t, len(faults), 40)
	root := filepath.Join("..", "..")
	names := map[string]bool{}
	for _, f := range faults {
		assert.False(t, names[f.Name], "%s is there twice", f.Name)
		names[f.Name] = true
		changed, err := f.Apply(root)
		require.NoError(t, err)
		assert.NotEqual(t, f.Replace, f.With, f.Name)
		assert.NotEmpty(t, changed)
		pkg, test := f.Test()
		assert.True(t, hasTest(t, filepath.Join(root, pkg), test), "%s: there is no %s in %s", f.Name, test, pkg)
	}
}

func hasTest(t *testing.T, dir, name string) bool {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*_test.go"))
	require.NoError(t, err)
	declaration := regexp.MustCompile(`(?m)^func ` + regexp.QuoteMeta(name) + `\(t \*testing\.T\)`)
	for _, file := range files {
		text, err := os.ReadFile(file)
		require.NoError(t, err)
		if declaration.Match(text) {
			return true
		}
	}
	return false
}

func TestAFaultThatCannotBeMadeSaysSo(t *testing.T) {
	f := seededfaults.Fault{Name: "none", File: filepath.Join("internal", "seededfaults", "seededfaults.go"), Replace: strings.Repeat("x", 40)}
	_, err := f.Apply(filepath.Join("..", ".."))
	assert.ErrorContains(t, err, "0 times")
}
