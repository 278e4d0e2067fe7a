package inputdiff_test

import (
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"
	"github.com/stretchr/testify/assert"

	"coffee-platform/internal/sandbox/inputdiff"
)

type values = map[string]any

var unknown = resource.MakeComputed(resource.NewProperty(""))

func TestCompare(t *testing.T) {
	for _, c := range []struct {
		name          string
		before, after values
		fixed         []string
		// changed are the paths that changed, and how; replaced the top-level inputs that cannot change.
		changed  map[string]plugin.DiffKind
		replaced []resource.PropertyKey
	}{
		{
			name:   "nothing",
			before: values{"a": 1, "b": []any{values{"c": "x"}}}, after: values{"a": 1, "b": []any{values{"c": "x"}}},
			fixed: []string{"a"},
		},
		{
			name:   "what is the engine's own",
			before: values{"a": 1, "b": values{"c": 1, "__defaults": []any{}}}, after: values{"a": 1, "b": values{"c": 1}, "__defaults": []any{"a"}},
			fixed: []string{"a", "b", "__defaults"},
		},
		{
			name:   "an input that can change",
			before: values{"a": 1, "b": 1}, after: values{"a": 2, "b": 1},
			fixed:   []string{"b"},
			changed: map[string]plugin.DiffKind{"a": plugin.DiffUpdate},
		},
		{
			name:   "an input that cannot",
			before: values{"a": 1}, after: values{"a": 2},
			fixed:    []string{"a"},
			changed:  map[string]plugin.DiffKind{"a": plugin.DiffUpdateReplace},
			replaced: []resource.PropertyKey{"a"},
		},
		{
			name:   "one of each",
			before: values{"a": 1, "b": 1}, after: values{"a": 2, "b": 2},
			fixed:    []string{"b"},
			changed:  map[string]plugin.DiffKind{"a": plugin.DiffUpdate, "b": plugin.DiffUpdateReplace},
			replaced: []resource.PropertyKey{"b"},
		},
		{
			name:   "a fixed input that comes, and one that goes",
			before: values{"a": 1}, after: values{"b": 1},
			fixed:    []string{"b", "a"},
			changed:  map[string]plugin.DiffKind{"a": plugin.DiffDeleteReplace, "b": plugin.DiffAddReplace},
			replaced: []resource.PropertyKey{"a", "b"},
		},
		{
			name:   "a nested input",
			before: values{"a": values{"b": 1, "c": 1}}, after: values{"a": values{"b": 2, "c": 1}},
			fixed:    []string{"a.b"},
			changed:  map[string]plugin.DiffKind{"a.b": plugin.DiffUpdateReplace},
			replaced: []resource.PropertyKey{"a"},
		},
		{
			name:   "beside a nested input",
			before: values{"a": values{"b": 1, "c": 1}}, after: values{"a": values{"b": 1, "c": 2}},
			fixed:   []string{"a.b"},
			changed: map[string]plugin.DiffKind{"a.c": plugin.DiffUpdate},
		},
		{
			name:   "an input that begins like a fixed one",
			before: values{"name": 1, "names": 1}, after: values{"name": 2, "names": 2},
			fixed:    []string{"name"},
			changed:  map[string]plugin.DiffKind{"name": plugin.DiffUpdateReplace, "names": plugin.DiffUpdate},
			replaced: []resource.PropertyKey{"name"},
		},
		{
			name:   "within a fixed input",
			before: values{"a": values{"b": values{"c": 1}}}, after: values{"a": values{"b": values{"c": 2}}},
			fixed:    []string{"a"},
			changed:  map[string]plugin.DiffKind{"a.b.c": plugin.DiffUpdateReplace},
			replaced: []resource.PropertyKey{"a"},
		},
		{
			name:   "what holds a fixed input comes with it",
			before: values{}, after: values{"a": values{"b": 1}},
			fixed:    []string{"a.b"},
			changed:  map[string]plugin.DiffKind{"a": plugin.DiffAddReplace},
			replaced: []resource.PropertyKey{"a"},
		},
		{
			name:   "what holds a fixed input comes without it",
			before: values{}, after: values{"a": values{"c": 1}},
			fixed:   []string{"a.b"},
			changed: map[string]plugin.DiffKind{"a": plugin.DiffAdd},
		},
		{
			name:   "what holds a fixed input goes with it",
			before: values{"a": values{"b": 1}}, after: values{},
			fixed:    []string{"a.b"},
			changed:  map[string]plugin.DiffKind{"a": plugin.DiffDeleteReplace},
			replaced: []resource.PropertyKey{"a"},
		},
		{
			name:   "in the element of a list",
			before: values{"a": []any{values{"b": 1, "c": 1}}}, after: values{"a": []any{values{"b": 2, "c": 1}}},
			fixed:    []string{"a.b"},
			changed:  map[string]plugin.DiffKind{"a[0].b": plugin.DiffUpdateReplace},
			replaced: []resource.PropertyKey{"a"},
		},
		{
			name:   "beside it in the element of a list",
			before: values{"a": []any{values{"b": 1, "c": 1}}}, after: values{"a": []any{values{"b": 1, "c": 2}}},
			fixed:   []string{"a.b"},
			changed: map[string]plugin.DiffKind{"a[0].c": plugin.DiffUpdate},
		},
		{
			name:   "another element of a fixed list",
			before: values{"a": []any{"x"}}, after: values{"a": []any{"x", "y"}},
			fixed:    []string{"a"},
			changed:  map[string]plugin.DiffKind{"a[1]": plugin.DiffAddReplace},
			replaced: []resource.PropertyKey{"a"},
		},
		{
			name:   "a key with a dot",
			before: values{"data": values{"app.conf": "x"}}, after: values{"data": values{"app.conf": "y"}},
			fixed:    []string{"data"},
			changed:  map[string]plugin.DiffKind{`data["app.conf"]`: plugin.DiffUpdateReplace},
			replaced: []resource.PropertyKey{"data"},
		},
		{
			name:   "two fixed inputs at one place",
			before: values{}, after: values{"a": values{"b": 1, "c": 1}},
			fixed:    []string{"a.b", "a.c"},
			changed:  map[string]plugin.DiffKind{"a": plugin.DiffAddReplace},
			replaced: []resource.PropertyKey{"a"},
		},
		{
			name:   "a value that is not known yet, which may be another",
			before: values{"a": "x", "b": values{"c": "x"}}, after: values{"a": unknown, "b": unknown},
			fixed:    []string{"a", "b.c"},
			changed:  map[string]plugin.DiffKind{"a": plugin.DiffUpdateReplace, "b": plugin.DiffUpdateReplace},
			replaced: []resource.PropertyKey{"a", "b"},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			result := inputdiff.Compare(resource.NewPropertyMapFromMap(c.before), resource.NewPropertyMapFromMap(c.after), c.fixed)
			if c.changed == nil {
				assert.Equal(t, plugin.DiffResult{Changes: plugin.DiffNone}, result)
				return
			}
			assert.Equal(t, plugin.DiffSome, result.Changes)
			assert.Equal(t, c.replaced, result.ReplaceKeys)
			kinds := map[string]plugin.DiffKind{}
			for path, change := range result.DetailedDiff {
				kinds[path] = change.Kind
				assert.Truef(t, change.InputDiff, "%s is of the inputs", path)
			}
			assert.Equal(t, c.changed, kinds)
		})
	}
}
