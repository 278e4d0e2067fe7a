package main

import (
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const (
	keyURN      = "urn:pulumi:prod::coffee::aws:kms/key:Key::key"
	databaseURN = "urn:pulumi:prod::coffee::aws:rds/instance:Instance::db"
)

// state is a key, and a database that refers to it in every way.
func state() []apitype.ResourceV3 {
	return []apitype.ResourceV3{
		{URN: keyURN, Type: "aws:kms/key:Key", ID: "k-1", Outputs: map[string]any{"arn": "arn:k-1"}},
		{
			URN: databaseURN, Type: "aws:rds/instance:Instance", ID: "db-1", Protect: true,
			Inputs: map[string]any{
				"kmsKeyId": "arn:k-1", "keys": []any{"k-1"}, "engine": "postgres", "__defaults": []any{},
				"password": map[string]any{resource.SigKey: resource.SecretSig, "ciphertext": "x"},
			},
			PropertyDependencies: map[resource.PropertyKey][]resource.URN{"kmsKeyId": {keyURN}},
		},
	}
}

// Copies refer to themselves, and to nothing of the others.
func TestCopiesStandBesideEachOther(t *testing.T) {
	g, err := multiply(state(), 4)
	require.NoError(t, err)
	require.Len(t, g.analyze, 4)
	require.Len(t, g.all, 4)
	for i, suffix := range []string{"", "-1"} {
		key, database := g.all[2*i], g.all[2*i+1]
		assert.Equal(t, keyURN+suffix, key.Urn)
		assert.Equal(t, "k-1"+suffix, key.Properties.AsMap()["id"])
		assert.Equal(t, "arn:k-1"+suffix, key.Properties.AsMap()["arn"])
		assert.Equal(t, []string{keyURN + suffix}, database.PropertyDependencies["kmsKeyId"].Urns)
		assert.True(t, database.Options.Protect)
		assert.Equal(t, map[string]any{
			"kmsKeyId": "arn:k-1" + suffix, "keys": []any{"k-1" + suffix}, "engine": "postgres",
			"password": map[string]any{resource.SigKey: resource.SecretSig, "value": "secret"},
		}, g.analyze[2*i+1].Properties.AsMap())
	}
}

func TestAGraphHasTheSizeThatIsAskedFor(t *testing.T) {
	for _, size := range []int{1, 2, 3, 5, 100} {
		g, err := multiply(state(), size)
		require.NoError(t, err)
		assert.Len(t, g.all, size)
		kinds := map[string]int{}
		for _, r := range g.all {
			kinds[r.Type]++
		}
		assert.InDelta(t, kinds["aws:kms/key:Key"], kinds["aws:rds/instance:Instance"], 1, "as much of each kind, in %d", size)
	}
}
