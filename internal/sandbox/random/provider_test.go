package random

import (
	"context"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"coffee-platform/internal/sandbox/cloud"
)

const urn = resource.URN("urn:pulumi:test::coffee-platform::" + tokenPassword + "::token")

func newProvider(t *testing.T) *Provider {
	t.Helper()
	c, err := cloud.Open(filepath.Join(t.TempDir(), "cloud.jsonl"))
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, c.Close()) })
	return New(c)
}

func inputs(values map[string]any) resource.PropertyMap {
	return resource.NewPropertyMapFromMap(values)
}

func create(t *testing.T, p *Provider, values map[string]any) resource.PropertyMap {
	t.Helper()
	created, err := p.Create(context.Background(), plugin.CreateRequest{URN: urn, Properties: inputs(values)})
	require.NoError(t, err)
	return created.Properties
}

func TestPasswordFollowsItsRecipe(t *testing.T) {
	p := newProvider(t)
	made := create(t, p, map[string]any{"length": 12, "special": false, "minNumeric": 4, "minUpper": 4})
	password := made["result"].StringValue()
	assert.Regexp(t, `^[A-Za-z0-9]{12}$`, password)
	assert.GreaterOrEqual(t, len(regexp.MustCompile(`[0-9]`).FindAllString(password, -1)), 4, password)
	assert.GreaterOrEqual(t, len(regexp.MustCompile(`[A-Z]`).FindAllString(password, -1)), 4, password)
	for _, name := range passwordSchema.AlwaysPresent() {
		assert.True(t, made.HasValue(resource.PropertyKey(name)), name)
	}
	assert.Equal(t, resource.NewProperty(true), made["lower"], "a default")
}

// Another object is another password, a new sandbox begins with the same one.
func TestPasswordsDiffer(t *testing.T) {
	p, recipe := newProvider(t), map[string]any{"length": 32}
	first, second := create(t, p, recipe)["result"], create(t, p, recipe)["result"]
	assert.NotEqual(t, first, second)
	assert.Equal(t, first, create(t, newProvider(t), recipe)["result"])
}

func TestPreviewKnowsNoPassword(t *testing.T) {
	made, err := newProvider(t).Create(context.Background(), plugin.CreateRequest{URN: urn, Properties: inputs(map[string]any{"length": 16}), Preview: true})
	require.NoError(t, err)
	assert.True(t, made.Properties["result"].IsComputed())
	assert.True(t, made.Properties["bcryptHash"].IsComputed())
}

func TestKeepersReplace(t *testing.T) {
	p := newProvider(t)
	before := inputs(map[string]any{"length": 16, "keepers": map[string]any{"epoch": "2026-08-01"}})
	same, err := p.Diff(context.Background(), plugin.DiffRequest{URN: urn, OldInputs: before, NewInputs: before})
	require.NoError(t, err)
	assert.Equal(t, plugin.DiffNone, same.Changes)
	changed, err := p.Diff(context.Background(), plugin.DiffRequest{URN: urn, OldInputs: before,
		NewInputs: inputs(map[string]any{"length": 16, "keepers": map[string]any{"epoch": "2026-11-01"}})})
	require.NoError(t, err)
	assert.Contains(t, changed.ReplaceKeys, resource.PropertyKey("keepers"))
	gained, err := p.Diff(context.Background(), plugin.DiffRequest{URN: urn, OldInputs: inputs(map[string]any{"length": 16}), NewInputs: before})
	require.NoError(t, err)
	assert.Contains(t, gained.ReplaceKeys, resource.PropertyKey("keepers"))
}

func TestStateIsAllThereIs(t *testing.T) {
	p, state := newProvider(t), inputs(map[string]any{"result": "as it was"})
	read, err := p.Read(context.Background(), plugin.ReadRequest{URN: urn, ID: id, State: state})
	require.NoError(t, err)
	assert.Equal(t, state, read.Outputs)
	_, err = p.Delete(context.Background(), plugin.DeleteRequest{URN: urn, ID: id})
	require.NoError(t, err)
}

func TestRefusedInputs(t *testing.T) {
	for name, c := range map[string]struct {
		values map[string]any
		want   string
	}{
		"no length":         {map[string]any{}, "length"},
		"unknown input":     {map[string]any{"length": 8, "size": 8}, "size"},
		"too short":         {map[string]any{"length": 3, "minLower": 2, "minUpper": 2}, "length"},
		"below nothing":     {map[string]any{"length": 3, "minLower": -1}, "minLower"},
		"of no characters":  {map[string]any{"length": 8, "lower": false, "upper": false, "numeric": false, "special": false}, "lower"},
		"of no length":      {map[string]any{"length": 0}, "length"},
		"of the wrong type": {map[string]any{"length": "8"}, "length"},
	} {
		t.Run(name, func(t *testing.T) {
			checked, err := newProvider(t).Check(context.Background(), plugin.CheckRequest{URN: urn, News: inputs(c.values)})
			require.NoError(t, err)
			require.NotEmpty(t, checked.Failures)
			assert.Equal(t, resource.PropertyKey(c.want), checked.Failures[0].Property)
		})
	}
}

func TestOtherTypesAreRefusedByName(t *testing.T) {
	_, err := newProvider(t).Check(context.Background(), plugin.CheckRequest{URN: "urn:pulumi:test::coffee-platform::random:index/randomPet:RandomPet::pet"})
	assert.ErrorContains(t, err, "no entry for random:index/randomPet:RandomPet")
}
