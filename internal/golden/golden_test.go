package golden_test

import (
	"context"
	"flag"
	"io"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"coffee-platform/internal/golden"
	"coffee-platform/internal/sandbox"
	"coffee-platform/stacks"
)

var update = flag.Bool("update", false, "write the golden files instead of comparing them")

// What each stack deploys is what its golden files say. A change that is meant is written down by make
// golden, in a commit of its own.
func TestStacksAreWhatTheirGoldenFilesSay(t *testing.T) {
	root, err := filepath.Abs(filepath.Join("..", ".."))
	require.NoError(t, err)
	for _, stack := range []string{"dev", "staging", "prod", "shared"} {
		t.Run(stack, func(t *testing.T) {
			t.Parallel()
			s, err := sandbox.Open(context.Background(), stack, sandbox.Options{
				Root: root, Dir: t.TempDir(), CLI: filepath.Join(root, ".bin", "cli"), Program: stacks.Program, Out: io.Discard, SaveOnce: true,
			})
			require.NoError(t, err, "run make sandbox first")
			defer func() { require.NoError(t, s.Close()) }()
			require.NoError(t, s.Up(context.Background()))
			resources, err := s.ExportedResources(context.Background())
			require.NoError(t, err)
			got, err := golden.Files(resources)
			require.NoError(t, err)

			dir := filepath.Join("testdata", stack)
			if *update {
				require.NoError(t, golden.Write(dir, got))
				return
			}
			want, err := golden.Read(dir)
			require.NoError(t, err)
			assert.Equal(t, slices.Sorted(maps.Keys(want)), slices.Sorted(maps.Keys(got)), "run make golden if this is meant")
			for _, name := range slices.Sorted(maps.Keys(want)) {
				if line, before, after, differ := firstDifference(want[name], got[name]); differ {
					t.Errorf("%s:%d: %q has become %q: run make golden if this is meant, and see all of it in git diff",
						filepath.Join(dir, name), line, before, after)
				}
			}
		})
	}
}

// firstDifference is the first line in which two texts differ, counted from 1, and what it is in each.
func firstDifference(a, b string) (line int, inA, inB string, differ bool) {
	before, after := strings.Split(a, "\n"), strings.Split(b, "\n")
	for i := range max(len(before), len(after)) {
		at := func(lines []string) string {
			if i < len(lines) {
				return lines[i]
			}
			return ""
		}
		if at(before) != at(after) || i >= min(len(before), len(after)) {
			return i + 1, at(before), at(after), true
		}
	}
	return 0, "", "", false
}
