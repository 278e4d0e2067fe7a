package seededfaults_test

import (
	"context"
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

// A module with one line to break, a test that looks at it and some that do not.
func module(t *testing.T) string {
	t.Helper()
	root := t.TempDir()
	for name, text := range map[string]string{
		"go.mod":   "module m\n\ngo 1.24\n",
		"sub/m.go": "package sub\n\nfunc answer() int { return 42 }\n",
		"sub/m_test.go": "package sub\n\nimport \"testing\"\n\nfunc TestLooks(t *testing.T) {\n\tif answer() != 42 {\n\t\tt.Fatal()\n\t}\n}\n\n" +
			"func TestBlind(t *testing.T) {}\n\nfunc TestSkipped(t *testing.T) { t.Skip() }\n\nfunc TestBroken(t *testing.T) { t.Fatal() }\n",
	} {
		require.NoError(t, os.MkdirAll(filepath.Join(root, filepath.Dir(name)), 0o700))
		require.NoError(t, os.WriteFile(filepath.Join(root, name), []byte(text), 0o600))
	}
	return root
}

// What fails anyway, is skipped or is not there would seem to catch every fault.
func TestOnlyATestThatPassesCanCatch(t *testing.T) {
	ctx, root := context.Background(), module(t)
	assert.NoError(t, seededfaults.Passes(ctx, root, "sub TestLooks"))
	assert.ErrorContains(t, seededfaults.Passes(ctx, root, "sub TestSkipped"), "is skipped here, or not there")
	assert.ErrorContains(t, seededfaults.Passes(ctx, root, "sub TestNothing"), "is skipped here, or not there")
	assert.ErrorContains(t, seededfaults.Passes(ctx, root, "sub TestBroken"), "fails with nothing wrong")
}

func TestCheck(t *testing.T) {
	ctx, root := context.Background(), module(t)
	fault := func(with, test string) seededfaults.Fault {
		return seededfaults.Fault{Name: "none", File: "sub/m.go", Replace: "return 42", With: with, CaughtBy: "sub " + test}
	}
	assert.NoError(t, fault("return 43", "TestLooks").Check(ctx, root))
	assert.ErrorIs(t, fault("return 43", "TestBlind").Check(ctx, root), seededfaults.ErrMissed)
	assert.ErrorContains(t, fault("return x", "TestLooks").Check(ctx, root), "the test did not run")
	text, err := os.ReadFile(filepath.Join(root, "sub", "m.go"))
	require.NoError(t, err)
	assert.Contains(t, string(text), "return 42", "the fault is in a copy")
}
