package fidelity

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"coffee-platform/internal/e2e"
)

var root = filepath.Join("..", "..")

func TestLedgerIsUpToDate(t *testing.T) {
	text, err := os.ReadFile(filepath.Join(root, "docs", "fidelity.md"))
	require.NoError(t, err)
	assert.Equal(t, Render(), string(text), "run make generate")
}

// A claim names tests that are there, or says that nothing has run it, and what nothing real has shown is
// on the list for the first account, unless it is about the program's own inputs.
func TestEveryClaimIsHeldToItsProof(t *testing.T) {
	for _, c := range Claims {
		switch c.Proof {
		case RealEngine, RealControlPlane:
			assert.NotEmpty(t, slices.Concat(c.Tests, c.Scenarios), "%q is proved by nothing", c.Text)
			assert.Empty(t, c.FirstAccount, "%q is proved already", c.Text)
		case StandIn:
			assert.True(t, len(c.Tests) > 0 || c.FirstAccount != "", "%q is shown by nothing", c.Text)
		case NotRun:
			assert.Empty(t, c.Tests, "%q says it was not run", c.Text)
			assert.NotEmpty(t, c.FirstAccount, "%q is to be looked at in the first account", c.Text)
		default:
			t.Errorf("%q has no such proof: %q", c.Text, c.Proof)
		}
		for _, name := range c.Scenarios {
			assert.Equal(t, RealControlPlane, c.Proof, "%q is shown on a real control plane", c.Text)
			assert.Contains(t, e2e.ScenarioNames(), name, "%q names a scenario that is not there", c.Text)
		}
		for _, name := range c.Tests {
			dir, test, ok := strings.Cut(name, " ")
			require.True(t, ok, name)
			assert.True(t, hasTest(t, dir, test), "%q names %s, which is not there", c.Text, name)
		}
	}
}

func hasTest(t *testing.T, dir, test string) bool {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(root, dir, "*_test.go"))
	require.NoError(t, err)
	declaration := regexp.MustCompile(`(?m)^func ` + test + `\(`)
	for _, file := range files {
		text, err := os.ReadFile(file)
		require.NoError(t, err)
		if declaration.Match(text) {
			return true
		}
	}
	return false
}
