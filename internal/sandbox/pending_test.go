package sandbox

import (
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/stretchr/testify/assert"

	"coffee-platform/internal/sandbox/cloud"
)

func TestOrphans(t *testing.T) {
	cluster := cloud.Key{Type: "aws:eks/cluster:Cluster", ID: "dev"}
	vpc := cloud.Key{Type: "aws:ec2/vpc:Vpc", ID: "vpc-1"}
	objects := []*cloud.Object{
		{Type: cluster.Type, ID: cluster.ID},
		{Type: vpc.Type, ID: vpc.ID},
		{Type: vpc.Type, ID: "vpc-2"},
		{Type: "aws:ec2/securityGroup:SecurityGroup", ID: "sg-1", Owner: vpc},
		{Type: "kubernetes:apps/v1:Deployment", ID: "dev/coffee/api", Owner: cluster},
		{Type: "kubernetes:apps/v1:Deployment", ID: "dev/coffee/worker", Owner: cluster},
	}
	left := orphans(objects, []apitype.ResourceV3{
		{Type: "aws:eks/cluster:Cluster", ID: "dev"},
		{Type: "aws:ec2/vpc:Vpc", ID: "vpc-1"},
		{Type: "aws:ec2/subnet:Subnet", ID: "vpc-2"},
		{Type: "kubernetes:apps/v1:Deployment", ID: "coffee/api"},
	})
	assert.Equal(t, []*cloud.Object{objects[2], objects[5]}, left, "what the VPC made on the side is no orphan, what is in a cluster can be one")
}

func TestSameInputs(t *testing.T) {
	secret := func(text string) map[string]any {
		return map[string]any{resource.SigKey: resource.SecretSig, "plaintext": text}
	}
	for name, test := range map[string]struct {
		state, object map[string]any
		want          bool
	}{
		"equal":                    {map[string]any{"a": 1.0, "b": []any{"x"}}, map[string]any{"a": 1, "b": []any{"x"}}, true},
		"another value":            {map[string]any{"a": "x"}, map[string]any{"a": "y"}, false},
		"one more":                 {map[string]any{"a": "x"}, map[string]any{"a": "x", "b": "y"}, false},
		"the engine's own":         {map[string]any{"a": "x", "__defaults": []any{}}, map[string]any{"a": "x"}, true},
		"a secret":                 {map[string]any{"a": secret(`"x"`)}, map[string]any{"a": "x"}, true},
		"another secret":           {map[string]any{"a": secret(`"z"`)}, map[string]any{"a": "x"}, false},
		"a secret object":          {map[string]any{"a": secret(`{"b":[1]}`)}, map[string]any{"a": map[string]any{"b": []any{1}}}, true},
		"within lists and objects": {map[string]any{"a": []any{map[string]any{"b": secret(`"x"`)}}}, map[string]any{"a": []any{map[string]any{"b": "x"}}}, true},
	} {
		t.Run(name, func(t *testing.T) {
			assert.Equal(t, test.want, sameInputs(test.state, test.object))
		})
	}
}
